"""The product as it is run: ``zorgtegel serve`` in a process of its own, beside a sandbox hospital."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import ZORGTEGEL, Cores, free_port, run_product, serving
from sandbox.demo import Demo
from sandbox.his.keys import VendorKeys, load_or_make_keys
from sandbox.his.registration import registration_text
from sandbox.his.tokens import mint_jwt
from sandbox.his.vendors import USERS, His, Hospital, launch_content
from sandbox.hospital_files import write_local_hospitals
from sandbox.patients import load_personas
from sandbox.servers import ZisServer, real_time
from tests.keys import write_secrets

PERSONA = load_personas()["consent_given"]


@dataclass(frozen=True)
class Deployment:
    """:param port: where gunicorn listens on 127.0.0.1. :param public_url: what browsers call it.

    :param portal_url: origin of the HIS's pages. :param authorities: file of trusted certificates.
    """

    folder: Path
    port: int
    public_url: str
    portal_url: str
    keys: VendorKeys
    strict: bool = False
    authorities: Path | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """For the product's commands."""
        more = {"ZORGTEGEL_STRICT": "true" if self.strict else "false"}
        if self.authorities is not None:
            more["SSL_CERT_FILE"] = str(self.authorities)
        return {**Demo(self.folder, self.port).environment, **more}

    @property
    def hospital(self) -> Hospital:
        return Hospital("cwz", "cwz", f"{self.public_url}/cwz", "test")

    def prepare(self, zis_url: str) -> None:
        """Hospital files, secrets, database and one vendor, by the product's own commands.

        :param zis_url: scheme, host and port of the hospital.
        """
        write_local_hospitals(self.folder / "hospitals", self.public_url, zis_url)
        write_secrets(self.folder / "secrets.toml")
        run_product(self.environment, "db", "upgrade")
        file = self.folder / "jwt.toml"
        file.write_text(registration_text(His.JWT, self.portal_url, self.keys, [self.hospital]), "utf-8")
        run_product(self.environment, "trust", "add", str(file))

    @contextmanager
    def served(self) -> Iterator[None]:
        """``zorgtegel serve`` until the end of the block."""
        command = [ZORGTEGEL, "serve", "--bind", f"127.0.0.1:{self.port}"]
        with serving(command, self.port, Cores.choose().server, self.environment):
            yield

    def launch_fields(self) -> dict[str, str]:
        """A genuine click, now."""
        content = launch_content(PERSONA, self.hospital, His.JWT, USERS["arts"], self.portal_url)
        return {"token": mint_jwt(content, self.keys.jwt, now=real_time())}


@contextmanager
def deployed(folder: Path) -> Iterator[Deployment]:
    """Plain http on 127.0.0.1, not strict."""
    with ZisServer() as zis, deployed_beside(zis, folder) as deployment:
        yield deployment


@contextmanager
def deployed_beside(zis: ZisServer, folder: Path) -> Iterator[Deployment]:
    """As ``deployed``, beside a hospital of the caller."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    deployment = Deployment(folder, port, url, "http://localhost:18081", load_or_make_keys(None))
    deployment.prepare(zis.url)
    with deployment.served():
        yield deployment
