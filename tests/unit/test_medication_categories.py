"""In which list a medication stands on a day: what a source leaves open counts as active."""

from datetime import date

import pytest

from context.medication import MedicationCategory, categorise, stopped_on
from context.person import Moment, PartialDate
from context.records import CodedText, MedicationEntry, MedicationSetting, StopType

TODAY = date(2026, 11, 27)
YESTERDAY, TODAY_MOMENT = Moment(PartialDate(2026, 11, 26)), Moment(PartialDate(2026, 11, 27))
TOMORROW, THIS_MONTH = Moment(PartialDate(2026, 11, 28)), Moment(PartialDate(2026, 11))
THIS_YEAR, LAST_MONTH = Moment(PartialDate(2026)), Moment(PartialDate(2026, 10))
DECEMBER, NEXT_YEAR = Moment(PartialDate(2025, 12)), Moment(PartialDate(2027))


def medication(
    begins: Moment | None = None,
    ends: Moment | None = None,
    *,
    stop: StopType | None = None,
    status: str | None = None,
    setting: MedicationSetting | None = None,
    negated: bool = False,
) -> MedicationEntry:
    return MedicationEntry(
        CodedText(display="Metoprolol"),
        begins=begins,
        ends=ends,
        stop=stop,
        status=status,
        setting=setting,
        negated=negated,
    )


@pytest.mark.proves("feature:D10")
@pytest.mark.parametrize(
    ("entry", "category"),
    [
        (medication(), MedicationCategory.HOME_ACTIVE),
        (medication(setting=MedicationSetting.CLINICAL), MedicationCategory.CLINICAL_ACTIVE),
        (medication(status="completed"), MedicationCategory.HOME_ACTIVE),
        (medication(begins=TODAY_MOMENT), MedicationCategory.HOME_ACTIVE),
        (medication(begins=TOMORROW), MedicationCategory.PLANNED),
        (medication(begins=NEXT_YEAR), MedicationCategory.PLANNED),
        (medication(begins=THIS_MONTH), MedicationCategory.HOME_ACTIVE),
        (medication(begins=THIS_YEAR), MedicationCategory.HOME_ACTIVE),
        (medication(ends=YESTERDAY), MedicationCategory.ENDED),
        (medication(ends=TODAY_MOMENT), MedicationCategory.HOME_ACTIVE),
        (medication(ends=TOMORROW), MedicationCategory.HOME_ACTIVE),
        (medication(ends=LAST_MONTH), MedicationCategory.ENDED),
        (medication(ends=THIS_MONTH), MedicationCategory.HOME_ACTIVE),
        (medication(ends=DECEMBER), MedicationCategory.ENDED),
        (medication(stop=StopType.DEFINITIVE), MedicationCategory.STOPPED),
        (medication(ends=YESTERDAY, stop=StopType.DEFINITIVE), MedicationCategory.STOPPED),
        (medication(ends=TOMORROW, stop=StopType.DEFINITIVE), MedicationCategory.HOME_ACTIVE),
        (medication(TOMORROW, NEXT_YEAR, stop=StopType.DEFINITIVE), MedicationCategory.PLANNED),
        (medication(stop=StopType.TEMPORARY), MedicationCategory.ENDED),
        (medication(ends=YESTERDAY, stop=StopType.TEMPORARY), MedicationCategory.ENDED),
        (medication(ends=TOMORROW, stop=StopType.TEMPORARY), MedicationCategory.HOME_ACTIVE),
        (medication(stop=StopType.CANCELLED), MedicationCategory.STOPPED),
        (medication(TOMORROW, NEXT_YEAR, stop=StopType.CANCELLED), MedicationCategory.STOPPED),
        (medication(stop=StopType.UNKNOWN), MedicationCategory.HOME_ACTIVE),
        (medication(ends=YESTERDAY, stop=StopType.UNKNOWN), MedicationCategory.ENDED),
        (medication(status="suspended"), MedicationCategory.ENDED),
        (medication(ends=TOMORROW, status="held"), MedicationCategory.ENDED),
        (medication(status="aborted"), MedicationCategory.STOPPED),
        (medication(ends=NEXT_YEAR, status="aborted"), MedicationCategory.STOPPED),
        (medication(status="cancelled"), MedicationCategory.STOPPED),
        (medication(status="nullified"), MedicationCategory.ENDED),
        (medication(status="nullified", begins=TOMORROW), MedicationCategory.ENDED),
    ],
)
def test_medication_stands_in_one_category(entry: MedicationEntry, category: MedicationCategory) -> None:
    assert categorise(entry, TODAY) is category


@pytest.mark.proves("trap:5")
@pytest.mark.parametrize("status", [None, "active", "completed", "aborted"])
def test_medication_that_is_denied_stands_in_no_category(status: str | None) -> None:
    assert categorise(medication(TODAY_MOMENT, status=status, negated=True), TODAY) is None


def test_day_of_stopping_is_the_last_possible_one() -> None:
    assert stopped_on(medication(ends=YESTERDAY)) == date(2026, 11, 26)
    assert stopped_on(medication(ends=Moment(PartialDate(2026, 2)))) == date(2026, 2, 28)
    assert stopped_on(medication(ends=THIS_YEAR)) == date(2026, 12, 31)
    assert stopped_on(medication(stop=StopType.DEFINITIVE)) is None


@pytest.mark.parametrize(
    ("sent", "earliest", "latest"),
    [
        (PartialDate(2024, 2, 29), date(2024, 2, 29), date(2024, 2, 29)),
        (PartialDate(2024, 2), date(2024, 2, 1), date(2024, 2, 29)),
        (PartialDate(2026, 12), date(2026, 12, 1), date(2026, 12, 31)),
        (PartialDate(2026), date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_partial_date_lies_between_two_days(sent: PartialDate, earliest: date, latest: date) -> None:
    assert (sent.earliest, sent.latest) == (earliest, latest)
