"""Debian's nginx with TLS in front of the service, as the product is to be run."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.clock import SystemClock
from bench.processes import Cores, serving

_CONFIGURATION = """\
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 128k;
    ssl_certificate {folder}/tls.pem;
    ssl_certificate_key {folder}/tls-key.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    proxy_set_header Host $http_host;
    proxy_http_version 1.1;
{servers}
}}
"""
_SERVER = """\
    server {{
        listen 127.0.0.1:{port} ssl;
        location / {{ proxy_pass {target}; }}
    }}
"""


@dataclass(frozen=True)
class Nginx:
    """:param binary: the program. :param folder: for its configuration and keys; exists."""

    binary: Path
    folder: Path

    @property
    def certificate(self) -> Path:
        """Self-signed, for 127.0.0.1 and localhost."""
        return self.folder / "tls.pem"

    def make_certificate(self) -> None:
        """A fresh key and certificate, good for a day."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = SystemClock().now()
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private = self.folder / "tls-key.pem"
        private.touch(mode=0o600)
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    @contextmanager
    def serving(self, targets: Mapping[int, str]) -> Iterator[None]:
        """TLS on each port, passed on to its target with the Host as sent, until the end of the block."""
        servers = "".join(_SERVER.format(port=port, target=target) for port, target in targets.items())
        file = self.folder / "nginx.conf"
        file.write_text(_CONFIGURATION.format(folder=self.folder, servers=servers), "utf-8")
        command = [str(self.binary), "-c", str(file), "-e", str(self.folder / "nginx-error.log")]
        with serving(command, next(iter(targets)), Cores.choose().load, {"PATH": "/usr/bin:/bin"}):
            yield
