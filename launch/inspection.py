"""What was checked of one launch, check by check: the raw material of the inspector's report (launch.md §11).

``launch/verify.py`` runs every check through an ``Inspection``; a refused launch ends with the check that
failed, and what comes after it was not reached. No name, no token and no whole BSN comes here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import ParamSpec, TypeVar

from context.errors import RefusedError
from launch.claims import LaunchClaims, SignedToken
from launch.inspector.claims import ClaimLine, ClaimTable, ReadValue, describe_claims, describe_values
from launch.leniency import Leniency
from launch.trust.model import LaunchGrade

P = ParamSpec("P")
T = TypeVar("T")

CHECKS: Mapping[str, str] = MappingProxyType(
    {
        "request": "a POST of a form with one token, of the allowed size; a back end proves who it is",
        "token": "the token decodes by the strict rules; encrypted ones open with our key",
        "issuer": "the issuer is a registered vendor",
        "asked": "it answers a request that we made of this vendor, or none was made",
        "grant": "the vendor has a grant at this hospital",
        "origin": "the page that posted it has a listed Origin",
        "active": "vendor and grant are active, and the grant is for this environment",
        "grade": "the launch came by a door that the hospital finds strong enough",
        "encryption": "the token is encrypted when the grant asks for it",
        "adapter": "the vendor's adapter reads this form of token",
        "key": "the key that the token names is known",
        "signature": "one registered key of the vendor signed it, by its one algorithm",
        "addresses": "audience, Recipient and Destination are this hospital's, character by character",
        "times": "not expired, not from the future (30 s of skew)",
        "lifetime": "not valid for longer than allowed",
        "token_id": "jti or assertion ID: 16 to 128 characters that look random",
        "answer": "nonce or InResponseTo fits what was asked, or is absent when nothing was asked",
        "claims": "every required claim is there, once, in the right form",
        "practice": "the vendor may speak for this practice here, and the practice is active",
        "role": "the grant's table maps the role",
        "purpose": "treatment, no emergency",
        "user": "the user id stands for one person",
        "authentication": "the user's log-in at the HIS is recent and strong enough",
        "bsn": "nine digits that pass the 11-test, of this environment",
        "acceptance": "not used before in another browser, not too many launches",
    }
)
"""Every check, in the order in which it is made."""

ASKED_INSTEAD = (
    "request",
    "token",
    "asked",
    "origin",
    "encryption",
    "key",
    "signature",
    "addresses",
    "times",
    "lifetime",
    "token_id",
    "answer",
)
"""What a SMART launch shows otherwise: we asked the HIS itself, and its id_token was judged on the way."""


_SHOWN_FACTS = ("issuer", "his", "token_form", "practice_ura")


class CheckResult(StrEnum):
    PASSED = "passed"
    RELAXED = "relaxed"
    FAILED = "failed"
    NOT_REACHED = "not reached"
    NOT_NEEDED = "not needed"


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    :param name: one of ``CHECKS``.
    :param code: the refusal code when it failed, else None.
    :param detail: private; what was expected or found, without BSN, name or token.
    """

    name: str
    result: CheckResult
    detail: str = ""
    code: str | None = None


@dataclass(slots=True)
class Inspection:
    """Collects the checks of one launch, in the order they were made.

    :param tables: by adapter, the names that it reads.
    :ivar facts: who it is from, as far as it equals something registered or is proven.
    :ivar reports: the vendor is in test mode, so that it may see the report.
    :ivar dry_run: a test BSN was judged as in a test environment.
    :ivar leniency: the grant's relaxations, once the grant is known.
    """

    tables: Mapping[str, ClaimTable] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    claims: tuple[ClaimLine, ...] = ()
    values: tuple[ReadValue, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    reports: bool = False
    dry_run: bool = False
    leniency: Leniency | None = None

    def run(self, name: str, step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Make one check and note how it went.

        :raises RefusedError: what the step raises.
        """
        before = self._used()
        try:
            result = step(*args, **kwargs)
        except RefusedError as refused:
            self.fail(name, refused.code.value, refused.detail)
            raise
        relaxed = self._used()[len(before) :]
        kind = CheckResult.RELAXED if relaxed else CheckResult.PASSED
        self.checks.append(Check(name, kind, ", ".join(relaxed)))
        return result

    def fail(self, name: str, code: str, detail: str) -> None:
        """Note a check that failed."""
        self.checks.append(Check(name, CheckResult.FAILED, detail, code))

    def skip(self, *names: str) -> None:
        """Note checks that this kind of launch has no need of."""
        self.checks.extend(Check(name, CheckResult.NOT_NEEDED) for name in names)

    def skip_others(self) -> None:
        """Note every check that was not made as one that this kind of launch has no need of."""
        made = {check.name for check in self.checks} | {"acceptance"}
        self.skip(*(name for name in CHECKS if name not in made))

    def see_signed(self, adapter: str, signed: SignedToken) -> None:
        """Note which names the proven token holds."""
        self.claims = describe_claims(self.tables.get(adapter, ClaimTable()), signed)

    def see_values(self, claims: LaunchClaims) -> None:
        """Note what the adapter read, masked."""
        self.values = describe_values(claims)

    def know(self, facts: Mapping[str, str], grade: LaunchGrade) -> None:
        """Note who the launch is from, as far as that is registered or proven."""
        self.facts = {name: facts[name] for name in _SHOWN_FACTS if name in facts} | {"grade": grade.value}

    def whole(self) -> tuple[Check, ...]:
        """Every check in its order, those that were not reached included."""
        made = {check.name: check for check in self.checks}
        return tuple(made.get(name, Check(name, CheckResult.NOT_REACHED)) for name in CHECKS)

    def _used(self) -> tuple[str, ...]:
        return self.leniency.used if self.leniency is not None else ()
