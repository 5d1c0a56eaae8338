"""Is the person of the HIS the person of the hospital? (architecture.md D6)"""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context.identity import same_birth_date, same_family_name, same_identity
from context.person import HumanName, NamePart, NamePartKind, PartialDate
from tests.people import a_launch, a_name, a_patient

COMPLETE = PartialDate(1961, 3, 14)
MONTH = PartialDate(1961, 3)
YEAR = PartialDate(1961)

complete_dates = st.dates().map(lambda day: PartialDate(day.year, day.month, day.day))
letters = st.text(alphabet="abcdefghijkmnpqrstuvwxyzéëöüßçñ", min_size=4, max_size=12)


@pytest.mark.parametrize(
    ("sent", "known", "same"),
    [
        (COMPLETE, COMPLETE, True),
        (COMPLETE, PartialDate(1961, 3, 15), False),
        (COMPLETE, PartialDate(1961, 4, 14), False),
        (COMPLETE, PartialDate(1962, 3, 14), False),
        (COMPLETE, MONTH, True),
        (COMPLETE, PartialDate(1961, 4), False),
        (COMPLETE, YEAR, True),
        (COMPLETE, PartialDate(1960), False),
        (COMPLETE, None, False),
        (MONTH, COMPLETE, False),
        (YEAR, COMPLETE, False),
        (MONTH, MONTH, True),
        (MONTH, YEAR, True),
        (YEAR, MONTH, True),
        (YEAR, YEAR, True),
        (YEAR, None, False),
    ],
)
def test_a_birth_date_is_compared_on_what_the_hospital_knows(
    sent: PartialDate, known: PartialDate | None, same: bool
) -> None:
    assert same_birth_date(sent, known) is same


@given(complete_dates, complete_dates)
def test_complete_birth_dates_agree_exactly_when_they_are_equal(
    sent: PartialDate, known: PartialDate
) -> None:
    assert same_birth_date(sent, known) is (sent == known)


@given(complete_dates, complete_dates)
def test_another_year_never_agrees_however_little_is_known(sent: PartialDate, known: PartialDate) -> None:
    agrees = same_birth_date(sent, PartialDate(known.year))
    assert agrees is (sent.year == known.year)


MARRIED = a_name(("Jansen", "BR"), ("Vries", "SP"))


@pytest.mark.parametrize(
    ("sent", "same"),
    [
        ("Jansen", True),
        ("JANSEN", True),
        ("de Vries", True),
        ("Vries", True),
        ("Jansen-de Vries", True),
        ("de Vries-Jansen", True),
        ("De Vries - Jansen", True),
        ("Jansen de Vries", True),
        ("Jansens", False),
        ("Jans", False),
        ("Jansen-Bakker", False),
        ("Jansen-Jansen", False),
        ("de", False),
        ("", False),
        ("-", False),
    ],
)
def test_a_family_name_is_own_or_partner_or_both_in_either_order(sent: str, same: bool) -> None:
    assert same_family_name(sent, (MARRIED,)) is same


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        ("van der Berg", "Berg"),
        ("Berg", "van der Berg"),
        ("v.d. Berg", "Berg"),
        ("'t Hooft", "’t Hooft"),
        ("in 't Veld", "Veld"),
        ("Müller", "Mu\u0308ller"),
        ("Muller", "Müller"),
        ("GROẞ", "gross"),
        ("\ufb01lius", "Filius"),
        ("D'Angelo", "Angelo"),
        ("van In", "Van In"),
        ("IJsselstein", "ĳsselstein"),
    ],
)
def test_case_accents_prefixes_and_punctuation_make_no_difference(sent: str, known: str) -> None:
    assert same_family_name(sent, (a_name(known),))


@pytest.mark.parametrize(
    ("sent", "known"), [("Berg", "Bergen"), ("van den Berg", "van den Burg"), ("Bos", "Vos"), ("Le", "La")]
)
def test_other_families_differ(sent: str, known: str) -> None:
    assert not same_family_name(sent, (a_name(known),))


def test_a_hospital_without_any_family_name_proves_nothing() -> None:
    only_text = HumanName((NamePart(NamePartKind.TEXT, "Jansen"),))
    assert not same_family_name("Jansen", (only_text,))
    assert not same_family_name("Jansen", ())


def test_a_prefix_in_a_part_of_its_own_does_not_matter() -> None:
    prefix = NamePart(NamePartKind.PREFIX, "van der ", ("VV",))
    name = HumanName((prefix, NamePart(NamePartKind.FAMILY, "Berg")))
    assert same_family_name("van der Berg", (name,))


def test_any_of_several_names_may_agree() -> None:
    assert same_family_name("Bakker", (a_name("Jansen"), a_name("Bakker")))


@given(letters, letters, st.sampled_from(["NFC", "NFD", "NFKD"]))
def test_spelling_the_same_name_otherwise_makes_no_difference(own: str, partner: str, form: str) -> None:
    name = a_name((own, "BR"), (partner, "SP"))
    for sent in (own, partner, f"{own}-{partner}", f"{partner} - {own}"):
        shown = unicodedata.normalize(form, sent.title())  # type: ignore[arg-type]
        assert same_family_name(shown, (name,))


def test_identity_needs_the_birth_date_and_the_name_when_it_was_sent() -> None:
    assert same_identity(a_launch(), a_patient())
    assert same_identity(a_launch(family_name=None), a_patient())
    assert not same_identity(a_launch(family_name="Bakker"), a_patient())
    assert not same_identity(a_launch(birth_date=PartialDate(1961, 3, 15)), a_patient())
    assert not same_identity(a_launch(family_name=None), a_patient(birth_date=None))
