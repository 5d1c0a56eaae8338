"""Panel states, Patiëntinformatie, frame and the pages without data."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from context.codes import RefusalCode
from context.consent import Scope
from context.outcome import FailureCause, Outcome
from context.person import CareProvider, CareProviderKind
from context.records import RecordEntry, Section
from tests.browser import views_records as records
from views.catalogue.items import PATIENT_INFORMATION
from views.catalogue.model import PageRequest
from views.frame import Frame, present_frame
from views.links import Links
from views.panel import Panel, PanelFacts, present_panel
from views.patient_information import Block, present_patient_information
from views.refusals import PageFamily, family_of, present_refusal
from views.texts import Texts, default_texts, label_keys

TEXTS = default_texts()
FACTS = PanelFacts(
    "Laboratorium", "laboratoriumuitslagen", "CWZ", "ZIS van CWZ", "024 000 00 00", "7K2M-9XQ4"
)
RESULTS: tuple[RecordEntry, ...] = (records.lab(),)
FIVE = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)

STATES: dict[str, Outcome[RecordEntry]] = {
    "ok": Outcome.of(RESULTS, records.NOW),
    "leeg": Outcome.of((), records.NOW),
    "deels": Outcome.partial(RESULTS, ("het laboratorium",), records.NOW),
    "fout": records.FAILED,
    "geen-recht": Outcome.not_permitted(),
    "niet-vrijgegeven": Outcome.withheld(FIVE),
}


def panel(outcome: Outcome[RecordEntry]) -> Panel:
    return present_panel(outcome, FACTS, records.NOW, TEXTS)


@pytest.mark.parametrize("state", STATES)
def test_each_outcome_has_its_own_state_and_only_ok_and_partial_show_entries(state: str) -> None:
    shown = panel(STATES[state])
    assert shown.data_state == state
    assert shown.shows_entries == (state in ("ok", "deels"))


def test_six_states_never_share_a_sentence() -> None:
    messages = [panel(outcome).message for outcome in STATES.values()]
    assert len(set(messages)) == 6


@pytest.mark.proves("check:13")
@pytest.mark.parametrize("cause", FailureCause)
def test_failed_panel_of_any_cause_never_says_geen(cause: FailureCause) -> None:
    shown = panel(Outcome.failed(cause))
    words = f"{shown.mark} {shown.message} {shown.advice} {shown.held} {shown.fetched}"
    assert "geen" not in words.lower()
    assert "Dit betekent niet dat er niets is vastgelegd." in words
    assert "024 000 00 00" in words
    assert "7K2M-9XQ4" in words
    assert cause.value not in words


def test_empty_panel_names_section_hospital_and_when_it_was_asked() -> None:
    shown = panel(STATES["leeg"])
    assert shown.message == "Geen laboratoriumuitslagen vastgelegd bij CWZ."
    assert shown.fetched == "Opgehaald 22-11-2026 14:03 uit ZIS van CWZ"


def test_partial_panel_names_every_source_that_is_missing() -> None:
    one = panel(STATES["deels"])
    assert one.message.startswith("Niet alles kon worden opgehaald: het laboratorium gaf geen antwoord.")
    two = panel(Outcome.partial(RESULTS, ("A", "B", "C"), records.NOW))
    assert "A, B en C gaven geen antwoord" in two.message


def test_partial_panel_without_entries_shows_no_table() -> None:
    assert not panel(Outcome.partial((), ("A",), records.NOW)).shows_entries


def test_withheld_today_says_from_what_time_and_later_from_what_day() -> None:
    today = "Er zijn gegevens van vandaag die vanaf 17.00 uur worden getoond."
    assert panel(Outcome.withheld(FIVE)).message == today
    assert "23-11-2026 17.00 uur" in panel(Outcome.withheld(FIVE.replace(day=23))).message
    assert panel(Outcome.withheld()).message == "Er zijn gegevens die nog niet zijn vrijgegeven voor inzage."


@pytest.mark.parametrize("state", ["ok", "leeg", "deels"])
def test_held_entries_are_announced_under_what_is_shown(state: str) -> None:
    shown = panel(replace(STATES[state], held_until=FIVE))
    assert shown.data_state == state
    assert shown.held == "Er zijn gegevens van vandaag die vanaf 17.00 uur worden getoond."


def block(key: str, **changes: object) -> Block:
    patient = replace(records.PATIENT, **changes)  # type: ignore[arg-type]
    return {b.key: b for b in present_patient_information(patient, TEXTS)}[key]


@pytest.mark.proves("feature:P01")
@pytest.mark.proves("feature:P02")
@pytest.mark.proves("feature:P04")
@pytest.mark.proves("feature:P05")
def test_patient_information_has_person_gp_pharmacy_and_insurance() -> None:
    blocks = present_patient_information(records.PATIENT, TEXTS)
    assert [b.title for b in blocks] == ["Persoon", "Huisarts", "Apotheek", "Verzekering"]
    assert all(b.groups for b in blocks)
    gp = {field.label: field.lines for field in block("gp").groups[0]}
    assert gp["Naam"] == ("P. Bakker",)
    assert gp["AGB-code"] == ("01000001",)
    assert gp["Werkadres"] == ("Dorpsstraat 1", "6500 AA Nijmegen")


def test_field_that_was_not_sent_reads_onbekend() -> None:
    (insurance,) = block("insurance").groups
    policy = next(field for field in insurance if field.label == "Polisnummer")
    assert (policy.lines, policy.known) == (("Onbekend",), False)


@pytest.mark.parametrize("key", ["gp", "pharmacy", "insurance"])
def test_block_that_the_answer_did_not_carry_reads_niet_beschikbaar(key: str) -> None:
    missing = block(key, care_providers=(), coverages=())
    assert (missing.groups, missing.missing) == ((), "Niet beschikbaar")


def test_answer_with_a_gp_only_does_not_claim_that_there_is_no_pharmacy() -> None:
    only_gp = (CareProvider(CareProviderKind.GP),)
    assert block("pharmacy", care_providers=only_gp).missing == "Niet beschikbaar"
    assert len(block("gp", care_providers=only_gp).groups) == 1


LINKS = Links("/c/ok/")


def frame(scope: Scope = Scope.FULL, **changes: object) -> Frame:
    hospital = replace(records.SAXENBURGH, **changes)  # type: ignore[arg-type]
    texts = TEXTS.with_labels(hospital.labels)
    opened = records.opened(scope=scope)
    return present_frame(PageRequest(hospital, opened, PATIENT_INFORMATION, records.NOW, {}, LINKS, texts))


@pytest.mark.proves("feature:F01")
@pytest.mark.proves("feature:F02")
def test_four_tabs_stand_in_order_with_the_hospitals_own_words() -> None:
    tabs = frame().tabs
    assert [t.label for t in tabs] == ["Patiëntinformatie", "Zorgafspraken", "Dossier", "Uitslagen"]
    assert [tabs[0].url, tabs[3].url] == ["/c/ok/patientinformatie", "/c/ok/uitslagen/recent"]
    assert [t.current for t in tabs] == [True, False, False, False]


@pytest.mark.proves("feature:B02")
def test_without_consent_other_tabs_are_text_and_a_notice_says_why() -> None:
    limited = frame(Scope.PATIENT_INFORMATION_ONLY)
    assert [t.url for t in limited.tabs] == ["/c/ok/patientinformatie", None, None, None]
    assert [t.note for t in limited.tabs[1:]] == ["Niet beschikbaar"] * 3
    assert limited.limited.startswith("De patiënt heeft (nog) geen toestemming gegeven.")
    assert frame().limited == ""


def test_hospital_that_shows_no_laboratory_has_no_link_to_it() -> None:
    assert frame(sections=frozenset({Section.ALLERGIES})).tabs[3].url is None


@pytest.mark.proves("feature:F07")
def test_frame_names_practice_user_and_the_hospitals_notice() -> None:
    shown = frame()
    assert shown.opened_from == "Geopend vanuit VIPLive · Huisartsenpraktijk De Linde"
    assert shown.user_name == "P. Bakker"
    assert shown.notice.startswith("Zondag 29 november")
    assert shown.title == "Patiëntinformatie – Saxenburgh"


def test_window_without_script_turns_to_the_idle_page_after_its_time() -> None:
    assert frame().life.refresh_seconds == 15 * 60 + 5
    assert frame(idle_minutes=5).life.refresh_seconds == 305


@pytest.mark.parametrize("code", RefusalCode)
def test_every_code_has_a_page_with_next_step_code_reference_and_contact(code: RefusalCode) -> None:
    page = present_refusal(records.CWZ, family_of(code), code, "7K2M-9XQ4", records.NOW, None)
    assert page.code == f"Code {code.value}"
    assert page.reference == "7K2M-9XQ4"
    assert page.moment == "22-11-2026 14:03"
    assert page.contact is records.CWZ.contact
    assert page.title
    assert page.text
    assert page.advice


@pytest.mark.parametrize("family", PageFamily)
def test_every_family_has_its_texts(family: PageFamily) -> None:
    hospital = None if family is PageFamily.NEUTRAL else records.CWZ
    page = present_refusal(hospital, family, None, "7K2M-9XQ4", records.NOW, "/again")
    assert page.title
    assert "{" not in page.title + page.text + page.advice + page.extra


@pytest.mark.proves("feature:B01")
@pytest.mark.proves("feature:B06")
def test_refusal_of_nothing_to_show_has_the_literal_sentence_and_the_way_to_consent() -> None:
    page = present_refusal(
        records.CWZ, PageFamily.L07, RefusalCode.NOTHING_TO_SHOW, "7K2M-9XQ4", records.NOW, None
    )
    assert page.title == "U heeft geen rechten om deze patiënt in te zien"
    assert page.consent_help is not None
    assert page.consent_help.path == "MijnCWZ > Mijn gegevens > Toestemmingen > Zorgverlenersportaal"


def test_texts_refuse_unknown_keys_missing_values_and_foreign_labels() -> None:
    with pytest.raises(KeyError):
        TEXTS("no.such")
    with pytest.raises(KeyError):
        TEXTS("panel.empty")
    with pytest.raises(KeyError):
        TEXTS.with_labels({"panel.empty": "Leeg"})
    assert "tab.zorgmomenten" in label_keys()
    assert Texts({"tab.dossier": "x"}).with_labels({"tab.dossier": "{a}"})("tab.dossier") == "{a}"
