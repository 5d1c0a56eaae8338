"""Keys that vendors publish at their ``jwks_url``: fetched once for all workers, renewed before anyone waits.

A launch whose kid is known never waits: a set that is no longer fresh goes on serving while the
housekeeper renews it. Only a kid that is not in the set, or a set that was never fetched, makes a launch
fetch by itself, at most once per 30 seconds and issuer over all processes (attack A119).
"""

import logging
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy import Connection

from app.audit_bridge import AuditBridge
from app.engine import Database
from app.references import draw_reference
from app.writer import Job, Writer
from audit.fields import TEXT_LIMIT
from context.codes import RefusalCode
from context.errors import ReferenceTakenError
from context.ports import AuditEvent, AuditNote, AuditValue, Clock
from launch.errors import LaunchRefusedError
from launch.trust.administration.changes import TrustChange
from launch.trust.key_rules import key_fingerprint
from launch.trust.model import KeyStatus, Vendor, VendorKey
from launch.trust.ports import DEADLINE_SECONDS, KEY_SET_TYPES, FetchError, KeySetFetcher
from launch.trust.published.freshness import life_of
from launch.trust.published.key_set import KeySetRefusedError, parse_key_set
from launch.trust.published.model import KeySetChange, StoredKeySet
from launch.trust.published.store import claim_fetch, find_due, find_key_set, keep_key_set, note_failure

ACTOR = "key_set"
"""Who changes trust when a vendor's own key set does."""

MAX_WAITING = 8
"""How many launches of one process may wait for a fetch that another one makes. The others are judged by
what is stored, so that a flood of unknown kids cannot occupy every thread."""

_LOOK_EVERY_SECONDS = 0.05
_LOOKS = int((DEADLINE_SECONDS + 1) / _LOOK_EVERY_SECONDS)
_DRAWS = 5

_log = logging.getLogger("zorgtegel")


