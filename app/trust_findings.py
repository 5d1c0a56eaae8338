"""What hospital IT should attend to in the trust registry, found without changing anything."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from app.findings import Finding, Severity
from app.key_report import ending
from context.hospital import Hospital
from launch.claims import TokenForm
from launch.trust.key_problems import EXPLANATIONS, KeyProblem
from launch.trust.key_rules import broken_rules
from launch.trust.model import (
    Grant,
    KeyStatus,
    Registration,
    Relaxation,
    TrustStatus,
    Vendor,
    VendorKey,
)
from launch.trust.published.model import StoredKeySet
from launch.trust.role_coverage import RoleProblem, role_findings

AREA = "trust"
SOON = timedelta(days=14)
"""How long before the end of a relaxation it is told."""


def publicly_known_keys(registrations: Iterable[Registration]) -> Iterator[str]:
    """One line for each active key whose private half anyone can have (attack A145)."""
    for registration in registrations:
        for key in registration.vendor.keys:
            if key.status is KeyStatus.ACTIVE and KeyProblem.PUBLISHED in _problems(key):
                explained = EXPLANATIONS[KeyProblem.PUBLISHED]
                yield f"{registration.vendor.issuer}: key {key.kid} {explained}"


def trust_findings(
    registrations: Iterable[Registration],
    hospitals: Mapping[str, Hospital] | None,
    adapters: Mapping[str, TokenForm],
    now: datetime,
    *,
    strict: bool,
) -> Iterator[Finding]:
    """Look everything registered over.

    :param hospitals: None when they are not known: grants are not held against them then.
    :param adapters: those of this installation.
    :param now: aware.
    :param strict: plain http is a fault (D14).
    """
    for registration in registrations:
        vendor = registration.vendor
        yield from _vendor_findings(vendor, adapters, strict=strict)
        yield from _key_findings(vendor, now)
        for entry in registration.grants:
            if hospitals is not None:
                yield from _place_findings(entry.grant, hospitals)
            yield from _grant_findings(entry.grant, now, strict=strict)


def _vendor_findings(vendor: Vendor, adapters: Mapping[str, TokenForm], *, strict: bool) -> Iterator[Finding]:
    if vendor.adapter not in adapters:
        yield _fault(f"{vendor.issuer}: its adapter {vendor.adapter} is not part of this installation")
    for name in ("jwks_url", "sign_on_url", "fhir_base_url"):
        if strict and str(getattr(vendor, name)).startswith("http:"):
            yield _fault(f"{vendor.issuer}: {name} must be https while ZORGTEGEL_STRICT is true")
    if vendor.jwks_url is None and not any(key.status is KeyStatus.ACTIVE for key in vendor.keys):
        yield _warning(f"{vendor.issuer}: has no active key, so every launch is refused")


def _key_findings(vendor: Vendor, now: datetime) -> Iterator[Finding]:
    for key in vendor.keys:
        if key.status is not KeyStatus.ACTIVE:
            continue
        for problem in _problems(key):
            yield _fault(f"{vendor.issuer}: key {key.kid} {EXPLANATIONS[problem]}")
        if key.not_after <= now:
            yield _warning(f"{vendor.issuer}: key {key.kid} has ended on {_day(key.not_after)}")
        elif told := ending(key, now):
            yield _warning(f"{vendor.issuer}: key {key.kid} {told}")


def key_set_findings(
    registrations: Iterable[Registration], key_sets: Mapping[str, StoredKeySet], now: datetime
) -> Iterator[Finding]:
    """Vendors whose key set cannot be had.

    :param key_sets: by issuer; those of a vendor's present address.
    :param now: aware.
    """
    for vendor in (registration.vendor for registration in registrations):
        if vendor.jwks_url is None or vendor.status is not TrustStatus.ACTIVE:
            continue
        stored = key_sets.get(vendor.issuer)
        if stored is None:
            yield Finding(Severity.NOTE, AREA, f"{vendor.issuer}: its key set was never fetched")
        elif not stored.is_usable(now):
            yield _fault(f"{vendor.issuer}: has no usable key set{_cause(stored)}: launches are L703")
        elif not stored.is_current:
            yield _warning(f"{vendor.issuer}: its key set is not renewed{_cause(stored)}")


def _cause(stored: StoredKeySet) -> str:
    return f" ({stored.last_error})" if stored.last_error else ""


def _place_findings(grant: Grant, hospitals: Mapping[str, Hospital]) -> Iterator[Finding]:
    hospital = hospitals.get(grant.hospital)
    if hospital is None:
        yield _warning(f"{_place(grant)}: no hospital file has this name")
    elif hospital.environment is not grant.environment:
        text = f"the grant is for {grant.environment}, the hospital for {hospital.environment}"
        yield _fault(f"{_place(grant)}: {text}")


def _grant_findings(grant: Grant, now: datetime, *, strict: bool) -> Iterator[Finding]:
    place = _place(grant)
    for kind in ("launch", "frame") if strict else ():
        if any(origin.startswith("http:") for origin in getattr(grant, f"{kind}_origins")):
            yield _fault(f"{place}: {kind} origins must be https while ZORGTEGEL_STRICT is true")
    for relaxation in grant.relaxations:
        if told := _end_of(relaxation, now):
            yield _warning(f"{place}: the relaxation {relaxation.name} {told}")
    for found in role_findings(grant.roles):
        if found.problem is RoleProblem.LOSSY:
            text = f"the roles {', '.join(found.sources)} all become {found.target}"
            yield Finding(Severity.NOTE, AREA, f"{place}: {text}")


def _place(grant: Grant) -> str:
    return f"{grant.issuer} at {grant.hospital}"


def _end_of(relaxation: Relaxation, now: datetime) -> str | None:
    if relaxation.until <= now:
        return f"has ended on {_day(relaxation.until)}: the strict rule holds"
    if relaxation.until <= now + SOON:
        return f"ends on {_day(relaxation.until)}"
    return None


def _problems(key: VendorKey) -> tuple[KeyProblem, ...]:
    return broken_rules(key.kind, key.algorithm, key.pem)


def _fault(text: str) -> Finding:
    return Finding(Severity.ERROR, AREA, text)


def _warning(text: str) -> Finding:
    return Finding(Severity.WARNING, AREA, text)


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
