"""Certificate authorities and certificates for tests, written to files as a hospital's would be."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

START = datetime(2020, 1, 1, tzinfo=UTC)
END = datetime(2040, 1, 1, tzinfo=UTC)
UZI_NAME = x509.ObjectIdentifier("2.5.5.5")

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Pair:
    """A certificate and its key in two PEM files."""

    certificate: Path
    key: Path
    x509: x509.Certificate


class Authority:
    """Its own root. :param name: also the file name's beginning."""

    def __init__(self, folder: Path, name: str = "root") -> None:
        self._folder = folder
        self._name = name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = _build(_named(name), _named(name), self._key, self._key, authority=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self._certificate.public_bytes(Encoding.PEM))

    def issue(
        self,
        name: str,
        key: Key | None = None,
        start: datetime = START,
        end: datetime = END,
        uzi: str | None = None,
    ) -> Pair:
        """A certificate for a server on this machine, or for a client.

        :param uzi: the other name that certificates of the UZI register have.
        """
        key = key or ec.generate_private_key(ec.SECP256R1())
        certificate = _build(_named(name), _named(self._name), key, self._key, start=start, end=end, uzi=uzi)
        paths = self._folder / f"{self._name}-{name}.pem", self._folder / f"{self._name}-{name}.key"
        paths[0].write_bytes(certificate.public_bytes(Encoding.PEM))
        paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return Pair(*paths, certificate)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _build(
    subject: x509.Name,
    issuer: x509.Name,
    key: Key,
    issuer_key: Key,
    *,
    authority: bool = False,
    start: datetime = START,
    end: datetime = END,
    uzi: str | None = None,
) -> x509.Certificate:
    names: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    if uzi is not None:
        names.append(x509.OtherName(UZI_NAME, bytes((0x16, len(uzi))) + uzi.encode("ascii")))
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
