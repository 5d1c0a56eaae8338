"""One context as the database holds it; ``context/store.py`` reads and writes it."""

from dataclasses import dataclass
from datetime import datetime

from context.codes import RefusalCode
from context.consent import Scope
from context.ports import ContextPhase


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextRow:
    """One context as stored.

    :param live_key: 32 bytes naming hospital, issuer, practice and user together.
    :param user_key, patient_key: keyed hashes of issuer and user, and of the BSN.
    :param claims, patient: ciphertext; None once the context has ended.
    """

    context_id: str
    hospital: str
    reference: str
    phase: ContextPhase
    browser_hash: bytes
    context_hash: bytes
    live_key: bytes
    user_key: bytes
    patient_key: bytes
    claims: bytes | None
    received_at: datetime
    retry_until: datetime
    patient: bytes | None = None
    opened_at: datetime | None = None
    last_active_at: datetime | None = None
    consent_at: datetime | None = None
    ended_at: datetime | None = None
    refusal: RefusalCode | None = None
    scope: Scope | None = None
    categories: frozenset[str] = frozenset()
