"""Every list page in each of the six states, and what each shows of its entries."""

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from context.outcome import Outcome
from context.records import RecordEntry, Section
from tests.browser import views_entries as entries
from tests.browser import views_records as records
from tests.browser.views_site import MemoryContexts, Scene, make_site
from tests.unit.test_templates import text_of
from views.catalogue.care_moments import CARE_MOMENTS, OVERVIEW
from views.catalogue.model import Item
from views.catalogue.record import RECORD

LISTS = [item for item in (*CARE_MOMENTS, *RECORD) if item is not OVERVIEW]
LATER = records.NOW.replace(hour=16, minute=0)


@pytest.fixture
def scene() -> Scene:
    return Scene(records.opened(), dict(entries.OUTCOMES))


@pytest.fixture
def client(scene: Scene) -> FlaskClient:
    return make_site(MemoryContexts({"ok": scene})).test_client()


def shown(client: FlaskClient, path: str) -> str:
    page: str = client.get(f"/c/ok/{path}").get_data(as_text=True)
    return page[page.index("<main") : page.index("</main>")]


def panels(page: str) -> list[str]:
    return re.findall(r'<section class="panel".*?</section>', page, re.DOTALL)


OUTCOMES: dict[str, Outcome[RecordEntry]] = {
    "leeg": Outcome.of((), records.NOW),
    "deels": Outcome.partial((), ("de apotheek",), records.NOW),
    "fout": records.FAILED,
    "geen-recht": Outcome.not_permitted(),
    "niet-vrijgegeven": Outcome.withheld(LATER, 2),
}


@pytest.mark.proves("check:13")
@pytest.mark.parametrize("state", OUTCOMES)
@pytest.mark.parametrize("item", LISTS, ids=lambda item: item.key)
def test_list_without_entries_tells_which_of_five_states_it_is_in(
    client: FlaskClient, scene: Scene, item: Item, state: str
) -> None:
    scene.outcomes = dict.fromkeys(Section, OUTCOMES[state])
    page = shown(client, item.path)
    found = panels(page)
    assert len(found) == len(item.panels)
    for panel in found:
        assert f'data-state="{state}"' in panel
        assert "<table" not in panel
        assert ('role="alert"' in panel) == (state == "fout")
        flags = re.IGNORECASE if state == "fout" else re.NOFLAG
        says_none = re.search(r"\bGeen\b|niet vastgelegd", text_of(panel), flags)
        assert bool(says_none) == (state == "leeg")


GENERAL = ["Datum", "Omschrijving", "Toelichting", "Tot", "Vastgelegd door"]
PROBLEM = ["Specialisme", "Status", "Begin", "Eind", "Behandelaar"]
COLUMNS = {
    "appointments": ["Datum", "Tijd", "Specialisme", "Behandelaar", "Locatie", "Soort", "Status"],
    "surgeries": ["Datum", "Ingreep", "Specialisme", "Operateur", "Status"],
    "admissions": ["Van", "Tot", "Afdeling", "Specialisme", "Reden", "Status"],
    "emergency_visits": ["Aankomst", "Vertrek", "Klacht", "Triage", "Behandelaar", "Bestemming"],
    "referrals": ["Datum", "Verwijzer", "Specialisme", "Soort", "ZorgDomein-nummer", "Status"],
    "allergies": ["Stof", "Soort", "Reactie", "Ernst", "Vastgesteld", "Geaccordeerd op"],
    "conditions": ["Aandoening", *PROBLEM],
    "diagnoses": ["Diagnose", *PROBLEM],
    "substance_use": GENERAL,
    "implants": GENERAL,
    "materials": GENERAL,
    "functional_status": [name for name in GENERAL if name != "Tot"],
    "devices": GENERAL,
    "medication": ["Middel", "Dosering", "Toediening", "Start", "Stop", "Voorschrijver", "Reden"],
    "vaccinations": ["Datum", "Vaccin", "Dosis", "Toegediend door"],
    "reports": ["Datum/tijd", "Specialisme", "Auteur", "Soort", "Conclusie", "Beleid", "Medicatiebeleid"],
    "letters": ["Datum", "Onderwerp", "Van", "Aan", "Specialisme", "Openen"],
    "alerts": GENERAL,
    "procedures": ["Datum", "Omschrijving", "Toelichting", "Status", "Vastgelegd door"],
    "nursing_problems": ["Datum", "Probleem", "Doelen", "Score", "Verpleegkundige"],
    "nursing_plan": ["Datum", "Interventie", "Tekst", "Verpleegkundige"],
    "nursing_notes": ["Datum", "Onderwerp", "Tekst", "Verpleegkundige"],
    "diet_advice": GENERAL,
    "diet_agreements": GENERAL,
    "treatment_restrictions": ["Beperking", "Afspraak", "Datum", "Besproken met", "Arts"],
    "team_meetings": ["Datum", "Omschrijving", "Toelichting", "Vastgelegd door"],
}


