"""What a command at the keyboard works with: one opened set of settings, database, writer and trail."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.audit_bridge import AuditBridge
from app.clock import SystemClock
from app.crypto import Cipher
from app.engine import Database
from app.secrets_file import load_secrets
from app.settings import Settings
from app.writer import Writer
from audit.trail import AuditTrail
from context.ports import Clock


@dataclass(frozen=True, slots=True)
class Operator:
    """Open for the length of one command; ``writer`` runs and ``audit`` records through it."""

    settings: Settings
    clock: Clock
    cipher: Cipher
    database: Database
    writer: Writer
    audit: AuditBridge


@contextmanager
def operator_at_work(settings: Settings | None = None, clock: Clock | None = None) -> Iterator[Operator]:
    """Open what a command needs, and close it again.

    :param settings: those of the environment when None.
    :param clock: the system clock when None.
    :raises SettingsError, SecretsFileError: naming everything that is wrong.
    """
    settings = settings or Settings.from_environment()
    clock = clock or SystemClock()
    cipher = Cipher(load_secrets(settings.secrets_file))
    database = Database(settings.database_url)
    writer = Writer(database)
    writer.start()
    try:
        trail = AuditTrail(cipher, clock, source="zorgtegel")
        yield Operator(settings, clock, cipher, database, writer, AuditBridge(trail, writer))
    finally:
        writer.stop()
        database.dispose()
