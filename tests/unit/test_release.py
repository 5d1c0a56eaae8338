"""Which entries a hospital shows, from when, and how many it holds (features B08, X03 to X05, X11)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from context.display import (
    DisplayProfile,
    PlannedActs,
    ReferralSelection,
    ReportRelease,
    RequestedBy,
    StoppedMedication,
)
from context.launch import User
from context.medication import MedicationCategory
from context.outcome import FailureCause, Outcome, OutcomeState
from context.person import Identifier, Moment, PartialDate
from context.records import (
    Allergy,
    CodedText,
    Document,
    Encounter,
    LabResult,
    MedicationEntry,
    Party,
    Procedure,
    RecordEntry,
    Referral,
    Report,
    ResultValue,
    Section,
    Stage,
    StopType,
    TextResult,
    ValueKind,
)
from context.release import Viewing, release
from tests.people import a_hospital, a_launch

URA, AGB, UZI = "2.16.528.1.1007.3.3", "2.16.840.1.113883.2.4.6.1", "2.16.528.1.1007.3.1"
NAMED = CodedText(display="x")
NOON = datetime(2026, 11, 27, 11, 0, tzinfo=UTC)


def on(day: date | None, instant: datetime | None = None) -> Moment | None:
    return Moment(PartialDate(day.year, day.month, day.day), instant) if day else None


def released(
    section: Section, *entries: RecordEntry, now: datetime = NOON, launch: Any = None, **rules: Any
) -> Outcome[RecordEntry]:
    hospital = a_hospital(display=DisplayProfile(**rules))
    viewing = Viewing(hospital, launch or a_launch(now), now)
    return release(section, Outcome.of(entries, now), viewing)


def shows(section: Section, entry: RecordEntry, **more: Any) -> bool:
    return entry in released(section, entry, **more).entries


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome[RecordEntry].failed(FailureCause.TIMEOUT),
        Outcome[RecordEntry].not_permitted(),
        Outcome[RecordEntry].of((), NOON),
    ],
)
def test_answer_without_entries_passes_unchanged(outcome: Outcome[RecordEntry]) -> None:
    assert release(Section.REPORTS, outcome, Viewing(a_hospital(), a_launch(), NOON)) is outcome


@pytest.mark.proves("feature:B08")
@pytest.mark.proves("feature:X03")
@pytest.mark.parametrize(
    ("authorised", "status", "shown"),
    [
        (True, None, True),
        (True, "active", True),
        (False, "completed", False),
        (None, "completed", True),
        (None, "final", True),
        (None, "active", False),
        (None, None, False),
    ],
)
def test_authorised_reports_only(authorised: bool | None, status: str | None, shown: bool) -> None:
    entry = Report(None, authorised=authorised, status=status)
    assert shows(Section.REPORTS, entry, report_release=ReportRelease.AUTHORISED) == shown
    assert shows(Section.REPORTS, entry, report_release=ReportRelease.DIRECT)
    letter = Document(NAMED, authorised=authorised, status=status)
    assert shows(Section.LETTERS, letter, authorised_letters_only=True) == shown
    assert shows(Section.LETTERS, letter, authorised_letters_only=False)


def test_held_entries_are_counted_and_all_of_them_held_is_a_state_of_its_own() -> None:
    good, bad = Report(None, authorised=True), Report(None, authorised=False)
    some = released(Section.REPORTS, good, bad, bad)
    assert (some.state, some.entries, some.held_back) == (OutcomeState.OK, (good,), 2)
    none = released(Section.REPORTS, bad)
    assert (none.state, none.entries, none.held_back) == (OutcomeState.WITHHELD, (), 1)


def test_part_of_an_answer_stays_a_part_when_the_rest_is_held() -> None:
    partial = Outcome[RecordEntry].partial((Report(None, authorised=False),), ("x",), NOON)
    found = release(Section.REPORTS, partial, Viewing(a_hospital(), a_launch(), NOON))
    assert (found.state, found.entries, found.held_back) == (OutcomeState.PARTIAL, (), 1)


# 17:00 in Amsterdam is 16:00 UTC in winter and 15:00 UTC in summer; both days on which the clock changes.
@pytest.mark.proves("feature:D18")
@pytest.mark.proves("check:14")
@pytest.mark.parametrize(
    "five",
    [
        datetime(2026, 11, 27, 16, tzinfo=UTC),
        datetime(2026, 7, 1, 15, tzinfo=UTC),
        datetime(2026, 3, 28, 16, tzinfo=UTC),
        datetime(2026, 3, 29, 15, tzinfo=UTC),
        datetime(2026, 10, 24, 15, tzinfo=UTC),
        datetime(2026, 10, 25, 16, tzinfo=UTC),
    ],
)
def test_report_of_today_waits_until_the_hour_on_the_clock_of_amsterdam(five: datetime) -> None:
    today = Report(None, recorded=on(five.date(), five - timedelta(hours=4)))
    yesterday = Report(None, recorded=on(five.date() - timedelta(days=1)))
    rule = {"report_release": ReportRelease.AFTER_HOUR}
    before = released(Section.REPORTS, today, yesterday, now=five - timedelta(seconds=1), **rule)
    assert (before.entries, before.held_back, before.held_until) == ((yesterday,), 1, five)
    after = released(Section.REPORTS, today, yesterday, now=five, **rule)
    assert (after.entries, after.held_back, after.held_until) == ((today, yesterday), 0, None)


def test_day_of_a_report_is_that_of_amsterdam() -> None:
    just_after_midnight = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
    written = Report(None, recorded=on(date(2026, 11, 26)))
    assert shows(Section.REPORTS, written, now=just_after_midnight, report_release=ReportRelease.AFTER_HOUR)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (None, False),
        (PartialDate(2026), False),
        (PartialDate(2026, 11), False),
        (PartialDate(2026, 10), True),
        (PartialDate(2025), True),
        (PartialDate(2026, 11, 28), False),
    ],
)
def test_report_that_may_be_of_today_waits(sent: PartialDate | None, shown: bool) -> None:
    entry = Report(None, about=Moment(sent) if sent else None)
    assert shows(Section.REPORTS, entry, report_release=ReportRelease.AFTER_HOUR) == shown


@pytest.mark.proves("feature:D01")
def test_allergy_is_hidden_only_when_it_is_called_not_authorised() -> None:
    for authorised, shown in ((True, True), (None, True), (False, False)):
        entry = Allergy(NAMED, authorised=authorised)
        assert shows(Section.ALLERGIES, entry) == shown
        assert shows(Section.ALLERGIES, entry, authorised_allergies_only=False)


@pytest.mark.proves("feature:Q03")
@pytest.mark.proves("feature:Q04")
@pytest.mark.proves("feature:Q05")
@pytest.mark.proves("feature:Q06")
@pytest.mark.parametrize("section", [Section.SURGERIES, Section.ADMISSIONS])
@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        (PlannedActs.PAST, {Stage.PERFORMED}),
        (PlannedActs.PAST_AND_CALLED, {Stage.PERFORMED, Stage.SCHEDULED}),
        (PlannedActs.ALL, set(Stage)),
    ],
)
def test_planned_acts_are_selected_by_how_far_they_have_come(
    section: Section, rule: PlannedActs, shown: set[Stage]
) -> None:
    entries: list[RecordEntry] = [
        Procedure(NAMED, stage) if section is Section.SURGERIES else Encounter(None, stage) for stage in Stage
    ]
    found = released(section, *entries, surgeries=rule, admissions=rule)
    assert {entry.stage for entry in found.entries if isinstance(entry, Procedure | Encounter)} == shown
    assert found.held_back == 0


def test_operation_that_has_yet_to_begin_is_not_past() -> None:
    def operation(begins: Moment | None) -> Procedure:
        return Procedure(NAMED, begins=begins)

    rule = {"surgeries": PlannedActs.PAST}
    assert shows(Section.SURGERIES, operation(on(NOON.date(), NOON)), **rule)
    assert not shows(Section.SURGERIES, operation(on(NOON.date(), NOON + timedelta(seconds=1))), **rule)
    assert not shows(Section.SURGERIES, operation(on(date(2026, 11, 28))), **rule)
    assert shows(Section.SURGERIES, operation(None), **rule)


@pytest.mark.proves("feature:Q07")
def test_referrals_that_are_dealt_with_are_left_out_where_only_open_ones_are_shown() -> None:
    rule = {"referrals": ReferralSelection.OPEN}
    for is_open, shown in ((True, True), (None, True), (False, False)):
        assert shows(Section.REFERRALS, Referral(None, is_open=is_open), **rule) == shown


@pytest.mark.proves("feature:Q08")
def test_referrals_of_the_own_practice_are_known_by_its_number_or_its_users() -> None:
    user = User("u", "P. Bakker", "01.015", "s", uzi_number="900001111", agb_code="01000001")
    launch = replace(a_launch(NOON), user=user)
    rule = {"referrals": ReferralSelection.OWN_PRACTICE, "launch": launch}
    own = (
        Identifier(URA, launch.practice.ura_number),
        Identifier(AGB, "01000001"),
        Identifier(UZI, "900001111"),
    )
    for number in own:
        referrer = Party("W. Aarnemer", identifiers=(Identifier("1.2", "3"), number))
        assert shows(Section.REFERRALS, Referral(None, referrer=referrer), **rule)
        elsewhere = Party("W. Aarnemer", identifiers=(replace(number, root="1.2.3"),))
        assert not shows(Section.REFERRALS, Referral(None, referrer=elsewhere), **rule)
    assert not shows(Section.REFERRALS, Referral(None, referrer=Party("P. Bakker")), **rule)
    assert not shows(Section.REFERRALS, Referral(None), **rule)


@pytest.mark.proves("feature:R12")
@pytest.mark.proves("feature:X05")
def test_results_asked_for_by_somebody_else_are_left_out() -> None:
    hospital, launch = a_hospital(), a_launch(NOON)

    def asked_by(*numbers: Identifier) -> LabResult:
        party = Party("x", identifiers=numbers) if numbers else None
        return LabResult(NAMED, ResultValue(ValueKind.QUANTITY, "1"), requester=party)

    own, other = Identifier(URA, hospital.ura_number), Identifier(URA, "99999999")
    rule = {"laboratory_requested_by": RequestedBy.HOSPITAL}
    for result, shown in (
        (asked_by(), True),
        (asked_by(own), True),
        (asked_by(other), False),
        (asked_by(other, own), True),
        (asked_by(Identifier(AGB, "01000001")), False),
        (asked_by(Identifier(AGB, "01000001"), own), True),
        (asked_by(Identifier(AGB, "03000001")), True),
        (asked_by(Identifier(UZI, "900000009")), True),
        (asked_by(Identifier(URA, launch.practice.ura_number)), False),
    ):
        assert shows(Section.LABORATORY, result, **rule) == shown
        assert shows(Section.LABORATORY, result, laboratory_requested_by=RequestedBy.ANYONE)


@pytest.mark.proves("feature:D11")
@pytest.mark.proves("feature:X04")
@pytest.mark.proves("feature:X10")
@pytest.mark.proves("check:14")
def test_stopped_medication_is_listed_sixty_days_and_not_sixty_one() -> None:
    def stopped(days: int) -> MedicationEntry:
        return MedicationEntry(
            NAMED, ends=on(date(2026, 11, 27) - timedelta(days=days)), stop=StopType.DEFINITIVE
        )

    days = {"stopped_medication": StoppedMedication.DAYS, "stopped_medication_days": 60}
    assert shows(Section.MEDICATION, stopped(60), **days)
    assert not shows(Section.MEDICATION, stopped(61), **days)
    # Sixty days before 28 November in Amsterdam, while it still is the 27th in UTC.
    night = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
    assert not shows(Section.MEDICATION, stopped(60), now=night, **days)
    assert shows(Section.MEDICATION, replace(stopped(60), ends=None), **days)
    for entry in (stopped(60), stopped(5000)):
        assert shows(Section.MEDICATION, entry, stopped_medication=StoppedMedication.ALL)
        assert not shows(Section.MEDICATION, entry, stopped_medication=StoppedMedication.NONE)


@pytest.mark.proves("trap:5")
def test_medication_that_is_denied_is_shown_whichever_lists_a_hospital_chose() -> None:
    denied = MedicationEntry(NAMED, status="completed", negated=True)
    for category in MedicationCategory:
        assert shows(Section.MEDICATION, denied, medication_categories=(category,))
    assert shows(Section.MEDICATION, denied, stopped_medication=StoppedMedication.NONE)


@pytest.mark.proves("feature:D13")
def test_category_that_the_hospital_does_not_name_is_not_shown() -> None:
    planned = MedicationEntry(NAMED, begins=on(date(2026, 12, 1)))
    rule = {"medication_categories": (MedicationCategory.HOME_ACTIVE,)}
    assert shows(Section.MEDICATION, planned)
    assert not shows(Section.MEDICATION, planned, **rule)
    assert shows(Section.MEDICATION, MedicationEntry(NAMED), **rule)


@pytest.mark.proves("feature:X11")
@pytest.mark.proves("check:14")
def test_status_letter_is_final_for_one_kind_of_result_and_not_for_another() -> None:
    finals = {Section.PATHOLOGY: frozenset("F"), Section.RADIOLOGY: frozenset("LBAFV")}
    for letter in "LBAFV":
        entry = TextResult(NAMED, status=letter)
        assert shows(Section.RADIOLOGY, entry, final_statuses=finals)
        assert shows(Section.PATHOLOGY, entry, final_statuses=finals) == (letter == "F")
        assert shows(Section.MICROBIOLOGY, entry, final_statuses=finals)
    assert not shows(Section.PATHOLOGY, TextResult(NAMED), final_statuses=finals)
    assert not shows(Section.RADIOLOGY, TextResult(NAMED, status="P"), final_statuses=finals)
