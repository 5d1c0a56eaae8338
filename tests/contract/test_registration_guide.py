"""``docs/registering-a-his.md`` names everything that a registration file may say."""

import re
import tomllib
from pathlib import Path

import pytest

from app.claim_maps import TOKEN_FORMS
from launch.claim_checks import GENERIC_USERS
from launch.trust.model import LaunchGrade, RelaxationName
from launch.trust.registration import RegistrationError, parse_registration
from launch.trust.registration_file import (
    GrantEntry,
    KeyEntry,
    PracticeEntry,
    RegistrationFile,
    RelaxationEntry,
)
from tests.trust_files import NOW, ec_key, public_pem

GUIDE = (Path(__file__).parents[2] / "docs" / "registering-a-his.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("entry", [RegistrationFile, KeyEntry, GrantEntry, PracticeEntry, RelaxationEntry])
def test_every_setting_stands_in_the_guide(entry: type[RegistrationFile]) -> None:
    missing = {name for name in entry.model_fields if not re.search(rf"\b{name}\b", GUIDE)}
    assert missing == set()


def test_every_relaxation_grade_and_generic_user_stands_in_the_guide() -> None:
    relaxations = set(re.findall(r"^\| `([a-z0-9_]+)` \|", GUIDE, re.MULTILINE))
    assert relaxations == {name.value for name in RelaxationName}
    assert all(grade.value in GUIDE for grade in LaunchGrade)
    (listed,) = re.findall(r"At every vendor these user\s+ids are refused: (.*?)\. An id", GUIDE, re.DOTALL)
    assert set(re.findall(r"`([a-z]+)`", listed)) == GENERIC_USERS


def test_the_guides_first_file_can_be_added_as_it_stands() -> None:
    first = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)[0]
    pem = public_pem(ec_key())
    key = re.sub(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----\n", pem, first, flags=re.DOTALL)
    registration = parse_registration(key, NOW, TOKEN_FORMS)
    assert registration.grants[0].practices[0].ura_number == "90000001"


def test_the_guides_other_settings_are_understood() -> None:
    second = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)[2]
    told = tomllib.loads(second)
    whole = second.replace(
        "[[grants]]\n",
        '[[grants]]\nhospital = "cwz"\nenvironment = "test"\nlaunch_origins = ["https://his.example"]\n',
    ).replace("[grants.organisations]", '[grants.roles]\narts = "01.015"\n[grants.organisations]')
    head = 'issuer = "https://his.example"\nname = "x"\nadapter = "jwt"\n'
    grant = parse_registration(head + whole, NOW, TOKEN_FORMS).grants[0].grant
    assert grant.generic_users == set(told["grants"][0]["generic_users"])
    with pytest.raises(RegistrationError, match="until"):
        parse_registration(head + whole.replace("2027-01-31", "2027-06-30"), NOW, TOKEN_FORMS)
