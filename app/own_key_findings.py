"""What hospital IT should attend to in our own key pairs: without them features are off, and say so here."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from app.findings import Finding, Severity
from launch.own_keys import RSA_OAEP_256, OwnKey, OwnKeys
from launch.trust.model import Registration

AREA = "secrets"
SOON = timedelta(days=30)
_ROTATE = "run zorgtegel secrets rotate FILE --purpose"


def own_key_findings(keys: OwnKeys, now: datetime) -> Iterator[Finding]:
    """:param now: aware."""
    opening = keys.opening(now)
    if not opening:
        yield _warn(f"no key opens encrypted launches, which are refused (L207): {_ROTATE} decrypt")
    elif not any(key.algorithm == RSA_OAEP_256 for key in opening):
        yield _warn(f"no RSA key opens encrypted Assertions, which are refused (L207): {_ROTATE} decrypt")
    elif _all_end_soon(opening, now):
        yield _warn(f"every key that opens launches ends within 30 days: {_ROTATE} decrypt")
    if keys.signer(now) is None:
        yield _warn(f"no key signs what we ask a HIS, so two-hop launches by SAML are off: {_ROTATE} sign")
    elif _all_end_soon(keys.signing(now), now):
        yield _warn(f"every key that signs ends within 30 days: {_ROTATE} sign")
    for key in (*opening, *keys.signing(now)):
        if key.certificate is not None and key.certificate.not_valid_after_utc <= now + SOON:
            yield _warn(f"the certificate of key {key.kid} ends within 30 days; some HISes read that date")


def unmet_encryption(
    keys: OwnKeys, registrations: Iterable[Registration], now: datetime
) -> Iterator[Finding]:
    """Grants that ask for encryption while nothing can be opened."""
    if keys.opening(now):
        return
    for registration in registrations:
        for entry in registration.grants:
            if entry.grant.require_encryption:
                place = f"{registration.vendor.issuer} at {entry.grant.hospital}"
                yield Finding(Severity.ERROR, AREA, f"{place} must encrypt, and no key of ours can open it")


def _all_end_soon(keys: Iterable[OwnKey], now: datetime) -> bool:
    return all(key.is_over(now + SOON) for key in keys)


def _warn(text: str) -> Finding:
    return Finding(Severity.WARNING, AREA, text)
