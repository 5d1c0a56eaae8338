"""Certificates and private keys from the files that a hospital file names."""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

MIN_RSA_BITS = 2048

_MAX_FILE_BYTES = 1024 * 1024
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class EndpointSetupError(Exception):
    """Files of an endpoint cannot be used.

    :ivar problems: one line each, naming the setting; never what a file holds.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate with its private key. :param chain: what else the file holds, towards the root."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...] = ()


def read_credential(setting: str, certificate: Path, key: Path) -> Credential:
    """A key pair from two PEM files, which may be one and the same.

    :param setting: what both settings begin with, for errors.
    :raises EndpointSetupError: a file is missing or not PEM, the key is encrypted, weak, of another kind
        than RSA or EC, or does not belong to the certificate.
    """
    found = read_certificates(f"{setting}.certificate", certificate)
    private = _read_key(f"{setting}.key", key)
    if _public_bytes(private.public_key()) != _public_bytes(found[0].public_key()):
        raise EndpointSetupError(f"{setting}.key: does not belong to {setting}.certificate")
    return Credential(found[0], private, found[1:])


def read_certificates(setting: str, path: Path) -> tuple[x509.Certificate, ...]:
    """All certificates of a PEM file, at least one.

    :raises EndpointSetupError: the file cannot be read or holds none.
    """
    try:
        return tuple(x509.load_pem_x509_certificates(_read(setting, path)))
    except ValueError:
        raise EndpointSetupError(f"{setting}: holds no certificate in PEM form") from None


def _read_key(setting: str, path: Path) -> PrivateKey:
    content = _read(setting, path)
    try:
        key = load_pem_private_key(content, password=None)
    except TypeError:
        raise EndpointSetupError(
            f"{setting}: is encrypted, and nobody is there to give its password"
        ) from None
    except Exception:  # noqa: BLE001 - cryptography raises several kinds, whose texts may quote the file
        raise EndpointSetupError(f"{setting}: holds no private key in PEM form") from None
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= MIN_RSA_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, _CURVES):
        return key
    raise EndpointSetupError(f"{setting}: must be RSA of at least {MIN_RSA_BITS} bits, or EC P-256 to P-521")


def _read(setting: str, path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise EndpointSetupError(f"{setting}: cannot be read ({type(error).__name__})") from None
    if len(content) > _MAX_FILE_BYTES:
        raise EndpointSetupError(f"{setting}: is larger than {_MAX_FILE_BYTES} bytes")
    return content


def _public_bytes(key: object) -> bytes:
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return b""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
