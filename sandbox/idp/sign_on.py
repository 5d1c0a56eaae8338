"""OpenID Connect for two-hop launches: the user is logged in already, so nobody is asked anything."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sandbox.his.tokens import mint_jwt
from sandbox.his.vendors import launch_content
from sandbox.idp.faults import IdpFault
from sandbox.idp.keys import IdpKeys
from sandbox.idp.vendors import CLIENT_ID, sign_on_issuer, smart_issuer
from sandbox.idp.visits import Visit, Visits

_LONG_AGO = timedelta(hours=1)
Fields = tuple[tuple[str, str], ...]


class SignOn:
    """:param url: called per request. :param now: aware time for the tokens."""

    def __init__(
        self, url: Callable[[], str], keys: IdpKeys, visits: Visits, now: Callable[[], datetime]
    ) -> None:
        self._url = url
        self._keys = keys
        self._visits = visits
        self._now = now

    def authorize(self, asked: Mapping[str, str]) -> tuple[Visit, Fields] | None:
        """What the browser posts to the service, for whose visit; None for a request that is wrong."""
        visit = self._visits.find(asked.get("login_hint", ""))
        right = {
            "response_type": "id_token",
            "response_mode": "form_post",
            "scope": "openid",
            "prompt": "none",
            "client_id": CLIENT_ID,
        }
        if visit is None or any(asked.get(name) != value for name, value in right.items()):
            return None
        if asked.get("redirect_uri") != visit.hospital.launch_url:
            return None
        state, nonce = asked.get("state", ""), asked.get("nonce", "")
        if not state or not nonce:
            return None
        if visit.fault is IdpFault.WRONG_STATE:
            state = state[:-1] + ("A" if state[-1] != "A" else "B")
        if visit.fault is IdpFault.LOGGED_OUT:
            return visit, (("error", "login_required"), ("state", state))
        return visit, (("id_token", self._id_token(visit, nonce)), ("state", state))

    def _id_token(self, visit: Visit, nonce: str) -> str:
        fault, now = visit.fault, self._now()
        other = fault is IdpFault.OTHER_ISSUER
        content = launch_content(visit.persona, visit.hospital, "jwt", visit.user, self._url())
        content = replace(content, issuer=(smart_issuer if other else sign_on_issuer)(self._url()))
        token = mint_jwt(
            content,
            self._keys.smart if other else self._keys.sign_on,
            now=now - _LONG_AGO if fault is IdpFault.STALE else now,
            header={"typ": "JWT"},
            claims=identity_claims(fault, nonce),
            without_claims=("nonce",) if fault is IdpFault.NO_NONCE else (),
        )
        return forge(token) if fault is IdpFault.FORGED else token


def identity_claims(fault: IdpFault | None, nonce: str) -> dict[str, Any]:
    """What makes an id_token of a token: for whom, and in answer to what."""
    return {
        "aud": "another-client" if fault is IdpFault.OTHER_AUDIENCE else CLIENT_ID,
        "nonce": f"{nonce}0" if fault is IdpFault.WRONG_NONCE else nonce,
    }


def forge(token: str) -> str:
    """The same words under another token's signature."""
    head, body, signature = token.split(".")
    turned = "A" if signature[10] != "A" else "B"
    return f"{head}.{body}.{signature[:10]}{turned}{signature[11:]}"
