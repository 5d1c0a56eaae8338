"""The vendors' keys: made at first start, kept in a folder."""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sandbox.his.content import SigningCertificate, SigningKey, new_es256_key, new_rsa_certificate

KID = "2026-11"
_JWT_KEY = "jwt-key.pem"
_SAML_KEY = "viplive-key.pem"
_SAML_CERTIFICATE = "viplive-certificate.pem"


@dataclass(frozen=True, slots=True)
class VendorKeys:
    """What the two vendors sign with."""

    jwt: SigningKey
    saml: SigningCertificate


def load_or_make_keys(folder: Path | None) -> VendorKeys:
    """The keys in ``folder``, made there when absent; without a folder fresh ones that nobody keeps."""
    if folder is None:
        return VendorKeys(new_es256_key(KID), new_rsa_certificate("Sandbox VIPLive"))
    if not (folder / _SAML_CERTIFICATE).exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder, load_or_make_keys(None))
    return _read(folder)


def _write(folder: Path, keys: VendorKeys) -> None:
    _write_private(folder / _JWT_KEY, keys.jwt.private)
    _write_private(folder / _SAML_KEY, keys.saml.private)
    (folder / _SAML_CERTIFICATE).write_text(keys.saml.certificate_pem, "ascii")


def _write_private(file: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _read(folder: Path) -> VendorKeys:
    """:raises ValueError: a file does not hold the kind of key that belongs there."""
    jwt_key = serialization.load_pem_private_key((folder / _JWT_KEY).read_bytes(), None)
    saml_key = serialization.load_pem_private_key((folder / _SAML_KEY).read_bytes(), None)
    if not isinstance(jwt_key, ec.EllipticCurvePrivateKey) or not isinstance(saml_key, rsa.RSAPrivateKey):
        raise ValueError("the key folder holds other kinds of keys")
    certificate = x509.load_pem_x509_certificate((folder / _SAML_CERTIFICATE).read_bytes())
    return VendorKeys(SigningKey(KID, "ES256", jwt_key), SigningCertificate(saml_key, certificate))
