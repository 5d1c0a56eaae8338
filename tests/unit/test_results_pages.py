"""The pages of Uitslagen as the routes answer them, in every state.

Golden pages are in ``tests/golden/results``; ``python -m tests.unit.test_results_pages`` writes them anew.
"""

import gzip
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from context.outcome import Outcome
from context.records import CodedText, RecordEntry, Section, TextResult
from tests.browser import views_records as records
from tests.browser import views_results as results
from tests.browser.views_records import at, lab
from tests.browser.views_site import MemoryContexts, Scene, make_site, scenes
from tests.unit.test_templates import html, normalised, panel_of, text_of
from views.catalogue.model import Item
from views.catalogue.results import RESULTS
from views.results.keys import item_path, result_key
from views.results.recent import recent_period
from views.url_words import PART

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "results"
STATES = {
    "ok": "results-ok",
    "leeg": "results-none",
    "deels": "results-partial",
    "fout": "results-failed",
    "geen-recht": "results-locked",
    "niet-vrijgegeven": "results-held",
}


def trend(client: FlaskClient, scene: str, test: str, page: str = "lab") -> str:
    """The page of a test, as the grid links to it."""
    grid = html(client, f"/c/{scene}/uitslagen/{page}")
    found = re.search(rf'href="([^"]*/[0-9a-f]{{12}}[^"]*)">{re.escape(test)}', grid)
    assert found is not None
    return found[1].replace("&amp;", "&")


def item(section: Section, scene: str = "results-ok", number: int = 0) -> str:
    """The page of one result in words."""
    entry = results.OUTCOMES[section].entries[number]
    assert isinstance(entry, TextResult)
    return f"/c/{scene}/" + item_path(section).replace(PART, result_key(entry))


PAGES = {
    **{
        f"{page.key}_{state}": f"/c/{scene}/{page.path}"
        for page in RESULTS
        for state, scene in STATES.items()
    },
    "laboratory_newest_left": "/c/results-strict/uitslagen/lab",
    "microbiology_none_final": "/c/results-strict-none/uitslagen/microbiologie",
    "radiology_final": "/c/results-strict/uitslagen/radiologie",
    "recent_half": "/c/results-half/uitslagen/recent",
    **{f"item_{section.value}": item(section) for section in results.SECTIONS[2:]},
    "item_gone": "/c/results-none" + item(Section.PATHOLOGY)[len("/c/results-ok") :],
}
TRENDS = {
    "trend": ("results-chart", "Kalium", "lab"),
    "trend_strict": ("results-strict", "Kalium", "lab"),
    "trend_pressure": ("results-ok", "Bloeddruk", "metingen"),
    "trend_one": ("results-ok", "Lichaamslengte", "metingen"),
}


@pytest.fixture(scope="module")
def shown() -> dict[str, Scene]:
    return scenes()


@pytest.fixture(scope="module")
def client(shown: dict[str, Scene]) -> FlaskClient:
    return make_site(MemoryContexts(shown)).test_client()


def golden_pages(client: FlaskClient) -> dict[str, str]:
    paths = PAGES | {name: trend(client, *where) for name, where in TRENDS.items()}
    return {name: normalised(panel_of(html(client, path))) for name, path in paths.items()}


@pytest.mark.parametrize("name", [*PAGES, *TRENDS])
def test_page_equals_its_golden_copy(client: FlaskClient, name: str) -> None:
    path = PAGES.get(name) or trend(client, *TRENDS[name])
    assert normalised(panel_of(html(client, path))) == (GOLDEN / f"{name}.html").read_text()


@pytest.mark.proves("check:13")
@pytest.mark.parametrize("page", RESULTS, ids=lambda page: page.key)
@pytest.mark.parametrize("state", STATES)
def test_page_has_its_own_state_and_says_geen_only_of_a_complete_empty_answer(
    client: FlaskClient, page: Item, state: str
) -> None:
    panel = panel_of(html(client, f"/c/{STATES[state]}/{page.path}"))
    assert f'data-state="{state}"' in panel
    assert ("<table>" in panel) == (state in ("ok", "deels"))
    assert ('role="alert"' in panel) == (state == "fout")
    # What stands in a report is the source's own: the words of our own sentences are meant here.
    own = re.sub(r"<t[dh].*?</t[dh]>|<article.*?</article>", "", panel, flags=re.DOTALL)
    assert ("Geen " in own) == (state == "leeg")


