"""The table of pages without data, row by row (interface.md §4.9, with the codes of D5)."""

import re
from dataclasses import dataclass

import pytest

from context.codes import RefusalCode
from tests.browser import views_records as records
from views.refusals import PageFamily, RefusalPage, family_of, present_refusal

REFERENCE = "7K2M-9XQ4"
# Too formal or too technical for a page that everybody must understand at once (B1).
_NOT_B1 = re.compile(
    r"\b(teneinde|middels|alsmede|dient|dienen|conform|authenticatie|autorisatie|token|signature|cookie-)\b",
    re.IGNORECASE,
)
_LONGEST_SENTENCE = 16


@dataclass(frozen=True)
class Row:
    """What a page must say: words of its title, text and next step."""

    title: str
    text: str
    advice: str


ROWS = {
    "L01": Row("Openen vanuit het HIS is niet gelukt", "onvolledige gegevens", "uw HIS-leverancier"),
    "L02": Row("Openen vanuit het HIS is niet gelukt", "niet herkend", "HIS-leverancier en bij CWZ"),
    "L03": Row("De koppeling is verlopen", "te oud", "Klopt de klok van uw pc?"),
    "L04": Row("Deze koppeling is al gebruikt", "één keer", "Klik de tegel opnieuw aan."),
    "L05": Row("Deze tegel hoort bij een ander ziekenhuis", "ander adres", "juiste tegel"),
    "L06": Row("Het BSN van de patiënt ontbreekt of klopt niet", "geen gegevens", "Controleer het BSN"),
    "L07": Row(
        "U heeft geen rechten om deze patiënt in te zien",
        "De patiënt heeft CWZ hiervoor geen toestemming gegeven, of is niet gevonden.",
        "De patiënt regelt toestemming zo:",
    ),
    "L09": Row("De patiënt in uw HIS komt niet overeen met CWZ", "geen gegevens", "de naam, de geboorte"),
    "L10": Row("Uw praktijk heeft geen toegang", "uw praktijk of uw functie", "Neem contact op met CWZ"),
    "L11": Row("Het portaal is tijdelijk niet beschikbaar", "zegt niets over het dossier", "via de tegel"),
    "L12": Row("CWZ geeft nu geen antwoord", "zegt niets over het dossier", "Bel dan met CWZ"),
    "L13": Row("Te veel pogingen", "te veel dossiers", "Wacht 1 minuut"),
    "L14": Row("Uw browser blokkeert dit venster", "cookies", "Open de tegel in een nieuw venster."),
    "S01": Row("Uw sessie is verlopen", "Zonder activiteit", "opnieuw op de tegel CWZ"),
    "S02": Row("Dit dossier is vervangen", "een andere patiënt geopend", "opnieuw op de tegel CWZ"),
    "S03": Row("Het dossier is gesloten", "geen gegevens meer", "U kunt dit venster sluiten."),
    "S04": Row("Deze pagina bestaat niet", "adres klopt niet", "opnieuw op de tegel CWZ"),
    "S05": Row("Er ging iets mis", "zegt niets over het dossier", "noem de referentie"),
    "NOT_OPEN": Row("Dit dossier is niet (meer) geopend", "geen gegevens", "opnieuw op de tegel CWZ"),
    "NEUTRAL": Row("Dit adres is hier niet bekend", "geen gegevens", "opnieuw op de tegel"),
}


def page(family: PageFamily, code: RefusalCode | None = None) -> RefusalPage:
    hospital = None if family is PageFamily.NEUTRAL else records.CWZ
    return present_refusal(hospital, family, code, REFERENCE, records.NOW, "/c/x/")


def said(shown: RefusalPage) -> str:
    return ". ".join((shown.title, shown.text, shown.advice, shown.extra, shown.link))


def test_table_has_a_row_for_every_family() -> None:
    assert set(ROWS) == set(PageFamily)


@pytest.mark.parametrize("family", list(PageFamily))
def test_page_says_what_happened_and_what_to_do_next(family: PageFamily) -> None:
    row, shown = ROWS[family], page(family)
    assert shown.title == row.title
    assert row.text in shown.text
    assert row.advice in shown.advice


@pytest.mark.parametrize("family", list(PageFamily))
def test_page_is_written_in_short_plain_sentences(family: PageFamily) -> None:
    words = said(page(family))
    assert not _NOT_B1.search(words)
    for sentence in re.split(r"[.?!:] ?", words):
        assert len(sentence.split()) <= _LONGEST_SENTENCE, sentence


@pytest.mark.proves("feature:F06")
@pytest.mark.parametrize("family", [family for family in PageFamily if family is not PageFamily.NEUTRAL])
def test_page_names_reference_time_and_the_hospitals_own_contact(family: PageFamily) -> None:
    shown = page(family)
    assert shown.reference == REFERENCE
    assert shown.moment == "22-11-2026 14:03"
    assert shown.contact == records.CWZ.contact
    assert shown.hospital_name == "CWZ"


@pytest.mark.parametrize("code", list(RefusalCode))
def test_every_code_has_its_page(code: RefusalCode) -> None:
    family = family_of(code)
    assert page(family, code).code == f"Code {code.value}"


@pytest.mark.proves("feature:B05")
@pytest.mark.proves("feature:B06")
def test_only_the_page_about_consent_tells_how_the_patient_gives_it() -> None:
    for family in PageFamily:
        helped = page(family).consent_help
        assert helped == (records.CWZ.consent_help if family is PageFamily.L07 else None)
    assert records.CWZ.consent_help.path
    assert records.CWZ.consent_help.url


@pytest.mark.parametrize("family", list(PageFamily))
def test_only_a_page_that_may_be_asked_again_leads_somewhere(family: PageFamily) -> None:
    leads = {PageFamily.L12, PageFamily.S04, PageFamily.S05}
    assert bool(page(family).link) == (family in leads)
