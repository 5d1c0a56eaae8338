"""SMART EHR launch: ``GET /launch/smart`` and its return at ``GET /launch/callback`` (D1).

The browser carries a code and a state, never a token and never a BSN. Who is logged in and who is the
patient is asked of the HIS itself, over connections that we make.
"""

import base64
import hashlib
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from context.codes import RefusalCode
from context.errors import RefusedError
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.ports import AuditNote, Clock
from launch.answers import refuse_error
from launch.claims import TokenForm
from launch.decisions import Decisions, launch_facts
from launch.errors import LaunchRefusedError
from launch.gate import Gate
from launch.inspection import Inspection
from launch.oauth import Client, authorization_url
from launch.query import parse_query, required
from launch.replay import AcceptedLaunch, PendingLaunches
from launch.requests.addressee import find_addressee
from launch.requests.model import Departure, OutgoingRequest, OutgoingRequests, RequestKind
from launch.smart.asking import FhirVendor, fhir_vendor, unusable
from launch.smart.configuration import SmartConfigurations
from launch.smart.identity import SmartLaunch, verify_identity
from launch.smart.resources import SCOPES, SECOND_SCOPES, FhirReader
from launch.smart.tokens import TokenExchange
from launch.trust.model import LaunchGrade
from launch.trust.ports import WebClient

MAX_WAITING = 24
"""How many launches of one process may wait for an EHR at once: fewer than a worker has threads, so that
one silent EHR cannot hold up all other doors (A131)."""


class FhirServers(Protocol):
    """Which vendor's FHIR server this is."""

    def find_issuer(self, hospital: str, fhir_base_url: str) -> str | None:
        """None unless exactly one vendor with a grant at this hospital registered this very URL.

        :raises StorageUnavailableError: the registry cannot be read.
        """


class SmartDoor:
    """:param requests: remembers what was asked. :param decisions: records every launch."""

    def __init__(
        self,
        gate: Gate,
        servers: FhirServers,
        requests: OutgoingRequests,
        pending: PendingLaunches,
        decisions: Decisions,
        clock: Clock,
        web: WebClient,
        tokens: TokenExchange,
    ) -> None:
        self._gate = gate
        self._servers = servers
        self._requests = requests
        self._pending = pending
        self._decisions = decisions
        self._clock = clock
        self._web = web
        self._tokens = tokens
        self._configurations = SmartConfigurations(web, clock)
        self._turns = threading.BoundedSemaphore(MAX_WAITING)

    def start(self, hospital: Hospital, query: bytes, browser_id: str | None) -> Departure:
        """Send the browser to the EHR's authorization endpoint.

        :param query: ``iss`` and ``launch``; nothing is asked of an ``iss`` that is not registered.
        :raises RefusedError: recorded already; L101 to L104, L301 to L303 or L703.
        :raises StorageUnavailableError: nothing was asked.
        """
        facts = {"grade": LaunchGrade.SMART.value}
        try:
            return self._start(hospital, query, browser_id, facts)
        except RefusedError as refusal:
            self._decisions.refuse(hospital, refusal, facts)
            raise

    def finish(self, hospital: Hospital, query: bytes, browser_id: str | None) -> AcceptedLaunch:
        """Take the code, ask the EHR, and accept one launch.

        :param query: ``state``, and ``code`` or ``error``.
        :raises RefusedError: recorded already; its ``reference`` is set.
        :raises StorageUnavailableError: nothing was accepted and nothing could be recorded.
        """
        facts = {"grade": LaunchGrade.SMART.value, "token_form": TokenForm.JWT.value}
        inspection = Inspection()
        try:
            launch = self._verify(hospital, query, browser_id, facts, inspection)
        except LaunchRefusedError as refusal:
            known = {**facts, **refusal.facts}
            self._decisions.refuse(hospital, refusal, known, inspection=inspection)
            raise

        def keep(note: AuditNote) -> AcceptedLaunch:
            return self._pending.add(launch, browser_id, note)

        try:
            return self._decisions.accept(launch, keep, inspection=inspection)
        except RefusedError as refusal:
            self._decisions.refuse(hospital, refusal, launch_facts(launch), inspection=inspection)
            raise

    def _start(
        self, hospital: Hospital, query: bytes, browser_id: str | None, facts: dict[str, str]
    ) -> Departure:
        parameters = parse_query(query, ("iss", "launch"))
        base, launch = required(parameters, "iss"), required(parameters, "launch")
        issuer = self._servers.find_issuer(hospital.slug, base)
        if issuer is None:
            raise LaunchRefusedError(RefusalCode.ISSUER_UNKNOWN, "no vendor registered this FHIR server")
        vendor = self._find_vendor(hospital, issuer, facts)
        with self._turn():
            configuration = self._configurations.find(vendor)
        verifier = secrets.token_urlsafe(48)
        details = {
            "verifier": verifier,
            "token_endpoint": configuration.token_endpoint,
            "authentication": self._tokens.choose_authentication(configuration),
        }
        opened = self._requests.open(RequestKind.SMART, hospital.slug, issuer, browser_id, details)
        url = authorization_url(
            configuration.authorization_endpoint,
            _client(hospital, vendor),
            opened.request,
            SECOND_SCOPES if configuration.second_scopes else SCOPES,
            verifier,
            aud=vendor.fhir_base_url,
            launch=launch,
        )
        return Departure(url, opened.browser_id)

    def _verify(
        self,
        hospital: Hospital,
        query: bytes,
        browser_id: str | None,
        facts: dict[str, str],
        inspection: Inspection,
    ) -> VerifiedLaunch:
        received_at = self._clock.now()
        parameters = parse_query(query, ("state", "code", "error", "iss"))
        request = self._requests.find(
            RequestKind.SMART, hospital.slug, parameters.get("state", ""), browser_id
        )
        vendor = self._find_vendor(hospital, request.issuer, facts)
        if parameters.get("iss", vendor.issuer) != vendor.issuer:
            # RFC 9207: the answer says who gives it.
            raise LaunchRefusedError(RefusalCode.NONCE_WRONG, "answered by another issuer")
        if "error" in parameters:
            self._requests.answer(request, "error")
            refuse_error(parameters["error"])
        code = required(parameters, "code")
        if not self._requests.answer(request, code):
            raise LaunchRefusedError(RefusalCode.NONCE_WRONG, "the code came before")
        with self._turn():
            smart = self._ask(vendor, hospital, request, code)
        return self._gate.verify_smart(smart, hospital, received_at, inspection)

    def _ask(
        self, vendor: FhirVendor, hospital: Hospital, request: OutgoingRequest, code: str
    ) -> SmartLaunch:
        answer = self._tokens.redeem(vendor, _client(hospital, vendor), code, request.details)
        identity = verify_identity(answer.id_token, vendor, self._gate.trust, request, self._clock.now())
        user = identity.signed.claims.get("fhirUser")
        resources = FhirReader(self._web, vendor, answer, user).read_all()
        return SmartLaunch(vendor.issuer, identity, resources, _name_of(code))

    def _find_vendor(self, hospital: Hospital, issuer: str, facts: dict[str, str]) -> FhirVendor:
        return fhir_vendor(find_addressee(self._gate, hospital, issuer, LaunchGrade.SMART, facts))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(blocking=False):
            raise unusable("too many launches wait for an EHR")
        try:
            yield
        finally:
            self._turns.release()


def _client(hospital: Hospital, vendor: FhirVendor) -> Client:
    return Client(vendor.client_id, f"{hospital.launch_url}/callback")


def _name_of(code: str) -> str:
    """A token id that tells nothing of the code."""
    digest = hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()
    return "code." + base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