@pytest.mark.proves("check:13")
@pytest.mark.parametrize("state", STATES)
def test_page_of_one_test_or_result_has_its_own_state_too(client: FlaskClient, state: str) -> None:
    weight = trend(client, "results-ok", "Lichaamsgewicht", "metingen")
    for path in (weight, item(Section.ENDOSCOPY)):
        panel = panel_of(html(client, path.replace("results-ok", STATES[state])))
        assert f'data-state="{state}"' in panel
        assert ("Geen " in panel) == (state == "leeg")
        assert ('role="alert"' in panel) == (state == "fout")
        assert ("71,4" in panel or "Coloscopie" in panel) == (
            state == "ok" or (state == "deels" and path != weight)
        )


@pytest.mark.proves("feature:R10")
@pytest.mark.proves("feature:R15")
@pytest.mark.proves("check:12")
def test_trend_has_as_many_points_as_numbers_in_the_year_and_a_table_of_everything(
    client: FlaskClient,
) -> None:
    panel = panel_of(html(client, trend(client, "results-chart", "Kalium")))
    assert panel.count("<circle") == 4
    assert panel.count('<polygon class="below"') == 1
    assert panel.count('class="band"') == 1
    assert panel.count('<th scope="row"') == len(results.CHART)
    words = text_of(panel)
    assert "Laatste 5,6 H op 01-11-2026; vorige <3,0 LL; laagste 3,2 L; hoogste 5,6 H; " in words
    assert "5 uitslagen in 12 maanden." in words
    assert "1 uitslag zonder getal of zonder volledige datum, of ingetrokken: zie de tabel." in words
    assert "1 uitslag volgt nog." in words
    assert "1 uitslag valt buiten de grafiek: zie de tabel." in words
    assert "Hemolytisch" in words
    assert "De nieuwste referentie is 3,5–5,1. Bij eerdere uitslagen hoort een andere: 3,4–5,0." in words
    dates = re.findall(r'<th scope="row"[^>]*><time datetime="([^"]*)"', panel)
    assert dates == sorted(dates, reverse=True)


@pytest.mark.proves("check:12")
def test_drawing_is_named_and_has_no_style_and_points_have_a_point(client: FlaskClient) -> None:
    panel = panel_of(html(client, trend(client, "results-chart", "Kalium")))
    svg = re.findall(r'<svg class="chart".*?</svg>', panel, re.DOTALL)[0]
    assert 'role="img"' in svg
    assert "<title" in svg
    assert "<desc" in svg
    assert "style" not in svg
    for attribute in re.findall(r' (?:x|y|cx|cy|x1|y1|height)="([^"]*)"', svg):
        assert re.fullmatch(r"-?\d+(\.\d+)?", attribute)
    assert "5,6" in svg


def test_words_of_a_source_are_escaped_in_the_drawing(client: FlaskClient, shown: dict[str, Scene]) -> None:
    evil = "<script>x</script>\"'&"
    scene = shown["results-chart"]
    before = scene.outcomes
    bad = (lab(evil, flags=(evil,), reference=("3.5", "5.1")),)
    scene.outcomes = results.results(laboratory=Outcome[RecordEntry].of(bad, records.NOW))
    grid = html(client, "/c/results-chart/uitslagen/lab")
    path = re.findall(r'href="([^"]*uitslagen/lab/[0-9a-f]{12})"', grid)[0]
    panel = panel_of(html(client, path))
    scene.outcomes = before
    assert "<script>" not in grid + panel
    assert "&lt;script&gt;" in panel


@pytest.mark.proves("feature:R11")
@pytest.mark.proves("feature:X07")
def test_chosen_period_narrows_the_chart_and_only_the_hospital_widens_it(client: FlaskClient) -> None:
    path = trend(client, "results-chart", "Kalium")
    assert html(client, path + "?maanden=6").count("<circle") == 1
    assert html(client, path + "?maanden=60").count("<circle") == 4
    narrowed = html(client, path + "?van=2026-03-01&tot=2026-05-01")
    assert narrowed.count("<circle") == 1
    assert "De zoekopties beperken de grafiek: vanaf 01-03-2026, tot en met 01-05-2026." in narrowed
    assert html(client, path + "?van=2020-01-01").count("<circle") == 4
    strict = trend(client, "results-strict", "Kalium")
    assert "60 maanden" in html(client, strict)
    assert html(client, strict).count("<circle") > html(client, strict + "?maanden=12").count("<circle")


