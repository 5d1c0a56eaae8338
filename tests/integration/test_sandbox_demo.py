"""``zorgtegel demo`` as a person at a terminal meets it: one line when a click works, and a clean end."""

import os
import re
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import html

from app.hospitals import load_hospitals
from context.zis import Dialect
from sandbox.hospital_files import PROJECT_HOSPITALS, write_local_hospitals
from sandbox.patients import load_personas
from sandbox.servers import NUMBER_ROOTS

GIVEN = load_personas()["consent_given"]


def free_ports() -> int:
    """The first of four free ports in a row."""
    for first in range(20000 + os.getpid() % 8000, 32000, 4):
        with ExitStack() as stack:
            try:
                for port in range(first, first + 4):
                    stack.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                continue
            return first
    pytest.fail("no four free ports in a row")


@contextmanager
def demo(port: int, data: Path) -> Iterator[subprocess.Popen[str]]:
    command = [
        str(Path(sys.executable).with_name("zorgtegel")),
        "demo",
        "--port",
        str(port),
        "--data",
        str(data),
    ]
    with (data.parent / "stderr").open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=40)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def is_closed(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in listed.stdout.split()]


def test_a_click_works_once_ready_is_printed_and_the_end_is_clean(tmp_path: Path) -> None:
    port = free_ports()
    with demo(port, tmp_path / "data") as process:
        portal = f"http://localhost:{port + 1}"
        assert first_line(process) == f"ready: {portal}/"
        tile = {"patient": GIVEN.bsn, "his": "jwt", "hospital": "cwz"}
        with requests.post(f"{portal}/tegel", tile, timeout=10) as answer:
            page: Any = html.document_fromstring(answer.text)
        (form,) = page.forms
        assert form.action == f"http://127.0.0.1:{port}/cwz/launch"
        fields = {each.get("name"): each.get("value") for each in form.iter("input")}
        headers = {"Origin": portal}
        with requests.post(form.action, fields, headers=headers, timeout=10, allow_redirects=False) as answer:
            assert answer.status_code == 303
            assert re.fullmatch(r"(?:http://127\.0\.0\.1:\d+)?/cwz/c/[\w-]{22}/", answer.headers["Location"])
        provider = f"http://localhost:{port + 3}"
        for grade, asked in (("two_hop", "/oidc/authorize"), ("smart", "/smart/authorize")):
            click = {"patient": GIVEN.bsn, "hospital": "cwz", "grade": grade}
            with requests.post(f"{provider}/tegel", click, timeout=10, allow_redirects=False) as answer:
                start = answer.headers["Location"]
            with requests.get(start, timeout=10, allow_redirects=False) as answer:
                assert answer.headers["Location"].startswith(provider + asked)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=40)
    assert (process.returncode, rest) == (0, "")
    assert all(is_closed(each) for each in range(port, port + 4))


def test_death_of_the_service_ends_the_demo_with_a_message(tmp_path: Path) -> None:
    port = free_ports()
    with demo(port, tmp_path / "data") as process:
        assert first_line(process).startswith("ready: ")
        (service,) = children_of(process.pid)
        os.kill(service, signal.SIGTERM)
        assert process.wait(40) == 1
    assert "the service ended by itself" in (tmp_path / "stderr").read_text()
    assert all(is_closed(each) for each in range(port, port + 4))


def test_taken_port_ends_the_demo_with_a_message(tmp_path: Path) -> None:
    port = free_ports()
    with socket.create_server(("127.0.0.1", port + 1)), demo(port, tmp_path / "data") as process:
        assert first_line(process) == ""
        assert process.wait(40) == 1
    assert "in use" in (tmp_path / "stderr").read_text()


def test_hospital_files_are_copied_with_local_addresses_only(tmp_path: Path) -> None:
    written = write_local_hospitals(tmp_path, "http://127.0.0.1:9000", "http://127.0.0.1:9002")
    assert [each.hospital.slug for each in written] == sorted(
        f.stem for f in PROJECT_HOSPITALS.glob("*.toml")
    )
    for each in written:
        name = f"{each.hospital.slug}.toml"
        ours = tomllib.loads((tmp_path / name).read_text("utf-8"))
        theirs = tomllib.loads((PROJECT_HOSPITALS / name).read_text("utf-8"))
        assert ours["base_url"] == each.hospital.base_url == f"http://127.0.0.1:9000/{each.hospital.slug}"
        there = f"https://zis.{each.hospital.slug}.example"
        for content in (ours, theirs):
            del content["base_url"], content["environment"]
        assert there not in repr(ours)
        assert repr(ours) == repr(theirs).replace(there, "http://127.0.0.1:9002")


def test_local_hospitals_are_read_by_the_product_each_in_its_dialect(tmp_path: Path) -> None:
    write_local_hospitals(tmp_path, "http://127.0.0.1:9000", "http://127.0.0.1:9002")
    hospitals = load_hospitals(tmp_path, strict=False)
    assert {slug: each.zis.dialect for slug, each in hospitals.items()} == {
        "cwz": Dialect.UV,
        "mst": Dialect.NL,
        "saxenburgh": Dialect.NL,
        "tergooi": Dialect.UV,
        "zgt": Dialect.UV,
    }
    for each in hospitals.values():
        for name in ("registry", "repository"):
            assert each.zis.endpoint_named(name).url == "http://127.0.0.1:9002/xds"
        number_root = NUMBER_ROOTS[each.zis.receiver]
        assert number_root == each.zis.patient_number_root


def test_hospital_file_without_an_address_is_refused(tmp_path: Path) -> None:
    (tmp_path / "amc.toml").write_text('name = "AMC"\nbase_url = "https://amc.example"\n')
    with pytest.raises(ValueError, match=r"amc\.toml"):
        write_local_hospitals(tmp_path / "out", "http://127.0.0.1:9000", "http://127.0.0.1:9002", tmp_path)
