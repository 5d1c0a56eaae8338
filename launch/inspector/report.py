"""The report of one launch: frozen, kept as JSON, and told to whoever may read it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from context.codes import RefusalCode
from launch.inspection import CHECKS, Check, CheckResult, Inspection
from launch.inspector.claims import ClaimLine, ClaimUse, ReadValue

SECRET_CAUSES = frozenset({RefusalCode.SIGNATURE_WRONG.value, RefusalCode.DECRYPTION_FAILED.value})
"""Whoever probes a signature or a cipher must not learn from the answer how it failed (A041 to A100)."""

WITHHELD = "the cause is in the hospital's inspector"


@dataclass(frozen=True, slots=True)
class LaunchReport:
    """What became of one launch, and why.

    :param hospital: slug.
    :param received_at: ISO 8601, UTC.
    :param outcome: ``accepted`` or ``refused``.
    :param code: the refusal code, None when accepted.
    :param opens_context: False when the launch could only ever end in this report.
    :param dry_run: in a production environment, judged with a test BSN.
    :param facts: who it is from: ``issuer``, ``his``, ``token_form``, ``grade``, as far as known.
    """

    hospital: str
    received_at: str
    outcome: str
    code: str | None
    opens_context: bool
    dry_run: bool
    facts: Mapping[str, str]
    checks: tuple[Check, ...]
    claims: tuple[ClaimLine, ...]
    values: tuple[ReadValue, ...]

    def to_json(self) -> bytes:
        """UTF-8; ``from_json`` is its inverse."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, encoded: bytes) -> "LaunchReport":
        """:raises ValueError: not a report of this version."""
        try:
            return cls(**_restored(json.loads(encoded)))
        except (TypeError, KeyError) as error:
            raise ValueError(f"not a report: {type(error).__name__}") from None

    def for_the_vendor(self) -> "LaunchReport":
        """Without what an attacker who poses as the vendor could learn from."""
        return replace(self, checks=tuple(map(_without_secret_cause, self.checks)))


def make_report(
    inspection: Inspection, hospital: str, received_at: str, code: str | None, detail: str = ""
) -> LaunchReport:
    """:param code: None for an accepted launch.
    :param detail: why a launch was refused, when no check has noted it.
    """
    if code is not None and not any(check.code == code for check in inspection.checks):
        inspection.fail(_unnoted(inspection, code), code, detail)
    return LaunchReport(
        hospital=hospital,
        received_at=received_at,
        outcome="accepted" if code is None else "refused",
        code=code,
        opens_context=not inspection.reports and not inspection.dry_run,
        dry_run=inspection.dry_run,
        facts=dict(inspection.facts),
        checks=_whole(inspection, code),
        claims=inspection.claims,
        values=inspection.values,
    )


def _whole(inspection: Inspection, code: str | None) -> tuple[Check, ...]:
    """An accepted launch was not used before, or its report opens nothing that could be used twice."""
    checks = inspection.whole()
    if code is not None:
        return checks
    used = CheckResult.NOT_NEEDED if inspection.reports or inspection.dry_run else CheckResult.PASSED
    return tuple(replace(each, result=used) if each.name == "acceptance" else each for each in checks)


def _unnoted(inspection: Inspection, code: str) -> str:
    """Where a refusal belongs that came before, between or after the checks of the verifier."""
    made = {check.name for check in inspection.checks}
    if "issuer" in made or code == RefusalCode.TOO_MANY_LAUNCHES:
        return "acceptance"
    if not made:
        return "request"
    return "token" if code == RefusalCode.NOT_A_TOKEN else "asked"


def _without_secret_cause(check: Check) -> Check:
    return replace(check, detail=WITHHELD) if check.code in SECRET_CAUSES else check


def _restored(plain: dict[str, Any]) -> dict[str, Any]:
    checks = (Check(**{**each, "result": CheckResult(each["result"])}) for each in plain["checks"])
    claims = (ClaimLine(**{**each, "use": ClaimUse(each["use"])}) for each in plain["claims"])
    values = (ReadValue(**each) for each in plain["values"])
    return {**plain, "checks": tuple(checks), "claims": tuple(claims), "values": tuple(values)}


def report_lines(report: LaunchReport, reference: str) -> Iterator[str]:
    """The report for a terminal."""
    end = report.code or ("no refusal" if report.opens_context else "no refusal; the launch ends here")
    yield f"launch {reference}: {report.outcome} ({end})"
    yield f"  received {report.received_at} for {report.hospital}"
    if report.dry_run:
        yield "  dry run: the BSN was judged as in a test environment"
    for name, value in report.facts.items():
        yield f"  {name}: {value}"
    yield "checks"
    for check in report.checks:
        why = " ".join(filter(None, (check.code, check.detail)))
        yield f"  {check.result:<11} {check.name:<15} {why or CHECKS.get(check.name, '')}"
    if report.claims:
        yield "names in the token"
    for line in report.claims:
        yield f"  {'present' if line.present else 'MISSING':<11} {line.name} ({line.use})"
    if report.values:
        yield "read as"
    for read in report.values:
        yield f"  {read.name}: {read.value}"
