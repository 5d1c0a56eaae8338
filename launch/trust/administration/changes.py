"""What a change of trust would do, decided before a row is touched."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from launch.trust.key_problems import EXPLANATIONS
from launch.trust.key_rules import broken_rules
from launch.trust.model import (
    Grant,
    KeyStatus,
    PracticeLink,
    RegisteredGrant,
    Registration,
    Relaxation,
    RelaxationName,
    TrustStatus,
    Vendor,
    VendorKey,
)

_Pair = tuple[RegisteredGrant, RegisteredGrant | None]
"""What is asked for at one hospital, and what is stored there."""


class TrustChange(StrEnum):
    """The kinds of change, as the audit trail names them."""

    ADD = "add"
    SUSPEND = "suspend"
    ACTIVATE = "activate"
    REVOKE_KEY = "revoke_key"
    KEY_SET = "key_set"


class TrustError(Exception):
    """Base of every error about trust in the database."""


class TrustConflictError(TrustError):
    """The change breaks a rule against what is stored; nothing was written.

    :param problems: one readable line each; no key material.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class TrustUnknownError(TrustError):
    """The vendor, grant or practice to change is not registered."""


@dataclass(frozen=True, slots=True)
class TrustTarget:
    """What to suspend or activate: a vendor everywhere, its grant at a hospital, or one practice there.

    :param ura_number: only together with ``hospital``.
    """

    issuer: str
    hospital: str | None = None
    ura_number: str | None = None

    def __str__(self) -> str:
        parts = [self.issuer]
        if self.hospital:
            parts.append(f"at {self.hospital}")
        if self.ura_number:
            parts.append(f"for practice {self.ura_number}")
        return " ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationChange:
    """What adding a registration does to what is stored.

    :param vendor_changed: the vendor is new, or something of it other than its keys is different.
    :param changed_grants: hospitals whose grant is new or different, its practices and relaxations aside.
    :param relaxed: hospital and relaxation of those that begin now, renewed ones included.
    :param strict_again: hospital and name of relaxations that the file leaves out.
    :param added_keys: keys that are new.
    :param revoked_kids: active keys that the file leaves out; a revoked key never comes back.
    :param linked_practices: hospital and link of those that are new.
    :param changed_practices: the same of those whose name or deployment is another.
    :param suspended_practices: the same of active links that the file leaves out of a grant it names.
    :param kept_suspended: what the file names and stays suspended until it is activated.
    """

    vendor_changed: bool = False
    changed_grants: tuple[str, ...] = ()
    added_keys: tuple[VendorKey, ...] = ()
    revoked_kids: tuple[str, ...] = ()
    relaxed: tuple[tuple[str, Relaxation], ...] = ()
    strict_again: tuple[tuple[str, RelaxationName], ...] = ()
    linked_practices: tuple[tuple[str, PracticeLink], ...] = ()
    changed_practices: tuple[tuple[str, PracticeLink], ...] = ()
    suspended_practices: tuple[tuple[str, str], ...] = ()
    kept_suspended: tuple[TrustTarget, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when the database holds all of it already."""
        return not (
            self.vendor_changed
            or self.changed_grants
            or self.added_keys
            or self.revoked_kids
            or self.relaxed
            or self.strict_again
            or self.linked_practices
            or self.changed_practices
            or self.suspended_practices
        )


def plan_change(asked: Registration, stored: Registration | None) -> RegistrationChange:
    """Compare a checked registration with what the database holds for the same issuer.

    Nothing suspended becomes active and no revoked key returns by adding a file again; a kid names one
    key for ever, so that old records stay unambiguous. A stored key keeps its first dates.

    :raises TrustConflictError: with every such problem.
    """
    stored_keys = stored.vendor.keys if stored else ()
    if problems := tuple(_key_conflicts(asked.vendor.keys, stored_keys)):
        raise TrustConflictError(problems)
    named = {key.kid for key in asked.vendor.keys}
    known = {key.kid for key in stored_keys}
    held = {entry.grant.hospital: entry for entry in stored.grants} if stored else {}
    pairs = [(entry, held.get(entry.grant.hospital)) for entry in asked.grants]
    return RegistrationChange(
        vendor_changed=stored is None or _identity(stored.vendor) != _identity(asked.vendor),
        changed_grants=tuple(entry.grant.hospital for entry, before in pairs if _differs(entry, before)),
        added_keys=tuple(key for key in asked.vendor.keys if key.kid not in known),
        revoked_kids=tuple(
            key.kid for key in stored_keys if key.status is KeyStatus.ACTIVE and key.kid not in named
        ),
        relaxed=tuple(_relaxed(pairs)),
        strict_again=tuple(_strict_again(pairs)),
        linked_practices=tuple(_newly_linked(pairs)),
        changed_practices=tuple(_changed_links(pairs)),
        suspended_practices=tuple(_left_out(pairs)),
        kept_suspended=tuple(_kept_suspended(asked.vendor.issuer, stored, pairs)) if stored else (),
    )


def settled_relaxations(asked: Grant, held: Grant | None) -> tuple[Relaxation, ...]:
    """The relaxations as they will be stored: one with another end or reason begins anew, and one that
    stays as it is keeps the moment at which it began."""
    known = {relaxation.name: relaxation for relaxation in held.relaxations} if held else {}
    return tuple(_settled(each, known.get(each.name)) for each in asked.relaxations)


def _settled(asked: Relaxation, held: Relaxation | None) -> Relaxation:
    if held is None or replace(held, since=asked.since) != asked:
        return asked
    return held


def broken_keys(keys: Iterable[VendorKey]) -> Iterator[str]:
    """One line for each active key that breaks today's rules."""
    for key in keys:
        if key.status is KeyStatus.ACTIVE:
            for problem in broken_rules(key.kind, key.algorithm, key.pem):
                yield f"key {key.kid}: {EXPLANATIONS[problem]}"


def _key_conflicts(asked: tuple[VendorKey, ...], stored: tuple[VendorKey, ...]) -> Iterator[str]:
    by_kid = {key.kid: key for key in stored}
    revoked = {key.pem for key in stored if key.status is KeyStatus.REVOKED}
    for key in asked:
        known = by_kid.get(key.kid)
        if known is not None and (known.pem, known.algorithm) != (key.pem, key.algorithm):
            yield f"key {key.kid}: this kid already names another key or algorithm; choose a new kid"
        elif key.pem in revoked:
            yield f"key {key.kid}: this key was revoked and cannot come back; give a new key"


def _identity(vendor: Vendor) -> Vendor:
    return replace(vendor, keys=(), status=TrustStatus.ACTIVE)


def _differs(asked: RegisteredGrant, held: RegisteredGrant | None) -> bool:
    if held is None:
        return True
    same = replace(asked.grant, status=held.grant.status, relaxations=held.grant.relaxations)
    return same != held.grant


def _relaxed(pairs: Iterable[_Pair]) -> Iterator[tuple[str, Relaxation]]:
    for entry, before in pairs:
        known = before.grant.relaxations if before else ()
        for relaxation in settled_relaxations(entry.grant, before.grant if before else None):
            if relaxation not in known:
                yield entry.grant.hospital, relaxation


def _strict_again(pairs: Iterable[_Pair]) -> Iterator[tuple[str, RelaxationName]]:
    for entry, before in pairs:
        named = {relaxation.name for relaxation in entry.grant.relaxations}
        for relaxation in before.grant.relaxations if before else ():
            if relaxation.name not in named:
                yield entry.grant.hospital, relaxation.name


def _newly_linked(pairs: Iterable[_Pair]) -> Iterator[tuple[str, PracticeLink]]:
    for entry, before in pairs:
        known = _links(before)
        for link in entry.practices:
            if link.ura_number not in known:
                yield entry.grant.hospital, link


def _changed_links(pairs: Iterable[_Pair]) -> Iterator[tuple[str, PracticeLink]]:
    for entry, before in pairs:
        known = _links(before)
        for link in entry.practices:
            held = known.get(link.ura_number)
            if held is not None and replace(link, status=held.status) != held:
                yield entry.grant.hospital, link


def _left_out(pairs: Iterable[_Pair]) -> Iterator[tuple[str, str]]:
    for entry, before in pairs:
        named = _links(entry)
        for link in _links(before).values():
            if link.status is TrustStatus.ACTIVE and link.ura_number not in named:
                yield entry.grant.hospital, link.ura_number


def _links(entry: RegisteredGrant | None) -> Mapping[str, PracticeLink]:
    return {link.ura_number: link for link in entry.practices} if entry else {}


def _kept_suspended(issuer: str, stored: Registration, pairs: Iterable[_Pair]) -> Iterator[TrustTarget]:
    if stored.vendor.status is TrustStatus.SUSPENDED:
        yield TrustTarget(issuer)
    for entry, before in pairs:
        if before is None:
            continue
        if before.grant.status is TrustStatus.SUSPENDED:
            yield TrustTarget(issuer, before.grant.hospital)
        named = _links(entry)
        for link in before.practices:
            if link.status is TrustStatus.SUSPENDED and link.ura_number in named:
                yield TrustTarget(issuer, before.grant.hospital, link.ura_number)
