"""The trust registry on both databases."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import Connection, event, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.claim_maps import TOKEN_FORMS
from app.engine import Database
from app.trust_registry import StoredTrustRegistry
from context.errors import StorageUnavailableError
from launch.trust.administration.changes import (
    RegistrationChange,
    TrustConflictError,
    TrustTarget,
    TrustUnknownError,
)
from launch.trust.administration.store import add_registration, change_status, find_registration, list_trust
from launch.trust.model import (
    KeyStatus,
    PracticeLink,
    RegisteredGrant,
    Registration,
    Trust,
    TrustStatus,
)
from launch.trust.registration import parse_registration
from launch.trust.store import metadata, practice_link, trust_grant, vendor, vendor_key
from tests.trust_files import (
    JWT_ISSUER,
    NOW,
    SAML_ISSUER,
    certificate_pem,
    ec_key,
    grant_entry,
    jwt_file,
    public_key_entry,
    public_pem,
    rsa_key,
    saml_file,
)

T = TypeVar("T")
SUSPENDED = TrustStatus.SUSPENDED
ACTIVE = TrustStatus.ACTIVE


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


def add(database: Database, content: str) -> Registration:
    asked = parse_registration(content, NOW, TOKEN_FORMS)
    run(database, add_registration(asked))
    return asked


def stored(database: Database, issuer: str = JWT_ISSUER) -> Registration:
    with database.read() as connection:
        found = find_registration(connection, issuer)
    assert found is not None
    return found


def test_added_registrations_come_back_as_they_were(database: Database) -> None:
    jwt = add(
        database, jwt_file(public_key_entry() + public_key_entry("rsa", "PS256", public_pem(rsa_key())))
    )
    saml = add(database, saml_file(certificate_pem(ec_key())))
    with database.read() as connection:
        assert list_trust(connection) == (jwt, saml)
    registry = StoredTrustRegistry(database)
    assert registry.find_trust("cwz", SAML_ISSUER) == Trust(saml.vendor, saml.grants[0].grant)
    assert registry.find_practice("cwz", JWT_ISSUER, "90000001") == jwt.grants[0].practices[0]


def test_other_issuer_hospital_or_practice_is_not_found(database: Database) -> None:
    asked = add(database, jwt_file())
    registry = StoredTrustRegistry(database)
    assert registry.find_trust("cwz", JWT_ISSUER + "/") is None
    assert registry.find_trust("cwz", JWT_ISSUER.upper()) is None
    assert registry.find_trust("saxenburgh", JWT_ISSUER) == Trust(asked.vendor, None)
    assert registry.find_practice("saxenburgh", JWT_ISSUER, "90000001") is None
    assert registry.find_practice("cwz", JWT_ISSUER, "90000002") is None
    assert registry.find_practice("cwz", SAML_ISSUER, "90000001") is None


def test_launch_costs_three_selects(database: Database) -> None:
    add(database, jwt_file(public_key_entry() + public_key_entry("rsa", "PS256", public_pem(rsa_key()))))
    statements: list[str] = []
    registry = StoredTrustRegistry(database)
    engine = database._readers
    event.listen(engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    registry.find_trust("cwz", JWT_ISSUER)
    registry.find_practice("cwz", JWT_ISSUER, "90000001")
    assert len([text for text in statements if text.startswith("SELECT")]) == 3


@pytest.mark.parametrize(
    "target",
    [
        TrustTarget(JWT_ISSUER),
        TrustTarget(JWT_ISSUER, "cwz"),
        TrustTarget(JWT_ISSUER, "cwz", "90000001"),
    ],
    ids=["vendor", "grant", "practice"],
)
def test_suspending_reaches_exactly_its_target_and_activating_undoes_it(
    database: Database, target: TrustTarget
) -> None:
    before = add(database, jwt_file(grants=grant_entry() + grant_entry("saxenburgh")))
    add(database, saml_file(certificate_pem(ec_key())))
    others = stored(database, SAML_ISSUER)
    assert run(database, change_status(target, SUSPENDED)) is True
    assert run(database, change_status(target, SUSPENDED)) is False
    assert stored(database) == suspended(before, target)
    assert stored(database, SAML_ISSUER) == others
    assert run(database, change_status(target, ACTIVE)) is True
    assert run(database, change_status(target, ACTIVE)) is False
    assert stored(database) == before


def suspended(registration: Registration, target: TrustTarget) -> Registration:
    """What ought to be stored afterwards, worked out by hand for the first grant."""
    first, second = registration.grants
    if target.hospital is None:
        return replace(registration, vendor=replace(registration.vendor, status=SUSPENDED))
    if target.ura_number is None:
        changed = RegisteredGrant(replace(first.grant, status=SUSPENDED), first.practices)
    else:
        changed = RegisteredGrant(first.grant, (replace(first.practices[0], status=SUSPENDED),))
    return replace(registration, grants=(changed, second))


@pytest.mark.parametrize(
    "target",
    [
        TrustTarget(SAML_ISSUER),
        TrustTarget(JWT_ISSUER, "saxenburgh"),
        TrustTarget(JWT_ISSUER, "cwz", "90000002"),
        TrustTarget(JWT_ISSUER, "saxenburgh", "90000001"),
    ],
)
def test_changing_what_is_not_registered_is_told(database: Database, target: TrustTarget) -> None:
    before = add(database, jwt_file())
    with pytest.raises(TrustUnknownError, match="not registered"):
        run(database, change_status(target, SUSPENDED))
    assert stored(database) == before


def test_adding_again_replaces_what_the_file_says_and_revokes_the_key_it_leaves_out(
    database: Database,
) -> None:
    add(
        database, jwt_file(public_key_entry("old") + public_key_entry("kept", "RS256", public_pem(rsa_key())))
    )
    kept = public_key_entry("kept", "RS256", public_pem(rsa_key()))
    new = public_key_entry("new", pem=public_pem(ec_key("new")))
    grants = (
        grant_entry(practices=(("90000002", "Nieuw"),)).replace("8081", "9081").replace("01.015", "01.004")
    )
    content = jwt_file(kept + new, grants).replace("Sandbox JWT", "Renamed")
    change = run(
        database, add_registration(parse_registration(content, NOW + timedelta(days=9), TOKEN_FORMS))
    )
    assert [key.kid for key in change.added_keys] == ["new"]
    assert change.revoked_kids == ("old",)
    assert change.linked_practices == (("cwz", PracticeLink("90000002", ACTIVE, "Nieuw")),)
    assert change.suspended_practices == (("cwz", "90000001"),)
    found = stored(database)
    assert found.vendor.name == "Renamed"
    assert {key.kid: key.status for key in found.vendor.keys} == {
        "old": KeyStatus.REVOKED,
        "kept": KeyStatus.ACTIVE,
        "new": KeyStatus.ACTIVE,
    }
    (entry,) = found.grants
    assert entry.grant.launch_origins == {"http://localhost:9081"}
    assert entry.grant.roles == {"2.16.840.1.113883.6.96|62247001": "01.004"}
    assert entry.practices == (
        PracticeLink("90000001", SUSPENDED, "De Linde"),
        PracticeLink("90000002", ACTIVE, "Nieuw"),
    )


def test_adding_the_same_file_again_changes_nothing(database: Database) -> None:
    before = add(database, jwt_file())
    change = run(
        database, add_registration(parse_registration(jwt_file(), NOW + timedelta(days=30), TOKEN_FORMS))
    )
    assert change == RegistrationChange()
    assert change.is_empty
    assert stored(database) == before


def test_grant_that_the_file_does_not_name_stays(database: Database) -> None:
    first = add(database, jwt_file())
    add(database, jwt_file(grants=grant_entry("saxenburgh")))
    assert [entry.grant.hospital for entry in stored(database).grants] == ["cwz", "saxenburgh"]
    assert stored(database).grants[0] == first.grants[0]


def test_adding_again_never_activates_what_was_suspended(database: Database) -> None:
    add(database, jwt_file())
    targets = (
        TrustTarget(JWT_ISSUER),
        TrustTarget(JWT_ISSUER, "cwz"),
        TrustTarget(JWT_ISSUER, "cwz", "90000001"),
    )
    for target in targets:
        run(database, change_status(target, SUSPENDED))
    change = run(database, add_registration(parse_registration(jwt_file(), NOW, TOKEN_FORMS)))
    assert change.kept_suspended == targets
    found = stored(database)
    assert found.vendor.status is SUSPENDED
    assert found.grants[0].grant.status is SUSPENDED
    assert found.grants[0].practices[0].status is SUSPENDED


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (public_key_entry("first"), "was revoked"),
        (public_key_entry("other-name"), "was revoked"),
        (public_key_entry("second", pem=public_pem(ec_key("third"))), "already names another key"),
    ],
    ids=["revoked", "revoked-renamed", "kid-reused"],
)
def test_revoked_key_and_reused_kid_are_refused_and_nothing_is_written(
    database: Database, keys: str, told: str
) -> None:
    add(database, jwt_file(public_key_entry("first")))
    add(database, jwt_file(public_key_entry("second", pem=public_pem(ec_key("second")))))
    before = stored(database)
    asked = parse_registration(jwt_file(keys).replace("Sandbox", "Other"), NOW, TOKEN_FORMS)
    with pytest.raises(TrustConflictError, match=told):
        run(database, add_registration(asked))
    assert stored(database) == before


@pytest.mark.proves("attack:A145")
def test_stored_key_that_breaks_todays_rules_is_revoked_at_launch_and_blocks_activation(
    database: Database,
) -> None:
    """As after a new release whose rules are stricter, or a row that was edited by hand."""
    add(database, jwt_file())
    weak = public_pem(rsa_key("weak", 1024))
    run(
        database,
        lambda connection: connection.execute(update(vendor_key).values(algorithm="RS256", pem=weak)),
    )
    trust = StoredTrustRegistry(database).find_trust("cwz", JWT_ISSUER)
    assert trust is not None
    assert [key.status for key in trust.vendor.keys] == [KeyStatus.REVOKED]
    run(database, change_status(TrustTarget(JWT_ISSUER), SUSPENDED))
    with pytest.raises(TrustConflictError, match="less than 2048 bits"):
        run(database, change_status(TrustTarget(JWT_ISSUER), ACTIVE))
    assert stored(database).vendor.status is SUSPENDED


def test_database_refuses_rows_that_no_code_of_ours_writes(database: Database) -> None:
    add(database, jwt_file())
    link = {"hospital": "cwz", "issuer": JWT_ISSUER, "ura_number": "90000009", "status": "active"}
    statements = (
        update(vendor).values(status="trusted"),
        update(vendor_key).values(status="maybe"),
        update(vendor_key).values(not_after=0),
        update(trust_grant).values(max_lifetime_seconds=121),
        update(trust_grant).values(environment="acceptance"),
        insert(practice_link).values(**link | {"hospital": "mst"}),
        insert(practice_link).values(**link | {"ura_number": "1234567"}),
        insert(practice_link).values(**link | {"ura_number": "90000001"}),
        insert(trust_grant).from_select(
            [column.name for column in trust_grant.c],
            select(*(c if c.name != "issuer" else func.lower("unknown") for c in trust_grant.c)),
        ),
    )
    for statement in statements:
        with pytest.raises(IntegrityError), database.write() as connection:
            connection.execute(statement)


def test_database_that_is_away_is_told_as_such(sqlite_url: str) -> None:
    registry = StoredTrustRegistry(Database(sqlite_url))
    with pytest.raises(StorageUnavailableError):
        registry.find_trust("cwz", JWT_ISSUER)
    with pytest.raises(StorageUnavailableError):
        registry.find_practice("cwz", JWT_ISSUER, "90000001")
