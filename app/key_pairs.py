"""Our own key pairs in the secrets file: their form, their rules, and making fresh ones.

The rules are those that a vendor's keys must meet (``launch/trust/key_rules.py``): no weak RSA, no other
curves, no published test key. Nothing in an error repeats key material.
"""

import re
import secrets
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from launch.own_keys import ECDH_ES_A256KW, RSA_OAEP_256, OwnKey, PrivateKey
from launch.trust.key_problems import KeyRefusedError
from launch.trust.key_rules import check_public_key

KeyId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,31}$")]

RSA_BITS = 3072
_MAX_PEM_CHARACTERS = 16 * 1024
_CERTIFICATE_YEARS = 10
_BLOCK = re.compile(r"-----BEGIN ([A-Z ]+)-----[A-Za-z0-9+/=\s]+-----END \1-----", re.ASCII)
# The signature algorithm under whose rules a key of each kind is judged.
_JUDGED_AS = {RSA_OAEP_256: ("RS256",), ECDH_ES_A256KW: ("ES256", "ES384")}


def _read_private(value: object) -> PrivateKey:
    return _load_private(_only_block(value, "PRIVATE KEY"))


# Checking an RSA key takes a tenth of a second, and one process may read the file more than once.
@lru_cache(maxsize=64)
def _load_private(block: bytes) -> PrivateKey:
    try:
        key = load_pem_private_key(block, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("cannot be read as a private key") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError("is neither an RSA nor an elliptic-curve key")
    return key


def _read_certificate(value: object) -> x509.Certificate:
    block = _only_block(value, "CERTIFICATE")
    try:
        return x509.load_pem_x509_certificate(block)
    except ValueError:
        raise ValueError("cannot be read as a certificate") from None


def _only_block(value: object, label: str) -> bytes:
    text = value.strip() if isinstance(value, str) else ""
    found = _BLOCK.fullmatch(text) if len(text) <= _MAX_PEM_CHARACTERS else None
    if found is None or found[1] != label:
        raise ValueError(f"is not one PEM block '{label}', without a password")
    return text.encode("ascii")


class KeyPair(BaseModel):
    """What both kinds share.

    :ivar certificate: around the same key; SAML metadata shows it.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True
    )

    id: KeyId
    algorithm: str
    private_key: Annotated[PrivateKey, BeforeValidator(_read_private)] = Field(repr=False)
    certificate: Annotated[x509.Certificate, BeforeValidator(_read_certificate)] | None = None
    not_before: AwareDatetime | None = None
    not_after: AwareDatetime | None = None

    @model_validator(mode="after")
    def _meets_the_rules(self) -> "KeyPair":
        public = public_pem(self.private_key)
        refusals = [_broken_rules(name, public) for name in _JUDGED_AS.get(self.algorithm, (self.algorithm,))]
        if all(refusals):
            raise ValueError(f"the key {refusals[0]}")
        if self.certificate is not None and public_of(self.certificate) != public:
            raise ValueError("the certificate belongs to another key")
        if self.not_before and self.not_after and self.not_after <= self.not_before:
            raise ValueError("the key ends before it begins")
        return self

    def own_key(self) -> OwnKey:
        """The key as ``launch`` knows it."""
        return OwnKey(
            self.id, self.algorithm, self.private_key, self.certificate, self.not_before, self.not_after
        )


class DecryptKey(KeyPair):
    """Opens tokens that were encrypted to it."""

    algorithm: Literal["RSA-OAEP-256", "ECDH-ES+A256KW"]


class SignKey(KeyPair):
    """Signs AuthnRequests and client assertions; SAML needs its certificate."""

    algorithm: Literal["ES256", "RS256"]
    certificate: Annotated[x509.Certificate, BeforeValidator(_read_certificate)]


def _broken_rules(algorithm: str, public: str) -> str:
    try:
        check_public_key("own", algorithm, public)
    except KeyRefusedError as refused:
        return str(refused)
    return ""


def public_pem(key: PrivateKey) -> str:
    """SubjectPublicKeyInfo in PEM."""
    form = PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(Encoding.PEM, form).decode("ascii")


def public_of(certificate: x509.Certificate) -> str:
    """SubjectPublicKeyInfo of a certificate in PEM."""
    form = PublicFormat.SubjectPublicKeyInfo
    return certificate.public_key().public_bytes(Encoding.PEM, form).decode("ascii")


def new_pairs_text(kind: str, now: datetime, not_before: datetime | None = None) -> str:
    """Fresh key pairs for the secrets file, TOML: for ``decrypt`` one RSA and one EC key.

    :param kind: ``decrypt`` or ``sign``.
    :param now: aware; the certificates begin then.
    :param not_before: aware; from when the keys are the current ones, at once when None.
    """
    if kind == "sign":
        return _pair_text(kind, "ES256", ec.generate_private_key(ec.SECP256R1()), now, not_before)
    large = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    curved = ec.generate_private_key(ec.SECP256R1())
    return "\n".join(
        (
            _pair_text(kind, RSA_OAEP_256, large, now, not_before),
            _pair_text(kind, ECDH_ES_A256KW, curved, now, not_before),
        )
    )


def _pair_text(kind: str, algorithm: str, key: PrivateKey, now: datetime, not_before: datetime | None) -> str:
    name = f"{kind}-{secrets.token_hex(4)}"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
    lines = [
        f"[[{kind}]]",
        f'id = "{name}"',
        f'algorithm = "{algorithm}"',
        *([f"not_before = {not_before.isoformat()}"] if not_before else []),
        f'private_key = """\n{pem}"""',
    ]
    # XML Encryption to an elliptic curve is not offered, so no certificate is needed for it.
    if algorithm != ECDH_ES_A256KW:
        lines.append(f'certificate = """\n{_self_signed(name, key, now)}"""')
    return "\n".join(lines) + "\n"


def _self_signed(name: str, key: PrivateKey, now: datetime) -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"zorgtegel {name}")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _CERTIFICATE_YEARS))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode("ascii")
