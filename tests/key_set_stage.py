"""One vendor's key set, its server, and a process or two that read it, with a stepping clock."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from sqlalchemy import insert

from adapters.web.fetch import WebFetcher
from adapters.zis.transport import SoapTransport
from app.audit_bridge import AuditBridge
from app.crypto import Cipher
from app.engine import Database
from app.published_keys import PublishedKeys
from app.writer import Writer
from audit.trail import AuditTrail, ReadRecord, read_records
from launch.errors import LaunchRefusedError
from launch.trust.model import TrustStatus, Vendor
from launch.trust.store import vendor as vendor_table
from launch.trust.store import vendor_values
from tests.clock import SteppingClock
from tests.keys import secret_keys
from tests.vendor_server import VendorServer, trusting

ISSUER = "https://his.vendor.example/jwks"


@dataclass
class KeySetStage:
    """:param processes: each with its own writer, loop and waiting room, over one database."""

    server: VendorServer
    clock: SteppingClock
    database: Database
    cipher: Cipher
    processes: list[PublishedKeys]
    writers: list[Writer]
    vendor: Vendor
    _asked_before: int = field(default=0)

    @property
    def keys(self) -> PublishedKeys:
        return self.processes[0]

    def find(self, kid: str) -> str:
        """``found``, ``revoked``, ``none``, or the code of the refusal."""
        try:
            found = self.keys.find(self.vendor, kid)
        except LaunchRefusedError as refused:
            return refused.code.value
        return {"active": "found", "revoked": "revoked"}[found[0].status.value] if found else "none"

    def refresh(self) -> int:
        """Do all that is due, as the housekeeper does. :returns: how often the vendor was asked for it."""
        before = len(self.server.asked)
        while self.keys.refresh_one_due():
            continue
        return len(self.server.asked) - before

    def asked_since(self) -> int:
        """How often the vendor was asked since the last time that this was called."""
        before, self._asked_before = self._asked_before, len(self.server.asked)
        return self._asked_before - before

    def records(self) -> list[ReadRecord]:
        with self.database.read() as connection:
            return list(read_records(connection, self.cipher))


def jwks_vendor(url: str) -> Vendor:
    return Vendor(ISSUER, "Vendor with a key set", "jwt", TrustStatus.ACTIVE, (), jwks_url=url)


@contextmanager
def key_set_stage(
    open_database: Callable[[], Database], clock: SteppingClock, *, processes: int = 2, strict: bool = False
) -> Iterator[KeySetStage]:
    """:param open_database: gives connections to one migrated database. :param strict: over https."""
    with ExitStack() as stack:
        server = stack.enter_context(VendorServer(secure=strict))
        cipher = Cipher(secret_keys())
        database = open_database()
        vendor = jwks_vendor(server.jwks_url)
        started = [_process(stack, open_database(), clock, cipher, strict=strict) for _ in range(processes)]
        with database.write() as connection:
            connection.execute(
                insert(vendor_table).values(issuer=ISSUER, status=vendor.status, **vendor_values(vendor))
            )
            connection.commit()
        keys = [each for each, _ in started]
        writers = [each for _, each in started]
        yield KeySetStage(server, clock, database, cipher, keys, writers, vendor)


def _process(
    stack: ExitStack, database: Database, clock: SteppingClock, cipher: Cipher, *, strict: bool
) -> tuple[PublishedKeys, Writer]:
    writer, transport = Writer(database), SoapTransport()
    writer.start()
    stack.callback(writer.stop)
    transport.start()
    stack.callback(transport.stop)
    audit = AuditBridge(AuditTrail(cipher, clock, source="test"), writer)
    fetcher = WebFetcher(transport, strict=strict, tls=trusting())
    return PublishedKeys(database, writer, audit, fetcher, clock), writer
