"""Grades, relaxations and addresses in the registry, on both databases, with the records of each change."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from sqlalchemy import Connection, select, update

from app.claim_maps import TOKEN_FORMS
from app.engine import Database
from app.trust_registry import StoredTrustRegistry
from launch.trust.administration.changes import RegistrationChange, TrustTarget
from launch.trust.administration.store import add_registration, change_status, list_trust
from launch.trust.model import (
    Grant,
    PracticeLink,
    Registration,
    Relaxation,
    RelaxationName,
    TrustStatus,
)
from launch.trust.registration import parse_registration
from launch.trust.store import metadata, microseconds, trust_grant
from tests.trust_files import JWT_ISSUER, NOW, grant_entry, jwt_file

T = TypeVar("T")
UNTIL = NOW + timedelta(days=30)
TYP_JWT = RelaxationName.TYP_JWT
ADDRESSES = (
    'jwks_url = "https://his.example/jwks"\nsign_on_url = "https://his.example/authorize"\n'
    'fhir_base_url = "https://his.example/fhir"\nclient_id = "zorgtegel"\nreports_launches = true\n'
)
SETTINGS = (
    'minimum_grade = "smart"\nrequire_encryption = true\ngeneric_users = ["balie"]\n'
    'organisations = {"AGB|01012345" = "90000001"}\n[grants.roles]'
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    run(opened, metadata.create_all)
    yield opened
    opened.dispose()


def run(database: Database, job: Callable[[Connection], T]) -> T:
    with database.write() as connection:
        result = job(connection)
        connection.commit()
        return result


def add(database: Database, content: str, now: datetime = NOW) -> RegistrationChange:
    return run(database, add_registration(parse_registration(content, now, TOKEN_FORMS)))


def relaxed(until: datetime = UNTIL, reason: str = "HIS 7.1 says JWT") -> str:
    entry = f'[[grants.relaxations]]\nname = "typ_jwt"\nuntil = {until.isoformat()}\nreason = "{reason}"\n'
    return jwt_file(grants=grant_entry() + entry)


def grant(database: Database) -> Grant:
    """As a launch finds it."""
    found = StoredTrustRegistry(database).find_trust("cwz", JWT_ISSUER)
    assert found is not None
    assert found.grant is not None
    return found.grant


def stored(database: Database) -> Registration:
    with database.read() as connection:
        (found,) = list_trust(connection)
    return found


def test_every_setting_of_a_registration_comes_back_as_it_was(database: Database) -> None:
    grants = grant_entry().replace("[grants.roles]", SETTINGS) + 'deployment_id = "nl-1"\n'
    content = ADDRESSES + jwt_file(grants=grants + relaxed()[relaxed().index("[[grants.relax") :])
    asked = parse_registration(content, NOW, TOKEN_FORMS)
    run(database, add_registration(asked))
    assert stored(database) == asked
    trust = StoredTrustRegistry(database).find_trust("cwz", JWT_ISSUER)
    assert trust is not None
    assert (trust.vendor, trust.grant) == (asked.vendor, asked.grants[0].grant)
    assert trust.vendor.fhir_base_url == "https://his.example/fhir"
    link = StoredTrustRegistry(database).find_practice("cwz", JWT_ISSUER, "90000001")
    assert link == PracticeLink("90000001", TrustStatus.ACTIVE, "De Linde", "nl-1")


@pytest.mark.parametrize(
    "line", [line for line in ADDRESSES.splitlines() if not line.startswith("client_id")]
)
def test_another_address_of_a_vendor_is_a_change(database: Database, line: str) -> None:
    client = 'client_id = "zorgtegel"\n'
    add(database, client + jwt_file())
    change = add(database, client + line + "\n" + jwt_file())
    assert change == RegistrationChange(vendor_changed=True)
    assert add(database, client + line + "\n" + jwt_file()).is_empty


@pytest.mark.parametrize("line", SETTINGS.splitlines()[:-1])
def test_another_setting_of_a_grant_is_a_change(database: Database, line: str) -> None:
    add(database, jwt_file())
    content = jwt_file(grants=grant_entry().replace("[grants.roles]", line + "\n[grants.roles]"))
    assert add(database, content) == RegistrationChange(changed_grants=("cwz",))
    assert add(database, content).is_empty


def test_another_deployment_or_name_of_a_practice_is_a_change_that_keeps_its_status(
    database: Database,
) -> None:
    add(database, jwt_file())
    run(database, change_status(TrustTarget(JWT_ISSUER, "cwz", "90000001"), TrustStatus.SUSPENDED))
    change = add(database, jwt_file(grants=grant_entry() + 'deployment_id = "nl-1"\n'))
    link = PracticeLink("90000001", TrustStatus.ACTIVE, "De Linde", "nl-1")
    assert change.changed_practices == (("cwz", link),)
    assert not change.is_empty
    assert stored(database).grants[0].practices == (
        PracticeLink("90000001", TrustStatus.SUSPENDED, "De Linde", "nl-1"),
    )


def test_relaxation_registered_again_unchanged_keeps_its_beginning(database: Database) -> None:
    first = add(database, relaxed())
    begun = Relaxation(TYP_JWT, NOW, UNTIL, "HIS 7.1 says JWT")
    assert first.relaxed == (("cwz", begun),)
    assert add(database, relaxed(), NOW + timedelta(days=5)).is_empty
    assert grant(database).relaxations == (begun,)


@pytest.mark.parametrize(
    ("until", "reason"),
    [(UNTIL + timedelta(days=60), "HIS 7.1 says JWT"), (UNTIL, "HIS 7.2 says JWT too")],
    ids=["another end", "another reason"],
)
def test_renewed_relaxation_begins_anew(database: Database, until: datetime, reason: str) -> None:
    add(database, relaxed())
    later = NOW + timedelta(days=5)
    renewed = Relaxation(TYP_JWT, later, until, reason)
    assert add(database, relaxed(until, reason), later) == RegistrationChange(relaxed=(("cwz", renewed),))
    assert grant(database).relaxations == (renewed,)


def test_relaxation_that_the_file_leaves_out_ends(database: Database) -> None:
    add(database, relaxed())
    assert add(database, jwt_file()) == RegistrationChange(strict_again=(("cwz", TYP_JWT),))
    assert grant(database).relaxations == ()


@pytest.mark.parametrize("days", [0, 89])
def test_relaxation_is_off_by_itself_on_its_end(database: Database, days: int) -> None:
    until = NOW + timedelta(days=days, microseconds=10)
    add(database, relaxed(until))
    assert grant(database).relaxes(TYP_JWT, until - timedelta(microseconds=1))
    assert not grant(database).relaxes(TYP_JWT, until)
    assert not grant(database).relaxes(TYP_JWT, NOW - timedelta(microseconds=1))


def test_relaxation_stretched_in_the_database_ends_after_ninety_days_all_the_same(database: Database) -> None:
    add(database, relaxed())
    with database.read() as connection:
        (row,) = connection.execute(select(trust_grant.c.relaxations)).scalars()
    row[0]["until"] = microseconds(NOW + timedelta(days=365))
    run(database, lambda connection: connection.execute(update(trust_grant).values(relaxations=row)))
    assert grant(database).relaxations[0].until == NOW + timedelta(days=90)
