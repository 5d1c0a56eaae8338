"""A hospital, two vendors and their keys, so that a test only says what is wrong with its token."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache

from adapters.his.jwt import JwtMap
from adapters.his.viplive import VipliveMap
from context.hospital import ConsentHelp, Contact, Environment, Hospital
from context.launch import VerifiedLaunch
from context.zis import ZisConnection
from launch.claims import ClaimMap, TokenForm
from launch.opening import TokenOpener
from launch.trust.model import (
    Grant,
    KeyKind,
    KeyStatus,
    LaunchGrade,
    PracticeLink,
    TrustStatus,
    Vendor,
    VendorKey,
)
from launch.verify import UnverifiedLaunch, verify_launch
from sandbox.his.tokens import (
    SNOMED_OID,
    SNOMED_URI,
    LaunchContent,
    SigningCertificate,
    SigningKey,
    new_es256_key,
    new_rsa_certificate,
    new_rsa_key,
)
from tests.clock import START
from tests.own_keys import own_keys
from tests.trust_in_memory import InMemoryTrust

JWT_ISSUER = "https://his.vendor.example/launch"
OTHER_JWT_ISSUER = "https://his.other.example/launch"
SAML_ISSUER = "https://viplive.vendor.example/saml"
ORIGIN = "https://his.vendor.example"
URA = "12345678"
GENUINE_BSN = "999911120"
MAPS: Mapping[str, ClaimMap] = {"jwt": JwtMap(), "viplive": VipliveMap()}
ROLES = {
    f"{SNOMED_URI}|62247001": "01.015",
    f"{SNOMED_OID}|62247001": "01.015",
    "62247001": "01.015",
}
LONG_AGO, FAR_AHEAD = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)

HOSPITAL = Hospital(
    slug="testziekenhuis",
    name="Testziekenhuis",
    base_url="https://dossier.testziekenhuis.example",
    environment=Environment.TEST,
    ura_number="00009999",
    contact=Contact("Servicedesk"),
    consent_help=ConsentHelp("Toestemmingen"),
    zis=ZisConnection("http://zis.invalid", "http://zis.invalid", "1.2.3", "1.2.4", "1.2.5", "ZIS"),
)


@cache
def jwt_key() -> SigningKey:
    return new_es256_key("his-2026-11")


@cache
def other_jwt_key() -> SigningKey:
    return new_es256_key("other-2026-11")


@cache
def rsa_key() -> SigningKey:
    """Registered for PS256 alone."""
    return new_rsa_key("his-pss-2026-11", "PS256")


@cache
def certificate() -> SigningCertificate:
    return new_rsa_certificate("viplive.vendor.example")


@cache
def stranger_certificate() -> SigningCertificate:
    """Nobody's, with the same subject as the genuine one."""
    return new_rsa_certificate("viplive.vendor.example")


def registered(key: SigningKey | SigningCertificate) -> VendorKey:
    """The registry's row for a key."""
    if isinstance(key, SigningKey):
        kid, kind, algorithm, pem = key.kid, KeyKind.PUBLIC_KEY, key.algorithm, key.public_pem
    else:
        kid, kind = key.fingerprint, KeyKind.CERTIFICATE
        algorithm, pem = "RS256", key.certificate_pem
    return VendorKey(kid, kind, algorithm, pem, KeyStatus.ACTIVE, LONG_AGO, FAR_AHEAD)


def _vendor(issuer: str, adapter: str, *keys: SigningKey | SigningCertificate) -> Vendor:
    rows = tuple(registered(key) for key in keys)
    return Vendor(issuer, f"Vendor of {adapter}", adapter, TrustStatus.ACTIVE, rows)


def _grant(issuer: str) -> Grant:
    return Grant(
        hospital=HOSPITAL.slug,
        issuer=issuer,
        environment=Environment.TEST,
        status=TrustStatus.ACTIVE,
        launch_origins=frozenset({ORIGIN}),
        roles=ROLES,
    )


@dataclass
class Stage:
    """Everything that ``verify_launch`` asks for; a test changes what it is about."""

    trust: InMemoryTrust = field(default_factory=InMemoryTrust)
    hospital: Hospital = HOSPITAL
    now: datetime = START
    origin: str | None = ORIGIN
    grade: LaunchGrade = LaunchGrade.ONE_HOP
    maps: Mapping[str, ClaimMap] = field(default_factory=lambda: MAPS)
    opener: TokenOpener = field(default_factory=lambda: TokenOpener(own_keys()))

    def __post_init__(self) -> None:
        links = {URA: PracticeLink(URA, TrustStatus.ACTIVE, "Praktijk volgens register")}
        for vendor in (
            _vendor(JWT_ISSUER, "jwt", jwt_key(), rsa_key()),
            _vendor(OTHER_JWT_ISSUER, "jwt", other_jwt_key()),
            _vendor(SAML_ISSUER, "viplive", certificate()),
        ):
            self.trust.register(vendor, _grant(vendor.issuer), links)

    def content(self, issuer: str = JWT_ISSUER, **changes: str | int) -> LaunchContent:
        """A good launch at this hospital."""
        good = LaunchContent(
            issuer=issuer,
            launch_url=self.hospital.launch_url,
            entity_id=self.hospital.entity_id,
            bsn=GENUINE_BSN,
            birth_date="1970-01-01",
            practice_ura=URA,
        )
        return replace(good, **changes)  # type: ignore[arg-type]  # names are LaunchContent's own

    def change_vendor(self, issuer: str, **changes: object) -> None:
        self.trust.vendors[issuer] = replace(self.trust.vendors[issuer], **changes)  # type: ignore[arg-type]

    def change_grant(self, issuer: str, **changes: object) -> None:
        place = (self.hospital.slug, issuer)
        self.trust.grants[place] = replace(self.trust.grants[place], **changes)  # type: ignore[arg-type]

    def change_keys(self, issuer: str, **changes: object) -> None:
        keys = tuple(replace(key, **changes) for key in self.trust.vendors[issuer].keys)  # type: ignore[arg-type]
        self.change_vendor(issuer, keys=keys)

    def add_key(self, issuer: str, added: SigningKey | SigningCertificate) -> None:
        """Register one key more."""
        self.change_vendor(issuer, keys=(*self.trust.vendors[issuer].keys, registered(added)))

    def add_saml_vendor(self, issuer: str, pinned: SigningCertificate) -> None:
        """Another VIPLive-like vendor with a grant here."""
        self.trust.register(_vendor(issuer, "viplive", pinned), _grant(issuer), {})

    def unverified(self, text: str, form: TokenForm = TokenForm.JWT) -> UnverifiedLaunch:
        """The token as a door hands it over."""
        return UnverifiedLaunch(form, text, self.origin, self.now, self.grade)

    def verify(self, text: str, form: TokenForm = TokenForm.JWT) -> VerifiedLaunch:
        unverified = self.unverified(text, form)
        return verify_launch(unverified, self.hospital, self.trust, self.maps, self.now, self.opener)

    def verify_saml(self, text: str) -> VerifiedLaunch:
        return self.verify(text, TokenForm.SAML)
