"""Every object of one process, put together by hand: read this to see what talks to what."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from adapters.web.fetch import WebFetcher
from adapters.zis.consent_source import XacmlConsentSource
from adapters.zis.documents.sections import DocumentSections
from adapters.zis.documents.source import HospitalDocumentSource
from adapters.zis.patient_index import HospitalPatientIndex
from adapters.zis.record_source import HospitalRecordSource
from adapters.zis.transport import SoapTransport
from app.asking import AskingDoors, AskingParts, wire_asking
from app.audit_bridge import AuditBridge
from app.claim_maps import CLAIM_MAPS, CLAIM_TABLES
from app.clock import SystemClock
from app.consent_notices import ConsentNoticeDoor, NoticedEndings
from app.crypto import Cipher
from app.endings import StoredEndings
from app.endpoints import secure_endpoints
from app.engine import Database
from app.hospitals import load_hospitals
from app.housekeeping import Housekeeper
from app.inspections import Inspections
from app.published_keys import PublishedKeys
from app.references import draw_reference
from app.secrets_file import load_secrets
from app.sessions import Sessions
from app.settings import Settings
from app.tickets import StoredTickets
from app.trust_registry import StoredTrustRegistry
from app.writer import Writer
from audit.trail import AuditTrail
from context.errors import ContextError, StorageUnavailableError
from context.hospital import Hospital
from context.ports import AuditEvent, AuditNote, AuditValue, Clock
from context.service import ContextService, Sources
from launch.backend.context_ended import ContextEndedDoor
from launch.backend.tickets import TicketDoor
from launch.decisions import Decisions
from launch.door import LaunchDoor
from launch.floods import RefusalMeter
from launch.gate import Gate
from launch.opening import TokenOpener
from launch.own_keys import OwnKeys


class _TrialOverError(ContextError):
    """Rolls a trial record back."""


@dataclass(frozen=True)
class Services:
    """One process's objects. ``start`` runs after the fork: threads made before it would be dead."""

    settings: Settings
    clock: Clock
    hospitals: Mapping[str, Hospital]
    cipher: Cipher
    own_keys: OwnKeys
    database: Database
    writer: Writer
    transport: SoapTransport
    web: WebFetcher
    published_keys: PublishedKeys
    audit: AuditBridge
    meter: RefusalMeter
    gate: Gate
    door: LaunchDoor
    ticket_door: TicketDoor
    context_ended_door: ContextEndedDoor
    notice_door: ConsentNoticeDoor
    asking: AskingDoors
    contexts: ContextService
    housekeeper: Housekeeper

    def start(self) -> None:
        """Start the writer, the hospital connection and the housekeeping of this process."""
        self.writer.start()
        self.transport.start()
        self.housekeeper.start()

    def stop(self) -> None:
        """Report what was counted and not recorded, then end the threads and the connections."""
        try:
            self.housekeeper.stop()
            for hospital, count in self.meter.drain().items():
                fields: dict[str, AuditValue] = {"hospital": hospital, "count": count}
                self.audit.commit(AuditNote(AuditEvent.REFUSALS_SUMMARISED, draw_reference(), fields))
        finally:
            self.transport.stop()
            self.writer.stop()
            self.database.dispose()

    def is_ready(self) -> bool:
        """True when the audit trail takes a record now: one is written and rolled back (D7)."""
        trial = AuditNote(AuditEvent.REFUSALS_SUMMARISED, draw_reference(), {"hospital": "-", "count": 0})
        append = self.audit.job(trial)

        def write_and_take_back(connection: Connection) -> None:
            append(connection)
            raise _TrialOverError

        try:
            self.writer.submit(write_and_take_back)
        except _TrialOverError:
            return True
        except StorageUnavailableError:
            return False
        return False


def _sources(transport: SoapTransport, clock: Clock) -> Sources:
    """What a hospital is asked for, over one transport."""
    return Sources(
        index=HospitalPatientIndex(transport, clock),
        consent=XacmlConsentSource(transport),
        records=HospitalRecordSource(transport, clock, documents=DocumentSections(transport, clock)),
        documents=HospitalDocumentSource(transport, clock),
    )


def wire(settings: Settings, clock: Clock | None = None, tls: ssl.SSLContext | None = None) -> Services:
    """Build everything that one process needs; nothing is started and no connection is open.

    :param clock: the system clock when None.
    :param tls: whom vendors' servers are trusted by; the system's authorities when None.
    :raises HospitalFilesError, SettingsError, SecretsFileError: naming what is wrong.
    """
    clock = clock or SystemClock()
    hospitals = load_hospitals(settings.hospitals_dir, strict=settings.strict)
    secrets = load_secrets(settings.secrets_file)
    cipher, own_keys = Cipher(secrets), secrets.own_keys()
    database = Database(settings.database_url)
    writer = Writer(database)
    audit = AuditBridge(AuditTrail(cipher, clock, source="zorgtegel"), writer, Inspections(cipher, clock))
    sessions = Sessions(database, writer, audit, cipher, clock)
    transport = SoapTransport(security=secure_endpoints(hospitals, clock, strict=settings.strict))
    web = WebFetcher(transport, strict=settings.strict, tls=tls)
    published_keys = PublishedKeys(database, writer, audit, web, clock)
    meter = RefusalMeter()
    gate = Gate(
        StoredTrustRegistry(database, published_keys), CLAIM_MAPS, clock, TokenOpener(own_keys), CLAIM_TABLES
    )
    decisions = Decisions(audit, clock, meter, draw_reference)
    asking = wire_asking(
        AskingParts(database, writer, cipher, clock, gate, sessions, decisions, web, own_keys)
    )
    tickets = StoredTickets(database, writer, audit, cipher, sessions.accepting)
    contexts = ContextService(
        contexts=sessions,
        sources=_sources(transport, clock),
        audit=audit,
        clock=clock,
    )
    return Services(
        settings=settings,
        clock=clock,
        hospitals=hospitals,
        cipher=cipher,
        own_keys=own_keys,
        database=database,
        writer=writer,
        transport=transport,
        web=web,
        published_keys=published_keys,
        audit=audit,
        meter=meter,
        gate=gate,
        door=LaunchDoor(gate, sessions, tickets, asking.answers, asking.saml_answers, decisions, clock),
        ticket_door=TicketDoor(gate, tickets, decisions, clock),
        context_ended_door=ContextEndedDoor(
            gate, StoredEndings(writer, audit, cipher, clock), decisions, clock
        ),
        notice_door=ConsentNoticeDoor(
            secrets.notice_secrets(), NoticedEndings(writer, audit, cipher, clock), decisions
        ),
        asking=asking,
        contexts=contexts,
        housekeeper=Housekeeper(sessions.purge, published_keys.refresh_one_due),
    )
