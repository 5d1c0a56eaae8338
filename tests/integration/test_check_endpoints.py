"""``zorgtegel check`` tries real servers: what is not as it should be is an error, and told without a BSN."""

import json
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from adapters.zis.sections.table import SECTIONS
from app.clock import SystemClock
from app.endpoint_findings import NOBODY, endpoint_findings
from app.endpoints import setup_problems
from app.findings import Finding, Severity
from context.hospital import Hospital
from context.records import Section
from context.zis import CONSENT_ENDPOINT, MAIN_ENDPOINT, ClientTls, Dialect, Endpoint, SectionSource
from tests.integration.test_check_command import Installation
from tests.pki import Authority, Pair
from tests.zis_messages import (
    counters,
    enveloped,
    hospital,
    pdq_answer,
    pdq_subject,
    qed_answer,
    xacml_answer,
    xacml_result,
)
from tests.zis_server import HospitalServer, Reply, free_port
from tests.zis_signing import signing

BSN = NOBODY.reveal()
NOT_FOUND = Reply(enveloped(pdq_answer(" ", code="NF", counted=counters(0, 0, 0))))
FOUND = Reply(enveloped(pdq_answer(pdq_subject(BSN))))
NO_CONSENT = Reply(enveloped(xacml_answer(xacml_result("NotApplicable", BSN))))
PERMIT = Reply(enveloped(xacml_answer(xacml_result("Permit", BSN))))
HTML = Reply(b"<html></html>", headers={"Content-Type": "text/html"})


@pytest.fixture
def main() -> Iterator[HospitalServer]:
    with HospitalServer() as running:
        running.replies = [NOT_FOUND]
        yield running


@pytest.fixture
def consent() -> Iterator[HospitalServer]:
    with HospitalServer() as running:
        running.replies = [NO_CONSENT]
        yield running


def tried(asked: Hospital, seconds: float = 5.0) -> dict[str, list[Finding]]:
    """What is found, by endpoint; nothing of it holds the BSN."""
    found = endpoint_findings({"cwz": asked}, SystemClock(), seconds)
    assert BSN not in repr(found)
    assert {finding.area for finding in found} == {"endpoints"}
    return {
        name: [each for each in found if each.text.startswith(f"cwz: {name}:")]
        for name in ("main", "consent", "extra")
    }


def worst(findings: list[Finding]) -> Severity:
    return min((finding.severity for finding in findings), key=list(Severity).index)


def texts(findings: list[Finding]) -> str:
    return "\n".join(finding.text for finding in findings)


def test_endpoints_that_know_nobody_are_in_order(main: HospitalServer, consent: HospitalServer) -> None:
    found = tried(hospital(main.url, consent.url))
    assert [finding.severity for finding in found["main"]] == [Severity.WARNING, Severity.NOTE]
    assert "is asked without encryption" in texts(found["main"])
    assert "does not know somebody who does not exist" in texts(found["main"])
    assert "gives no consent for somebody who does not exist" in texts(found["consent"])
    assert BSN.encode() in main.questions[0].body
    assert len(main.questions) == len(consent.questions) == 1


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (FOUND, "says that it knows somebody who does not exist"),
        (HTML, "answers with something that is not the message expected"),
        (Reply(status=500), "answers with an error instead of a message"),
        (Reply(enveloped("<x/>")), "answers with something that is not the message expected"),
        (Reply(drop=True), "cannot be asked: it closes the connection"),
        (
            Reply(enveloped(pdq_answer(pdq_subject("999904309")))),
            "answers about somebody else",
        ),
    ],
    ids=["found", "html", "http 500", "other message", "closes", "somebody else"],
)
def test_wrong_answer_about_the_person_is_an_error(
    main: HospitalServer, consent: HospitalServer, reply: Reply, told: str
) -> None:
    main.replies = [reply]
    found = tried(hospital(main.url, consent.url))
    assert worst(found["main"]) is Severity.ERROR
    assert told in texts(found["main"])
    assert worst(found["consent"]) is Severity.WARNING


def test_system_that_never_answers_is_an_error(main: HospitalServer, consent: HospitalServer) -> None:
    stop = Event()
    main.replies = [Reply(before=lambda: stop.wait(10))]
    found = tried(hospital(main.url, consent.url), 0.3)
    stop.set()
    assert "does not answer within" in texts(found["main"])
    assert worst(found["main"]) is Severity.ERROR


