"""What was checked of one launch, check by check: the raw material of the inspector's report.

``launch/verify.py`` notes every check it makes; a refused launch ends with the check that failed. Values
are never kept, only what a check was about and how it went; a BSN is masked before it comes here.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class CheckResult(StrEnum):
    PASSED = "passed"
    RELAXED = "relaxed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    :param name: snake_case, stable, for example ``signature`` or ``claim.patient.birthdate``.
    :param code: the refusal code when it failed, else None.
    :param detail: private; what was expected or found, without BSN, name or token.
    """

    name: str
    result: CheckResult
    detail: str = ""
    code: str | None = None


@dataclass(slots=True)
class Inspection:
    """Collects the checks of one launch, in the order they were made."""

    checks: list[Check] = field(default_factory=list)

    def passed(self, name: str, detail: str = "") -> None:
        self.checks.append(Check(name, CheckResult.PASSED, detail))

    def relaxed(self, name: str, detail: str = "") -> None:
        """The check failed by the strict rules, and a dated relaxation let it pass."""
        self.checks.append(Check(name, CheckResult.RELAXED, detail))

    def failed(self, name: str, code: str, detail: str = "") -> None:
        self.checks.append(Check(name, CheckResult.FAILED, detail, code))
