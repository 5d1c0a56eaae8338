"""``zorgtegel trust`` on a real database, with its audit records."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli_trust import trust
from app.clock import SystemClock
from app.crypto import Cipher
from app.engine import Database
from app.schema import upgrade
from app.secrets_file import load_secrets, write_new_secrets
from app.trust_registry import StoredTrustRegistry
from audit.text import ProtectedText
from audit.trail import ReadRecord, read_records
from launch.trust.model import TrustStatus
from tests.trust_files import (
    JWT_ISSUER,
    SAML_ISSUER,
    certificate_pem,
    ec_key,
    grant_entry,
    jwt_file,
    private_pem,
    public_key_entry,
    public_pem,
    saml_file,
)

HOSPITAL = """
name = "Testziekenhuis"
base_url = "http://127.0.0.1:8080/{slug}"
environment = "{environment}"
ura_number = "90000101"
[contact]
name = "Helpdesk"
[consent_help]
path = "Portaal > Toestemming"
[zis]
endpoint = "http://127.0.0.1:8082/soap"
consent_endpoint = "http://127.0.0.1:8082/consent"
sender = "2.16.840.1.113883.2.4.6.6.1"
receiver = "2.16.840.1.113883.2.4.6.6.2"
patient_number_root = "2.16.840.1.113883.2.4.3.7"
source_name = "ZIS"
"""


@dataclass(frozen=True)
class Installation:
    """A folder with everything that the commands need."""

    folder: Path
    environment: dict[str, str]

    def run(self, *arguments: str | Path) -> Result:
        return CliRunner().invoke(trust, [str(one) for one in arguments], env=dict(self.environment))

    def file(self, content: str, name: str = "vendor.toml") -> Path:
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path

    def records(self) -> list[ReadRecord]:
        cipher = Cipher(load_secrets(Path(self.environment["ZORGTEGEL_SECRETS_FILE"])))
        database = Database(self.environment["ZORGTEGEL_DATABASE_URL"])
        try:
            with database.read() as connection:
                return list(read_records(connection, cipher))
        finally:
            database.dispose()

    def changes(self) -> list[dict[str, object]]:
        """The fields of every record, those without a value left out."""
        assert {record.event for record in self.records()} <= {"TRUST_CHANGED"}
        return [{k: v for k, v in record.fields.items() if v is not None} for record in self.records()]


@pytest.fixture
def installation(tmp_path: Path, sqlite_url: str) -> Installation:
    hospitals = tmp_path / "hospitals"
    hospitals.mkdir()
    for slug, kind in (("cwz", "test"), ("saxenburgh", "production")):
        text = HOSPITAL.format(slug=slug, environment=kind)
        (hospitals / f"{slug}.toml").write_text(text, encoding="utf-8")
    write_new_secrets(tmp_path / "secrets.toml")
    upgrade(sqlite_url)
    environment = {
        "ZORGTEGEL_DATABASE_URL": sqlite_url,
        "ZORGTEGEL_HOSPITALS_DIR": str(hospitals),
        "ZORGTEGEL_SECRETS_FILE": str(tmp_path / "secrets.toml"),
        "ZORGTEGEL_STRICT": "false",
    }
    return Installation(tmp_path, environment)


def statuses(installation: Installation) -> Sequence[TrustStatus]:
    """Of the vendor, its grant at cwz and its practice there, as a launch would find them."""
    database = Database(installation.environment["ZORGTEGEL_DATABASE_URL"])
    registry = StoredTrustRegistry(database)
    found = registry.find_trust("cwz", JWT_ISSUER)
    link = registry.find_practice("cwz", JWT_ISSUER, "90000001")
    database.dispose()
    assert found is not None
    assert found.grant is not None
    assert link is not None
    return found.vendor.status, found.grant.status, link.status


@pytest.mark.proves("feature:A16")
def test_added_vendor_is_trusted_listed_shown_and_recorded(installation: Installation) -> None:
    done = installation.run("add", installation.file(jwt_file()), "--actor", "j.jansen")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "key 2026-11 added" in done.stdout
    assert statuses(installation) == (TrustStatus.ACTIVE,) * 3
    listed = installation.run("list").stdout
    assert listed == f"{JWT_ISSUER}  Sandbox JWT  jwt  active  1 active key  cwz\n"
    shown = installation.run("show", JWT_ISSUER).stdout
    assert re.search(r"^  fingerprint  ([0-9a-f]{4} ){15}[0-9a-f]{4}$", shown, re.MULTILINE)
    for line in (
        "key 2026-11",
        "  algorithm    ES256 (public key)",
        "  status       active",
        "grant at cwz",
        "  environment  test",
        "  origin       http://localhost:8081",
        "  role         2.16.840.1.113883.6.96|62247001 = 01.015",
        "  practice     90000001  active  De Linde",
    ):
        assert line in shown.splitlines()
    by = {"actor": "j.jansen", "change": "add", "issuer": JWT_ISSUER}
    vendor, key, grant, practice = installation.changes()
    assert vendor == by | {"vendor_name": "Sandbox JWT", "his": "jwt"}
    fingerprint = re.sub(" ", "", re.search(r"fingerprint  (.*)", shown)[1])  # type: ignore[index]
    assert key == by | {
        "subject": "key 2026-11",
        "status": "active",
        "detail": f"ES256, sha256 {fingerprint}",
    }
    assert grant == by | {
        "hospital": "cwz",
        "environment": "test",
        "detail": "at most 120 s; grade one_hop or stronger; encryption not required;"
        " origin http://localhost:8081; role 2.16.840.1.113883.6.96|62247001 = 01.015",
    }
    assert practice == by | {
        "hospital": "cwz",
        "practice_ura": "90000001",
        "practice_name": ProtectedText("De Linde"),
        "status": "active",
    }


def test_two_files_are_added_at_once(installation: Installation) -> None:
    now = SystemClock().now()
    pem = certificate_pem(ec_key("saml"), now - timedelta(days=1), now + timedelta(days=30))
    files = installation.file(jwt_file()), installation.file(saml_file(pem), "saml.toml")
    done = installation.run("add", *files)
    assert done.exit_code == 0
    assert [line.split()[0] for line in installation.run("list").stdout.splitlines()] == [
        JWT_ISSUER,
        SAML_ISSUER,
    ]
    assert {fields["actor"] for fields in installation.changes()} == {"cli"}
    assert "(certificate)" in installation.run("show", SAML_ISSUER).stdout


@pytest.mark.parametrize(
    ("options", "changed"),
    [((), 0), (("--hospital", "cwz"), 1), (("--hospital", "cwz", "--practice", "90000001"), 2)],
    ids=["vendor", "grant", "practice"],
)
@pytest.mark.proves("feature:A17")
def test_suspend_and_activate_take_effect_and_are_recorded(
    installation: Installation, options: tuple[str, ...], changed: int
) -> None:
    installation.run("add", installation.file(jwt_file()))
    before = len(installation.records())
    expected = [TrustStatus.ACTIVE] * 3
    for command, status in (("suspend", TrustStatus.SUSPENDED), ("activate", TrustStatus.ACTIVE)):
        done = installation.run(command, JWT_ISSUER, *options, "--actor", "privacy")
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout.endswith(f": now {status}\n")
        expected[changed] = status
        assert list(statuses(installation)) == expected
        again = installation.run(command, JWT_ISSUER, *options)
        assert (again.exit_code, again.stdout.endswith(f": already {status}\n")) == (0, True)
    about = {"hospital": "cwz"} if changed else {}
    about |= {"practice_ura": "90000001"} if changed == 2 else {}
    assert installation.changes()[before:] == [
        {"actor": "privacy", "change": change, "issuer": JWT_ISSUER, **about}
        for change in ("suspend", "activate")
    ]


def test_bad_files_tell_every_fault_and_change_nothing(installation: Installation) -> None:
    good = installation.file(jwt_file(), "good.toml")
    private = private_pem(ec_key("leaked"))
    bad = installation.file(
        jwt_file(public_key_entry("k", "HS256", private), issuer="https://other.example")
        + 'extra = "x"\n'
        + grant_entry("saxenburgh", practices=(("123", "x"),)),
        "bad.toml",
    )
    lost = installation.file(
        jwt_file(
            public_key_entry(pem=public_pem(ec_key("third"))),
            grant_entry("mst") + grant_entry("saxenburgh"),
            "https://third.example",
        ),
        "lost.toml",
    )
    done = installation.run("add", good, bad, lost, good)
    assert (done.exit_code, done.stdout) == (2, "")
    told = done.stderr.splitlines()
    assert [line.split(": ")[:2] for line in told[:-1]] == [
        [str(bad), "grants[1].practices[1].extra"],
        [str(bad), "grants[2].practices[1].ura_number"],
        [str(bad), "keys[1].public_key"],
        [str(bad), "keys[1].public_key"],
        [str(lost), "grants[1].hospital"],
        [str(lost), "grants[2].environment"],
        [str(good), "issuer"],
    ]
    assert told[-1] == "nothing was changed"
    assert private.splitlines()[1] not in done.stderr
    assert installation.run("list").stdout == "no vendor is registered\n"
    assert installation.records() == []


def test_conflicts_of_all_files_are_told_and_none_is_added(installation: Installation) -> None:
    installation.run("add", installation.file(jwt_file()))
    recorded = len(installation.records())
    reused = public_key_entry(pem=public_pem(ec_key("another")))
    conflict = installation.file(jwt_file(reused), "conflict.toml")
    fresh = installation.file(jwt_file(issuer="https://fresh.example"), "fresh.toml")
    done = installation.run("add", fresh, conflict)
    assert done.exit_code == 2
    (first, last) = done.stderr.splitlines()
    assert first.startswith(f"{conflict}: key 2026-11: this kid already names another key")
    assert last == "nothing was changed"
    assert "fresh.example" not in installation.run("list").stdout
    assert len(installation.records()) == recorded


def test_key_that_the_file_leaves_out_is_revoked_and_shown_so(installation: Installation) -> None:
    installation.run("add", installation.file(jwt_file()))
    renewed = public_key_entry("2027-11", pem=public_pem(ec_key("renewed")))
    done = installation.run("add", installation.file(jwt_file(renewed)))
    assert "  key 2026-11 revoked, because the file leaves it out" in done.stdout.splitlines()
    shown = installation.run("show", JWT_ISSUER).stdout
    assert re.search(r"key 2026-11\n(  .*\n)*  status       revoked\n", shown)
    by = {"actor": "cli", "change": "add", "issuer": JWT_ISSUER}
    added, revoked = installation.changes()[-2:]
    assert added.items() >= (by | {"subject": "key 2027-11", "status": "active"}).items()
    assert revoked == by | {"subject": "key 2026-11", "status": "revoked"}


def test_adding_the_same_file_again_is_no_change_and_leaves_no_record(installation: Installation) -> None:
    file = installation.file(jwt_file())
    installation.run("add", file)
    before = installation.records()
    assert installation.run("add", file).stdout == f"{JWT_ISSUER}: nothing to change\n"
    assert installation.records() == before


def test_one_new_origin_is_one_record(installation: Installation) -> None:
    installation.run("add", installation.file(jwt_file()))
    before = len(installation.records())
    installation.run("add", installation.file(jwt_file().replace("localhost:8081", "localhost:9081")))
    (record,) = installation.changes()[before:]
    assert record["hospital"] == "cwz"
    assert "origin http://localhost:9081" in str(record["detail"])


def test_long_list_of_roles_is_recorded_whole(installation: Installation) -> None:
    role = '"2.16.840.1.113883.6.96|62247001" = "01.015"'
    many = [f'"2.16.528.1.1007.3.1.{"1" * 100}|{number:03}" = "01.015"' for number in range(100)]
    file = installation.file(jwt_file().replace(role, "\n".join([role, *many])))
    assert installation.run("add", file).exit_code == 0
    details = "; ".join(str(fields["detail"]) for fields in installation.changes() if "environment" in fields)
    assert details.count("role ") == 101


def test_change_that_cannot_be_recorded_does_not_happen(installation: Installation) -> None:
    """D7 for trust: the trail refuses the record, so the vendor stays active."""
    installation.run("add", installation.file(jwt_file()))
    database = Database(installation.environment["ZORGTEGEL_DATABASE_URL"])
    with database.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE INSERT ON audit_record BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
        connection.commit()
    database.dispose()
    done = installation.run("suspend", JWT_ISSUER)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "audit trail cannot be used" in done.stderr
    assert statuses(installation) == (TrustStatus.ACTIVE,) * 3
    renamed = jwt_file().replace("Sandbox JWT", "Renamed")
    assert installation.run("add", installation.file(renamed)).exit_code == 2
    assert "Renamed" not in installation.run("list").stdout


def test_strict_refuses_origins_without_tls(installation: Installation) -> None:
    installation.environment["ZORGTEGEL_STRICT"] = "true"
    for file in (installation.folder / "hospitals").iterdir():
        file.write_text(file.read_text().replace("http://", "https://"))
    done = installation.run("add", installation.file(jwt_file()))
    assert done.exit_code == 2
    assert "grants[1].launch_origins: must all be https while ZORGTEGEL_STRICT is true" in done.stderr
    secure = jwt_file().replace("http://localhost:8081", "https://his.example")
    assert installation.run("add", installation.file(secure)).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "https://nobody.example"), "https://nobody.example: not registered"),
        (("suspend", "https://nobody.example"), "https://nobody.example: not registered"),
        (("suspend", JWT_ISSUER, "--hospital", "mst"), "at mst: not registered"),
        (("activate", JWT_ISSUER, "--hospital", "cwz", "--practice", "1"), "practice 1: not registered"),
        (("suspend", JWT_ISSUER, "--practice", "90000001"), "--practice needs --hospital"),
        (("suspend", JWT_ISSUER, "--actor", " "), "1 to 64 characters"),
        (("add",), "Missing argument"),
        (("add", "nowhere.toml"), "does not exist"),
    ],
)
def test_impossible_command_is_told_and_changes_nothing(
    installation: Installation, arguments: tuple[str, ...], told: str
) -> None:
    installation.run("add", installation.file(jwt_file()))
    recorded = len(installation.records())
    done = installation.run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert told in done.stderr
    assert len(installation.records()) == recorded


def test_missing_settings_are_named(installation: Installation) -> None:
    installation.environment["ZORGTEGEL_SECRETS_FILE"] = str(installation.folder / "none")
    installation.environment["ZORGTEGEL_DATABASE_URL"] = ""
    done = installation.run("list")
    assert done.exit_code == 2
    assert [line.split()[0] for line in done.stderr.splitlines()] == [
        "ZORGTEGEL_DATABASE_URL",
        "ZORGTEGEL_SECRETS_FILE",
    ]


def test_database_without_tables_is_told(installation: Installation, tmp_path: Path) -> None:
    installation.environment["ZORGTEGEL_DATABASE_URL"] = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    done = installation.run("list")
    assert done.exit_code == 2
    assert "zorgtegel db upgrade" in done.stderr


def relaxed(until: datetime) -> str:
    return jwt_file(
        grants=grant_entry()
        + f'[[grants.relaxations]]\nname = "typ_jwt"\nuntil = {until.isoformat()}\nreason = "HIS 7.1"\n'
    )


def test_relaxation_is_told_shown_and_recorded_from_begin_to_end(installation: Installation) -> None:
    until = SystemClock().now().replace(microsecond=0) + timedelta(days=30)
    done = installation.run("add", installation.file(relaxed(until)))
    assert f"  typ_jwt relaxed at cwz until {until:%Y-%m-%d %H:%M} UTC" in done.stdout.splitlines()
    shown = installation.run("show", JWT_ISSUER).stdout.splitlines()
    place = shown.index(f"  relaxed      typ_jwt  until {until:%Y-%m-%d %H:%M} UTC")
    assert shown[place + 1].strip() == "HIS 7.1"
    by = {"actor": "cli", "change": "add", "issuer": JWT_ISSUER, "hospital": "cwz"}
    (begun,) = [fields for fields in installation.changes() if "relaxation" in str(fields.get("subject"))]
    assert begun == by | {
        "subject": "relaxation typ_jwt",
        "status": "begun",
        "relaxations": ("typ_jwt",),
        "detail": f"until {until.isoformat()}; HIS 7.1",
    }
    done = installation.run("add", installation.file(jwt_file()))
    assert "  typ_jwt no longer relaxed at cwz, because the file leaves it out" in done.stdout.splitlines()
    assert installation.changes()[-1] == by | {"subject": "relaxation typ_jwt", "status": "ended"}


def test_practice_with_another_deployment_is_told_shown_and_recorded(installation: Installation) -> None:
    installation.run("add", installation.file(jwt_file()))
    done = installation.run(
        "add", installation.file(jwt_file(grants=grant_entry() + 'deployment_id = "nl-1"\n'))
    )
    assert "  practice 90000001 changed at cwz" in done.stdout.splitlines()
    shown = installation.run("show", JWT_ISSUER).stdout.splitlines()
    assert "  practice     90000001  active  deployment nl-1  De Linde" in shown
    assert installation.changes()[-1] == {
        "actor": "cli",
        "change": "add",
        "issuer": JWT_ISSUER,
        "hospital": "cwz",
        "practice_ura": "90000001",
        "practice_name": ProtectedText("De Linde"),
        "detail": "deployment nl-1",
    }


def test_addresses_of_a_vendor_are_shown_recorded_and_https_while_strict(installation: Installation) -> None:
    content = 'jwks_url = "http://his.example/jwks"\n' + jwt_file()
    installation.run("add", installation.file(content))
    assert "  key set  http://his.example/jwks" in installation.run("show", JWT_ISSUER).stdout.splitlines()
    assert installation.changes()[0]["detail"] == "jwks_url http://his.example/jwks"
    installation.environment["ZORGTEGEL_STRICT"] = "true"
    for slug in ("cwz", "saxenburgh"):
        file = installation.folder / "hospitals" / f"{slug}.toml"
        file.write_text(file.read_text("utf-8").replace("http:", "https:"), encoding="utf-8")
    refused = installation.run("add", installation.file(content.replace("http://local", "https://local")))
    assert refused.exit_code == 2
    assert "jwks_url: must be https while ZORGTEGEL_STRICT is true" in refused.stderr