@pytest.mark.parametrize(
    ("reply", "severity", "told"),
    [
        (PERMIT, Severity.ERROR, "gives consent for somebody who does not exist"),
        (HTML, Severity.ERROR, "not the message expected"),
        (
            Reply(enveloped(xacml_answer(xacml_result("Indeterminate", BSN)))),
            Severity.WARNING,
            "makes no decision",
        ),
        (
            Reply(enveloped(xacml_answer(xacml_result("NotApplicable", "999904309")))),
            Severity.ERROR,
            "answers about somebody else",
        ),
    ],
    ids=["permit", "html", "indeterminate", "somebody else"],
)
def test_wrong_answer_about_consent_is_told(
    main: HospitalServer, consent: HospitalServer, reply: Reply, severity: Severity, told: str
) -> None:
    consent.replies = [reply]
    found = tried(hospital(main.url, consent.url))
    assert worst(found["consent"]) is severity
    assert told in texts(found["consent"])


def test_nobody_listens_is_an_error(consent: HospitalServer) -> None:
    found = tried(hospital(f"http://127.0.0.1:{free_port()}/soap", consent.url))
    assert texts(found["main"]) == "cwz: main: cannot be reached (ConnectionRefusedError)"


@pytest.mark.parametrize(
    ("answer", "severity"),
    [
        (qed_answer(" ", code="NF", counted=counters(0, 0, 0)), Severity.WARNING),
        ("<x/>", Severity.ERROR),
    ],
)
def test_further_endpoint_is_asked_for_a_section_that_it_serves(
    main: HospitalServer, consent: HospitalServer, answer: str, severity: Severity
) -> None:
    with HospitalServer() as extra:
        extra.replies = [Reply(enveloped(answer))]
        known = hospital(main.url, consent.url)
        source = SectionSource(SECTIONS[Section.LABORATORY].uv.interaction, "extra", "LABCAT")
        zis = replace(
            known.zis,
            dialect=Dialect.UV,
            sections={Section.LABORATORY: (source,)},
            endpoints={"extra": Endpoint("extra", extra.url)},
        )
        found = tried(replace(known, zis=zis))
        assert worst(found["extra"]) is severity
        assert len(extra.questions) == 1


# --- TLS and credentials


