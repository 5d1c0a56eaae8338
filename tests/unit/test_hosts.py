"""The hospital of a request is the exact match of Host and prefix (architecture.md D10, attack A126)."""

import ast
import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from app.hospitals import load_hospitals
from app.hosts import HospitalHosts, hospital_of

COMMITTED = Path(__file__).resolve().parents[2] / "hospitals"


@pytest.fixture
def hosts() -> HospitalHosts:
    cwz = load_hospitals(COMMITTED, strict=True)["cwz"]
    hospitals = {
        "whole": dataclasses.replace(cwz, slug="whole", base_url="https://whole.example"),
        "part": dataclasses.replace(cwz, slug="part", base_url="http://127.0.0.1:8080/part"),
    }

    def application(environ: dict[str, Any], start_response: object) -> Iterable[bytes]:
        hospital = hospital_of(environ)
        return [repr((hospital and hospital.slug, environ.get("SCRIPT_NAME"), environ["PATH_INFO"])).encode()]

    return HospitalHosts(application, hospitals)


def ask(hosts: HospitalHosts, host: str, path: str, **more: str) -> tuple[str | None, str, str]:
    environ: dict[str, Any] = {"HTTP_HOST": host, "PATH_INFO": path, "SCRIPT_NAME": "", **more}
    body = b"".join(hosts(environ, lambda *_: lambda _: None))
    slug, script, rest = ast.literal_eval(body.decode())
    return slug, script, rest


@pytest.mark.parametrize("host", ["whole.example", "WHOLE.example", "whole.example:443"])
def test_host_alone_names_the_hospital(hosts: HospitalHosts, host: str) -> None:
    assert ask(hosts, host, "/launch") == ("whole", "", "/launch")


def test_prefix_moves_to_script_name(hosts: HospitalHosts) -> None:
    assert ask(hosts, "127.0.0.1:8080", "/part/launch") == ("part", "/part", "/launch")
    assert ask(hosts, "127.0.0.1:8080", "/part") == ("part", "/part", "/")


@pytest.mark.proves("attack:A126")
@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("127.0.0.1:8080", "/partial/launch"),
        ("127.0.0.1:8080", "/launch"),
        ("127.0.0.1:8080", "//part/launch"),
        ("127.0.0.1", "/part/launch"),
        ("whole.example.evil", "/launch"),
        ("whole.example:8443", "/launch"),
        ("", "/launch"),
    ],
)
def test_any_other_host_or_prefix_names_none(hosts: HospitalHosts, host: str, path: str) -> None:
    assert ask(hosts, host, path)[0] is None


@pytest.mark.proves("attack:A126")
def test_forwarded_headers_are_never_read(hosts: HospitalHosts) -> None:
    forwarded = {"HTTP_X_FORWARDED_HOST": "whole.example", "HTTP_FORWARDED": "host=whole.example"}
    assert ask(hosts, "evil.example", "/launch", **forwarded)[0] is None
