"""Tries every endpoint of every hospital: files, handshake, and a question about somebody who does not exist.

The right answer to that question is "not found". A system that knows this person would know anyone.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from adapters.zis.consent_source import XacmlConsentSource
from adapters.zis.documents.sections import DocumentSections
from adapters.zis.patient_index import HospitalPatientIndex
from adapters.zis.record_source import HospitalRecordSource, sources_of
from adapters.zis.security.credentials import EndpointSetupError
from adapters.zis.security.wire import EndpointSecurity
from adapters.zis.transport import SoapTransport
from app.certificate_findings import END_SOON, credential_findings
from app.endpoints import endpoints_of
from app.findings import Finding, Severity
from context.bsn import Bsn
from context.consent import ConsentAnswer, ConsentState
from context.hospital import Hospital
from context.launch import Asker, Practice, User
from context.outcome import FailureCause, Outcome, OutcomeState
from context.person import LookupState, PatientLookup
from context.ports import Clock, RecordQuestion
from context.records import RecordEntry, Section
from context.zis import CONSENT_ENDPOINT, Endpoint, SectionSource

NOBODY = Bsn("999999990")
"""Keeps the 11-test and belongs to the range that public test sets use (prefix 9999, D9): no real person has
it, and no patient of this project's own test data either."""

SECONDS = 5.0
"""How long one endpoint may take for the handshake, and again for the question."""

_AT_ONCE = 8
_NOT_FOUND = "answers, and does not know somebody who does not exist"
_CAUSES = {
    FailureCause.TIMEOUT: f"does not answer within {SECONDS:.0f} seconds",
    FailureCause.UNREACHABLE: "cannot be asked: it closes the connection, or refuses our certificate",
    FailureCause.FAULT: "answers with an error instead of a message",
    FailureCause.REJECTED: "refuses the question, or its answer is not signed as agreed",
    FailureCause.MALFORMED: "answers with something that is not the message expected",
    FailureCause.TOO_LARGE: "answers with more than is taken in",
    FailureCause.WRONG_PATIENT: "answers about somebody else",
}


@dataclass(frozen=True, slots=True)
class _Trial:
    """An ``Inquiry`` of nobody about nobody."""

    bsn: Bsn
    asker: Asker


@dataclass(frozen=True, slots=True)
class _Sources:
    """Who asks."""

    patients: HospitalPatientIndex
    consent: XacmlConsentSource
    records: HospitalRecordSource


def endpoint_findings(
    hospitals: Mapping[str, Hospital], clock: Clock, seconds: float = SECONDS
) -> tuple[Finding, ...]:
    """Try all of them whose files can be used, several at once; a note for each that answers as it should.

    :param seconds: for each handshake and each question, above 0.
    """
    places = [(slug, hospital, one) for slug, hospital in hospitals.items() for one in endpoints_of(hospital)]

    def findings_at(place: tuple[str, Hospital, Endpoint]) -> tuple[Finding, ...]:
        slug, hospital, endpoint = place
        return tuple(_try(slug, hospital, endpoint, clock, seconds))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(finding for each in pool.map(findings_at, places) for finding in each)


def _try(
    slug: str, hospital: Hospital, endpoint: Endpoint, clock: Clock, seconds: float
) -> Iterator[Finding]:
    name = f"{slug}: {endpoint.name}"
    try:
        security = EndpointSecurity([endpoint], clock)
    except EndpointSetupError:
        # app/endpoints.py has told what is wrong with its files.
        return
    yield from credential_findings(name, endpoint, clock.now())
    reached = tuple(_handshake(name, endpoint, security, clock.now(), seconds))
    yield from reached
    if not any(finding.severity is Severity.ERROR for finding in reached):
        yield _ask(name, hospital, endpoint, security, clock, seconds)


def _handshake(
    name: str, endpoint: Endpoint, security: EndpointSecurity, now: datetime, seconds: float
) -> Iterator[Finding]:
    parts = urlsplit(endpoint.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), timeout=seconds) as plain:
            if parts.scheme != "https":
                yield _finding(Severity.WARNING, name, "is asked without encryption")
                return
            context = security.tls(endpoint) or ssl.create_default_context()
            with context.wrap_socket(plain, server_hostname=parts.hostname) as secured:
                yield from _server_certificate(name, secured, now)
    except ssl.SSLCertVerificationError as error:
        yield _finding(Severity.ERROR, name, f"its certificate is refused: {error.verify_message}")
    except ssl.SSLError as error:
        yield _finding(Severity.ERROR, name, f"the TLS handshake fails: {error.reason or 'no TLS'}")
    except TimeoutError:
        yield _finding(Severity.ERROR, name, f"does not take a connection within {seconds:.0f} seconds")
    except OSError as error:
        yield _finding(Severity.ERROR, name, f"cannot be reached ({type(error).__name__})")


