"""Registration files with fresh keys, for tests."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 11, 22, 9, 0, 0, 123456, tzinfo=UTC)
JWT_ISSUER = "https://his.example/jwt"
SAML_ISSUER = "https://his.example/saml"

_CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "K-256": ec.SECP256K1(),
}

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@cache
def ec_key(name: str = "vendor", curve: str = "P-256") -> ec.EllipticCurvePrivateKey:
    """A key that is fresh in every test process, and the same for the same name."""
    return ec.generate_private_key(_CURVES[curve])


@cache
def rsa_key(name: str = "vendor", bits: int = 2048) -> rsa.RSAPrivateKey:
    """Fresh in every test process; making one costs a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def public_pem(key: PrivateKey | rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> str:
    public = key if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) else key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def private_pem(key: PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def certificate_pem(
    key: PrivateKey,
    start: datetime = NOW - timedelta(days=1),
    end: datetime = NOW + timedelta(days=365),
    *,
    signs: bool | None = None,
) -> str:
    """Self-signed. :param signs: whether the key usage allows signing; None leaves the usage out."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "his.example")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )
    if signs is not None:
        usage = x509.KeyUsage(
            digital_signature=signs,
            key_encipherment=not signs,
            content_commitment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=False,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


def public_key_entry(kid: str = "2026-11", algorithm: str = "ES256", pem: str | None = None) -> str:
    pem = public_pem(ec_key()) if pem is None else pem
    return f'[[keys]]\nkid = "{kid}"\nalgorithm = "{algorithm}"\npublic_key = """{pem}"""\n'


def certificate_entry(pem: str) -> str:
    return f'[[keys]]\ncertificate = """{pem}"""\n'


def grant_entry(
    hospital: str = "cwz", practices: tuple[tuple[str, str], ...] = (("90000001", "De Linde"),)
) -> str:
    text = (
        f'[[grants]]\nhospital = "{hospital}"\nenvironment = "test"\n'
        'launch_origins = ["http://localhost:8081"]\n'
        '[grants.roles]\n"2.16.840.1.113883.6.96|62247001" = "01.015"\n'
    )
    for ura_number, name in practices:
        text += f'[[grants.practices]]\nura_number = "{ura_number}"\nname = "{name}"\n'
    return text


def jwt_file(keys: str | None = None, grants: str | None = None, issuer: str = JWT_ISSUER) -> str:
    """A whole registration of a vendor that sends JWT."""
    head = f'issuer = "{issuer}"\nname = "Sandbox JWT"\nadapter = "jwt"\n'
    return (
        head + (public_key_entry() if keys is None else keys) + (grant_entry() if grants is None else grants)
    )


def saml_file(certificate: str, more: str = "", *, issuer: str = SAML_ISSUER) -> str:
    """A whole registration of a vendor that sends SAML. :param more: further key entries."""
    head = f'issuer = "{issuer}"\nname = "Sandbox VIPLive"\nadapter = "viplive"\n'
    return head + certificate_entry(certificate) + more + grant_entry()
