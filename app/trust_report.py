"""Trust in lines of text, for a terminal."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from launch.requests.addressee import path_of_issuer
from launch.store import RelaxationUse
from launch.trust.administration.changes import RegistrationChange
from launch.trust.key_problems import EXPLANATIONS, KeyRefusedError
from launch.trust.key_rules import broken_rules, key_fingerprint
from launch.trust.model import (
    KeyStatus,
    RegisteredGrant,
    Registration,
    Relaxation,
    TrustStatus,
    Vendor,
    VendorKey,
)
from launch.trust.published.key_set import FOREVER


def describe_change(asked: Registration, change: RegistrationChange) -> Iterator[str]:
    """What adding a registration did."""
    yield f"{asked.vendor.issuer}: " + (
        "nothing to change" if change.is_empty else f"registered as {asked.vendor.name}"
    )
    for hospital in change.changed_grants:
        yield f"  grant at {hospital} written"
    for key in change.added_keys:
        yield f"  key {key.kid} added"
    for kid in change.revoked_kids:
        yield f"  key {kid} revoked, because the file leaves it out"
    for hospital, relaxation in change.relaxed:
        yield f"  {relaxation.name} relaxed at {hospital} until {_moment(relaxation.until)}"
    for hospital, name in change.strict_again:
        yield f"  {name} no longer relaxed at {hospital}, because the file leaves it out"
    for hospital, link in change.linked_practices:
        yield f"  practice {link.ura_number} linked at {hospital}"
    for hospital, link in change.changed_practices:
        yield f"  practice {link.ura_number} changed at {hospital}"
    for hospital, ura_number in change.suspended_practices:
        yield f"  practice {ura_number} suspended at {hospital}, because the file leaves it out"
    for target in change.kept_suspended:
        yield f"  still suspended until activated: {target}"


def list_lines(registrations: Iterable[Registration]) -> Iterator[str]:
    """One line for each vendor: issuer, name, adapter, status, number of active keys, hospitals."""
    nothing = True
    for registration in registrations:
        nothing = False
        vendor = registration.vendor
        active = sum(key.status is KeyStatus.ACTIVE for key in vendor.keys)
        places = [_place(entry) for entry in registration.grants] or ["no hospital"]
        yield (
            f"{vendor.issuer}  {vendor.name}  {vendor.adapter}  {vendor.status}"
            f"  {active} active {'key' if active == 1 else 'keys'}  {', '.join(places)}"
        )
    if nothing:
        yield "no vendor is registered"


def show_lines(registration: Registration, uses: Iterable[RelaxationUse], now: datetime) -> Iterator[str]:
    """Everything about one vendor.

    :param uses: how often its launches needed a relaxation.
    :param now: to say which keys and relaxations are outside their dates.
    """
    counted = {(use.hospital, use.name): use for use in uses}
    vendor = registration.vendor
    yield vendor.issuer
    yield f"  name     {vendor.name}"
    yield f"  adapter  {vendor.adapter}"
    yield f"  status   {vendor.status}"
    yield from _address_lines(vendor)
    for key in vendor.keys:
        yield from key_lines(key, now)
    for entry in registration.grants:
        yield from _grant_lines(entry, counted, now)


def _address_lines(vendor: Vendor) -> Iterator[str]:
    for label, value in (
        ("key set ", vendor.jwks_url),
        ("sign-on ", vendor.sign_on_url),
        ("starts  ", vendor.sign_on_url and f"<base_url>/launch/start/{path_of_issuer(vendor.issuer)}"),
        ("fhir    ", vendor.fhir_base_url),
        ("client  ", vendor.client_id),
    ):
        if value is not None:
            yield f"  {label} {value}"
    if vendor.reports_launches:
        yield "  test mode: sees the report of its own launches, never a patient"


def _place(entry: RegisteredGrant) -> str:
    suspended = "" if entry.grant.status is TrustStatus.ACTIVE else " (suspended)"
    return entry.grant.hospital + suspended


def key_lines(key: VendorKey, now: datetime) -> Iterator[str]:
    """One key, with what is wrong with it. :param now: aware."""
    problems = broken_rules(key.kind, key.algorithm, key.pem)
    yield f"key {key.kid}"
    yield f"  algorithm    {key.algorithm} ({key.kind.replace('_', ' ')})"
    yield f"  fingerprint  {_in_groups(key)}"
    end = _moment(key.not_after) if key.not_after < FOREVER else "no end of its own"
    yield f"  valid        {_moment(key.not_before)} to {end}"
    yield f"  status       {_key_status(key, now)}"
    for problem in problems:
        yield f"  refused      {EXPLANATIONS[problem]}"


def _key_status(key: VendorKey, now: datetime) -> str:
    if key.status is KeyStatus.ACTIVE and now < key.not_before:
        return "active, not yet valid"
    if key.status is KeyStatus.ACTIVE and now >= key.not_after:
        return "active, expired"
    return key.status.value


def _in_groups(key: VendorKey) -> str:
    """SHA-256 in groups of four, to be read out on the telephone."""
    try:
        text = key_fingerprint(key.kind, key.pem)
    except KeyRefusedError:
        return "cannot be read"
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _grant_lines(
    entry: RegisteredGrant, counted: Mapping[tuple[str, str], RelaxationUse], now: datetime
) -> Iterator[str]:
    grant = entry.grant
    yield f"grant at {grant.hospital}"
    yield f"  environment  {grant.environment}"
    yield f"  status       {grant.status}"
    yield f"  lifetime     at most {grant.max_lifetime_seconds} s"
    yield f"  grade        {grant.minimum_grade} or stronger"
    yield f"  encryption   {'required' if grant.require_encryption else 'not required'}"
    for origin in sorted(grant.launch_origins):
        yield f"  origin       {origin}"
    for origin in sorted(grant.frame_origins):
        yield f"  frame        {origin}"
    for source, role in sorted(grant.roles.items()):
        yield f"  role         {source} = {role}"
    for user in sorted(grant.generic_users):
        yield f"  no person    {user}"
    for source, ura_number in sorted(grant.organisations.items()):
        yield f"  organisation {source} = {ura_number}"
    for relaxation in grant.relaxations:
        use = counted.get((grant.hospital, relaxation.name.value))
        yield from _relaxation_lines(relaxation, use, now)
    for practice in entry.practices:
        deployment = f"  deployment {practice.deployment_id}" if practice.deployment_id else ""
        name = f"  {practice.name}" if practice.name else ""
        yield f"  practice     {practice.ura_number}  {practice.status}{deployment}{name}"


def _relaxation_lines(relaxation: Relaxation, use: RelaxationUse | None, now: datetime) -> Iterator[str]:
    state = "until" if relaxation.holds(now) else "ENDED"
    yield f"  relaxed      {relaxation.name}  {state} {_moment(relaxation.until)}"
    yield f"               {relaxation.reason}"
    if use is None:
        yield "               no launch needed it"
    else:
        launches = "launch" if use.launches == 1 else "launches"
        yield f"               {use.launches} {launches} needed it, the last at {_moment(use.last_used)}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
