"""What a change of trust would do, decided before a row is touched."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from launch.trust.key_problems import EXPLANATIONS
from launch.trust.key_rules import broken_rules
from launch.trust.model import KeyStatus, RegisteredGrant, Registration, TrustStatus, VendorKey


class TrustChange(StrEnum):
    """The kinds of change, as the audit trail names them."""

    ADD = "add"
    SUSPEND = "suspend"
    ACTIVATE = "activate"


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


@dataclass(frozen=True, slots=True)
class RegistrationChange:
    """What adding a registration does to what is stored.

    :param added_keys: keys that are new.
    :param revoked_kids: active keys that the file leaves out; a revoked key never comes back.
    :param suspended_practices: hospital and URA of links that the file leaves out of a grant it names.
    :param kept_suspended: what the file names and stays suspended until it is activated.
    """

    added_keys: tuple[VendorKey, ...]
    revoked_kids: tuple[str, ...]
    suspended_practices: tuple[tuple[str, str], ...]
    kept_suspended: tuple[TrustTarget, ...]


def plan_change(asked: Registration, stored: Registration | None) -> RegistrationChange:
    """Compare a checked registration with what the database holds for the same issuer.

    Nothing suspended becomes active and no revoked key returns by adding a file again; a kid names one
    key for ever, so that old records stay unambiguous. A stored key keeps its first dates.

    :raises TrustConflictError: with every such problem.
    """
    if stored is None:
        return RegistrationChange(asked.vendor.keys, (), (), ())
    problems = list(_key_conflicts(asked.vendor.keys, stored.vendor.keys))
    if problems:
        raise TrustConflictError(problems)
    named = {key.kid for key in asked.vendor.keys}
    known = {key.kid for key in stored.vendor.keys}
    return RegistrationChange(
        added_keys=tuple(key for key in asked.vendor.keys if key.kid not in known),
        revoked_kids=tuple(
            key.kid for key in stored.vendor.keys if key.status is KeyStatus.ACTIVE and key.kid not in named
        ),
        suspended_practices=tuple(_left_out(asked, stored)),
        kept_suspended=tuple(_kept_suspended(asked, stored)),
    )


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


def _grants(registration: Registration) -> dict[str, RegisteredGrant]:
    return {entry.grant.hospital: entry for entry in registration.grants}


def _left_out(asked: Registration, stored: Registration) -> Iterator[tuple[str, str]]:
    held = _grants(stored)
    for hospital, entry in _grants(asked).items():
        named = {practice.ura_number for practice in entry.practices}
        for practice in held[hospital].practices if hospital in held else ():
            if practice.status is TrustStatus.ACTIVE and practice.ura_number not in named:
                yield hospital, practice.ura_number


def _kept_suspended(asked: Registration, stored: Registration) -> Iterator[TrustTarget]:
    issuer = asked.vendor.issuer
    if stored.vendor.status is TrustStatus.SUSPENDED:
        yield TrustTarget(issuer)
    held = _grants(stored)
    for hospital, entry in _grants(asked).items():
        if hospital not in held:
            continue
        if held[hospital].grant.status is TrustStatus.SUSPENDED:
            yield TrustTarget(issuer, hospital)
        suspended = {p.ura_number for p in held[hospital].practices if p.status is TrustStatus.SUSPENDED}
        for practice in entry.practices:
            if practice.ura_number in suspended:
                yield TrustTarget(issuer, hospital, practice.ura_number)
