"""Consent answers and the decision table (architecture.md D6). Pure: no I/O, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from context.codes import RefusalCode
from context.hospital import Hospital, WithoutConsent
from context.identity import same_identity
from context.launch import VerifiedLaunch
from context.person import LookupState, Patient, PatientLookup
from context.records import Section

TREATMENT_DATA = "GGC002"
"""Behandelgegevens in 2.16.840.1.113883.2.4.3.111.5.10.1, the category of every section for which a hospital
names no other."""


def category_of(hospital: Hospital, section: Section) -> str:
    """The category that must be permitted before a section is fetched."""
    return hospital.consent_categories.get(section, TREATMENT_DATA)


def categories_of(hospital: Hospital) -> tuple[str, ...]:
    """Every category to ask consent for: those of the sections shown here, in order, at least one."""
    shown = {category_of(hospital, section) for section in hospital.sections}
    return tuple(sorted(shown)) or (TREATMENT_DATA,)


class Scope(StrEnum):
    """What the decision permits."""

    FULL = "full"
    PATIENT_INFORMATION_ONLY = "patient_information_only"


class ConsentState(StrEnum):
    """What the consent source said. Anything that is not an explicit yes or no is ``unavailable``."""

    PERMIT = "permit"
    REFUSED = "refused"
    NOT_ANSWERED = "not_answered"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    """One answer of a consent source.

    :param categories: the data categories permitted (for example GGC002); empty unless ``permit``.
    :param decision_id: the source's own id of the decision, for the record.
    :param cause: why it is unavailable; private.
    """

    state: ConsentState
    categories: frozenset[str] = frozenset()
    decision_id: str | None = None
    cause: str | None = None


def combine(answers: Iterable[ConsentAnswer]) -> ConsentAnswer:
    """One answer out of one per category.

    A category about which nothing was decided is not the same as one that was refused, and nothing on the
    screen may say so: the whole is undecided then. Otherwise one permitted category permits; what it does
    not name stays closed.

    :param answers: at least one.
    """
    found = tuple(answers)
    undecided = next((answer for answer in found if not is_decided(answer)), None)
    if undecided is not None:
        return ConsentAnswer(ConsentState.UNAVAILABLE, cause=undecided.cause)
    categories = frozenset[str]().union(*(answer.categories for answer in found))
    ids = " ".join(answer.decision_id for answer in found if answer.decision_id) or None
    states = {answer.state for answer in found}
    order = (ConsentState.PERMIT, ConsentState.REFUSED, ConsentState.NOT_ANSWERED)
    return ConsentAnswer(next(state for state in order if state in states), categories, ids)


@dataclass(frozen=True, slots=True)
class Permitted:
    """The context opens.

    :param categories: the data categories that may be shown; empty for patient information only.
    """

    scope: Scope
    categories: frozenset[str]
    patient: Patient


@dataclass(frozen=True, slots=True)
class NotPermitted:
    """The context does not open. :param detail: the private cause, for the audit trail only."""

    code: RefusalCode
    detail: str


Decision = Permitted | NotPermitted


def decide_access(
    answer: ConsentAnswer, lookup: PatientLookup, launch: VerifiedLaunch, hospital: Hospital
) -> Decision:
    """Decide from both answers, in the order of D6, so that no refusal tells more than it may.

    A refusal wins over everything the look-up says: otherwise L604 or L702 would tell that somebody
    without consent is, or may be, known here.
    """
    if not is_decided(answer):
        return NotPermitted(RefusalCode.CONSENT_UNAVAILABLE, f"consent_{answer.cause or 'indeterminate'}")
    if answer.state is not ConsentState.PERMIT:
        return _without_consent(answer.state, lookup, launch, hospital)
    if lookup.state is LookupState.UNKNOWN:
        return NotPermitted(RefusalCode.NOTHING_TO_SHOW, "patient_unknown")
    if lookup.state is not LookupState.FOUND or lookup.patient is None:
        cause = lookup.failure or lookup.state
        return NotPermitted(RefusalCode.RECORD_SOURCE_UNAVAILABLE, f"lookup_{cause.value}")
    if not same_identity(launch, lookup.patient):
        return NotPermitted(RefusalCode.IDENTITY_DIFFERS, "identity_differs")
    return Permitted(Scope.FULL, answer.categories, lookup.patient)


def is_decided(answer: ConsentAnswer) -> bool:
    """Whether the source said yes or no. A permit that permits nothing contradicts itself: no answer."""
    if answer.state is ConsentState.PERMIT:
        return bool(answer.categories)
    return answer.state is not ConsentState.UNAVAILABLE


def still_permits(answer: ConsentAnswer, scope: Scope) -> bool:
    """Whether an open context may stay open after consent was asked again and decided (D6).

    Patient information alone never rested on consent, so only a full view can lose it.
    """
    return scope is Scope.PATIENT_INFORMATION_ONLY or answer.state is ConsentState.PERMIT


def _without_consent(
    state: ConsentState, lookup: PatientLookup, launch: VerifiedLaunch, hospital: Hospital
) -> Decision:
    if (
        hospital.without_consent is WithoutConsent.PATIENT_INFORMATION_ONLY
        and lookup.state is LookupState.FOUND
        and lookup.patient is not None
        and same_identity(launch, lookup.patient)
    ):
        return Permitted(Scope.PATIENT_INFORMATION_ONLY, frozenset(), lookup.patient)
    return NotPermitted(RefusalCode.NOTHING_TO_SHOW, f"consent_{state.value}")
