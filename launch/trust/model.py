"""The trust registry's words (architecture.md D9, D11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from context.hospital import Environment


class TrustStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class KeyStatus(StrEnum):
    ACTIVE = "active"
    REVOKED = "revoked"


class KeyKind(StrEnum):
    """``public_key`` verifies JWS by kid; ``certificate`` is pinned for XML signatures."""

    PUBLIC_KEY = "public_key"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class VendorKey:
    """One key with exactly one algorithm (security.md §3).

    :param kid: key id in the JOSE header; for a certificate its SHA-256 fingerprint in hex.
    :param algorithm: JOSE name (ES256, RS256, ...); for a certificate the XML signature method's
        JOSE equivalent (RS256 or ES256 family).
    :param pem: SubjectPublicKeyInfo or certificate in PEM.
    :param not_before, not_after: aware UTC validity; outside it the key is L204.
    """

    kid: str
    kind: KeyKind
    algorithm: str
    pem: str
    status: KeyStatus
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Vendor:
    """A HIS vendor. :param adapter: name of the claim map that reads its tokens."""

    issuer: str
    name: str
    adapter: str
    status: TrustStatus
    keys: tuple[VendorKey, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """One hospital lets one vendor launch.

    :param launch_origins: exact values of the Origin header that may post (D2).
    :param roles: from ``system|code`` or bare ``code`` as the HIS sends it to RolCodeNL (D11).
    :param max_lifetime_seconds: 1 to 120 (D18; longer is a relaxation).
    """

    hospital: str
    issuer: str
    environment: Environment
    status: TrustStatus
    launch_origins: frozenset[str]
    roles: Mapping[str, str]
    max_lifetime_seconds: int = 120


@dataclass(frozen=True, slots=True)
class PracticeLink:
    """The vendor may speak for this practice at this hospital."""

    ura_number: str
    status: TrustStatus
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known about one issuer at one hospital. ``grant`` is None without any grant there."""

    vendor: Vendor
    grant: Grant | None


@dataclass(frozen=True, slots=True)
class RegisteredGrant:
    """One hospital's grant with every practice the vendor may speak for there."""

    grant: Grant
    practices: tuple[PracticeLink, ...]


@dataclass(frozen=True, slots=True)
class Registration:
    """Everything about one vendor: what a registration file asks for, or what the database holds."""

    vendor: Vendor
    grants: tuple[RegisteredGrant, ...]


class TrustRegistry(Protocol):
    """Read side of the registry. Both raise StorageUnavailableError when the database is away."""

    def find_trust(self, hospital: str, issuer: str) -> Trust | None:
        """None when the issuer is not registered at all. Exact string match."""

    def find_practice(self, hospital: str, issuer: str, ura_number: str) -> PracticeLink | None:
        """None when the practice is not linked to this issuer at this hospital."""