def _server_certificate(name: str, secured: ssl.SSLSocket, now: datetime) -> Iterator[Finding]:
    shown = (secured.getpeercert() or {}).get("notAfter")
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown)), UTC)
    if ends - now < END_SOON:
        yield _finding(Severity.WARNING, name, f"its certificate ends on {ends:%Y-%m-%d}")


def _ask(
    name: str,
    hospital: Hospital,
    endpoint: Endpoint,
    security: EndpointSecurity,
    clock: Clock,
    seconds: float,
) -> Finding:
    transport = SoapTransport(security=security)
    transport.start()
    try:
        sources = _Sources(
            HospitalPatientIndex(transport, clock, seconds),
            XacmlConsentSource(transport, seconds),
            HospitalRecordSource(transport, clock, seconds, DocumentSections(transport, clock)),
        )
        severity, text = _question(sources, hospital, endpoint, 2 * seconds)
    except TimeoutError:
        severity, text = Severity.ERROR, _CAUSES[FailureCause.TIMEOUT]
    finally:
        transport.stop()
    return _finding(severity, name, text)


def _question(
    sources: _Sources, hospital: Hospital, endpoint: Endpoint, seconds: float
) -> tuple[Severity, str]:
    user = User("zorgtegel-check", "Zorgtegel", "01.015", "")
    asker = Asker(user, Practice(hospital.ura_number))
    trial = _Trial(NOBODY, asker)
    if endpoint.name == hospital.zis.patient_endpoint:
        return _judge_lookup(sources.patients.find_patient(hospital, trial).result(seconds))
    if endpoint.name == CONSENT_ENDPOINT:
        return _judge_consent(sources.consent.ask_consent(hospital, trial).result(seconds))
    asked = _section_at(hospital, endpoint)
    if asked is None:
        return Severity.NOTE, "is reached; it serves nothing that can be tried"
    section, source = asked
    alone = replace(hospital, zis=replace(hospital.zis, sections={section: (source,)}))
    question = RecordQuestion(NOBODY, None, asker)
    return _judge_section(sources.records.fetch_section(alone, section, question).result(seconds))


def _section_at(hospital: Hospital, endpoint: Endpoint) -> tuple[Section, SectionSource] | None:
    """A section that the hospital shows and this endpoint serves."""
    for section in sorted(hospital.sections):
        for source in sources_of(hospital.zis, section):
            if source.endpoint == endpoint.name:
                return section, source
    return None


def _judge_lookup(lookup: PatientLookup) -> tuple[Severity, str]:
    if lookup.state is LookupState.UNKNOWN:
        return Severity.NOTE, _NOT_FOUND
    if lookup.failure is not None:
        return Severity.ERROR, _CAUSES[lookup.failure]
    return Severity.ERROR, "says that it knows somebody who does not exist"


def _judge_consent(answer: ConsentAnswer) -> tuple[Severity, str]:
    if answer.state in (ConsentState.REFUSED, ConsentState.NOT_ANSWERED):
        return Severity.NOTE, "answers, and gives no consent for somebody who does not exist"
    if answer.state is ConsentState.PERMIT:
        return Severity.ERROR, "gives consent for somebody who does not exist"
    if answer.cause == FailureCause.REJECTED:
        return (
            Severity.WARNING,
            "makes no decision about somebody who does not exist, or is not signed as agreed",
        )
    return Severity.ERROR, _CAUSES.get(FailureCause(answer.cause or "malformed"), "gives no answer")


def _judge_section(outcome: Outcome[RecordEntry]) -> tuple[Severity, str]:
    if outcome.state is OutcomeState.EMPTY:
        return Severity.NOTE, _NOT_FOUND
    if outcome.failure is FailureCause.REJECTED:
        return (
            Severity.WARNING,
            "refuses a question about somebody who does not exist, or is not signed as agreed",
        )
    if outcome.failure is not None:
        return Severity.ERROR, _CAUSES.get(outcome.failure, "gives no answer")
    return Severity.ERROR, "delivers data about somebody who does not exist"


def _finding(severity: Severity, name: str, text: str) -> Finding:
    return Finding(severity, "endpoints", f"{name}: {text}")
