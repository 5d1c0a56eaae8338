"""What a HIS knows at the moment of the click, and the keys it signs with."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from joserfc.jwk import ECKey, RSAKey

SNOMED_OID = "2.16.840.1.113883.6.96"
SNOMED_URI = "http://snomed.info/sct"


def new_token_id() -> str:
    """An NCName with 128 random bits: usable as jti and as a SAML assertion ID."""
    return "_" + secrets.token_hex(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchContent:
    """One click on the tile.

    :param issuer: the vendor's exact name in the trust registry (``iss``, Issuer).
    :param launch_url: ``aud`` of a JWT, Recipient and Destination of SAML.
    :param entity_id: Audience of SAML.
    :param birth_date: ``YYYY-MM-DD``, or empty to send none.
    :param practice_agb: for vendors that do not know URA numbers.
    :param role: SNOMED CT code unless the vendor knows other roles.
    :param purpose: the vendor's own code; another than its usual one asks for an emergency.
    :param lifetime_seconds: between issue and expiry.
    :param in_response_to: the request that a SAML response answers; empty for none.
    """

    issuer: str
    launch_url: str
    entity_id: str
    bsn: str
    birth_date: str
    patient_initials: str = "J."
    patient_family_name: str = "Fictief"
    user_id: str = "177578"
    user_initials: str = "L."
    user_family_name: str = "Arts"
    practice_ura: str = "12345678"
    practice_name: str = "Huisartsenpraktijk Voorbeeld"
    practice_oid: str = "2.16.528.1.1007.3.3.12345678"
    practice_agb: str = "05029999"
    role: str = "62247001"
    purpose: str = "TREAT"
    token_id: str = field(default_factory=new_token_id)
    session: str = "his-session-1"
    lifetime_seconds: int = 120
    in_response_to: str = ""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key for JWS, and what a vendor hands over of it.

    :param kid: key id for the JOSE header.
    :param algorithm: the one JOSE algorithm it is registered for.
    """

    kid: str
    algorithm: str
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    @property
    def public_pem(self) -> str:
        """SubjectPublicKeyInfo in PEM."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.private.public_key().public_bytes(serialization.Encoding.PEM, form).decode("ascii")

    @property
    def public_jwk(self) -> Mapping[str, str]:
        """The public key as a JWK (RFC 7517), for ``/jwks.json``."""
        kind = RSAKey if isinstance(self.private, rsa.RSAPrivateKey) else ECKey
        members = kind.import_key(self.public_pem).as_dict(private=False)
        known = {name: str(value) for name, value in members.items() if isinstance(value, str)}
        return known | {"kid": self.kid, "alg": self.algorithm, "use": "sig"}


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    """A private key and its self-signed certificate, for XML signatures."""

    private: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the DER certificate, lower-case hex."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()


def new_es256_key(kid: str = "his-2026-11") -> SigningKey:
    """A fresh P-256 key."""
    return SigningKey(kid, "ES256", ec.generate_private_key(ec.SECP256R1()))


def new_rsa_key(kid: str = "his-rsa-2026-11", algorithm: str = "RS256", bits: int = 2048) -> SigningKey:
    """A fresh RSA key for ``RS256`` or ``PS256``."""
    return SigningKey(kid, algorithm, rsa.generate_private_key(public_exponent=65537, key_size=bits))


def new_rsa_certificate(
    common_name: str,
    *,
    not_before: datetime = datetime(2020, 1, 1, tzinfo=UTC),
    not_after: datetime = datetime(2050, 1, 1, tzinfo=UTC),
) -> SigningCertificate:
    """A fresh RSA-2048 key with a self-signed certificate that is valid in the given time (aware)."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .sign(private, hashes.SHA256())
    )
    return SigningCertificate(private, certificate)
