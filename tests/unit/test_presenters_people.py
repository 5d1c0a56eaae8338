"""Names, ages, dates and allergy labels: what a doctor reads first."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from context.outcome import Outcome
from context.person import (
    Address,
    AddressPart,
    Gender,
    HumanName,
    Identifier,
    Moment,
    NamePart,
    NamePartKind,
    PartialDate,
    Telecom,
)
from context.records import CodedText, RecordEntry
from tests.browser import views_records as records
from tests.browser.views_records import name
from views.allergies import AllergyLabel, present_allergies
from views.banner import HospitalNumbers, present_banner
from views.dates import present_age, present_instant, present_moment, present_partial_date
from views.people import choose_name, present_addresses, present_formal_name, present_name, present_telecoms
from views.texts import default_texts

TEXTS = default_texts()
OWN = HospitalNumbers("CWZ", records.NUMBERS)
TODAY = date(2026, 11, 22)


def formal(*parts: tuple[str, str] | tuple[str, str, str], gender: Gender = Gender.UNKNOWN) -> str:
    return present_formal_name(name(*parts), gender, TEXTS)


@pytest.mark.parametrize(
    ("families", "expected"),
    [
        ((("family", "Jansen", "BR"),), "JANSEN, Anna"),
        ((("prefix", "de ", "VV"), ("family", "Vries", "SP")), "DE VRIES, Anna"),
        (
            (("prefix", "de ", "VV"), ("family", "Vries", "SP"), ("family", "Jansen", "BR")),
            "DE VRIES-JANSEN, Anna",
        ),
        (
            (("family", "Jansen", "BR"), ("prefix", "de ", "VV"), ("family", "Vries", "SP")),
            "JANSEN-DE VRIES, Anna",
        ),
        ((("prefix", "van den"), ("family", "Berg")), "VAN DEN BERG, Anna"),
        ((("prefix", "d'", "VV"), ("family", "Arc", "BR")), "D'ARC, Anna"),
        ((("prefix", "van", "VV"), ("prefix", "'t", "VV"), ("family", "Hof")), "VAN 'T HOF, Anna"),
        ((("family", "Jansen"), ("delimiter", " – "), ("family", "Bos")), "JANSEN–BOS, Anna"),
    ],
)
def test_family_names_in_any_order_keep_the_order_of_the_source(
    families: tuple[tuple[str, str, str], ...], expected: str
) -> None:
    assert formal(("given", "Anna"), *families) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((("given", "Anna Maria", "BR"), ("given", "A", "IN"), ("given", "Anneke", "CL")), "Anna Maria"),
        ((("given", "A.M.", "IN"), ("given", "Anneke", "CL")), "A.M. (Anneke)"),
        ((("given", "A", "IN"), ("given", "M", "IN")), "A.M."),
        ((("given", "Anneke", "CL"),), "Anneke"),
    ],
)
def test_given_names_by_qualifier_official_before_initials_before_call_name(
    given: tuple[tuple[str, str, str], ...], expected: str
) -> None:
    assert formal(*given, ("family", "Bos")) == f"BOS, {expected}"


def test_gender_and_title_stand_in_brackets_after_the_name() -> None:
    parts = (("prefix", "dr.", "AC"), ("given", "Anna"), ("family", "Bos"))
    assert formal(*parts, gender=Gender.FEMALE) == "BOS, Anna (mw. dr.)"
    assert formal(*parts[1:], gender=Gender.MALE) == "BOS, Anna (dhr.)"
    assert formal(*parts[1:], gender=Gender.UNDIFFERENTIATED) == "BOS, Anna"


def test_name_without_parts_reads_onbekend_and_plain_text_is_kept() -> None:
    assert present_formal_name(None, Gender.MALE, TEXTS) == "Onbekend"
    assert formal(("text", "Anna Bos")) == "Anna Bos"
    assert formal(("given", "Anna")) == "ONBEKEND, Anna"
    assert present_name(name(("text", "Anna Bos")), TEXTS) == "Anna Bos"


def test_several_names_choose_the_legal_one_that_says_something() -> None:
    pseudonym = HumanName((NamePart(NamePartKind.TEXT, "Nora"),), ("P",))
    empty = HumanName((NamePart(NamePartKind.FAMILY, " "),), ("L",))
    assert choose_name((pseudonym, empty, records.ANNA)) is records.ANNA
    assert choose_name((empty, pseudonym)) is pseudonym
    assert choose_name((empty,)) is None


@pytest.mark.proves("check:5")
@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        ((1961, 3, 14), (2026, 3, 13), "64 jaar"),
        ((1961, 3, 14), (2026, 3, 14), "65 jaar"),
        ((1961, 3, 14), (2026, 3, 15), "65 jaar"),
        ((2004, 2, 29), (2026, 2, 28), "21 jaar"),
        ((2004, 2, 29), (2026, 3, 1), "22 jaar"),
        ((2004, 2, 29), (2024, 2, 29), "20 jaar"),
        ((2025, 9, 22), (2026, 11, 22), "14 maanden"),
        ((2024, 11, 23), (2026, 11, 22), "23 maanden"),
        ((2024, 11, 22), (2026, 11, 22), "2 jaar"),
        ((2026, 10, 22), (2026, 11, 22), "1 maand"),
        ((2026, 11, 10), (2026, 11, 22), "12 dagen"),
        ((2026, 11, 21), (2026, 11, 22), "1 dag"),
        ((2026, 11, 22), (2026, 11, 22), "0 dagen"),
        ((2026, 1, 31), (2026, 2, 28), "28 dagen"),
    ],
)
def test_age_around_a_birthday_counts_on_the_calendar(
    born: tuple[int, int, int], on: tuple[int, int, int], age: str
) -> None:
    assert present_age(PartialDate(*born), date(*on), TEXTS) == age


def test_age_of_an_incomplete_or_future_birth_date_is_not_shown() -> None:
    assert present_age(PartialDate(1961), TODAY, TEXTS) is None
    assert present_age(PartialDate(2026, 11, 23), TODAY, TEXTS) is None
    assert present_age(None, TODAY, TEXTS) is None


def test_partial_dates_show_zeros_and_say_what_is_unknown() -> None:
    assert present_partial_date(PartialDate(1961), TEXTS) == "00-00-1961 (dag en maand onbekend)"
    assert present_partial_date(PartialDate(1961, 3), TEXTS) == "00-03-1961 (dag onbekend)"
    assert present_partial_date(PartialDate(1961, 3, 4), TEXTS) == "04-03-1961"


def test_instants_are_shown_in_amsterdam_in_summer_and_winter() -> None:
    assert present_instant(datetime(2026, 11, 22, 23, 30, tzinfo=UTC), TEXTS) == "23-11-2026 00:30"
    assert present_instant(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), TEXTS) == "02-07-2026 00:30"


def test_date_without_time_stays_a_date() -> None:
    assert present_moment(Moment(PartialDate(2026, 11, 1)), TEXTS) == "01-11-2026"
    assert present_moment(records.at("2026-11-01", "07:30"), TEXTS) == "01-11-2026 08:30"


@pytest.mark.proves("feature:U09")
def test_banner_shows_bsn_in_three_groups_and_the_hospitals_own_number() -> None:
    banner = present_banner(records.PATIENT, OWN, TODAY, TEXTS)
    assert banner.bsn_groups == ("999", "990", "019")
    assert (banner.patient_number_label, banner.patient_number) == ("Patiëntnummer CWZ", "1234567")
    assert (banner.birth_date, banner.age, banner.gender) == ("14-03-1961", "65 jaar", "Vrouw")


def test_banner_without_a_number_of_this_hospital_says_onbekend() -> None:
    patient = replace(records.PATIENT, hospital_numbers=(Identifier("9.9.9", "555"),), birth_date=None)
    banner = present_banner(patient, OWN, TODAY, TEXTS)
    assert (banner.patient_number, banner.birth_date) == ("Onbekend", "Onbekend")


@pytest.mark.parametrize(
    ("died", "line"),
    [
        (PartialDate(2026, 10, 2), "Overleden 02-10-2026, 65 jaar"),
        (PartialDate(2026, 10), "Overleden 00-10-2026 (dag onbekend)"),
        (None, "Overleden, datum onbekend"),
    ],
)
def test_deceased_patient_has_the_age_at_death_and_no_age_today(died: PartialDate | None, line: str) -> None:
    patient = replace(records.PATIENT, deceased=True, deceased_on=died)
    banner = present_banner(patient, OWN, TODAY, TEXTS)
    assert (banner.deceased, banner.age) == (line, None)


NONE_KNOWN = records.allergy(None, negated=True, recorded="2026-02-03")
NO_PENICILLIN = records.allergy("Penicilline", negated=True)


@pytest.mark.parametrize(
    ("outcome", "label", "text"),
    [
        (Outcome.of((records.allergy(),), records.NOW), AllergyLabel.KNOWN, "Allergieën bekend: 1"),
        (
            Outcome.of((records.allergy(), NONE_KNOWN), records.NOW),
            AllergyLabel.KNOWN,
            "Allergieën bekend: 1",
        ),
        (
            Outcome.of((NONE_KNOWN,), records.NOW),
            AllergyLabel.NONE_KNOWN,
            "Geen allergieën bekend (vastgelegd 03-02-2026)",
        ),
        (
            Outcome.of((records.allergy("No known allergy", code="716186003"),), records.NOW),
            AllergyLabel.NONE_KNOWN,
            "Geen allergieën bekend (datum van vastleggen onbekend)",
        ),
        (Outcome.of((), records.NOW), AllergyLabel.NOT_RECORDED, "Allergieën niet vastgelegd"),
        (Outcome.of((NO_PENICILLIN,), records.NOW), AllergyLabel.NOT_RECORDED, "Allergieën niet vastgelegd"),
        (
            Outcome.partial((records.allergy(),), ("lab",), records.NOW),
            AllergyLabel.KNOWN,
            "Allergieën bekend: 1 (niet volledig)",
        ),
        (
            Outcome.partial((NONE_KNOWN,), ("lab",), records.NOW),
            AllergyLabel.UNAVAILABLE,
            "Allergieën niet beschikbaar",
        ),
        (
            replace(Outcome.of((NONE_KNOWN,), records.NOW), held_until=records.NOW),
            AllergyLabel.UNAVAILABLE,
            "Allergieën niet beschikbaar",
        ),
        (records.FAILED, AllergyLabel.UNAVAILABLE, "Allergieën niet beschikbaar"),
        (Outcome.not_permitted(), AllergyLabel.UNAVAILABLE, "Allergieën niet beschikbaar"),
        (Outcome.withheld(), AllergyLabel.UNAVAILABLE, "Allergieën niet beschikbaar"),
        (None, AllergyLabel.UNAVAILABLE, "Allergieën niet beschikbaar"),
    ],
)
def test_allergy_label_says_none_only_after_a_complete_explicit_statement(
    outcome: Outcome[RecordEntry] | None, label: AllergyLabel, text: str
) -> None:
    line = present_allergies(outcome, TEXTS)
    assert (line.label, line.text) == (label, text)


def test_masked_negated_allergy_is_no_statement_about_all() -> None:
    masked = replace(records.allergy(None, negated=True), substance=CodedText(masked=True, null_flavor="MSK"))
    line = present_allergies(Outcome.of((masked,), records.NOW), TEXTS)
    assert line.label is AllergyLabel.NOT_RECORDED


def test_address_keeps_every_part_in_the_order_sent() -> None:
    parts = (
        ("streetName", "Kade"),
        ("houseNumber", "3"),
        ("buildingNumberSuffix", "b"),
        ("careOf", "p/a Bos"),
    )
    place = (("postalCode", "1234 AB"), ("city", "Goes"), ("country", "Nederland"))
    found = present_addresses((Address(tuple(AddressPart(*p) for p in parts + place), ("PST",)),), TEXTS)
    assert found[0].label == "Postadres"
    assert found[0].lines == ("p/a Bos", "Kade 3 b", "1234 AB Goes", "Nederland")


def test_address_without_any_text_is_not_shown() -> None:
    assert present_addresses((Address((AddressPart("city", " "),)),), TEXTS) == ()


@pytest.mark.parametrize(
    ("value", "use", "label", "shown"),
    [
        ("tel:+31612345678", ("MC",), "Mobiel", "+31612345678"),
        ("tel: 024-1", ("HP",), "Telefoon", "024-1"),
        ("(024) 1", (), "Telefoon", "(024) 1"),
        ("mailto:a@b.nl", ("HP",), "E-mail", "a@b.nl"),
        ("fax:024", ("WP",), "Fax", "024"),
        ("https://b.nl", (), "Website", "https://b.nl"),
        ("x-hl7:1.2", (), "Contact", "x-hl7:1.2"),
    ],
)
def test_telecom_drops_its_scheme_and_says_what_it_is(
    value: str, use: tuple[str, ...], label: str, shown: str
) -> None:
    (found,) = present_telecoms((Telecom(value, use),), TEXTS)
    assert (found.label, found.lines) == (label, (shown,))
