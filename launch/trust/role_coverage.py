"""What a table of roles loses (D11): reported to hospital IT, because an allow rule cannot see it.

RIVO-Noord's map of Sanday's functions sends Praktijkondersteuner and Systeembeheerder to one code; a rule
on that code lets both in (launch.md §1).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class RoleProblem(StrEnum):
    """``lossy``: several roles become one. ``unmapped``: launches with these roles are refused (L503)."""

    LOSSY = "lossy"
    UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True)
class RoleFinding:
    """:param target: the one role that all of ``sources`` become; None when they become none."""

    problem: RoleProblem
    sources: tuple[str, ...]
    target: str | None = None


def role_findings(roles: Mapping[str, str], known: Iterable[str] = ()) -> tuple[RoleFinding, ...]:
    """Look a grant's table over.

    :param roles: from ``system|code`` or a bare code to the target role.
    :param known: roles that the HIS is known to send, spelled as in ``roles``.
    :returns: lossy targets by name, then the unmapped roles together. One code under several systems is
        one role in several spellings, and no loss.
    """
    sources: dict[str, list[str]] = defaultdict(list)
    for source, target in roles.items():
        sources[target].append(source)
    findings = [
        RoleFinding(RoleProblem.LOSSY, tuple(sorted(found)), target)
        for target, found in sorted(sources.items())
        if len({source.rpartition("|")[2] for source in found}) > 1
    ]
    unmapped = tuple(sorted(set(known).difference(roles)))
    if unmapped:
        findings.append(RoleFinding(RoleProblem.UNMAPPED, unmapped))
    return tuple(findings)
