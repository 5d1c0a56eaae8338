"""Display settings: every key of a hospital file, shared profiles, the pages made of them, the docs."""

import re
from dataclasses import fields, replace
from datetime import time
from pathlib import Path

import pytest

from app.display_reference import REFERENCE, display_reference
from app.hospital_display import DisplayFile
from app.hospitals import HospitalFilesError, load_hospitals
from context.display import (
    DisplayProfile,
    MedicationNote,
    PlannedActs,
    ReferralSelection,
    ReportRelease,
    RequestedBy,
    StoppedMedication,
)
from context.hospital import Hospital
from context.medication import MedicationCategory
from context.records import BANNER_SECTIONS, Section
from tests.browser import views_entries as entries
from tests.browser import views_records as records
from tests.browser.views_site import MemoryContexts, Scene, make_site
from tests.unit.test_hospitals import COMMITTED, GOOD
from tests.unit.test_templates import text_of
from views.catalogue.items import items_of
from views.catalogue.model import Tab
from views.texts import default_texts

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "adding-a-hospital.md"
FIVE = ("cwz", "mst", "saxenburgh", "tergooi", "zgt")


@pytest.fixture(scope="module")
def hospitals() -> dict[str, Hospital]:
    return dict(load_hospitals(COMMITTED, strict=True))


def load(folder: Path, text: str, profile: str | None = None, name: str = "p") -> Hospital:
    if profile is not None:
        (folder / "profiles").mkdir()
        (folder / "profiles" / f"{name}.toml").write_text(profile, "utf-8")
    (folder / "one.toml").write_text(GOOD.replace("{base_url}", "https://one.example") + text, "utf-8")
    return load_hospitals(folder, strict=True)["one"]


def labels(hospital: Hospital, tab: Tab) -> list[str]:
    texts = default_texts().with_labels(hospital.labels)
    return [texts(f"item.{item.key}") for item in items_of(hospital) if item.tab is tab]


def shown(hospital: Hospital, path: str) -> str:
    scene = Scene(records.opened(), dict(entries.OUTCOMES), hospital)
    client = make_site(MemoryContexts({"ok": scene})).test_client()
    answer = client.get(f"/c/ok/{path}")
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def test_every_rule_of_the_profile_is_a_key_of_the_file() -> None:
    assert {field.name for field in fields(DisplayProfile)} == set(DisplayFile.model_fields)


def test_reference_page_is_what_the_keys_say() -> None:
    assert REFERENCE.read_text("utf-8") == display_reference(), "run: python -m app.display_reference"


@pytest.mark.proves("feature:M10")
def test_reference_page_tells_whose_a_setting_is() -> None:
    rows = [line.split(" | ") for line in display_reference().splitlines() if line.startswith("| ")]
    owners = {cells[0].removeprefix("| "): cells[1] for cells in rows if len(cells) == 3}
    assert owners["Patient, user, role, practice, strength of the log-in"] == "the HIS and its vendor"
    assert owners["What is shown and when, labels, contact, consent help"] == "the hospital"


def test_every_key_is_explained_and_asked_for_by_somebody() -> None:
    for field in DisplayFile.model_fields.values():
        assert field.description
        assert isinstance(field.json_schema_extra, dict)
        assert field.json_schema_extra["asked_by"]


def test_key_that_is_left_out_is_the_default(tmp_path: Path) -> None:
    assert load(tmp_path, "").display == DisplayProfile()


@pytest.mark.proves("feature:F09")
def test_own_keys_go_over_those_of_the_profile(tmp_path: Path) -> None:
    shared = """
[display]
chart_months = 24
recent_days = 30
[labels]
"item.letters" = "Documenten"
"item.reports" = "Verslagen"
"""
    own = """
[display]
chart_months = 6
[labels]
"item.reports" = "Verslaglegging"
"""
    text = GOOD.replace("{base_url}", "https://one.example")
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "two_of_us.toml").write_text(shared, "utf-8")
    head = text.replace("environment =", 'display_profile = "two_of_us"\nenvironment =')
    (tmp_path / "one.toml").write_text(head + own, "utf-8")
    hospital = load_hospitals(tmp_path, strict=True)["one"]
    assert (hospital.display.chart_months, hospital.display.recent_days) == (6, 30)
    assert hospital.labels == {"item.letters": "Documenten", "item.reports": "Verslaglegging"}