def test_grid_hands_its_period_to_the_chart(client: FlaskClient) -> None:
    grid = html(client, "/c/results-chart/uitslagen/lab?van=01-01-2026")
    assert re.search(r'href="[^"]*/[0-9a-f]{12}\?van=2026-01-01"', grid)


def test_table_alone_has_no_drawing_and_the_same_rows(client: FlaskClient) -> None:
    path = trend(client, "results-chart", "Kalium")
    both, table = panel_of(html(client, path)), panel_of(html(client, path + "?tabel=1"))
    assert "<svg" not in table
    assert re.findall(r"<tbody>.*</tbody>", both, re.DOTALL) == re.findall(
        r"<tbody>.*</tbody>", table, re.DOTALL
    )


@pytest.mark.parametrize("part", ["000000000000", "A", "..", "a/b", "x" * 65])
def test_part_that_names_nothing_shows_nothing(client: FlaskClient, part: str) -> None:
    answer = client.get(f"/c/results-ok/uitslagen/lab/{part}")
    assert answer.status_code in (200, 404)
    assert "Kalium" not in answer.get_data(as_text=True)


@pytest.mark.proves("feature:R16")
def test_blood_pressure_is_one_row_with_two_drawings(client: FlaskClient) -> None:
    grid = text_of(panel_of(html(client, "/c/results-ok/uitslagen/metingen")))
    assert "142/88 H" in grid
    assert "128/80" in grid
    assert "Systolisch: H" in grid
    # The lonely half is no pair, and no diastolic value is made up for it.
    assert "150/" not in grid
    assert "150" in grid
    panel = panel_of(html(client, trend(client, "results-ok", "Bloeddruk", "metingen")))
    assert panel.count('<svg class="chart"') == 2
    assert [h.strip() for h in re.findall(r"<h3>(.*?)</h3>", panel)] == ["Systolisch", "Diastolisch"]


@pytest.mark.proves("feature:R12")
@pytest.mark.proves("feature:X05")
def test_hospital_that_shows_its_own_requests_says_so(client: FlaskClient) -> None:
    words = "Alleen uitslagen aangevraagd door CWZ."
    assert words in html(client, "/c/results-strict/uitslagen/lab")
    assert words in html(client, "/c/results-strict-none/uitslagen/lab")
    assert words not in html(client, "/c/results-ok/uitslagen/lab")
    assert words not in html(client, "/c/results-strict/uitslagen/metingen")


@pytest.mark.proves("feature:R19")
@pytest.mark.proves("feature:X11")
def test_letter_of_a_status_means_what_it_means_for_its_kind_of_result(client: FlaskClient) -> None:
    radiology = text_of(panel_of(html(client, "/c/results-ok/uitslagen/radiologie")))
    assert "Gefactureerd" in radiology
    assert "Aangeleverd" in radiology
    assert "Definitief" not in radiology
    for page in ("microbiologie", "pathologie", "ecg", "scopie"):
        words = text_of(panel_of(html(client, f"/c/results-ok/uitslagen/{page}")))
        assert "Definitief" in words
        assert "Gefactureerd" not in words


def test_status_that_nobody_knows_is_literal_and_one_that_is_not_final_is_said(client: FlaskClient) -> None:
    assert re.search(r'data-label="Status">\s*Z\s*<', html(client, "/c/results-ok/uitslagen/radiologie"))
    assert "Voorlopig" in html(client, "/c/results-ok/uitslagen/pathologie")


@pytest.mark.proves("feature:R17")
def test_empty_list_names_the_statuses_that_are_shown(client: FlaskClient) -> None:
    assert "Geen definitieve uitslagen bij CWZ." in html(client, PAGES["microbiology_none_final"])
    radiology = html(client, "/c/results-strict-none/uitslagen/radiologie")
    shown = "Aangeleverd, Beoordeeld, Geaccordeerd, Gefactureerd en Verslagen"
    assert f"Geen onderzoeken met status {shown} bij CWZ." in radiology
    assert "Alleen met status Definitief." in html(client, "/c/results-strict/uitslagen/microbiologie")


@pytest.mark.proves("feature:R17")
@pytest.mark.proves("feature:R18")
@pytest.mark.proves("feature:R21")
@pytest.mark.proves("feature:R22")
@pytest.mark.parametrize("section", results.SECTIONS[2:])
def test_click_on_a_result_of_the_list_shows_all_of_it(client: FlaskClient, section: Section) -> None:
    (page,) = (page for page in RESULTS if page.key == section.value)
    listed = html(client, f"/c/results-ok/{page.path}")
    for number, entry in enumerate(results.OUTCOMES[section].entries):
        path = item(section, number=number)
        assert f'href="{path}"' in listed
        words = text_of(panel_of(html(client, path)))
        assert isinstance(entry, TextResult)
        assert entry.examination.label is not None
        assert entry.examination.label in words
        for part in entry.parts:
            assert " ".join(part.text.split()) in words


