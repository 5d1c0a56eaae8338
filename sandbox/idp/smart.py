"""SMART on FHIR: authorization, tokens, and what the service reads with them (SMART App Launch 2.2)."""

import json
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from sandbox.his.tokens import sign_segments
from sandbox.idp.faults import IdpFault
from sandbox.idp.keys import IdpKeys
from sandbox.idp.resources import patient_id, practitioner_id
from sandbox.idp.sign_on import forge, identity_claims
from sandbox.idp.vendors import CLIENT_ID, fhir_base_url, smart_issuer
from sandbox.idp.visits import Granted, Visit, Visits

_LIFE = timedelta(hours=1)
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_KEY_SET_SECONDS = 5


class Smart:
    """:param url: called per request. :param now: aware time for the tokens."""

    def __init__(
        self, url: Callable[[], str], keys: IdpKeys, visits: Visits, now: Callable[[], datetime]
    ) -> None:
        self._url = url
        self._keys = keys
        self._visits = visits
        self._now = now

    def configuration(self, fault: IdpFault | None) -> dict[str, Any]:
        """``/.well-known/smart-configuration`` of the FHIR server."""
        url = self._url()
        elsewhere = "https://elders.example" if fault is IdpFault.FOREIGN_ENDPOINT else url
        return {
            "issuer": smart_issuer(url),
            "jwks_uri": f"{url}/smart/jwks.json",
            "authorization_endpoint": f"{url}/smart/authorize",
            "token_endpoint": f"{elsewhere}/smart/token",
            "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
            "token_endpoint_auth_signing_alg_values_supported": ["ES256", "ES384", "RS256", "RS384"],
            "grant_types_supported": ["authorization_code"],
            "scopes_supported": ["launch", "openid", "fhirUser", "patient/*.read", "user/*.read"],
            "response_types_supported": ["code"],
            "capabilities": [
                "launch-ehr",
                "client-public",
                "client-confidential-asymmetric",
                "context-ehr-patient",
                "sso-openid-connect",
                "permission-v1",
            ],
            "code_challenge_methods_supported": [] if fault is IdpFault.WITHOUT_PKCE else ["S256"],
        }

    def authorize(self, asked: Mapping[str, str]) -> str | None:
        """Where the browser goes with its code; None for a request that is wrong."""
        visit = self._visits.find(asked.get("launch", ""))
        right = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "aud": fhir_base_url(self._url()),
            "code_challenge_method": "S256",
        }
        if visit is None or any(asked.get(name) != value for name, value in right.items()):
            return None
        back, state = asked.get("redirect_uri", ""), asked.get("state", "")
        if back != f"{visit.hospital.launch_url}/callback" or not state or not asked.get("code_challenge"):
            return None
        if visit.fault is IdpFault.WRONG_STATE:
            state = state[:-1] + ("A" if state[-1] != "A" else "B")
        if visit.fault is IdpFault.LOGGED_OUT:
            return f"{back}?{urlencode({'error': 'access_denied', 'state': state})}"
        granted = Granted(visit, CLIENT_ID, back, asked["code_challenge"], asked.get("nonce", ""))
        code = self._visits.new_code(granted)
        if visit.fault is IdpFault.REPLAYED_CODE:
            self._visits.redeem(code)
        told = {"code": code, "state": state, "iss": smart_issuer(self._url())}
        return f"{back}?{urlencode(told)}"

    def token(self, form: Mapping[str, str]) -> tuple[dict[str, Any], int]:
        """The token endpoint: answer and HTTP status."""
        granted = self._visits.redeem(form.get("code", ""))
        redirect_uri, verifier = form.get("redirect_uri", ""), form.get("code_verifier", "")
        if form.get("grant_type") != "authorization_code" or granted is None:
            return {"error": "invalid_grant"}, 400
        if not granted.fits(form.get("client_id", ""), redirect_uri, verifier):
            return {"error": "invalid_grant"}, 400
        if "client_assertion" in form and not self._knows(form, redirect_uri):
            return {"error": "invalid_client"}, 401
        visit = granted.visit
        return {
            "access_token": self._visits.new_token(visit),
            "token_type": "Bearer",
            "expires_in": int(_LIFE.total_seconds()),
            "scope": "launch openid fhirUser patient/Patient.read",
            "patient": patient_id(visit),
            "id_token": self._id_token(visit, granted.nonce),
        }, 200

    def _knows(self, form: Mapping[str, str], redirect_uri: str) -> bool:
        """Whether the assertion is signed by a key that the service publishes (RFC 7523 section 3)."""
        service = urlsplit(redirect_uri)
        url = f"{service.scheme}://{service.netloc}/.well-known/jwks.json"
        with urllib.request.urlopen(url, timeout=_KEY_SET_SECONDS) as answer:  # noqa: S310  # our own service
            keys = KeySet.import_key_set(json.load(answer))
        try:
            claims = jwt.decode(form["client_assertion"], keys, algorithms=["ES256", "RS256"]).claims
        except (JoseError, ValueError):
            return False
        wanted = {"iss": CLIENT_ID, "sub": CLIENT_ID, "aud": f"{self._url()}/smart/token"}
        fits = all(claims.get(name) == value for name, value in wanted.items())
        fresh = bool(claims.get("jti")) and claims.get("exp", 0) > self._now().timestamp()
        return fits and fresh and form.get("client_assertion_type") == _ASSERTION_TYPE

    def _id_token(self, visit: Visit, nonce: str) -> str:
        fault, key = visit.fault, self._keys.smart
        other = fault is IdpFault.OTHER_ISSUER
        # A stale one is still valid: it is only older than the question.
        issued = self._now() - (_LIFE / 2 if fault is IdpFault.STALE else timedelta())
        claims = {
            "iss": f"{smart_issuer(self._url())}{'-other' if other else ''}",
            "sub": f"user-{practitioner_id(visit)}",
            "iat": int(issued.timestamp()),
            "exp": int((issued + _LIFE).timestamp()),
            "fhirUser": f"{fhir_base_url(self._url())}/Practitioner/{practitioner_id(visit)}",
            **identity_claims(fault, nonce),
        }
        if fault is IdpFault.NO_NONCE:
            claims.pop("nonce")
        head = json.dumps({"alg": key.algorithm, "kid": key.kid}).encode()
        token = sign_segments(head, json.dumps(claims).encode(), key.private, key.algorithm)
        return forge(token) if fault is IdpFault.FORGED else token
