"""The signed content of a token in one shape for both token forms, and the checks they share
(launch.md §12.2 to §12.4)."""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from context.codes import RefusalCode
from context.hospital import Hospital
from launch.claims import SignedToken, TokenForm
from launch.errors import LaunchRefusedError
from launch.leniency import Leniency
from launch.requests.model import OutgoingRequest
from launch.trust.model import Grant, RelaxationName

SKEW = timedelta(seconds=30)
"""How far a vendor's clock may be off, either way (D18)."""

SAML_LIFETIME = timedelta(seconds=300)

_TOKEN_ID = re.compile(r"[A-Za-z0-9_.~-]{16,128}", re.ASCII)
_MIN_DISTINCT_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class ProvenToken:
    """What the vendor's key signed; nothing of it was checked for its content yet.

    :param delivered_to: every address the token says it was meant for (``aud`` of a JWT, Recipient and
        Destination of SAML); each must be the hospital's launch URL.
    :param audiences: every SAML Audience; each must be the hospital's entity id.
    :param token_id: jti or assertion ID, None when absent.
    :param issued_at, not_before, expires_at: aware UTC; the strictest where the token names several.
    :param latest_end: aware UTC; the latest end that the token names, by which its lifetime is judged.
    :param in_response_to: the request that the token says it answers (``nonce``, ``InResponseTo``); None
        when it says nothing of the kind, empty when what it says cannot be right.
    """

    signed: SignedToken
    delivered_to: tuple[str, ...]
    audiences: tuple[str, ...]
    token_id: str | None
    issued_at: datetime
    not_before: datetime | None
    expires_at: datetime
    latest_end: datetime
    in_response_to: str | None = None


def check_addresses(token: ProvenToken, hospital: Hospital, client_id: str | None = None) -> None:
    """:param client_id: our name at the issuer, which an id_token may bear in place of the launch URL: its
        nonce already ties it to this hospital (OpenID Connect Core §3.1.3.7).
    :raises LaunchRefusedError: L502 unless every address is this hospital's, character by character.
    """
    if any(address not in (hospital.launch_url, client_id) for address in token.delivered_to):
        raise LaunchRefusedError(RefusalCode.AUDIENCE_WRONG, "meant for another launch URL")
    if any(audience != hospital.entity_id for audience in token.audiences):
        raise LaunchRefusedError(RefusalCode.AUDIENCE_WRONG, "meant for another entity id")


def check_times(token: ProvenToken, now: datetime) -> None:
    """The end is exclusive: a token that expires at 10:00:00 is refused from 10:00:30 on.

    :raises LaunchRefusedError: L401 expired, L402 not yet valid, L403 issued in the future.
    """
    # The skew is taken from now, never added to the token's own times: those may be the year 9999.
    if token.expires_at <= now - SKEW or token.expires_at <= token.issued_at:
        raise LaunchRefusedError(RefusalCode.EXPIRED, "expired")
    if token.issued_at > now + SKEW:
        raise LaunchRefusedError(RefusalCode.ISSUED_IN_FUTURE, "issued in the future")
    if token.not_before is not None and token.not_before > now + SKEW:
        raise LaunchRefusedError(RefusalCode.NOT_YET_VALID, "not yet valid")


def check_lifetime(token: ProvenToken, grant: Grant, leniency: Leniency) -> None:
    """From the earliest beginning that the token names to its latest end (D18).

    :raises LaunchRefusedError: L404 valid for too long.
    """
    if token.signed.form is TokenForm.JWT:
        strict, relaxed = timedelta(seconds=grant.max_lifetime_seconds), timedelta(seconds=300)
        name = RelaxationName.LIFETIME_300_SECONDS
    else:
        strict, relaxed = SAML_LIFETIME, timedelta(seconds=720)
        name = RelaxationName.SAML_WINDOW_720_SECONDS
    start = min(token.issued_at, token.not_before or token.issued_at)
    lifetime = token.latest_end - start
    if lifetime > strict and not (lifetime <= relaxed and leniency.permits(name)):
        raise LaunchRefusedError(RefusalCode.VALID_TOO_LONG, "valid for longer than allowed")


def check_token_id(token: ProvenToken) -> str:
    """The id under which replay is counted.

    :raises LaunchRefusedError: L406 missing or guessable.
    """
    token_id = token.token_id
    if token_id is None or not _TOKEN_ID.fullmatch(token_id):
        raise LaunchRefusedError(RefusalCode.TOKEN_ID_WEAK, "the token id is missing or malformed")
    if len(set(token_id)) < _MIN_DISTINCT_CHARACTERS:
        raise LaunchRefusedError(RefusalCode.TOKEN_ID_WEAK, "the token id does not look random")
    return token_id


def check_asked(issuer: str, request: OutgoingRequest | None, answers: str | None = None) -> None:
    """:param issuer: whose token it says it is.
    :param answers: what it says it answers, as far as that can be seen before it is proven.
    :raises LaunchRefusedError: L407 answered by somebody else than was asked (RFC 9700 §4.4, mix-up), or
        the answer to a request that was never sent.
    """
    if request is None and answers is not None:
        raise LaunchRefusedError(RefusalCode.NONCE_WRONG, "answers a request that was never sent")
    if request is not None and issuer != request.issuer:
        raise LaunchRefusedError(RefusalCode.NONCE_WRONG, "answered by another issuer")


def check_answer(token: ProvenToken, request: OutgoingRequest | None) -> None:
    """:param request: what it must answer; None for an unsolicited launch, which may answer nothing.
    :raises LaunchRefusedError: L407 the answer to a request never sent, or not the answer to this one.
    """
    if request is None:
        if token.in_response_to is not None:
            raise LaunchRefusedError(RefusalCode.NONCE_WRONG, "answers a request that was never sent")
        return
    answered = (token.in_response_to or "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(answered, request.nonce.encode("ascii")):
        raise LaunchRefusedError(RefusalCode.NONCE_WRONG, "does not answer the request")
