"""Checks on claims whose signature is proven (launch.md §12.2; D6, D9, D11)."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime, timedelta

from context.bsn import Bsn
from context.codes import RefusalCode
from context.errors import BsnFormatError
from context.hospital import Environment, Hospital
from context.launch import User
from context.person import PartialDate
from launch.claims import LaunchClaims, SignedToken
from launch.errors import LaunchRefusedError
from launch.proven_token import SKEW

TREATMENT = frozenset({"TREAT", "TREATMENT", "directcare"})
"""HL7 ActReason, nhin-purpose (Zorgplatform) and GP Connect, in that order."""

GENERIC_USERS = frozenset(
    {
        "admin",
        "administrator",
        "anoniem",
        "anonymous",
        "beheer",
        "beheerder",
        "gast",
        "gebruiker",
        "guest",
        "onbekend",
        "root",
        "service",
        "system",
        "systeem",
        "unk",
        "unknown",
        "user",
    }
)
"""No persons, at any vendor. GP Connect, "Cross-organisation audit and provenance": the practitioner shall
not be a generic "system" user, and UNK stands for one who is not known; the others are built-in accounts
of operating systems and their Dutch names. A grant adds its own."""

MAX_TEXT = 256
_URA = re.compile(r"[0-9]{8}", re.ASCII)
_BIRTH_DATE = re.compile(r"([0-9]{4})(?:(-?)([0-9]{2})(?:\2([0-9]{2}))?)?", re.ASCII)
# Bidirectional marks, embeddings and isolates can make one name read as another.
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp", "Co", "Cn"})


def check_forms(claims: LaunchClaims) -> None:
    """Refuse text that a screen or a log cannot carry, and codes of the wrong form.

    The BSN is left to ``check_bsn``, whose code it is.

    :raises LaunchRefusedError: L501.
    """
    for each in fields(claims):
        value = getattr(claims, each.name)
        if each.name != "bsn" and isinstance(value, str) and not is_plain_text(value):
            raise _missing(each.name)
    for name in ("user_id", "user_name", "role"):
        if not getattr(claims, name).strip():
            raise _missing(name)
    if "|" in claims.role or "|" in (claims.role_system or ""):
        # It would read as another system's code in the grant's table.
        raise _missing("role")
    named_otherwise = not claims.practice_ura and claims.practice_id
    if not named_otherwise and not _URA.fullmatch(claims.practice_ura):
        raise _missing("practice_ura")
    read_birth_date(claims)


def is_plain_text(text: str) -> bool:
    """True for text of at most 256 characters without control and direction characters."""
    return len(text) <= MAX_TEXT and not any(
        character in _BIDI_CONTROLS or unicodedata.category(character) in _UNSAFE_CATEGORIES
        for character in text
    )


def read_birth_date(claims: LaunchClaims) -> PartialDate:
    """``YYYY``, ``YYYY-MM``, ``YYYY-MM-DD`` or the same without hyphens; ``00`` is an unknown part.

    :raises LaunchRefusedError: L501 absent or of another form (D6).
    """
    found = _BIRTH_DATE.fullmatch(claims.birth_date or "")
    if found is None:
        raise _missing("birth_date")
    year, month, day = (int(part or 0) for part in found.group(1, 3, 4))
    try:
        return PartialDate(year, month or None, day or None)
    except ValueError:
        raise _missing("birth_date") from None


def find_ura(claims: LaunchClaims, organisations: Mapping[str, str]) -> str | None:
    """The practice's URA number: as sent, or what the grant's table says for the id that was sent.

    :returns: None when the table does not name the id.
    """
    return claims.practice_ura or organisations.get(claims.practice_id or "")


def check_role(claims: LaunchClaims, roles: Mapping[str, str]) -> str:
    """The RolCodeNL role that the grant's table names for the role as sent (D11).

    :raises LaunchRefusedError: L503 not in the table.
    """
    role = roles.get(source_role(claims))
    if role is None:
        raise LaunchRefusedError(RefusalCode.ROLE_NOT_ALLOWED, "the grant does not map this role")
    return role


def source_role(claims: LaunchClaims) -> str:
    """``system|code``, or the bare code when the HIS names no system."""
    return f"{claims.role_system}|{claims.role}" if claims.role_system else claims.role


def check_purpose(claims: LaunchClaims) -> None:
    """A tile opens for treatment only; a HIS that sends no purpose means treatment.

    :raises LaunchRefusedError: L504 for an emergency (EMER, ETREAT, BTG) and for any other purpose.
    """
    if claims.purpose is not None and claims.purpose not in TREATMENT:
        raise LaunchRefusedError(RefusalCode.PURPOSE_NOT_ALLOWED, "another purpose than treatment")


def check_user(claims: LaunchClaims, generic_users: Iterable[str]) -> None:
    """A record of who saw what must name a person (NEN 7513).

    A HIS may put the account into a reference (``Practitioner/admin``) or an address (``admin@practice``).

    :param generic_users: the grant's own list; case and outer spaces do not matter.
    :raises LaunchRefusedError: L505.
    """
    user = _folded(claims.user_id)
    accounts = {user, user.rpartition("/")[2], user.partition("@")[0]}
    if accounts & (GENERIC_USERS | {_folded(generic) for generic in generic_users}):
        raise LaunchRefusedError(RefusalCode.USER_GENERIC, "the user id stands for no person")


def _folded(user_id: str) -> str:
    return unicodedata.normalize("NFKC", user_id).strip().casefold()


def check_authentication(signed: SignedToken, hospital: Hospital, now: datetime) -> None:
    """How strongly and how long ago the user logged in at the HIS, as the hospital demands it.

    :param now: aware.
    :raises LaunchRefusedError: L506 too weak, too long ago, in the future, or demanded and not said.
    """
    accepted, minutes = hospital.accepted_authentication, hospital.max_authentication_minutes
    if accepted and signed.authentication_level not in accepted:
        raise LaunchRefusedError(RefusalCode.LOGIN_TOO_WEAK, "the level of log-in is not accepted")
    if minutes is None:
        return
    if signed.authenticated_at is None:
        raise LaunchRefusedError(RefusalCode.LOGIN_TOO_WEAK, "the moment of log-in is missing")
    if not -SKEW <= now - signed.authenticated_at <= timedelta(minutes=minutes):
        raise LaunchRefusedError(RefusalCode.LOGIN_TOO_WEAK, "the log-in is too old")


def check_bsn(claims: LaunchClaims, environment: Environment) -> Bsn:
    """:raises LaunchRefusedError: L601 malformed, L602 a test BSN in production or the reverse."""
    try:
        bsn = Bsn(claims.bsn)
    except BsnFormatError as fault:
        raise LaunchRefusedError(RefusalCode.BSN_INVALID, str(fault)) from None
    if bsn.is_test is not (environment is Environment.TEST):
        raise LaunchRefusedError(RefusalCode.BSN_WRONG_ENVIRONMENT, "BSN of another environment")
    return bsn


def to_user(claims: LaunchClaims, role: str) -> User:
    """The user as the rest of the service knows them. :param role: RolCodeNL."""
    system = claims.user_id_system
    return User(
        identifier=f"{system}|{claims.user_id}" if system else claims.user_id,
        name=claims.user_name,
        role=role,
        source_role=source_role(claims),
        uzi_number=claims.uzi_number,
        agb_code=claims.agb_code,
    )


def _missing(name: str) -> LaunchRefusedError:
    return LaunchRefusedError(RefusalCode.CLAIM_MISSING, f"{name} is missing or malformed")
