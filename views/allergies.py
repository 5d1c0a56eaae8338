"""The allergy label of the banner: four labels, so that "no answer" never reads as "no allergy".

Rules: NHS CUI Patient Banner PAB-0064 and 0067 to 0072; interface.md §4.4. Pure.
"""

from dataclasses import dataclass
from enum import StrEnum

from context.outcome import Outcome, OutcomeState
from context.records import Allergy, RecordEntry
from views.dates import present_digits
from views.texts import Texts

_ENTERED_IN_ERROR = "nullified"
# An absence of one substance ("no allergy to penicillin") is no statement about all of them. Only these
# codes, or a negated statement about allergy as such, or one that names nothing, say that none is known.
_NO_KNOWN_ALLERGY = frozenset(
    {
        "716186003",  # SNOMED CT: no known allergy
        "160244002",  # SNOMED CT: no known allergies (inactive, still sent)
    }
)
_ALLERGY_AS_SUCH = frozenset(
    {
        "419199007",  # SNOMED CT: allergy to substance
        "106190000",  # SNOMED CT: allergy
        "420134006",  # SNOMED CT: propensity to adverse reactions
        "418038007",  # SNOMED CT: propensity to adverse reactions to substance
        "ALG",  # HL7 ActCode: allergy
        "OINT",  # HL7 ActCode: intolerance
    }
)


class AllergyLabel(StrEnum):
    """Which of the four labels; the style sheet tells them apart by more than colour."""

    KNOWN = "known"
    NONE_KNOWN = "none-known"
    NOT_RECORDED = "not-recorded"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class AllergyLine:
    label: AllergyLabel
    text: str


def present_allergies(outcome: Outcome[RecordEntry] | None, texts: Texts) -> AllergyLine:
    """The label for what the hospital answered; None when it was not asked.

    "Geen allergieën bekend" needs a complete answer with an explicit statement; an empty answer is
    "niet vastgelegd"; everything that is not certain is "niet beschikbaar".
    """
    if outcome is None or outcome.state not in (OutcomeState.OK, OutcomeState.EMPTY, OutcomeState.PARTIAL):
        return _unavailable(texts)
    entries = [e for e in outcome.entries if isinstance(e, Allergy) and e.status != _ENTERED_IN_ERROR]
    known = [entry for entry in entries if not entry.negated and not says_none(entry)]
    complete = outcome.state is not OutcomeState.PARTIAL and not outcome.is_held
    if known:
        key = "allergy.known" if complete else "allergy.known_incomplete"
        return AllergyLine(AllergyLabel.KNOWN, texts(key, n=len(known)))
    if not complete:
        return _unavailable(texts)
    statements = [entry for entry in entries if says_none(entry)]
    if statements:
        return AllergyLine(AllergyLabel.NONE_KNOWN, _none_known(statements, texts))
    return AllergyLine(AllergyLabel.NOT_RECORDED, texts("allergy.not_recorded"))


def _unavailable(texts: Texts) -> AllergyLine:
    return AllergyLine(AllergyLabel.UNAVAILABLE, texts("allergy.unavailable"))


def says_none(entry: Allergy) -> bool:
    """An explicit statement that no allergy at all is known."""
    code = entry.substance.code
    if code in _NO_KNOWN_ALLERGY:
        return True
    nothing_named = entry.substance.label is None and not entry.substance.masked
    return entry.negated and (code in _ALLERGY_AS_SUCH or nothing_named)


def _none_known(statements: list[Allergy], texts: Texts) -> str:
    dates = [entry.recorded.date for entry in statements if entry.recorded is not None]
    if not dates:
        return texts("allergy.none_undated")
    newest = max(dates, key=lambda day: day.sort_key)
    return texts("allergy.none", date=present_digits(newest))