@pytest.mark.proves("feature:R17")
def test_antibiogram_shows_every_agent_with_its_letter_and_value(client: FlaskClient) -> None:
    words = text_of(panel_of(html(client, item(Section.MICROBIOLOGY))))
    for told in (
        "Amoxicilline R resistent >32 mg/l",
        "Nitrofurantoïne S gevoelig <=16 mg/l",
        "Fosfomycine X –",
    ):
        assert told in words
    assert "ESBL niet aangetoond." in words
    assert "Antibiogram volgens EUCAST." in words


@pytest.mark.proves("feature:R20")
def test_pictures_are_linked_only_when_there_are_any_and_only_over_https(client: FlaskClient) -> None:
    listed = html(client, "/c/results-ok/uitslagen/radiologie")
    assert 'href="https://beelden.cwz.example/studie/1"' in listed
    assert "2 beelden" in listed
    odd = html(client, item(Section.RADIOLOGY, number=1))
    assert "javascript:alert(1)" in odd
    assert not re.search(r'href="(javascript|wado)', odd + listed)
    assert "Huisartsenpraktijk De Linde" in listed


@pytest.mark.proves("feature:R20")
def test_report_that_is_a_document_opens_in_a_tab_of_its_own(client: FlaskClient) -> None:
    link = r'<a [^>]*href="(/c/results-ok/brieven/e[0-9a-f]+\.pdf)" target="_blank" rel="noopener">[^<]*84 kB'
    assert re.search(link, html(client, "/c/results-ok/uitslagen/radiologie"))
    page = html(client, item(Section.RADIOLOGY, number=3))
    assert re.search(link, page)
    assert "verslag als document · Geaccordeerd" in html(client, "/c/results-ok/uitslagen/recent")
    assert "nog geen verslag of uitslag" in html(client, item(Section.RADIOLOGY, number=1))


@pytest.mark.parametrize("name", [*PAGES, *TRENDS])
def test_panel_never_looks_like_the_end_of_the_page(client: FlaskClient, name: str) -> None:
    # The style sheet takes the first .end for the proof that the whole page has arrived.
    page = html(client, PAGES.get(name) or trend(client, *TRENDS[name]))
    assert len(re.findall(r'class="[^"]*\bend\b', page)) == 1


def test_url_of_a_result_tells_nothing_and_stays_the_same() -> None:
    keys = {result_key(entry) for entry in (*results.MICROBIOLOGY, *results.RADIOLOGY)}
    assert len(keys) == 7
    assert all(re.fullmatch(r"[0-9a-f]{16}", key) for key in keys)
    assert len({item_path(section) for section in Section}) == len(Section)
    unnamed = results.report("Kweek", results.words("a"))
    assert result_key(unnamed) == result_key(replace(unnamed, status="A"))
    assert result_key(unnamed) != result_key(results.report("Kweek", results.words("b")))


@pytest.mark.proves("feature:R01")
@pytest.mark.proves("check:14")
def test_recent_results_of_a_year_include_the_same_date_last_year_and_not_the_day_before(
    client: FlaskClient,
) -> None:
    words = text_of(panel_of(html(client, "/c/results-ok/uitslagen/recent")))
    assert "Kweek keel" in words
    assert "Kweek wond" not in words
    assert "vanaf 22-11-2025" in words
    for title in ("Huidbiopt", "X-thorax", "Echocardiogram", "Coloscopie", "Lichaamsgewicht 71,4 kg"):
        assert title in words
    assert "MRI knie" in words  # without a date it may be recent
    assert "Lichaamslengte" not in words


@pytest.mark.parametrize(
    ("days", "today", "since"),
    [
        (365, date(2024, 2, 29), date(2023, 2, 28)),
        (365, date(2024, 11, 22), date(2023, 11, 22)),
        (730, date(2024, 11, 22), date(2022, 11, 22)),
        (60, date(2026, 3, 1), date(2025, 12, 31)),
    ],
)
@pytest.mark.proves("feature:X10")
def test_recent_period_counts_whole_years_by_the_calendar(days: int, today: date, since: date) -> None:
    assert recent_period(days, today).since == since


