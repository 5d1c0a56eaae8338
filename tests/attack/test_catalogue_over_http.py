"""Every bad token of the catalogue once more, through the whole door: its exact code over HTTP, one record,
no context, and no question to the hospital (no hospital system is there to be asked).

The trust registry is the stage's, because a case may change it; everything behind and before it is real.
"""

import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest
from _pytest.mark.structures import ParameterSet
from sqlalchemy import text

from app.factory import create_app
from app.schema import upgrade
from app.settings import Settings
from app.wiring import Services, wire
from audit.trail import ReadRecord, read_records
from launch.trust.model import PracticeLink, Trust, Vendor, VendorKey
from sandbox.his.tokens import mint_jwt
from sandbox.servers import Server
from tests.attack import (
    test_tokens_claims,
    test_tokens_encrypted_saml,
    test_tokens_jose,
    test_tokens_jwe,
    test_tokens_signature,
    test_tokens_wrapping,
    test_tokens_xml,
)
from tests.attack.cases import Cases, Maker
from tests.attack.expected import expected
from tests.clock import SteppingClock
from tests.keys import write_secrets
from tests.launch_stage import HOSPITAL, MAPS, ORIGIN, Stage, jwt_key, stranger_certificate

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_JWT = (test_tokens_claims.cases, test_tokens_jose.cases, test_tokens_jwe.cases)
_SAML = (
    test_tokens_encrypted_saml.cases,
    test_tokens_signature.cases,
    test_tokens_wrapping.wrapped,
    test_tokens_wrapping.ids,
    test_tokens_wrapping.texts,
    test_tokens_xml.cases,
)


class _StageTrust:
    """The registry of whichever stage is being played."""

    def __init__(self) -> None:
        self.stage = Stage()

    def find_trust(self, hospital: str, issuer: str) -> Trust | None:
        return self.stage.trust.find_trust(hospital, issuer)

    def find_practice(self, hospital: str, issuer: str, ura_number: str) -> PracticeLink | None:
        return self.stage.trust.find_practice(hospital, issuer, ura_number)

    def find_published(self, vendor: Vendor, key_id: str) -> tuple[VendorKey, ...]:
        return tuple(self.stage.trust.find_published(vendor, key_id))

    def find_frame_origins(self, hospital: str) -> tuple[str, ...]:
        return tuple(self.stage.trust.find_frame_origins(hospital))


class _Door(Server):
    """The service at the stage's own hospital."""

    def __init__(self, folder: Path, clock: SteppingClock) -> None:
        super().__init__(0)
        self._folder = folder
        self._clock = clock
        self.trust = _StageTrust()
        self.services: Services

    def application(self) -> "WSGIApplication":
        hospitals = self._folder / "hospitals"
        hospitals.mkdir()
        (hospitals / f"{HOSPITAL.slug}.toml").write_text(_HOSPITAL_FILE, encoding="utf-8")
        write_secrets(self._folder / "secrets.toml")
        settings = Settings(
            database_url=f"sqlite:///{self._folder / 'door.sqlite'}",
            hospitals_dir=hospitals,
            secrets_file=self._folder / "secrets.toml",
            strict=False,
        )
        upgrade(settings.database_url)
        self.services = wire(settings, self._clock)
        self.play(Stage())
        self.services.start()
        return create_app(self.services)

    def play(self, stage: Stage) -> None:
        """Judge by this stage from now on; the gate is frozen for everybody else."""
        self.trust.stage = stage
        for name, part in {"trust": self.trust, "maps": MAPS, "opener": stage.opener}.items():
            object.__setattr__(self.services.gate, name, part)

    def stop(self) -> None:
        super().stop()
        self.services.stop()

    def post(self, field: str, token: str) -> tuple[int, str]:
        """:returns: status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {
            "Host": urlsplit(HOSPITAL.base_url).netloc,
            "Origin": ORIGIN,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            connection.request("POST", "/launch", urlencode({field: token}), headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8")
        finally:
            connection.close()


_HOSPITAL_FILE = f"""
name = "{HOSPITAL.name}"
base_url = "{HOSPITAL.base_url}"
environment = "{HOSPITAL.environment.value}"
ura_number = "{HOSPITAL.ura_number}"
[contact]
name = "Servicedesk"
[consent_help]
path = "Toestemmingen"
[zis]
endpoint = "http://127.0.0.1:9/soap"
consent_endpoint = "http://127.0.0.1:9/consent"
sender = "1.2.3"
receiver = "1.2.4"
patient_number_root = "1.2.5"
source_name = "ZIS"
"""


@pytest.fixture(scope="module")
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, clock: SteppingClock) -> Iterator[_Door]:
    with _Door(tmp_path_factory.mktemp("door"), clock) as server:
        yield server


def _params(field: str, catalogues: tuple[Cases, ...]) -> list[ParameterSet]:
    return [
        pytest.param(field, *each.values, id=f"{field} {each.id}", marks=each.marks)
        for catalogue in catalogues
        for each in catalogue.params()
    ]


@pytest.mark.parametrize(
    ("field", "row", "maker"), [*_params("token", _JWT), *_params("SAMLResponse", _SAML)]
)
def test_bad_token_is_refused_with_its_code_and_one_record(
    door: _Door, clock: SteppingClock, field: str, row: str, maker: Maker
) -> None:
    door.services.meter.drain()  # the meter starts anew, so that each refusal leaves its record
    stage = Stage(now=clock.now())
    stage.add_saml_vendor("https://other.example/saml", stranger_certificate())
    token = maker(stage)
    door.play(stage)
    before = len(_records(door))
    status, body = door.post(field, token)
    wanted = expected(row)
    assert wanted.code is not None
    assert (status, wanted.code in body) == (wanted.http, True), body
    (record,) = _records(door)[before:]
    assert (record.event, record.fields["outcome"]) == ("LAUNCH_DECISION", "refused")
    assert record.fields["code"] == wanted.code
    assert _rows(door) == 0


def test_good_token_of_the_same_stage_is_accepted(door: _Door, clock: SteppingClock) -> None:
    stage = Stage(now=clock.now())
    door.play(stage)
    status, _ = door.post("token", mint_jwt(stage.content(), jwt_key(), now=stage.now))
    assert status == 303
    door.services.writer.submit(lambda connection: connection.execute(text("DELETE FROM pending_launch")))


def _records(door: _Door) -> list[ReadRecord]:
    with door.services.database.read() as connection:
        return list(read_records(connection, door.services.cipher))


def _rows(door: _Door) -> int:
    with door.services.database.read() as connection:
        counted = (
            connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
            for table in ("pending_launch", "used_token", "context")
        )
        return sum(counted)