@pytest.mark.proves("feature:M09")
@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[display]\nsurprise = true", "display.surprise"),
        ('[display]\nitems = ["nothing"]', "display.items.0"),
        ("[display]\nitems = []", "display.items"),
        ('[display]\nitems = ["letters", "letters"]', "display.items"),
        ('[display]\nreport_release = "tomorrow"', "display.report_release"),
        ('[display]\nreport_release_time = "25:00"', "display.report_release_time"),
        ("[display]\nstopped_medication_days = 0", "display.stopped_medication_days"),
        ("[display]\nstopped_medication_days = true", "display.stopped_medication_days"),
        ('[display]\nmedication_categories = ["all"]', "display.medication_categories.0"),
        ('[display]\nmedication_note = "hello"', "display.medication_note"),
        ("[display]\nchart_months = 61", "display.chart_months"),
        ('[display]\nfinal_statuses = { kitchen = ["F"] }', "display.final_statuses.kitchen"),
        ("[display]\nfinal_statuses = { pathology = [] }", "display.final_statuses.pathology"),
        ('[labels]\n"tab.home" = "Home"', "labels.tab.home"),
        ('[labels]\n"panel.empty" = "Niets"', "labels.panel.empty"),
    ],
)
def test_fault_names_file_and_key(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(HospitalFilesError) as caught:
        load(tmp_path, f"\n{text}\n")
    assert any(line.startswith(f"one.toml: {key}") for line in caught.value.problems)


def test_profile_with_faults_or_without_a_file_is_told_beside_all_others(tmp_path: Path) -> None:
    text = GOOD.replace("{base_url}", "https://{slug}.example").replace(
        "[contact]", 'display_profile = "{p}"\n[contact]'
    )
    for slug, name in (("a", "bad"), ("b", "bad"), ("c", "gone")):
        (tmp_path / f"{slug}.toml").write_text(text.replace("{slug}", slug).replace("{p}", name), "utf-8")
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "bad.toml").write_text("[display]\nchart_months = 0\n[zis]\n", "utf-8")
    with pytest.raises(HospitalFilesError) as caught:
        load_hospitals(tmp_path, strict=True)
    found = caught.value.problems
    assert [line.split(": ")[:2] for line in found] == [
        ["profiles/bad.toml", "display.chart_months"],
        ["profiles/bad.toml", "zis"],
        ["c.toml", "display_profile"],
    ]


def test_profile_name_cannot_leave_its_folder(tmp_path: Path) -> None:
    text = GOOD.replace("{base_url}", "https://one.example")
    (tmp_path / "one.toml").write_text(
        text.replace("[contact]", 'display_profile = "../one"\n[contact]'), "utf-8"
    )
    with pytest.raises(HospitalFilesError, match="display_profile"):
        load_hospitals(tmp_path, strict=True)


@pytest.mark.parametrize("slug", FIVE)
def test_every_hospital_has_a_page_for_what_its_banner_tells(
    hospitals: dict[str, Hospital], slug: str
) -> None:
    pages = {section for item in items_of(hospitals[slug]) for section in item.sections}
    assert pages.issuperset(BANNER_SECTIONS)


@pytest.mark.proves("feature:F09")
def test_two_hospitals_share_one_profile(hospitals: dict[str, Hospital]) -> None:
    zgt, mst = hospitals["zgt"], hospitals["mst"]
    assert (zgt.display, zgt.labels) == (mst.display, mst.labels)
    assert zgt.contact != mst.contact


@pytest.mark.proves("feature:F02")
@pytest.mark.proves("feature:X08")
@pytest.mark.proves("feature:D28")
@pytest.mark.proves("feature:R23")
def test_saxenburgh_has_its_own_items_names_and_order(hospitals: dict[str, Hospital]) -> None:
    saxenburgh = hospitals["saxenburgh"]
    assert saxenburgh.labels["tab.zorgmomenten"] == "Zorgafspraken"
    assert labels(saxenburgh, Tab.RECORD)[:6] == [
        "Allergieën",
        "Behandelbeperking",
        "Verslaglegging",
        "Patiëntbrieven",
        "Medicatie",
        "Diagnoses",
    ]
    assert labels(saxenburgh, Tab.RESULTS) == [
        "Laboratorium uitslagen",
        "ECG – Echocardiografie",
        "Metingen",
        "Microbiologie",
        "Pathologie",
        "Radiologie en Nucleair",
        "Scopie",
    ]


