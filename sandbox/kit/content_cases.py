"""Launches whose token is in order and whose content is not; and forms that hold the wrong fields."""

import json
from collections.abc import Callable

from sandbox.his.dialects import Dialect
from sandbox.kit.model import Case, Cases

_REAL_BSN = "123456782"
"""Passes the 11-test and is in no test range; an example of every textbook."""

_STRANGE_URA = "90000099"
_STRANGE_AGB = "05090099"
_URA_ROOT = "2.16.528.1.1007.3.3"
_EMERGENCY = "ETREAT"


def content_cases(dialect: Dialect, field: str, token: Callable[..., str]) -> tuple[Case, ...]:
    """:param field: the form field. :param token: makes a genuine one of a click with changes."""
    cases = Cases(field)
    said = json.dumps(dict(dialect.says))

    def case(name: str, wrong: str, code: str, **changes: str) -> None:
        cases.add(name, wrong, code, lambda speaker: token(speaker, **changes))

    if '"{bsn}"' in said:
        case("bsn-missing", "no BSN", "L501", bsn="")
    case("bsn-short", "a BSN of eight digits", "L601", bsn="99991112")
    case("bsn-letters", "a BSN with a letter", "L601", bsn="99991112O")
    case("bsn-real", "a BSN outside the test ranges", "L602", bsn=_REAL_BSN)
    cases.add("bsn-11-test", "a BSN that fails the 11-test", "L601", lambda speaker: token(
        speaker, bsn=_failing(speaker.content.bsn)))  # fmt: skip
    case("birth-date-missing", "no birth date", "L501", birth_date="")
    case("birth-date-order", "a birth date with the day first", "L501", birth_date="31-12-1970")
    if dialect.form == "saml" or "{user_id}" in said:
        case("user-generic", "a user id that stands for no person", "L505", user_id="admin")
        if "/{user_id}" not in said:
            case("user-missing", "no user id", "L501", user_id="")
    case(
        "user-name-control", "a right-to-left mark in the user's name", "L501", user_family_name="A\u202erts"
    )
    case("practice-strange", "a practice that is not linked to the vendor", "L304", practice_ura=_STRANGE_URA,
        practice_oid=f"{_URA_ROOT}.{_STRANGE_URA}", practice_agb=_STRANGE_AGB)  # fmt: skip
    case("role-unmapped", "a role that the grant does not map", "L503", role="224610007")
    cases.add("token-id-bsn", "the token id holds the BSN", "L406", lambda speaker: token(
        speaker, token_id=f"_launch-of-{speaker.content.bsn}"))  # fmt: skip
    cases.add_form("no-field", "a form without a token", "L101", lambda _: ())
    cases.add_form("both-fields", "both kinds of token", "L101", lambda speaker: (
        ("token", token(speaker)), ("SAMLResponse", token(speaker))))  # fmt: skip
    cases.add_form("field-twice", "the token twice", "L101", lambda speaker: (
        (field, token(speaker)), (field, token(speaker))))  # fmt: skip
    cases.add(
        "origin-other", "posted by a page of another origin", "L105", token, "https://elsewhere.example"
    )
    return cases.all()


def emergency_case(field: str, token: Callable[..., str]) -> Case:
    """For vendors that can say a purpose."""
    cases = Cases(field)
    cases.add("purpose-emergency", "an emergency", "L504", lambda speaker: token(speaker, purpose=_EMERGENCY))
    return cases.all()[0]


def _failing(bsn: str) -> str:
    return f"{bsn[:-1]}{(int(bsn[-1]) + 1) % 10}"
