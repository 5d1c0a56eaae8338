"""The trust registry's words (architecture.md D9, D11)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from context.hospital import Environment

MAX_RELAXED = timedelta(days=90)
"""How long a relaxation may hold before it must be registered anew (D9)."""

MAX_LIFETIME_SECONDS = 120
"""How long a JWT may live without a relaxation (D18)."""


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


class LaunchGrade(StrEnum):
    """How hard it is to forge an unsolicited launch, from weak to strong."""

    ONE_HOP = "one_hop"
    TICKET = "ticket"
    TWO_HOP = "two_hop"
    SMART = "smart"

    @property
    def strength(self) -> int:
        """0 to 3; a hospital's minimum grade compares this."""
        return tuple(LaunchGrade).index(self)


class RelaxationName(StrEnum):
    """What a grant may relax, for at most 90 days at a time (D9). Nothing else ever is."""

    MISSING_ORIGIN = "missing_origin"
    LIFETIME_300_SECONDS = "lifetime_300_seconds"
    SAML_WINDOW_720_SECONDS = "saml_window_720_seconds"
    NO_SUBJECT_CONFIRMATION_DATA = "no_subject_confirmation_data"
    TYP_JWT = "typ_jwt"
    NO_ENCRYPTION = "no_encryption"
    RESPONSE_SIGNATURE_ONLY = "response_signature_only"
    AES_CBC_AND_OAEP_SHA1 = "aes_cbc_and_oaep_sha1"


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One dated exception to the strict rules.

    :param since, until: aware UTC; it holds from ``since`` up to, not including, ``until``, and ends by
        itself.
    :param reason: why the hospital accepts it, in the words of who registered it.
    """

    name: RelaxationName
    since: datetime
    until: datetime
    reason: str

    def holds(self, now: datetime) -> bool:
        """:param now: aware."""
        return self.since <= now < self.until


@dataclass(frozen=True, slots=True)
class Vendor:
    """A HIS vendor.

    :param adapter: name of the claim map that reads its tokens.
    :param jwks_url: where its current keys are published, None when keys are registered by hand.
    :param sign_on_url: where a two-hop launch sends the browser: the SAML single sign-on service, or the
        OpenID Connect authorization endpoint.
    :param fhir_base_url: the SMART ``iss`` of its FHIR server; ``client_id`` is ours there.
    :param reports_launches: test mode: the vendor sees the report of its own launch, never a patient.
    """

    issuer: str
    name: str
    adapter: str
    status: TrustStatus
    keys: tuple[VendorKey, ...]
    jwks_url: str | None = None
    sign_on_url: str | None = None
    fhir_base_url: str | None = None
    client_id: str | None = None
    reports_launches: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """One hospital lets one vendor launch.

    :param launch_origins: exact values of the Origin header that may post (D2).
    :param frame_origins: sites that may show our pages in a frame of their own page (D2); none by default.
    :param roles: from ``system|code`` or bare ``code`` as the HIS sends it to RolCodeNL (D11).
    :param max_lifetime_seconds: 1 to 120 (D18; longer is a relaxation).
    :param minimum_grade: weaker launches are refused with L303.
    :param require_encryption: tokens must be encrypted to our key (L208).
    :param generic_users: user ids that stand for no person; refused with L505. Compared case-folded.
    :param organisations: from an organisation id as the HIS sends it to a URA number.
    """

    hospital: str
    issuer: str
    environment: Environment
    status: TrustStatus
    launch_origins: frozenset[str]
    roles: Mapping[str, str]
    max_lifetime_seconds: int = MAX_LIFETIME_SECONDS
    minimum_grade: LaunchGrade = LaunchGrade.ONE_HOP
    require_encryption: bool = False
    relaxations: tuple[Relaxation, ...] = ()
    generic_users: frozenset[str] = frozenset()
    organisations: Mapping[str, str] = field(default_factory=dict)
    frame_origins: frozenset[str] = frozenset()

    def relaxes(self, name: RelaxationName, now: datetime) -> bool:
        """Whether this exception holds at ``now`` (aware)."""
        return any(each.name is name and each.holds(now) for each in self.relaxations)


@dataclass(frozen=True, slots=True)
class PracticeLink:
    """The vendor may speak for this practice at this hospital.

    :param deployment_id: tells practices of one vendor apart; when set, the token must name it.
    """

    ura_number: str
    status: TrustStatus
    name: str | None = None
    deployment_id: str | None = None


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
    """Read side of the registry. All raise StorageUnavailableError when the database is away."""

    def find_trust(self, hospital: str, issuer: str) -> Trust | None:
        """None when the issuer is not registered at all. Exact string match."""

    def find_practice(self, hospital: str, issuer: str, ura_number: str) -> PracticeLink | None:
        """None when the practice is not linked to this issuer at this hospital."""

    def find_frame_origins(self, hospital: str) -> tuple[str, ...]:
        """Every site that any active grant of an active vendor lets show this hospital's pages in a frame."""

    def find_published(self, vendor: Vendor, key_id: str) -> tuple[VendorKey, ...]:
        """The keys of this kid that the vendor publishes at its ``jwks_url``; none without one.

        A kid that is not known may be waited for, at most as long as a fetch may take.

        :raises LaunchRefusedError: L703 when the set cannot be had.
        """
