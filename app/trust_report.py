"""Trust in lines of text, for a terminal."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from launch.trust.administration.changes import RegistrationChange
from launch.trust.key_problems import EXPLANATIONS, KeyRefusedError
from launch.trust.key_rules import broken_rules, key_fingerprint
from launch.trust.model import KeyStatus, RegisteredGrant, Registration, TrustStatus, VendorKey


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
    for hospital, ura_number in change.linked_practices:
        yield f"  practice {ura_number} linked at {hospital}"
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


def show_lines(registration: Registration, now: datetime) -> Iterator[str]:
    """Everything about one vendor. :param now: to say which keys are outside their dates."""
    vendor = registration.vendor
    yield vendor.issuer
    yield f"  name     {vendor.name}"
    yield f"  adapter  {vendor.adapter}"
    yield f"  status   {vendor.status}"
    for key in vendor.keys:
        yield from _key_lines(key, now)
    for entry in registration.grants:
        yield from _grant_lines(entry)


def _place(entry: RegisteredGrant) -> str:
    suspended = "" if entry.grant.status is TrustStatus.ACTIVE else " (suspended)"
    return entry.grant.hospital + suspended


def _key_lines(key: VendorKey, now: datetime) -> Iterator[str]:
    problems = broken_rules(key.kind, key.algorithm, key.pem)
    yield f"key {key.kid}"
    yield f"  algorithm    {key.algorithm} ({key.kind.replace('_', ' ')})"
    yield f"  fingerprint  {_in_groups(key)}"
    yield f"  valid        {key.not_before:%Y-%m-%d %H:%M} to {key.not_after:%Y-%m-%d %H:%M} UTC"
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


def _grant_lines(entry: RegisteredGrant) -> Iterator[str]:
    grant = entry.grant
    yield f"grant at {grant.hospital}"
    yield f"  environment  {grant.environment}"
    yield f"  status       {grant.status}"
    yield f"  lifetime     at most {grant.max_lifetime_seconds} s"
    for origin in sorted(grant.launch_origins):
        yield f"  origin       {origin}"
    for source, role in sorted(grant.roles.items()):
        yield f"  role         {source} = {role}"
    for practice in entry.practices:
        name = f"  {practice.name}" if practice.name else ""
        yield f"  practice     {practice.ura_number}  {practice.status}{name}"
