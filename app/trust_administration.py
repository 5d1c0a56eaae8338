"""Changing trust together with its audit records, in one transaction (architecture.md D9)."""

from collections.abc import Iterator, Mapping
from functools import partial

from sqlalchemy import Connection

from app.audit_bridge import AuditBridge
from app.engine import Database
from app.references import draw_reference
from app.writer import Writer
from audit.fields import TEXT_LIMIT
from context.ports import AuditEvent, AuditNote, AuditValue
from launch.store import RelaxationUse, find_relaxation_uses
from launch.trust.administration.changes import (
    RegistrationChange,
    TrustChange,
    TrustConflictError,
    TrustTarget,
    plan_change,
)
from launch.trust.administration.store import add_registration, change_status, find_registration, list_trust
from launch.trust.key_rules import key_fingerprint
from launch.trust.model import Grant, KeyStatus, PracticeLink, Registration, TrustStatus, Vendor


class TrustAdministration:
    """What an operator may do with trust. Every change is recorded as TRUST_CHANGED or does not happen.

    Every method raises StorageUnavailableError when the database or the trail cannot be used, and the
    changing ones ReferenceTakenError when the drawn reference was in use; then nothing was changed.
    """

    def __init__(self, database: Database, writer: Writer, audit: AuditBridge) -> None:
        self._database = database
        self._writer = writer
        self._audit = audit

    def list_trust(self) -> tuple[Registration, ...]:
        """Everything registered, by issuer."""
        with self._database.read() as connection:
            return list_trust(connection)

    def find(self, issuer: str) -> Registration | None:
        """Everything registered about one vendor."""
        with self._database.read() as connection:
            return find_registration(connection, issuer)

    def find_relaxation_uses(self, issuer: str) -> tuple[RelaxationUse, ...]:
        """How often accepted launches of one vendor needed a relaxation."""
        with self._database.read() as connection:
            return find_relaxation_uses(connection, issuer)

    def add(self, asked: Mapping[str, Registration], actor: str) -> Mapping[str, RegistrationChange]:
        """Add or replace vendors, all or none.

        :param asked: checked registrations by the name of their file.
        :param actor: who does it, for the record.
        :returns: what changed, by file.
        :raises TrustConflictError: with every rule that any of them breaks against what is stored.
        """
        self._refuse_conflicts(asked)
        jobs = [partial(self._add_and_record, registration, actor) for registration in asked.values()]
        changes: tuple[RegistrationChange, ...] = self._writer.submit(*jobs)
        return dict(zip(asked, changes, strict=True))

    def change_status(self, target: TrustTarget, status: TrustStatus, actor: str) -> bool:
        """Suspend or activate a vendor, a grant or a practice link.

        :returns: False when that was its status already; nothing is recorded then.
        :raises TrustUnknownError: it is not registered.
        :raises TrustConflictError: it may not be activated, because its vendor's keys break the rules.
        """
        (changed,) = self._writer.submit(partial(self._change_and_record, target, status, actor))
        return bool(changed)

    def _refuse_conflicts(self, asked: Mapping[str, Registration]) -> None:
        problems: list[str] = []
        with self._database.read() as connection:
            for name, registration in asked.items():
                try:
                    plan_change(registration, find_registration(connection, registration.vendor.issuer))
                except TrustConflictError as conflict:
                    problems += [f"{name}: {problem}" for problem in conflict.problems]
        if problems:
            raise TrustConflictError(problems)

    def _add_and_record(self, asked: Registration, actor: str, connection: Connection) -> RegistrationChange:
        change = add_registration(asked)(connection)
        self._record(connection, actor, TrustChange.ADD, _added(asked, change))
        return change

    def _change_and_record(
        self, target: TrustTarget, status: TrustStatus, actor: str, connection: Connection
    ) -> bool:
        changed = change_status(target, status)(connection)
        if changed:
            change = TrustChange.ACTIVATE if status is TrustStatus.ACTIVE else TrustChange.SUSPEND
            self._record(connection, actor, change, iter([_about(target)]))
        return changed

    def _record(
        self,
        connection: Connection,
        actor: str,
        change: TrustChange,
        described: Iterator[dict[str, AuditValue]],
    ) -> None:
        notes = [
            AuditNote(
                AuditEvent.TRUST_CHANGED, draw_reference(), {"actor": actor, "change": change.value} | fields
            )
            for fields in described
        ]
        if notes:
            self._audit.job(*notes)(connection)


