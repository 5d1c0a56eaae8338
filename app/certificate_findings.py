"""Certificates and keys of endpoints: when they end, whether they fit, and who can read them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from adapters.zis.security.credentials import read_certificates, read_credential
from app.findings import Finding, Severity
from context.zis import Endpoint

END_SOON = timedelta(days=30)


def credential_findings(name: str, endpoint: Endpoint, now: datetime) -> Iterator[Finding]:
    """What is or soon will be wrong with the files of an endpoint that can be read.

    :param name: how the endpoint is named.
    :param now: aware.
    :raises EndpointSetupError: they cannot be read.
    """
    for part, files in (("tls", endpoint.tls), ("signing", endpoint.signing)):
        if files is None:
            continue
        credential = read_credential(part, files.certificate, files.key)
        yield from _dates(f"{name}: {part}.certificate", credential.certificate, now)
        yield from _chain(f"{name}: {part}.certificate", (credential.certificate, *credential.chain))
        yield from _readable(f"{name}: {part}.key", files.key)
    signing = endpoint.signing
    if signing is not None and signing.answer_certificates is not None:
        for certificate in read_certificates("signing", signing.answer_certificates):
            yield from _dates(f"{name}: signing.answer_certificates", certificate, now)


def _dates(name: str, certificate: x509.Certificate, now: datetime) -> Iterator[Finding]:
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < start:
        yield Finding(Severity.ERROR, "endpoints", f"{name}: begins on {start:%Y-%m-%d}")
    elif now >= end:
        yield Finding(Severity.ERROR, "endpoints", f"{name}: ended on {end:%Y-%m-%d}")
    elif end - now < END_SOON:
        yield Finding(Severity.WARNING, "endpoints", f"{name}: ends on {end:%Y-%m-%d}")


def _chain(name: str, certificates: tuple[x509.Certificate, ...]) -> Iterator[Finding]:
    """TLS and token profile alike: each certificate of the file is issued by the next."""
    for one, issuer in pairwise(certificates):
        try:
            one.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            yield Finding(Severity.ERROR, "endpoints", f"{name}: its certificates do not follow each other")
            return


def _readable(name: str, key: Path) -> Iterator[Finding]:
    if key.stat().st_mode & 0o007:
        yield Finding(Severity.WARNING, "endpoints", f"{name}: every user of this machine can read it")
