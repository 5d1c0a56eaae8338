"""A proven token claim by claim: which names it holds, and what they were read as, with the BSN masked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from launch.claims import LaunchClaims, SignedToken, TokenForm
from launch.hidden_bsn import may_hold_bsn

VERIFIER_NAMES = ("iss", "aud", "jti", "iat", "nbf", "exp", "auth_time", "acr", "sid", "nonce")
"""JWT claims that are read before any adapter sees the token."""

MAX_LINES = 100
MAX_TEXT = 128
_SHOWN_DIGITS = 2


class ClaimUse(StrEnum):
    """What this service does with a name."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    VERIFIER = "read by the verifier"
    IGNORED = "ignored"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ClaimTable:
    """The names that one adapter reads; a dotted name is a member of an object."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One name. :param present: the token holds it, whatever its value."""

    name: str
    use: ClaimUse
    present: bool


@dataclass(frozen=True, slots=True)
class ReadValue:
    """What the adapter made of the token. :param value: masked where it would identify a person."""

    name: str
    value: str


def describe_claims(table: ClaimTable, signed: SignedToken) -> tuple[ClaimLine, ...]:
    """At most ``MAX_LINES`` lines: the table's names first, then what the token holds besides.

    Names that an optional table row names and the token does not hold are left out.
    """
    lines = [*_known(table, signed), *_others(table, signed)]
    return tuple(lines[:MAX_LINES])


def _known(table: ClaimTable, signed: SignedToken) -> Iterator[ClaimLine]:
    sent = _sent(signed)
    rows = (
        (ClaimUse.REQUIRED, table.required),
        (ClaimUse.OPTIONAL, table.optional),
        (ClaimUse.IGNORED, table.ignored),
    )
    for use, names in rows:
        for name in names:
            present = _holds(sent, name) or (name == "sub" and bool(signed.subject))
            if present or use is ClaimUse.REQUIRED:
                yield ClaimLine(name, use, present)


def _others(table: ClaimTable, signed: SignedToken) -> Iterator[ClaimLine]:
    known = {*table.required, *table.optional, *table.ignored}
    parents = {name.partition(".")[0] for name in known}
    for name in _sent(signed):
        if name in known or name in parents:
            continue
        verifier = signed.form is TokenForm.JWT and name in VERIFIER_NAMES
        yield ClaimLine(
            _safe(name) or "(empty)", ClaimUse.VERIFIER if verifier else ClaimUse.UNKNOWN, present=True
        )


def _sent(signed: SignedToken) -> Mapping[str, object]:
    return signed.claims if signed.form is TokenForm.JWT else signed.attributes


def _holds(sent: Mapping[str, object], name: str) -> bool:
    if name in sent:
        return True
    first, _, rest = name.partition(".")
    inner = sent.get(first)
    return bool(rest) and isinstance(inner, Mapping) and _holds(inner, rest)


def _safe(text: str | None) -> str | None:
    """A vendor may name a claim as it likes, and fill it as it likes, even with a patient's number."""
    if text is None or (len(text) <= MAX_TEXT and text.isprintable() and not may_hold_bsn(text)):
        return text
    return "(not shown: too long, not printable, or holding what may be a BSN)"


def describe_values(claims: LaunchClaims) -> tuple[ReadValue, ...]:
    """What was read, one line each; persons are masked, codes and numbers of organisations are not."""
    said = {
        "patient": mask_bsn(claims.bsn),
        "birth_date": _given(claims.birth_date),
        "family_name": _given(claims.family_name),
        "user_id": _given(claims.user_id),
        "user_name": _given(claims.user_name),
        "role": _safe(f"{claims.role_system}|{claims.role}" if claims.role_system else claims.role),
        "practice_ura": _safe(claims.practice_ura),
        "practice_id": _safe(claims.practice_id),
        "deployment_id": _safe(claims.deployment_id),
        "purpose": _safe(claims.purpose),
        "his_product": _safe(claims.his_product),
    }
    return tuple(ReadValue(name, value) for name, value in said.items() if value)


def mask_bsn(text: str) -> str:
    """The last two digits at most, and only of nine digits."""
    if len(text) == 9 and text.isascii() and text.isdigit():
        return "*******" + text[-_SHOWN_DIGITS:]
    return f"not nine digits ({len(text)} characters)"


def _given(value: str | None) -> str | None:
    return "given" if value else None
