"""The whole product in this process, over real HTTP, beside the sandbox hospital, with a stepping clock."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from app.cli import main
from app.factory import create_app
from app.secrets_file import write_new_secrets
from app.settings import Settings
from app.wiring import Services, wire
from audit.trail import ReadRecord, read_records
from sandbox.his.tokens import (
    LaunchContent,
    SigningCertificate,
    SigningKey,
    mint_jwt,
    mint_saml,
    new_es256_key,
    new_rsa_certificate,
)
from sandbox.patients import Persona
from sandbox.servers import Server, ZisServer
from tests.clock import SteppingClock

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HIS_ORIGIN = "http://localhost:18081"
JWT_ISSUER = f"{HIS_ORIGIN}/jwt"
SAML_ISSUER = f"{HIS_ORIGIN}/viplive"
PRACTICE = "90000001"
HOSPITALS = ("cwz", "saxenburgh")
_COMMITTED = Path(__file__).resolve().parents[1] / "hospitals"


@dataclasses.dataclass(frozen=True)
class Vendors:
    """The keys of two registered vendors, and what they mint."""

    jwt_key: SigningKey
    certificate: SigningCertificate

    @classmethod
    def create(cls) -> "Vendors":
        return cls(new_es256_key("his-2026-11"), new_rsa_certificate("sandbox viplive"))

    def registrations(self, origins: Sequence[str]) -> Mapping[str, str]:
        """Registration files by name, for ``zorgtegel trust add``."""
        jwt_key = (
            f'kid = "{self.jwt_key.kid}"\nalgorithm = "ES256"\npublic_key = """{self.jwt_key.public_pem}"""'
        )
        pinned = f'certificate = """{self.certificate.certificate_pem}"""'
        return {
            "jwt.toml": _registration(JWT_ISSUER, "jwt", jwt_key, "http://snomed.info/sct", origins),
            "viplive.toml": _registration(SAML_ISSUER, "viplive", pinned, "2.16.840.1.113883.6.96", origins),
        }


def _registration(issuer: str, adapter: str, key: str, role_system: str, origins: Sequence[str]) -> str:
    listed = ", ".join(f'"{origin}"' for origin in origins)
    grants = "".join(
        f'[[grants]]\nhospital = "{slug}"\nenvironment = "test"\nlaunch_origins = [{listed}]\n'
        f'[grants.roles]\n"{role_system}|62247001" = "01.015"\n'
        f'[[grants.practices]]\nura_number = "{PRACTICE}"\nname = "Huisartsenpraktijk De Linde"\n'
        for slug in HOSPITALS
    )
    return (
        f'issuer = "{issuer}"\nname = "Sandbox {adapter}"\nadapter = "{adapter}"\n[[keys]]\n{key}\n{grants}'
    )


class ProductServer(Server):
    """The product's own app, wired as for production but for the clock and the plain http."""

    def __init__(
        self, folder: Path, database_url: str, zis: ZisServer, vendors: Vendors, clock: SteppingClock
    ) -> None:
        super().__init__(0)
        self._folder = folder
        self._database_url = database_url
        self._zis = zis
        self._vendors = vendors
        self._clock = clock
        self.services: Services

    def application(self) -> "WSGIApplication":
        hospitals = self._folder / "hospitals"
        hospitals.mkdir()
        for slug in HOSPITALS:
            (hospitals / f"{slug}.toml").write_text(self._hospital_file(slug), encoding="utf-8")
        secrets_file = self._folder / "secrets.toml"
        write_new_secrets(secrets_file)
        settings = Settings(
            database_url=self._database_url,
            hospitals_dir=hospitals,
            secrets_file=secrets_file,
            strict=False,
        )
        self._run_cli(settings, "db", "upgrade")
        names = []
        for name, text in self._vendors.registrations([HIS_ORIGIN]).items():
            (self._folder / name).write_text(text, encoding="utf-8")
            names.append(str(self._folder / name))
        self._run_cli(settings, "trust", "add", *names)
        self.services = wire(settings, self._clock)
        self.services.start()
        return create_app(self.services)

    def stop(self) -> None:
        super().stop()
        self.services.stop()

    def _hospital_file(self, slug: str) -> str:
        lines = (_COMMITTED / f"{slug}.toml").read_text("utf-8").splitlines()
        changed = {
            "base_url": f"{self.url}/{slug}",
            "endpoint": self._zis.endpoint,
            "consent_endpoint": self._zis.consent_endpoint,
        }
        return "\n".join(
            f'{key} = "{changed[key]}"' if (key := line.partition(" = ")[0]) in changed else line
            for line in lines
        )

    @staticmethod
    def _run_cli(settings: Settings, *arguments: str) -> None:
        environment = {
            "ZORGTEGEL_DATABASE_URL": settings.database_url,
            "ZORGTEGEL_HOSPITALS_DIR": str(settings.hospitals_dir),
            "ZORGTEGEL_SECRETS_FILE": str(settings.secrets_file),
            "ZORGTEGEL_STRICT": "false",
        }
        result = CliRunner(env=environment).invoke(main, list(arguments), catch_exceptions=False)
        assert result.exit_code == 0, result.output


class Stack:
    """What a test holds: the product, the hospital, the clock, and the means to launch."""

    def __init__(
        self, product: ProductServer, zis: ZisServer, vendors: Vendors, clock: SteppingClock
    ) -> None:
        self.product = product
        self.zis = zis
        self.vendors = vendors
        self.clock = clock

    def base_url(self, hospital: str = "cwz") -> str:
        return f"{self.product.url}/{hospital}"

    def content(
        self, persona: str, *, form: str = "jwt", hospital: str = "cwz", **changes: Any
    ) -> LaunchContent:
        """One click for a persona of ``sandbox/patients.toml``, any member of it changed at will."""
        patient: Persona = self.zis.personas[persona]
        click = LaunchContent(
            issuer=JWT_ISSUER if form == "jwt" else SAML_ISSUER,
            launch_url=f"{self.base_url(hospital)}/launch",
            entity_id=f"{self.base_url(hospital)}/saml/metadata",
            bsn=patient.bsn,
            birth_date=patient.birth_date.isoformat(),
            patient_family_name=patient.name.family,
            practice_ura=PRACTICE,
        )
        return dataclasses.replace(click, **changes)

    def jwt(self, persona: str, *, hospital: str = "cwz", **changes: Any) -> dict[str, str]:
        """Form fields of a genuine JWT launch."""
        click = self.content(persona, hospital=hospital, **changes)
        return {"token": mint_jwt(click, self.vendors.jwt_key, now=self.clock.now())}

    def saml(self, persona: str, *, hospital: str = "cwz", **changes: Any) -> dict[str, str]:
        """Form fields of a genuine VIPLive launch."""
        click = self.content(persona, form="saml", hospital=hospital, **changes)
        return {"SAMLResponse": mint_saml(click, self.vendors.certificate, now=self.clock.now())}

    def records(self, event: str | None = None) -> list[ReadRecord]:
        """The audit trail so far, oldest first."""
        with self.product.services.database.read() as connection:
            every = list(read_records(connection, self.product.services.cipher))
        return [record for record in every if event is None or record.event == event]

    def now(self) -> datetime:
        return self.clock.now()