@pytest.mark.proves("feature:D30")
@pytest.mark.proves("feature:R24")
def test_zgt_has_four_groups_and_its_order_of_results(hospitals: dict[str, Hospital]) -> None:
    page = shown(hospitals["zgt"], "dossier/brieven")
    menu = page[page.index('<nav class="menu"') : page.index("</nav>", page.index('<nav class="menu"'))]
    headings = re.findall(r'<p id="menu-\d+">(.*?)</p>', menu)
    assert headings == ["Medische gegevens", "Rapporten", "Verpleegkundig dossier", "Overige"]
    assert "Documenten" in menu
    assert labels(hospitals["zgt"], Tab.RESULTS) == [
        "Labuitslagen",
        "Metingen",
        "Microbiologie",
        "Pathologie",
        "Radiologie en nucleaire onderzoeken",
    ]


@pytest.mark.proves("feature:X03")
@pytest.mark.proves("feature:X04")
@pytest.mark.proves("feature:X05")
def test_hospitals_differ_by_the_rules_of_their_portals(hospitals: dict[str, Hospital]) -> None:
    cwz, zgt, saxenburgh, tergooi = (hospitals[s].display for s in ("cwz", "zgt", "saxenburgh", "tergooi"))
    assert [d.report_release for d in (cwz, zgt, saxenburgh)] == [
        ReportRelease.DIRECT,
        ReportRelease.AUTHORISED,
        ReportRelease.AFTER_HOUR,
    ]
    assert saxenburgh.report_release_time == time(17)
    assert [d.stopped_medication for d in (cwz, zgt, saxenburgh)] == [
        StoppedMedication.NONE,
        StoppedMedication.ALL,
        StoppedMedication.DAYS,
    ]
    assert saxenburgh.stopped_medication_days == 60
    assert zgt.medication_categories == tuple(MedicationCategory)
    assert (cwz.surgeries, cwz.admissions) == (PlannedActs.PAST, PlannedActs.PAST_AND_CALLED)
    assert (zgt.surgeries, zgt.admissions) == (PlannedActs.PAST_AND_CALLED, PlannedActs.ALL)
    assert (cwz.referrals, zgt.referrals) == (ReferralSelection.OWN_PRACTICE, ReferralSelection.OPEN)
    assert (zgt.laboratory_requested_by, cwz.laboratory_requested_by) == (
        RequestedBy.HOSPITAL,
        RequestedBy.ANYONE,
    )
    assert tergooi.medication_note is MedicationNote.OWN_PRESCRIPTIONS


@pytest.mark.proves("feature:P03")
@pytest.mark.proves("feature:P06")
def test_dentist_and_report_of_a_death_stand_where_the_hospital_wants_them(
    hospitals: dict[str, Hospital],
) -> None:
    zgt, cwz = (shown(hospitals[slug], "patientinformatie") for slug in ("zgt", "cwz"))
    assert 'id="dentist-kop">Tandarts' in zgt
    assert "Een overlijden meldt u niet hier, maar bij het ziekenhuis: ZGT lijn 1-2, 088 708 36 69" in zgt
    assert "Tandarts" not in cwz
    assert "overlijden" not in cwz.lower()
    assert zgt.count("<form") == cwz.count("<form")


@pytest.mark.parametrize("slug", FIVE)
def test_every_page_of_every_hospital_shows(hospitals: dict[str, Hospital], slug: str) -> None:
    hospital = hospitals[slug]
    for item in items_of(hospital):
        page = shown(hospital, item.path)
        assert "fout" not in re.findall(r'data-state="([a-z-]+)"', page), item.key
        assert "volledig geladen" in page


def test_sixth_hospital_of_the_guide_loads_and_shows(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    (tmp_path / "rijnoever.toml").write_text(text, "utf-8")
    hospital = load_hospitals(tmp_path, strict=True)["rijnoever"]
    assert hospital.display.report_release_time == time(18, 30)
    assert hospital.display.final_statuses == {Section.RADIOLOGY: frozenset({"A", "V"})}
    page = shown(hospital, "dossier/medicatie")
    words = text_of(page)
    assert "Bezoeken" in words
    assert "Post" in words
    assert "Zaterdag 5 december" in words
    assert "Niet getoond worden: actieve klinische medicatie; beëindigde medicatie" in words
    assert "Geen " not in text_of(page[page.index("<main") : page.index("</main>")])
    assert "Behandelverslagen" in text_of(shown(hospital, "dossier/behandelverslagen"))
    empty = replace(hospital, sections=frozenset(Section) - {Section.MEDICATION})
    assert "Medicatie" not in labels(empty, Tab.RECORD)