class Secured:
    """A hospital behind mutual TLS."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root, self.clients = Authority(folder, "hospital"), Authority(folder, "clients")

    def server(self, pair: Pair) -> HospitalServer:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        context.load_verify_locations(cafile=self.clients.file)
        context.verify_mode = ssl.CERT_REQUIRED
        running = HospitalServer(context)
        running.replies = [NOT_FOUND]
        return running

    def hospital(self, server: HospitalServer, consent: HospitalServer, pair: Pair) -> Hospital:
        pair.key.chmod(0o600)
        known = hospital(server.url, consent.url)
        tls = ClientTls(pair.certificate, pair.key, self.root.file)
        main = Endpoint(MAIN_ENDPOINT, server.url, tls)
        return replace(known, zis=replace(known.zis, endpoints={MAIN_ENDPOINT: main}))


@pytest.fixture
def secured(tmp_path: Path) -> Secured:
    return Secured(tmp_path)


def test_mutual_tls_in_order_leaves_one_note(secured: Secured, consent: HospitalServer) -> None:
    with secured.server(secured.root.issue("server")) as server:
        found = tried(secured.hospital(server, consent, secured.clients.issue("we")))
    assert [finding.severity for finding in found["main"]] == [Severity.NOTE]


def test_certificate_that_the_hospital_refuses_is_an_error(secured: Secured, consent: HospitalServer) -> None:
    stranger = Authority(secured.folder, "stranger").issue("we")
    with secured.server(secured.root.issue("server")) as server:
        found = tried(secured.hospital(server, consent, stranger))
    assert "refuses our certificate" in texts(found["main"])
    assert worst(found["main"]) is Severity.ERROR


def test_server_that_we_do_not_trust_is_an_error(secured: Secured, consent: HospitalServer) -> None:
    stranger = Authority(secured.folder, "stranger").issue("server")
    with secured.server(stranger) as server:
        found = tried(secured.hospital(server, consent, secured.clients.issue("we")))
        assert server.questions == []
    assert "its certificate is refused" in texts(found["main"])


def test_server_without_tls_is_an_error(
    secured: Secured, main: HospitalServer, consent: HospitalServer
) -> None:
    asked = secured.hospital(main, consent, secured.clients.issue("we"))
    tls = asked.zis.endpoints[MAIN_ENDPOINT].tls
    endpoint = Endpoint(MAIN_ENDPOINT, main.url.replace("http:", "https:"), tls)
    found = tried(replace(asked, zis=replace(asked.zis, endpoints={MAIN_ENDPOINT: endpoint})))
    assert "the TLS handshake fails" in texts(found["main"])
    assert main.questions == []


def test_certificates_that_end_soon_are_warned_of(secured: Secured, consent: HospitalServer) -> None:
    soon = SystemClock().now() + timedelta(days=10)
    with secured.server(secured.root.issue("server", end=soon)) as server:
        found = tried(secured.hospital(server, consent, secured.clients.issue("we", end=soon)))
    told = texts(found["main"])
    assert f"main: its certificate ends on {soon:%Y-%m-%d}" in told
    assert f"main: tls.certificate: ends on {soon:%Y-%m-%d}" in told
    assert worst(found["main"]) is Severity.WARNING


def test_certificate_that_has_ended_is_an_error(secured: Secured, consent: HospitalServer) -> None:
    ended = secured.clients.issue("we", end=datetime(2021, 1, 1, tzinfo=UTC))
    with secured.server(secured.root.issue("server")) as server:
        found = tried(secured.hospital(server, consent, ended))
    assert "tls.certificate: ended on 2021-01-01" in texts(found["main"])


def test_key_that_everybody_can_read_is_warned_of(secured: Secured, consent: HospitalServer) -> None:
    pair = secured.clients.issue("we")
    with secured.server(secured.root.issue("server")) as server:
        asked = secured.hospital(server, consent, pair)
        pair.key.chmod(0o644)
        found = tried(asked)
    assert "tls.key: every user of this machine can read it" in texts(found["main"])


def test_chain_out_of_order_is_an_error(secured: Secured, consent: HospitalServer) -> None:
    pair = secured.clients.issue("we")
    pair.certificate.write_bytes(pair.certificate.read_bytes() + secured.root.file.read_bytes())
    with secured.server(secured.root.issue("server")) as server:
        found = tried(secured.hospital(server, consent, pair))
    assert "its certificates do not follow each other" in texts(found["main"])


def test_key_of_another_certificate_is_an_error_and_nothing_is_asked(
    secured: Secured, consent: HospitalServer
) -> None:
    pair, other = secured.clients.issue("we"), secured.clients.issue("other")
    with secured.server(secured.root.issue("server")) as server:
        asked = secured.hospital(server, consent, replace(pair, key=other.key))
        found = endpoint_findings({"cwz": asked}, SystemClock())
        assert server.questions == []
    assert not [finding for finding in found if "cwz: main:" in finding.text]
    (problem,) = setup_problems({"cwz": asked}, SystemClock(), strict=False)
    assert problem.startswith("cwz.toml: zis.endpoints.main.tls.key: does not belong to")


def test_answer_that_is_not_signed_as_agreed_is_an_error(
    secured: Secured, main: HospitalServer, consent: HospitalServer
) -> None:
    known = hospital(main.url, consent.url)
    signed = signing(secured.clients.issue("we"), answer_certificates=secured.root.issue("they").certificate)
    endpoints = {
        MAIN_ENDPOINT: Endpoint(MAIN_ENDPOINT, main.url, signing=signed),
        CONSENT_ENDPOINT: Endpoint(CONSENT_ENDPOINT, consent.url),
    }
    found = tried(replace(known, zis=replace(known.zis, endpoints=endpoints)))
    assert "its answer is not signed as agreed" in texts(found["main"])


# --- the command


def test_command_names_a_file_that_cannot_be_used_even_offline(tmp_path: Path, sqlite_url: str) -> None:
    installation = Installation(tmp_path, sqlite_url)
    installation.run("db", "upgrade")
    file = tmp_path / "hospitals" / "cwz.toml"
    (tmp_path / "hospitals" / "empty.pem").write_text("", encoding="utf-8")
    tls = '[zis.endpoints.lab]\nurl = "https://x/"\n[zis.endpoints.lab.tls]\ncertificate = "empty.pem"\n'
    file.write_text(f'{file.read_text("utf-8")}\n{tls}key = "empty.pem"\n', "utf-8")
    told = installation.run("check", "--offline")
    assert told.exit_code == 2
    assert "zis.endpoints.lab.tls.certificate: holds no certificate in PEM form" in told.stdout


def test_command_tells_people_and_machines_and_exits_by_the_worst(
    tmp_path: Path, sqlite_url: str, main: HospitalServer, consent: HospitalServer
) -> None:
    installation = Installation(tmp_path, sqlite_url)
    installation.run("db", "upgrade")
    installation.write_hospital("http://127.0.0.1:8082/soap", main.url)
    file = tmp_path / "hospitals" / "cwz.toml"
    file.write_text(file.read_text("utf-8").replace("http://127.0.0.1:8082/consent", consent.url), "utf-8")
    told = installation.run("check")
    assert told.exit_code == 1
    assert "note     endpoints  cwz: main: answers, and does not know" in told.stdout
    main.replies = [FOUND]
    machine = installation.run("check", "--json")
    content = json.loads(machine.stdout)
    assert (machine.exit_code, content["exit_code"]) == (2, 2)
    errors = [each for each in content["findings"] if each["severity"] == "error"]
    assert [each["area"] for each in errors] == ["endpoints"]
    assert BSN not in told.stdout + machine.stdout
