"""The product as it is run: strict, plain http inside, nginx with TLS in front that passes the Host on."""

import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bench.processes import ServerError, free_port, run_product
from sandbox.his.keys import load_or_make_keys
from sandbox.servers import ZisServer
from tests.deployment import PERSONA, Deployment
from tests.nginx import Nginx

PORTAL = "https://his.vendor.example"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: str

    @property
    def cookies(self) -> list[str]:
        return self.headers.get_all("Set-Cookie", [])


@dataclass(frozen=True)
class Site:
    """:param port: of nginx."""

    deployment: Deployment
    port: int
    zis: ZisServer

    def ask(
        self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request over TLS."""
        trusted = ssl.create_default_context(cafile=str(self.deployment.authorities))
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=trusted)
        try:
            connection.request(method, path, body, {"Host": f"127.0.0.1:{self.port}", **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode("utf-8"))
        finally:
            connection.close()

    def launch(self, **headers: str) -> Answer:
        """A genuine click."""
        sent = {"Content-Type": _FORM, "Origin": PORTAL}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", "/cwz/launch", urlencode(self.deployment.launch_fields()), sent)

    def page(self, launched: Answer, path: str = "") -> Answer:
        """A page of what was launched, with its cookies."""
        cookies = "; ".join(line.partition(";")[0] for line in launched.cookies)
        return self.ask("GET", launched.headers["Location"] + path, headers={"Cookie": cookies})


@pytest.fixture(scope="module")
def site(nginx_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("strict")
    nginx = Nginx(nginx_binary, folder)
    nginx.make_certificate()
    port, zis_port, inner = free_port(), free_port(), free_port()
    deployment = Deployment(
        folder,
        inner,
        f"https://127.0.0.1:{port}",
        PORTAL,
        load_or_make_keys(None),
        strict=True,
        authorities=nginx.certificate,
    )
    with ExitStack() as running:
        zis = running.enter_context(ZisServer())
        running.enter_context(nginx.serving({port: f"http://127.0.0.1:{inner}", zis_port: zis.url}))
        deployment.prepare(f"https://127.0.0.1:{zis_port}")
        running.enter_context(deployment.served())
        yield Site(deployment, port, zis)


def test_launch_shows_the_patient(site: Site) -> None:
    launched = site.launch()
    assert (launched.status, launched.body) == (303, "")
    page = site.page(launched)
    assert page.status == 200
    assert PERSONA.name.family.upper() in page.body.upper()
    assert site.page(launched, "uitslagen/lab").status == 200


def test_every_answer_asks_browsers_for_https_alone(site: Site) -> None:
    launched = site.launch()
    for answer in (launched, site.page(launched), site.ask("GET", "/cwz/zoeken"), site.ask("GET", "/")):
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.proves("attack:A109")
def test_cookies_are_for_https_and_no_script(site: Site) -> None:
    cookies = site.launch().cookies
    assert {line.partition("=")[0] for line in cookies} == {"__Host-browser", "__Secure-ctx"}
    for line in cookies:
        attributes = {part.strip() for part in line.split(";")[1:]}
        assert {"Secure", "HttpOnly"} <= attributes
        assert "Path=/" in attributes or line.startswith("__Secure-ctx")
        assert not any(part.startswith("Domain") for part in attributes)


@pytest.mark.proves("attack:A126")
@pytest.mark.parametrize(
    "headers",
    [
        {"X_Forwarded_Host": "evil.example"},
        {"X_Forwarded_Proto": "http"},
        {"X_Forwarded_For": "10.0.0.1"},
        {"X_Forwarded_Prefix": "/saxenburgh"},
        {"Forwarded": "host=evil.example;proto=http"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_forwarded_headers_change_nothing(site: Site, headers: dict[str, str]) -> None:
    launched = site.launch(**headers)
    assert launched.status == 303
    assert launched.headers["Location"].startswith("/cwz/c/")
    assert site.page(launched).status == 200


@pytest.mark.proves("attack:A126")
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost", "127.0.0.1:443"])
def test_another_host_name_is_421_whatever_is_forwarded(site: Site, host: str) -> None:
    answer = site.launch(Host=host, X_Forwarded_Host=f"127.0.0.1:{site.port}")
    assert answer.status == 421
    assert "CWZ" not in answer.body
    assert not answer.cookies


@pytest.mark.proves("attack:A131")
def test_slow_clients_beyond_the_number_of_threads_do_not_reach_the_service(site: Site) -> None:
    with ExitStack() as crowd:
        trusted = ssl.create_default_context(cafile=str(site.deployment.authorities))
        for number in range(150):
            plain = crowd.enter_context(socket.create_connection(("127.0.0.1", site.port), timeout=20))
            if number % 2:
                slow = crowd.enter_context(trusted.wrap_socket(plain, server_hostname="localhost"))
                slow.sendall(f"POST /cwz/launch HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n".encode())
                slow.sendall(b"Content-Length: 1000\r\n\r\ntoken=" if number % 4 == 1 else b"X: ")
        assert site.page(site.launch()).status == 200


@pytest.mark.proves("attack:A140")
def test_strict_refuses_plain_http_where_patients_are_shown(site: Site, tmp_path: Path) -> None:
    plain = Deployment(tmp_path, free_port(), "http://127.0.0.1:1", PORTAL, site.deployment.keys, strict=True)
    with pytest.raises(ServerError, match="must be https"):
        plain.prepare("https://127.0.0.1:1")
    with pytest.raises(ServerError, match="must be https"):
        run_product(plain.environment, "serve", "--bind", f"127.0.0.1:{plain.port}")
