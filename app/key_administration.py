"""The keys of one vendor, registered and published, and revoking one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.audit_bridge import AuditBridge
from app.engine import Database
from app.references import draw_reference
from app.writer import Writer
from context.ports import AuditEvent, AuditNote, AuditValue
from launch.trust.administration.changes import TrustChange, TrustTarget, TrustUnknownError
from launch.trust.administration.store import find_registration, revoke_key
from launch.trust.key_rules import key_fingerprint
from launch.trust.model import KeyStatus, Vendor, VendorKey
from launch.trust.published.model import StoredKeySet
from launch.trust.published.store import find_key_set, list_kids


@dataclass(frozen=True, slots=True)
class KeyListing:
    """:param key_set: what was fetched from ``vendor.jwks_url``; None before the first attempt.
    :param seen: first and last sight of each kid in the key set, aware UTC, also of those that left it.
    """

    vendor: Vendor
    key_set: StoredKeySet | None
    seen: Mapping[str, tuple[datetime, datetime]]


class KeyAdministration:
    """Every method raises TrustUnknownError when the vendor is not registered, and
    StorageUnavailableError when the database or the trail cannot be used."""

    def __init__(self, database: Database, writer: Writer, audit: AuditBridge) -> None:
        self._database = database
        self._writer = writer
        self._audit = audit

    def list_keys(self, issuer: str) -> KeyListing:
        """Every key that may verify for this vendor, or might have."""
        with self._database.read() as connection:
            return _listing(connection, issuer)

    def revoke(self, issuer: str, kid: str, actor: str) -> bool:
        """Refuse this key with L205 from the next launch on, for good. Recorded as TRUST_CHANGED.

        A published key stays refused under every kid, whatever the vendor publishes later.

        :returns: False when it was revoked already; nothing is recorded then.
        :raises TrustUnknownError: the vendor has no such key.
        """

        def job(connection: Connection) -> bool:
            key = _named(_listing(connection, issuer), kid)
            if not revoke_key(issuer, key)(connection):
                return False
            fields: dict[str, AuditValue] = {
                "actor": actor,
                "change": TrustChange.REVOKE_KEY.value,
                "issuer": issuer,
                "subject": f"key {kid}",
                "status": KeyStatus.REVOKED.value,
                "detail": f"{key.algorithm}, sha256 {key_fingerprint(key.kind, key.pem)}",
            }
            self._audit.job(AuditNote(AuditEvent.TRUST_CHANGED, draw_reference(), fields))(connection)
            return True

        (revoked,) = self._writer.submit(job)
        return bool(revoked)


def _listing(connection: Connection, issuer: str) -> KeyListing:
    registration = find_registration(connection, issuer)
    if registration is None:
        raise TrustUnknownError(f"{TrustTarget(issuer)}: not registered")
    vendor = registration.vendor
    stored = find_key_set(connection, issuer, vendor.jwks_url) if vendor.jwks_url else None
    return KeyListing(vendor, stored, list_kids(connection, issuer))


def _named(listing: KeyListing, kid: str) -> VendorKey:
    published = listing.key_set.keys if listing.key_set else ()
    for key in (*listing.vendor.keys, *published):
        if key.kid == kid:
            return key
    raise TrustUnknownError(f"{TrustTarget(listing.vendor.issuer)}: no key {kid}")
