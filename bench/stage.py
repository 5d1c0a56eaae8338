"""The service as its users start it, a hospital system beside it, and vendors with clicks to send."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from app.hospitals import load_hospitals
from bench.load import Answer
from bench.processes import PYTHON, ZORGTEGEL, Cores, free_port, run_product, serving
from context.hospital import Hospital
from sandbox.demo import Demo
from sandbox.his.keys import VendorKeys, load_or_make_keys
from sandbox.his.registration import registration_text
from sandbox.his.tokens import mint_jwt, mint_saml
from sandbox.his.vendors import URA_ROOT, USERS, His, launch_content
from sandbox.his.vendors import Hospital as TileTarget
from sandbox.hospital_files import write_local_hospitals
from sandbox.patients import load_personas
from sandbox.servers import real_time

HOSPITAL = "cwz"
PATIENT = load_personas()["consent_given"]
PRACTICES = 100
"""A practice may launch 120 times a minute (L104); so many together are never near it."""

PORTAL = "http://localhost:18081"  # only a name: the origin of the posts and the prefix of the issuers


class Clicks:
    """Posts of genuine launches, each with a token id and a user of its own, spread over the practices."""

    def __init__(self, hospital: TileTarget, keys: VendorKeys) -> None:
        self._hospital = hospital
        self._keys = keys
        self._numbers = count()

    def registrations(self) -> Iterator[tuple[His, str]]:
        """Registration files by vendor, with all practices."""
        for his in His:
            text = registration_text(his, PORTAL, self._keys, [self._hospital])
            # The grant's list of practices is the end of the file.
            more = (f'[[grants.practices]]\nura_number = "{ura}"\n' for ura in map(_ura, range(PRACTICES)))
            yield his, text + "".join(more)

    def posts(self, his: His, number: int) -> list[bytes]:
        """So many requests, minted now: their tokens are good for two minutes."""
        return [post_form(self._hospital.launch_url, form) for form in self.forms(his, number)]

    def forms(self, his: His, number: int) -> Iterator[Mapping[str, str]]:
        """The form fields of so many launches."""
        return (self._form(his) for _ in range(number))

    def _form(self, his: His) -> Mapping[str, str]:
        serial = next(self._numbers)
        ura = _ura(serial % PRACTICES)
        content = replace(
            launch_content(PATIENT, self._hospital, his, USERS["arts"], PORTAL),
            user_id=str(100_000 + serial),
            practice_ura=ura,
            practice_oid=f"{URA_ROOT}.{ura}",
        )
        if his is His.JWT:
            return {"token": mint_jwt(content, self._keys.jwt, now=real_time())}
        return {"SAMLResponse": mint_saml(content, self._keys.saml, now=real_time())}


@dataclass(frozen=True, slots=True)
class Stage:
    """What is running. Every port is one of 127.0.0.1."""

    folder: Path
    service_port: int
    bare_port: int
    hospital_port: int
    hospital: Hospital
    clicks: Clicks

    @property
    def database(self) -> Path:
        return self.folder / "zorgtegel.sqlite"

    @property
    def bare_url(self) -> str:
        return f"http://127.0.0.1:{self.bare_port}/launch"


@contextmanager
def set_up(folder: Path, cores: Cores) -> Iterator[Stage]:
    """Service and bare peer on the server's core, the hospital on the load's, until the end of the block.

    :param folder: empty; the service keeps its data there.
    :raises ServerError: something did not start.
    """
    demo = Demo(folder, free_port())
    bare_port, hospital_port, zis_port = free_port(), free_port(), free_port()
    hospital_url = f"http://127.0.0.1:{hospital_port}"
    local = write_local_hospitals(folder / "hospitals", demo.service_url, hospital_url)
    target = next(each.hospital for each in local if each.hospital.slug == HOSPITAL)
    clicks = Clicks(target, load_or_make_keys(None))
    _prepare(demo, clicks)
    service = [ZORGTEGEL, "serve", "--bind", f"127.0.0.1:{demo.port}"]
    bare = [PYTHON, "-m", "bench.bare", str(bare_port)]
    zis = [ZORGTEGEL, "sandbox", "zis", "--port", str(zis_port)]
    repeating = [PYTHON, "-m", "bench.hospital", str(hospital_port), f"http://127.0.0.1:{zis_port}"]
    with ExitStack() as running:
        for command, port, core in (
            (service, demo.port, cores.server),
            (bare, bare_port, cores.server),
            (zis, zis_port, cores.load),
            (repeating, hospital_port, cores.load),
        ):
            running.enter_context(serving(command, port, core, demo.environment))
        hospital = load_hospitals(folder / "hospitals", strict=False)[HOSPITAL]
        yield Stage(folder, demo.port, bare_port, hospital_port, hospital, clicks)


def _prepare(demo: Demo, clicks: Clicks) -> None:
    """Secrets, database and trust, by the product's own commands."""
    run_product(demo.environment, "secrets", "new", str(demo.folder / "secrets.toml"))
    run_product(demo.environment, "db", "upgrade")
    for his, text in clicks.registrations():
        file = demo.folder / f"{his}.toml"
        file.write_text(text, "utf-8")
        run_product(demo.environment, "trust", "add", str(file))


def post_form(url: str, fields: Mapping[str, str]) -> bytes:
    """What a browser sends for the HIS's form."""
    body = urlencode(fields, quote_via=quote).encode("ascii")
    return _post(url, "application/x-www-form-urlencoded", body, f"Origin: {PORTAL}\r\n")


def post_soap(url: str, envelope: bytes) -> bytes:
    """A SOAP 1.2 question."""
    return _post(url, "application/soap+xml; charset=utf-8", envelope)


def get_page(url: str, cookies: str) -> bytes:
    """:param cookies: the value of the Cookie header."""
    parts = urlsplit(url)
    return f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: {cookies}\r\n\r\n".encode("ascii")


def cookies_of(answer: Answer) -> str:
    """The Cookie header of a browser that got this answer."""
    return "; ".join(each.partition(";")[0] for each in answer.headers["set-cookie"])


def _post(url: str, media_type: str, body: bytes, more_headers: str = "") -> bytes:
    parts = urlsplit(url)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{more_headers}"
        f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


def _ura(number: int) -> str:
    return str(90_100_000 + number)