@pytest.mark.proves("feature:R01")
@pytest.mark.proves("check:13")
def test_recent_results_name_the_kinds_that_are_missing_and_never_read_as_none(client: FlaskClient) -> None:
    half = panel_of(html(client, "/c/results-half/uitslagen/recent"))
    words = text_of(half)
    assert 'data-state="deels"' in half
    assert "Niet opgehaald: Pathologie." in words
    assert "Niet vrijgegeven voor inzage: Radiologie en nucleaire onderzoeken." in words
    assert "Kweek urine" in words
    partial = text_of(panel_of(html(client, "/c/results-partial/uitslagen/recent")))
    assert "Niet volledig opgehaald: Laboratorium, Metingen" in partial


@pytest.mark.proves("feature:R12")
@pytest.mark.proves("feature:X11")
@pytest.mark.parametrize("scene", ["results-strict", "results-strict-none"])
def test_recent_results_say_what_the_hospital_shows_nowhere_also_when_there_are_none(
    client: FlaskClient, scene: str
) -> None:
    words = text_of(panel_of(html(client, f"/c/{scene}/uitslagen/recent")))
    assert "Laboratorium: Alleen uitslagen aangevraagd door CWZ." in words
    assert "Microbiologie: Alleen met status" in words
    assert "Radiologie en nucleaire onderzoeken: Alleen met status" in words
    everything = text_of(panel_of(html(client, "/c/results-ok/uitslagen/recent")))
    assert "Alleen met status" not in everything
    assert "aangevraagd door" not in everything


def test_recent_results_of_which_one_kind_failed_and_the_rest_is_empty_are_no_empty_list(
    client: FlaskClient, shown: dict[str, Scene]
) -> None:
    scene = shown["results-half"]
    before = scene.outcomes
    nothing = Outcome[RecordEntry].of((), records.NOW)
    scene.outcomes = results.all_of(nothing) | {Section.PATHOLOGY: records.FAILED}
    panel = panel_of(html(client, "/c/results-half/uitslagen/recent"))
    scene.outcomes = before
    assert 'data-state="deels"' in panel
    assert "Geen " not in panel


def test_recent_results_stand_newest_first_and_what_has_no_date_last(client: FlaskClient) -> None:
    panel = panel_of(html(client, "/c/results-ok/uitslagen/recent"))
    dates = re.findall(r'<td data-label="Datum">(?:<time datetime="([^"]*)")?', panel)
    assert [day for day in dates if day] == sorted((day for day in dates if day), reverse=True)
    assert "" not in dates[: len([day for day in dates if day])]


@pytest.mark.parametrize("name", [*PAGES, *TRENDS])
def test_page_tells_no_clinical_word_in_a_url_or_title_and_has_no_inline_style(
    client: FlaskClient, name: str
) -> None:
    page = html(client, PAGES.get(name) or trend(client, *TRENDS[name]))
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", page)
    addresses = [found for found in re.findall(r'href="([^"]*)"', page) if found.startswith("/")]
    titles = re.findall(r"<title>.*?</title>", page, re.DOTALL)
    for told in (*addresses, *titles):
        for word in ("kalium", "bloed", "coli", "thorax", "999990019", "jansen"):
            assert word not in told.lower()


@pytest.mark.proves("check:20")
def test_pages_stay_within_their_budget(client: FlaskClient) -> None:
    grid = client.get("/c/results-wide/uitslagen/lab?datums=12").data
    assert panel_of(grid.decode()).count("<td") >= 40 * 12
    assert len(grid) <= 60_000
    assert len(gzip.compress(grid)) <= 10_000
    for path in (*PAGES.values(), *(trend(client, *where) for where in TRENDS.values())):
        if "/uitslagen/lab" not in path and "recent" not in path:
            assert len(client.get(path).data) <= 25_000


def test_masked_examination_reads_as_masked(client: FlaskClient, shown: dict[str, Scene]) -> None:
    scene = shown["results-half"]
    before = scene.outcomes
    masked = replace(results.report("x"), examination=CodedText(masked=True), taken=at("2026-01-01"))
    scene.outcomes = results.results(endoscopy=Outcome[RecordEntry].of((masked,), records.NOW))
    page = html(client, "/c/results-half/uitslagen/scopie")
    scene.outcomes = before
    assert "afgeschermd" in page


def write_golden_pages() -> None:
    client = make_site(MemoryContexts(scenes())).test_client()
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, page in golden_pages(client).items():
        (GOLDEN / f"{name}.html").write_text(page)


if __name__ == "__main__":
    write_golden_pages()
