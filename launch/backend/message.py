"""A JWT that a vendor's own back end signed for one address of ours.

It is verified by the vendor's launch keys, yet never passes for a launch, nor a launch for it: type and
audience differ. Order of checks and codes are those of a launch (launch.md §12.4).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from context.codes import RefusalCode
from context.hospital import Hospital
from launch.backend.model import UsedMessage
from launch.claims import SignedToken, TokenForm
from launch.errors import LaunchRefusedError
from launch.gate import Gate
from launch.grant_checks import check_active, check_encryption, find_grant, find_sender
from launch.jose_decoder import CompactToken, decode_compact
from launch.jwe import is_encrypted
from launch.jwt_claims import audience_of, moment_of, optional_moment_of, optional_text_of
from launch.jwt_token import check_signature, unverified_issuer
from launch.leniency import Leniency
from launch.proven_token import SKEW, ProvenToken, check_times, check_token_id
from launch.trust.model import Grant, Vendor, VendorKey
from launch.vendor_keys import find_keys


@dataclass(frozen=True, slots=True)
class MessageKind:
    """What tells one kind of message from all others.

    :param types: values of ``typ``, None for its absence.
    :param address: the one ``aud``.
    :param max_life: from ``iat`` to ``exp``; from now on when ``iat`` may be absent and is.
    :param dated: whether ``iat`` must be there.
    :param holds_patient: it is held to the grant's rule on encryption.
    """

    types: Collection[str | None]
    address: str
    max_life: timedelta
    dated: bool = True
    holds_patient: bool = True


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """A genuine message in time; nothing of what it says was checked.

    :param used: its id, to be used up with what it asks for; it may hold a BSN.
    """

    vendor: Vendor
    grant: Grant
    used: UsedMessage
    claims: Mapping[str, object]


def verify_message(
    text: str, kind: MessageKind, hospital: Hospital, gate: Gate, now: datetime, facts: dict[str, str]
) -> Message:
    """Decide whether a message is genuine.

    :param now: aware UTC.
    :param facts: learn whom it is from.
    :raises LaunchRefusedError: L102, L103, L2xx, L301 to L303, L401 to L404, L406, L501, L502, L703.
    :raises StorageUnavailableError: the trust registry cannot be read.
    """
    token = _decode(text, kind, gate, now)
    known = find_sender(gate.trust, hospital, unverified_issuer(token), facts)
    grant = find_grant(known)
    check_active(known.vendor, grant, hospital)
    if kind.holds_patient:
        check_encryption(grant, Leniency(grant, now), encrypted=is_encrypted(text))
    keys = find_keys(known.vendor, token.key_id, gate.trust)
    _check_signature(token, keys, now)
    proven = _read(token.claims, kind, now)
    if proven.delivered_to != (kind.address,):
        raise LaunchRefusedError(RefusalCode.AUDIENCE_WRONG, "meant for another address")
    check_times(proven, now)
    if proven.latest_end - proven.issued_at > kind.max_life:
        raise LaunchRefusedError(RefusalCode.VALID_TOO_LONG, "valid for longer than allowed")
    message_id = check_token_id(proven)
    used = UsedMessage(hospital.slug, known.vendor.issuer, message_id, proven.expires_at + SKEW)
    return Message(known.vendor, grant, used, token.claims)


def _decode(text: str, kind: MessageKind, gate: Gate, now: datetime) -> CompactToken:
    try:
        return decode_compact(gate.opener.jws_of(text, now), types=kind.types)
    except LaunchRefusedError:
        raise
    except Exception as fault:  # noqa: BLE001 - no input may reach the caller as another error
        raise LaunchRefusedError(RefusalCode.NOT_A_TOKEN, type(fault).__name__) from None


def _check_signature(token: CompactToken, keys: Iterable[VendorKey], now: datetime) -> None:
    try:
        check_signature(token, keys, now)
    except LaunchRefusedError:
        raise
    except Exception as fault:  # noqa: BLE001 - no input may reach the caller as another error
        raise LaunchRefusedError(RefusalCode.SIGNATURE_WRONG, type(fault).__name__) from None


def _read(claims: Mapping[str, object], kind: MessageKind, now: datetime) -> ProvenToken:
    issued_at = moment_of(claims, "iat") if kind.dated else optional_moment_of(claims, "iat")
    expires_at = moment_of(claims, "exp")
    return ProvenToken(
        signed=SignedToken(TokenForm.JWT, optional_text_of(claims, "sub"), claims, {}),
        delivered_to=(audience_of(claims),),
        audiences=(),
        token_id=optional_text_of(claims, "jti"),
        issued_at=issued_at or now,
        not_before=optional_moment_of(claims, "nbf"),
        expires_at=expires_at,
        latest_end=expires_at,
    )