def _about(target: TrustTarget) -> dict[str, AuditValue]:
    return {"issuer": target.issuer, "hospital": target.hospital, "practice_ura": target.ura_number}


def _added(asked: Registration, change: RegistrationChange) -> Iterator[dict[str, AuditValue]]:
    """One record for the vendor, one for each key, grant, relaxation and practice link that this changes,
    so that each hospital finds its own."""
    vendor = asked.vendor
    of_vendor = _about(TrustTarget(vendor.issuer))
    if change.vendor_changed:
        detail = "; ".join(_vendor_details(vendor)) or None
        yield of_vendor | {"vendor_name": vendor.name, "his": vendor.adapter, "detail": detail}
    for key in change.added_keys:
        detail = f"{key.algorithm}, sha256 {key_fingerprint(key.kind, key.pem)}"
        yield of_vendor | {"subject": f"key {key.kid}", "status": key.status.value, "detail": detail}
    for kid in change.revoked_kids:
        yield of_vendor | {"subject": f"key {kid}", "status": KeyStatus.REVOKED.value}
    for entry in asked.grants:
        if entry.grant.hospital not in change.changed_grants:
            continue
        about = _about(TrustTarget(vendor.issuer, entry.grant.hospital))
        for detail in _joined(_grant_details(entry.grant)):
            yield about | {"environment": entry.grant.environment.value, "detail": detail}
    yield from _relaxation_changes(vendor.issuer, change)
    yield from _practice_changes(vendor.issuer, change)


def _relaxation_changes(issuer: str, change: RegistrationChange) -> Iterator[dict[str, AuditValue]]:
    for hospital, relaxation in change.relaxed:
        yield _about(TrustTarget(issuer, hospital)) | {
            "subject": f"relaxation {relaxation.name}",
            "status": "begun",
            "relaxations": (relaxation.name.value,),
            "detail": f"until {relaxation.until.isoformat()}; {relaxation.reason}",
        }
    for hospital, name in change.strict_again:
        yield _about(TrustTarget(issuer, hospital)) | {"subject": f"relaxation {name}", "status": "ended"}


def _practice_changes(issuer: str, change: RegistrationChange) -> Iterator[dict[str, AuditValue]]:
    for hospital, link in change.linked_practices:
        about = _about(TrustTarget(issuer, hospital, link.ura_number))
        yield about | {"status": link.status.value} | _link_details(link)
    for hospital, link in change.changed_practices:
        yield _about(TrustTarget(issuer, hospital, link.ura_number)) | _link_details(link)
    for hospital, ura_number in change.suspended_practices:
        yield _about(TrustTarget(issuer, hospital, ura_number)) | {"status": TrustStatus.SUSPENDED.value}


def _link_details(link: PracticeLink) -> dict[str, AuditValue]:
    return {
        "practice_name": link.name,
        "detail": None if link.deployment_id is None else f"deployment {link.deployment_id}",
    }


def _vendor_details(vendor: Vendor) -> Iterator[str]:
    for name in ("jwks_url", "sign_on_url", "fhir_base_url", "client_id"):
        if value := getattr(vendor, name):
            yield f"{name} {value}"
    if vendor.reports_launches:
        yield "sees reports of its own launches"


def _grant_details(grant: Grant) -> Iterator[str]:
    yield f"at most {grant.max_lifetime_seconds} s"
    yield f"grade {grant.minimum_grade} or stronger"
    yield f"encryption {'required' if grant.require_encryption else 'not required'}"
    for origin in sorted(grant.launch_origins):
        yield f"origin {origin}"
    for origin in sorted(grant.frame_origins):
        yield f"frame {origin}"
    for source, role in sorted(grant.roles.items()):
        yield f"role {source} = {role}"
    for user in sorted(grant.generic_users):
        yield f"generic user {user}"
    for source, ura_number in sorted(grant.organisations.items()):
        yield f"organisation {source} = {ura_number}"


def _joined(details: Iterator[str]) -> Iterator[str]:
    """Several records rather than one that says "and so on"."""
    text = next(details)
    for detail in details:
        if len(text) + len(detail) + 2 > TEXT_LIMIT:
            yield text
            text = detail
        else:
            text += f"; {detail}"
    yield text
