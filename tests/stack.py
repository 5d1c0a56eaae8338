"""The whole product in this process, over real HTTP, beside the sandbox hospital, with a stepping clock."""

import dataclasses
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from app.claim_maps import TOKEN_FORMS
from app.cli import main
from app.factory import create_app
from app.settings import Settings
from app.trust_administration import TrustAdministration
from app.wiring import Services, wire
from audit.trail import ReadRecord, read_records
from launch.trust.registration import parse_registration
from sandbox.his.launches import LaunchFault, Minter
from sandbox.his.tokens import LaunchContent, mint_jwt, mint_saml
from sandbox.his.vendors import PRACTICE, URA_ROOT, USERS, His, Hospital, launch_content
from sandbox.hospital_files import localised
from sandbox.patients import Persona
from sandbox.servers import HisServer, Server, ZisServer
from tests.browser_client import BrowserClient
from tests.clock import SteppingClock
from tests.keys import write_secrets

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOSPITALS = ("cwz", "mst", "saxenburgh", "tergooi", "zgt")
_GRANT = "[[grants]]"
_COMMITTED = Path(__file__).resolve().parents[1] / "hospitals"


class ProductServer(Server):
    """The product's own app, wired as for production but for the clock and the plain http."""

    def __init__(
        self, folder: Path, database_url: str, zis: ZisServer, his: HisServer, clock: SteppingClock
    ) -> None:
        super().__init__(0)
        self._folder = folder
        self._database_url = database_url
        self._zis = zis
        self._his = his
        self._clock = clock
        self.services: Services

    def application(self) -> "WSGIApplication":
        hospitals = self._folder / "hospitals"
        hospitals.mkdir()
        for slug in HOSPITALS:
            (hospitals / f"{slug}.toml").write_text(self._hospital_file(slug), encoding="utf-8")
        shutil.copytree(_COMMITTED / "profiles", hospitals / "profiles")
        secrets_file = self._folder / "secrets.toml"
        write_secrets(secrets_file)
        settings = Settings(
            database_url=self._database_url,
            hospitals_dir=hospitals,
            secrets_file=secrets_file,
            strict=False,
        )
        self._settings = settings
        self.run_cli("db", "upgrade")
        self._his.show_hospitals([Hospital(slug, slug, f"{self.url}/{slug}", "test") for slug in HOSPITALS])
        registrations = self._his.write_registrations(self._folder / "registrations")
        self.services = wire(settings, self._clock)
        self.services.start()
        self.register(*(file.read_text("utf-8") for file in registrations))
        return create_app(self.services)

    def registration_of(self, his: str, more: str = "") -> str:
        """The file with which the sandbox's vendor was registered.

        :param more: lines for the end of the grant at the first hospital, as a relaxation is.
        """
        text = (self._folder / "registrations" / f"{his}.toml").read_text("utf-8")
        vendor, first, *others = text.split(_GRANT)
        return _GRANT.join([vendor, f"{first}{more}\n", *others])

    def register(self, *files: str) -> None:
        """As ``zorgtegel trust add``, at the time of this product's own clock."""
        services = self.services
        administration = TrustAdministration(services.database, services.writer, services.audit)
        now = self._clock.now()
        asked = [parse_registration(content, now, TOKEN_FORMS) for content in files]
        administration.add({one.vendor.issuer: one for one in asked}, "tests")

    def stop(self) -> None:
        super().stop()
        self.services.stop()

    def _hospital_file(self, slug: str) -> str:
        return localised(_COMMITTED / f"{slug}.toml", f"{self.url}/{slug}", self._zis.url)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of this product, for a command at the keyboard."""
        return {
            "ZORGTEGEL_DATABASE_URL": self._settings.database_url,
            "ZORGTEGEL_HOSPITALS_DIR": str(self._settings.hospitals_dir),
            "ZORGTEGEL_SECRETS_FILE": str(self._settings.secrets_file),
            "ZORGTEGEL_STRICT": "false",
        }

    def run_cli(self, *arguments: str) -> str:
        """``zorgtegel`` with these arguments on this product's database. :returns: what it printed."""
        result = CliRunner(env=self.environment).invoke(main, list(arguments), catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output


class Stack:
    """What a test holds: the product, the hospital, the clock, and the means to launch."""

    def __init__(self, product: ProductServer, zis: ZisServer, his: HisServer, clock: SteppingClock) -> None:
        self.product = product
        self.zis = zis
        self.his = his
        self.clock = clock

    def new_browser(self) -> BrowserClient:
        """A browser without any cookie."""
        return BrowserClient(self.product.url, self.his.url)

    def base_url(self, hospital: str = "cwz") -> str:
        return f"{self.product.url}/{hospital}"

    def content(
        self, persona: str, *, form: str = "jwt", hospital: str = "cwz", **changes: Any
    ) -> LaunchContent:
        """One click for a persona of ``sandbox/personas``, any member of it changed at will."""
        patient: Persona = self.zis.personas[persona]
        click = LaunchContent(
            issuer=self.his.issuer(His.JWT if form == "jwt" else His.VIPLIVE),
            launch_url=f"{self.base_url(hospital)}/launch",
            entity_id=f"{self.base_url(hospital)}/saml/metadata",
            bsn=patient.bsn,
            birth_date=patient.birth_date.isoformat(),
            patient_family_name=patient.name.family,
            practice_ura=PRACTICE.ura_number,
            practice_oid=f"{URA_ROOT}.{PRACTICE.ura_number}",
        )
        return dataclasses.replace(click, **changes)

    def click(
        self, his: str, persona: str = "consent_given", *, hospital: str = "cwz", **changes: Any
    ) -> LaunchContent:
        """One click on any vendor's tile, any member of it changed at will."""
        target = Hospital(hospital, hospital, self.base_url(hospital))
        content = launch_content(self.zis.personas[persona], target, his, USERS["arts"], self.his.url)
        return dataclasses.replace(content, **changes)

    def form(self, his: str, content: LaunchContent, fault: LaunchFault | None = None) -> dict[str, str]:
        """Form fields of a click, genuine or wrong in one way."""
        return dict(Minter(self.his.keys, his).fields(content, self.clock.now(), fault))

    def jwt(self, persona: str, *, hospital: str = "cwz", **changes: Any) -> dict[str, str]:
        """Form fields of a genuine JWT launch."""
        click = self.content(persona, hospital=hospital, **changes)
        return {"token": mint_jwt(click, self.his.keys.jwt, now=self.clock.now())}

    def saml(self, persona: str, *, hospital: str = "cwz", **changes: Any) -> dict[str, str]:
        """Form fields of a genuine VIPLive launch."""
        click = self.content(persona, form="saml", hospital=hospital, **changes)
        return {"SAMLResponse": mint_saml(click, self.his.keys.saml, now=self.clock.now())}

    def records(self, event: str | None = None) -> list[ReadRecord]:
        """The audit trail so far, oldest first."""
        with self.product.services.database.read() as connection:
            every = list(read_records(connection, self.product.services.cipher))
        return [record for record in every if event is None or record.event == event]