@pytest.mark.proves("feature:Q10")
@pytest.mark.proves("feature:D03")
@pytest.mark.proves("feature:D04")
@pytest.mark.proves("feature:D05")
@pytest.mark.proves("feature:D06")
@pytest.mark.proves("feature:D07")
@pytest.mark.proves("feature:D08")
@pytest.mark.proves("feature:D09")
@pytest.mark.proves("feature:D15")
@pytest.mark.proves("feature:D24")
@pytest.mark.proves("feature:D25")
@pytest.mark.proves("feature:D26")
@pytest.mark.parametrize("item", LISTS, ids=lambda item: item.key)
def test_list_has_its_own_columns(client: FlaskClient, item: Item) -> None:
    panel = panels(shown(client, item.path))[0]
    headings = re.findall(r'<th scope="col">(.*?)</th>', panel.split("</thead>")[0])
    assert [name for name in headings if name != "Meer"] == COLUMNS[item.key]


@pytest.mark.proves("check:20")
@pytest.mark.parametrize("item", [OVERVIEW, *LISTS], ids=lambda item: item.key)
def test_list_page_stays_within_its_budget(client: FlaskClient, item: Item) -> None:
    assert len(client.get(f"/c/ok/{item.path}").data) <= 25_000


@pytest.mark.proves("feature:Q09")
def test_referral_letter_opens_from_the_referral(client: FlaskClient) -> None:
    page = shown(client, "zorgmomenten/verwijzingen")
    (url,) = re.findall(r'<dt>Verwijsbrief</dt><dd><a href="(/c/ok/brieven/b[0-9a-f]{24}\.pdf)"', page)
    assert "PDF, 1,2 MB, nieuw tabblad" in page
    assert "Cardiologie" not in url


@pytest.mark.proves("feature:F08")
@pytest.mark.parametrize("item", LISTS, ids=lambda item: item.key)
def test_list_says_when_it_was_fetched_and_is_kept_nowhere(client: FlaskClient, item: Item) -> None:
    answer = client.get(f"/c/ok/{item.path}")
    assert "no-store" in answer.headers["Cache-Control"]
    page = answer.get_data(as_text=True)
    assert page.count("Opgehaald 22-11-2026 14:03 uit ZIS van CWZ") == len(item.panels)


@pytest.mark.proves("feature:D29")
def test_menu_has_two_levels(client: FlaskClient) -> None:
    page = client.get("/c/ok/dossier/medicatie").get_data(as_text=True)
    menu = text_of(re.findall(r'<nav class="menu".*?</nav>', page, re.DOTALL)[0])
    order = [menu.index(words) for words in ("Medische gegevens", "Diagnoses", "Medicatie", "Rapporten")]
    order += [menu.index(words) for words in ("Behandelverslagen", "Brieven", "Verpleegkundig dossier")]
    assert order == sorted(order)


@pytest.mark.parametrize("item", LISTS, ids=lambda item: item.key)
def test_list_with_entries_shows_a_row_for_each(client: FlaskClient, scene: Scene, item: Item) -> None:
    page = shown(client, item.path)
    expected = sum(len(entries.ENTRIES[section]) for section in item.sections)
    assert page.count("<tr>") - page.count("<thead>") == expected
    assert page.count('<th scope="row"') == expected
    assert 'data-state="ok"' in page


@pytest.mark.parametrize("item", LISTS, ids=lambda item: item.key)
def test_list_of_a_part_of_the_answer_warns_and_never_says_none(
    client: FlaskClient, scene: Scene, item: Item
) -> None:
    one = {
        section: Outcome.partial(found[:1], ("de apotheek",), records.NOW)
        for section, found in entries.ENTRIES.items()
    }
    scene.outcomes = one
    page = shown(client, item.path)
    assert page.count("Niet volledig.") == len(item.panels)
    assert not re.search(r"\bGeen\b", text_of(page))
    assert "<table" in page


@pytest.mark.parametrize("item", LISTS, ids=lambda item: item.key)
def test_list_names_every_remark_denial_and_withdrawal(client: FlaskClient, scene: Scene, item: Item) -> None:
    section = item.sections[0]
    told = replace(
        entries.ENTRIES[section][0],
        remarks=("Eerste opmerking", "Tweede opmerking"),
        negated=True,
        status="nullified",
        authorised=False,
        author=entries.NURSE,
        recorded=records.at("2001-02-03"),
    )
    scene.outcomes = {section: Outcome.of((told,), records.NOW)}
    page = text_of(shown(client, item.path))
    for words in ("Eerste opmerking", "Tweede opmerking", "niet geaccordeerd", "M. Bos", "03-02-2001"):
        assert words in page
    assert "niet: " in page or "ontkend" in page
    assert "ingetrokken" in page


@pytest.mark.parametrize("item", LISTS, ids=lambda item: item.key)
def test_entry_of_another_kind_makes_the_panel_failed_and_is_not_left_out(
    client: FlaskClient, scene: Scene, item: Item
) -> None:
    scene.outcomes = {section: Outcome.of((records.lab(),), records.NOW) for section in item.sections}
    page = shown(client, item.path)
    assert page.count('data-state="fout"') == len(item.panels)
    assert not re.search(r"\bgeen\b", text_of(page), re.IGNORECASE)