class PublishedKeys:
    """The key sets of all vendors, for all threads.

    Every method raises StorageUnavailableError when the database or the trail cannot be used.
    """

    def __init__(
        self, database: Database, writer: Writer, audit: AuditBridge, fetcher: KeySetFetcher, clock: Clock
    ) -> None:
        self._database = database
        self._writer = writer
        self._audit = audit
        self._fetcher = fetcher
        self._clock = clock
        self._waiting = threading.BoundedSemaphore(MAX_WAITING)
        self._settled = threading.Condition()

    def find(self, vendor: Vendor, key_id: str) -> tuple[VendorKey, ...]:
        """The keys of this kid in the vendor's set: one or none.

        :raises LaunchRefusedError: L703 there is no usable set, or the kid is not in it and the vendor
            cannot be asked.
        """
        if vendor.jwks_url is None:
            return ()
        stored = self._find_set(vendor.issuer, vendor.jwks_url)
        if found := self._named(stored, vendor, key_id):
            return found
        stored = self._renewed(vendor.issuer, vendor.jwks_url, stored)
        if found := self._named(stored, vendor, key_id):
            return found
        if stored is None or not stored.is_current or not stored.is_usable(self._clock.now()):
            raise LaunchRefusedError(RefusalCode.KEYS_UNREACHABLE, _cause(stored))
        return ()

    def refresh_one_due(self) -> bool:
        """Fetch the set of one vendor whose set is missing or no longer fresh.

        :returns: True when there may be more to do; False when nothing is due.
        """
        with self._database.read() as connection:
            due = find_due(connection, self._clock.now())
        for issuer, url in due:
            if self._claim(issuer, url):
                self._fetch(issuer, url)
                return True
        return False

    def _named(self, stored: StoredKeySet | None, vendor: Vendor, key_id: str) -> tuple[VendorKey, ...]:
        if stored is None or not stored.is_usable(self._clock.now()):
            return ()
        revoked = {key.pem for key in vendor.keys if key.status is KeyStatus.REVOKED}
        return tuple(
            replace(key, status=KeyStatus.REVOKED) if key.pem in revoked else key
            for key in stored.keys
            if key.kid == key_id
        )

    def _renewed(self, issuer: str, url: str, stored: StoredKeySet | None) -> StoredKeySet | None:
        """The set after a fetch, made here or by whoever is at it; ``stored`` when none is allowed now."""
        if stored is None or stored.refetch_after <= self._clock.now():
            if self._claim(issuer, url):
                self._fetch(issuer, url)
            stored = self._find_set(issuer, url)
        return self._wait_for_fetch(issuer, url, stored)

    def _wait_for_fetch(self, issuer: str, url: str, stored: StoredKeySet | None) -> StoredKeySet | None:
        if stored is None or not stored.is_fetched_now(self._clock.now()):
            return stored
        if not self._waiting.acquire(blocking=False):
            return stored
        try:
            for _ in range(_LOOKS):
                with self._settled:
                    self._settled.wait(_LOOK_EVERY_SECONDS)
                stored = self._find_set(issuer, url)
                if stored is None or not stored.is_fetched_now(self._clock.now()):
                    break
        finally:
            self._waiting.release()
        return stored

    def _find_set(self, issuer: str, url: str) -> StoredKeySet | None:
        with self._database.read() as connection:
            return find_key_set(connection, issuer, url)

    def _claim(self, issuer: str, url: str) -> bool:
        (claimed,) = self._writer.submit(claim_fetch(issuer, url, self._clock.now()))
        return bool(claimed)

    def _fetch(self, issuer: str, url: str) -> None:
        """Ask the vendor, outside any transaction, and keep what became of it."""
        outcome = self._ask(issuer, url)
        try:
            self._keep(issuer, outcome)
        finally:
            with self._settled:
                self._settled.notify_all()

    def _ask(self, issuer: str, url: str) -> Job[KeySetChange]:
        try:
            answer = self._fetcher.get(url, registered=[url], content_types=KEY_SET_TYPES)
            keys = parse_key_set(answer.body)
        except (FetchError, KeySetRefusedError) as error:
            return note_failure(issuer, url, str(error), self._clock.now())
        except Exception as fault:  # noqa: BLE001 - whatever a vendor sends, the last good set stays
            _log.error("key set of %s: unexpected %s", issuer, type(fault).__name__)
            return note_failure(issuer, url, type(fault).__name__, self._clock.now())
        life = life_of(answer.cache_control, answer.age)
        return keep_key_set(issuer, url, keys, self._clock.now(), life)

    def _keep(self, issuer: str, outcome: Job[KeySetChange]) -> None:
        def keep_and_record(connection: Connection) -> KeySetChange:
            change = outcome(connection)
            notes = [_note(issuer, fields) for fields in _described(change)]
            if notes:
                self._audit.job(*notes)(connection)
            return change

        for _ in range(_DRAWS):
            try:
                (change,) = self._writer.submit(keep_and_record)
            except ReferenceTakenError:
                continue
            if change.refused and change.is_news:
                _log.warning("key set of %s is not renewed: %s", issuer, change.refused)
            return
        raise ReferenceTakenError("no free reference")


def _cause(stored: StoredKeySet | None) -> str:
    if stored is None or stored.last_error is None:
        return "the key set was not fetched yet"
    return f"no usable key set: {stored.last_error}"


def _note(issuer: str, fields: dict[str, AuditValue]) -> AuditNote:
    about: dict[str, AuditValue] = {
        "actor": ACTOR,
        "change": TrustChange.KEY_SET.value,
        "issuer": issuer,
        "subject": "key set",
    }
    return AuditNote(AuditEvent.TRUST_CHANGED, draw_reference(), about | fields)


def _described(change: KeySetChange) -> Iterator[dict[str, AuditValue]]:
    """Which keys came and went, in as few records as hold them; a refusal once, not at every attempt."""
    if change.refused is not None:
        if change.is_news:
            yield {"status": "refused", "detail": change.refused}
        return
    for status, keys in (("published", change.added), ("withdrawn", change.removed)):
        for detail in _in_pieces(keys):
            yield {"status": status, "detail": detail}


def _in_pieces(keys: Iterable[VendorKey]) -> Iterator[str]:
    text = ""
    for key in keys:
        line = f"{key.kid} {key.algorithm} sha256 {key_fingerprint(key.kind, key.pem)}"
        if text and len(text) + len(line) + 2 > TEXT_LIMIT:
            yield text
            text = ""
        text += f"; {line}" if text else line
    if text:
        yield text
