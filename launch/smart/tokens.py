"""Trading the code for an access token, an id_token and the launch context (SMART App Launch 2.2 §2.1.7)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from context.codes import RefusalCode
from context.ports import Clock
from launch.errors import LaunchRefusedError
from launch.oauth import Client, public_client, signing_client, token_fields
from launch.own_keys import OwnKeys
from launch.smart.asking import FhirVendor, read_object, unusable
from launch.smart.configuration import SmartConfiguration
from launch.trust.ports import FetchError, WebClient

SIGNED, PUBLIC = "private_key_jwt", "none"

_MAX_TOKEN = 8192
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)
_BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """:param patient: logical id of the Patient in context."""

    access_token: str = field(repr=False)
    id_token: str = field(repr=False)
    patient: str = field(repr=False)


class TokenExchange:
    """:param keys: our own; without one that signs we are a public client."""

    def __init__(self, web: WebClient, keys: OwnKeys, clock: Clock) -> None:
        self._web = web
        self._keys = keys
        self._clock = clock

    def choose_authentication(self, configuration: SmartConfiguration) -> str:
        """How we shall say who we are: signed when both sides can."""
        signer = self._keys.signer(self._clock.now())
        if signer is None or SIGNED not in configuration.authentication:
            return PUBLIC
        taken = not configuration.algorithms or signer.algorithm in configuration.algorithms
        return SIGNED if taken else PUBLIC

    def redeem(
        self, vendor: FhirVendor, client: Client, code: str, details: Mapping[str, str]
    ) -> TokenAnswer:
        """:param details: of the request: ``token_endpoint``, ``verifier`` and ``authentication``.

        :raises LaunchRefusedError: L407 the code is not good (any more), L501 something is missing from the
            answer, L703 no answer, or none that may be used.
        """
        endpoint = details["token_endpoint"]
        fields = token_fields(client, code, details["verifier"], self._authentication(client, details))
        try:
            answer = self._web.post_form(endpoint, fields, registered=vendor.registered)
        except FetchError as error:
            if error.status == _BAD_REQUEST:
                raise LaunchRefusedError(RefusalCode.NONCE_WRONG, "the EHR refuses the code") from None
            raise unusable(f"token endpoint: {error}") from None
        return _read(read_object(answer.body, "token endpoint"))

    def _authentication(self, client: Client, details: Mapping[str, str]) -> dict[str, str]:
        if details["authentication"] != SIGNED:
            return public_client(client)
        now = self._clock.now()
        signer = self._keys.signer(now)
        if signer is None:
            raise unusable("token endpoint: no key of ours signs any more")
        return signing_client(client, details["token_endpoint"], signer, now)


def _read(answer: Mapping[str, object]) -> TokenAnswer:
    if str(answer.get("token_type", "")).lower() != "bearer":
        raise unusable("token endpoint: not a bearer token")
    access_token = _text(answer, "access_token")
    if len(access_token) > _MAX_TOKEN or not _BEARER.fullmatch(access_token):
        raise unusable("token endpoint: the access token does not fit a header")
    return TokenAnswer(access_token, _text(answer, "id_token"), _text(answer, "patient"))


def _text(answer: Mapping[str, object], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise LaunchRefusedError(RefusalCode.CLAIM_MISSING, f"token endpoint: no {name}")
    return value
