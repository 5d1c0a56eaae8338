"""``zorgtegel check``, and what makes ``zorgtegel serve`` refuse to begin."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from joserfc.jwk import ECKey
from sqlalchemy import update

from app.claim_maps import TOKEN_FORMS
from app.cli import main
from app.clock import SystemClock
from app.engine import Database
from app.schema import upgrade
from app.secrets_file import write_new_secrets
from launch.trust.administration.store import add_registration
from launch.trust.registration import parse_registration
from launch.trust.store import trust_grant, vendor, vendor_key
from tests.integration.test_trust_commands import HOSPITAL
from tests.trust_files import JWT_ISSUER, grant_entry, jwt_file

RFC_7515_A3: dict[str, str | list[str]] = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
IN_ORDER = "settings, hospitals, database and trust are in order\n"


@dataclass
class Installation:
    """Everything that the commands need; a test breaks a part of it."""

    folder: Path
    database_url: str
    strict: str = "false"
    without: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        (self.folder / "hospitals").mkdir()
        self.write_hospital()
        write_new_secrets(self.folder / "secrets.toml")

    def write_hospital(self, old: str = "", new: str = "") -> None:
        text = HOSPITAL.format(slug="cwz", environment="test")
        (self.folder / "hospitals" / "cwz.toml").write_text(text.replace(old, new), encoding="utf-8")

    def run(self, *arguments: str) -> Result:
        environment = {
            "ZORGTEGEL_DATABASE_URL": self.database_url,
            "ZORGTEGEL_HOSPITALS_DIR": str(self.folder / "hospitals"),
            "ZORGTEGEL_SECRETS_FILE": str(self.folder / "secrets.toml"),
            "ZORGTEGEL_STRICT": self.strict,
        }
        given = {name: None if name in self.without else value for name, value in environment.items()}
        return CliRunner().invoke(main, arguments, env=given, catch_exceptions=False)

    def check(self) -> tuple[int, list[str]]:
        done = self.run("check", "--offline")
        return done.exit_code, done.stdout.splitlines()

    def register(self, content: str, now: datetime | None = None) -> None:
        asked = parse_registration(content, now or SystemClock().now(), TOKEN_FORMS)
        self._write(add_registration(asked))

    def change(self, table: Any, **values: object) -> None:
        """What no command would write."""
        self._write(lambda connection: connection.execute(update(table).values(**values)))

    def _write(self, job: Any) -> None:
        database = Database(self.database_url)
        with database.write() as connection:
            job(connection)
            connection.commit()
        database.dispose()


@pytest.fixture
def installation(tmp_path: Path, database_url: str) -> Installation:
    upgrade(database_url)
    return Installation(tmp_path, database_url)


def test_installation_in_order_says_so(installation: Installation) -> None:
    installation.register(jwt_file())
    assert installation.check() == (0, [IN_ORDER.strip()])
    done = installation.run("check", "--offline", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"exit_code": 0, "findings": []})


def test_every_part_that_cannot_be_used_is_told(installation: Installation) -> None:
    installation.write_hospital('"test"', '"acceptance"')
    (installation.folder / "secrets.toml").write_text("")
    installation.without.add("ZORGTEGEL_STRICT")
    code, lines = installation.check()
    assert code == 2
    assert {line.split()[1] for line in lines} == {"secrets", "hospitals"}
    installation.without.add("ZORGTEGEL_DATABASE_URL")
    code, lines = installation.check()
    assert (code, lines) == (2, ["error    settings   ZORGTEGEL_DATABASE_URL is not set"])


def test_database_without_tables_or_of_another_version_is_told(tmp_path: Path, database_url: str) -> None:
    code, lines = Installation(tmp_path, database_url).check()
    assert code == 2
    assert "run zorgtegel db upgrade" in lines[0]


def test_database_file_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    file = tmp_path / "zorgtegel.db"
    code, lines = Installation(tmp_path, f"sqlite:///{file}").check()
    assert (code, lines) == (2, ["error    database   is not there yet: run zorgtegel db upgrade"])
    assert not file.exists()


def relaxed(until: datetime) -> str:
    entry = f'[[grants.relaxations]]\nname = "typ_jwt"\nuntil = {until.isoformat()}\nreason = "HIS 7.1"\n'
    return jwt_file(grants=grant_entry() + entry)


@pytest.mark.parametrize(("days", "told"), [(15, False), (13, True)])
def test_relaxation_that_soon_ends_needs_attention(installation: Installation, days: int, told: bool) -> None:
    until = SystemClock().now().replace(microsecond=0) + timedelta(days=days)
    installation.register(relaxed(until))
    place = f"{JWT_ISSUER} at cwz: the relaxation typ_jwt ends on {until:%Y-%m-%d %H:%M} UTC"
    assert installation.check() == (
        (1, [f"warning  trust      {place}"]) if told else (0, [IN_ORDER.strip()])
    )


def test_relaxation_that_has_ended_is_told(installation: Installation) -> None:
    then = SystemClock().now() - timedelta(days=60)
    installation.register(relaxed(then + timedelta(days=30)), then)
    code, (line,) = installation.check()
    assert (code, line.endswith("UTC: the strict rule holds")) == (1, True)
    assert "the relaxation typ_jwt has ended on" in line


def test_key_that_ends_or_is_missing_is_told(installation: Installation) -> None:
    installation.register(jwt_file(), SystemClock().now() - timedelta(days=3 * 365 - 5))
    code, (line,) = installation.check()
    assert (code, "key 2026-11 URGENT: ends in" in line) == (1, True)
    installation.change(vendor_key, status="revoked")
    assert installation.check() == (
        1,
        [f"warning  trust      {JWT_ISSUER}: has no active key, so every launch is refused"],
    )


def test_grant_that_does_not_fit_its_hospital_is_told(installation: Installation) -> None:
    installation.register(jwt_file(grants=grant_entry() + grant_entry("elsewhere")))
    installation.change(trust_grant, environment="production")
    code, lines = installation.check()
    assert code == 2
    assert lines == [
        f"error    trust      {JWT_ISSUER} at cwz: the grant is for production, the hospital for test",
        f"warning  trust      {JWT_ISSUER} at elsewhere: no hospital file has this name",
    ]


def test_adapter_that_is_not_installed_is_told(installation: Installation) -> None:
    installation.register(jwt_file())
    installation.change(vendor, adapter="medicom")
    code, (line,) = installation.check()
    assert (code, "its adapter medicom is not part of this installation" in line) == (2, True)


def test_strict_tells_what_is_not_https(installation: Installation) -> None:
    installation.register('jwks_url = "http://his.example/jwks"\n' + jwt_file())
    installation.write_hospital("http:", "https:")
    assert installation.check()[0] == 0
    installation.strict = "true"
    assert installation.check() == (
        2,
        [
            f"error    trust      {JWT_ISSUER}: jwks_url must be https while ZORGTEGEL_STRICT is true",
            f"error    trust      {JWT_ISSUER} at cwz:"
            " launch origins must be https while ZORGTEGEL_STRICT is true",
            f"note     trust      {JWT_ISSUER}: its key set was never fetched",
        ],
    )


def test_roles_that_become_one_are_noted_without_alarm(installation: Installation) -> None:
    role = '"2.16.840.1.113883.6.96|62247001" = "01.015"'
    installation.register(jwt_file().replace(role, 'arts = "01.015"\nassistent = "01.015"'))
    code, lines = installation.check()
    assert (code, lines) == (
        0,
        [
            f"note     trust      {JWT_ISSUER} at cwz: the roles arts, assistent all become 01.015",
            IN_ORDER.strip(),
        ],
    )
    told = json.loads(installation.run("check", "--offline", "--json").stdout)
    assert told["findings"][0]["severity"] == "note"


@pytest.mark.proves("attack:A145")
def test_strict_serve_refuses_a_published_key_and_check_names_it(installation: Installation) -> None:
    installation.register(jwt_file().replace("http:", "https:"))
    pem = ECKey.import_key(RFC_7515_A3).as_pem(private=False).decode()
    installation.change(vendor_key, pem=pem)
    installation.write_hospital("http:", "https:")
    installation.strict = "true"
    told = f"{JWT_ISSUER}: key 2026-11 is a published example or test key"
    served = installation.run("serve")
    assert served.exit_code == 2
    assert served.stderr.startswith(told)
    assert "ZORGTEGEL_STRICT" in served.stderr
    code, (line,) = installation.check()
    assert (code, line.startswith(f"error    trust      {told}")) == (2, True)
    installation.change(vendor_key, status="revoked")
    assert "published" not in "".join(installation.check()[1])
