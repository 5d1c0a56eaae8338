"""How a practice's URA number and a role's code are told from what a HIS sends."""

from dataclasses import replace

import pytest

from launch.claim_checks import check_forms, find_ura
from launch.claims import LaunchClaims
from launch.errors import LaunchRefusedError

CLAIMS = LaunchClaims(
    bsn="999911120",
    birth_date="19700101",
    user_id="177578",
    user_name="L. Arts",
    role="Huisarts",
    role_system=None,
    practice_ura="12345678",
)
TABLE = {"orgid:1": "12345678", "orgid:2": "87654321"}


@pytest.mark.parametrize(
    ("changes", "ura"),
    [
        ({}, "12345678"),
        ({"practice_id": "orgid:2"}, "12345678"),
        ({"practice_ura": "", "practice_id": "orgid:2"}, "87654321"),
        ({"practice_ura": "", "practice_id": "orgid:3"}, None),
        ({"practice_ura": "", "practice_id": "ORGID:1"}, None),
    ],
)
def test_ura_is_what_was_sent_or_what_the_table_says(changes: dict[str, str], ura: str | None) -> None:
    claims = replace(CLAIMS, **changes)  # type: ignore[arg-type]  # names are LaunchClaims' own
    check_forms(claims)
    assert find_ura(claims, TABLE) == ura


@pytest.mark.parametrize(
    "changes",
    [
        {"practice_ura": ""},
        {"practice_ura": "", "practice_id": ""},
        {"practice_ura": "1234567", "practice_id": "orgid:1"},
        {"practice_ura": "", "practice_id": "orgid:\u202e1"},
        {"practice_ura": "", "practice_id": "o" * 257},
    ],
)
def test_practice_that_is_named_in_no_usable_way_is_l501(changes: dict[str, str]) -> None:
    with pytest.raises(LaunchRefusedError, match="practice") as refused:
        check_forms(replace(CLAIMS, **changes))  # type: ignore[arg-type]  # names are LaunchClaims' own
    assert refused.value.code == "L501"


@pytest.mark.parametrize("changes", [{"role": "2.16.840.1.113883.6.96|62247001"}, {"role_system": "1.2.3|4"}])
def test_role_that_would_read_as_another_systems_code_is_l501(changes: dict[str, str]) -> None:
    with pytest.raises(LaunchRefusedError, match="role") as refused:
        check_forms(replace(CLAIMS, **changes))  # type: ignore[arg-type]  # names are LaunchClaims' own
    assert refused.value.code == "L501"
