"""Whole pages as the routes answer them: what stands in them, and what never may.

Golden pages are in ``tests/golden/pages``; ``python -m tests.unit.test_templates`` writes them anew.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest
from flask.testing import FlaskClient

from context.outcome import Outcome
from context.ports import ContextPhase
from context.records import RecordEntry, ResultValue, ValueKind
from tests.browser import views_records as records
from tests.browser.views_site import MemoryContexts, Scene, make_site, scenes
from views.catalogue.care_moments import CARE_MOMENTS
from views.catalogue.record import RECORD
from views.refusals import PageFamily
from views.rendering import render
from views.texts import TEMPLATES, default_texts

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "pages"
STATES = {
    "ok": "few",
    "leeg": "empty",
    "deels": "partial",
    "fout": "failed",
    "geen-recht": "locked",
    "niet-vrijgegeven": "withheld",
}
PAGES = {
    "patient_information": "/c/ok/patientinformatie",
    "patient_information_limited": "/c/limited/",
    "patient_information_bare": "/c/bare/",
    "patient_information_deceased": "/c/dead/",
    **{f"laboratory_{state}": f"/c/{scene}/uitslagen/lab" for state, scene in STATES.items()},
    **{f"list_{item.key}": f"/c/full/{item.path}" for item in (*CARE_MOMENTS, *RECORD)},
    **{f"page_{family.value}": f"/page/{family.value}" for family in PageFamily},
}


@pytest.fixture(scope="module")
def shown() -> dict[str, Scene]:
    return scenes()


@pytest.fixture(scope="module")
def client(shown: dict[str, Scene]) -> FlaskClient:
    return make_site(MemoryContexts(shown)).test_client()


@pytest.fixture
def scene(shown: dict[str, Scene]) -> Iterator[Scene]:
    """The ordinary patient, put back as it was."""
    ordinary = shown["ok"]
    ordinary.pages.clear()
    ordinary.printed.clear()
    ordinary.visits = ordinary.extended = 0
    yield ordinary
    ordinary.phase = ContextPhase.OPEN


def html(client: FlaskClient, path: str) -> str:
    return client.get(path).get_data(as_text=True)


def normalised(page: str) -> str:
    """Without the assets' fingerprints, and without white space that no one sees."""
    lines = (re.sub(r"\s+", " ", line).strip() for line in page.splitlines())
    return re.sub(r"v=[0-9a-f]{8}", "v=FINGERPRINT", "\n".join(line for line in lines if line)) + "\n"


class _Text(HTMLParser):
    """The words of an element chosen by an attribute, without markup."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def text_of(markup: str) -> str:
    parser = _Text()
    parser.feed(markup)
    return " ".join(" ".join(parser.words).split())


def panel_of(page: str) -> str:
    found = re.search(r'<section class="panel".*?</section>', page, re.DOTALL)
    assert found is not None
    return found.group()


@pytest.mark.parametrize("name", PAGES)
def test_page_equals_its_golden_copy(client: FlaskClient, name: str) -> None:
    assert normalised(html(client, PAGES[name])) == (GOLDEN / f"{name}.html").read_text()


@pytest.mark.parametrize("state", STATES)
def test_panel_has_its_own_state_and_markup(client: FlaskClient, state: str) -> None:
    panel = panel_of(html(client, f"/c/{STATES[state]}/uitslagen/lab"))
    assert f'data-state="{state}"' in panel
    assert ("<table>" in panel) == (state in ("ok", "deels"))
    assert ('role="alert"' in panel) == (state == "fout")
    assert ("Geen " in panel) == (state == "leeg")


@pytest.mark.proves("check:13")
def test_failed_panel_has_no_geen_in_it_and_a_way_to_try_again(client: FlaskClient) -> None:
    panel = panel_of(html(client, "/c/failed/uitslagen/lab"))
    assert "geen" not in panel.lower()
    assert 'href="/c/failed/uitslagen/lab"' in panel


@pytest.mark.parametrize("path", sorted(set(PAGES.values())))
def test_title_and_links_hold_no_name_and_no_bsn(client: FlaskClient, path: str) -> None:
    page = html(client, path)
    outside_text = re.findall(r'(?:href|action|src|name|value|id|content)="[^"]*"', page)
    outside_text += re.findall(r"<title>.*?</title>", page, re.DOTALL)
    for found in outside_text:
        assert "jansen" not in found.lower()
        assert "999990019" not in found


@pytest.mark.parametrize("path", sorted(set(PAGES.values())))
def test_page_has_no_inline_style_or_script(client: FlaskClient, path: str) -> None:
    page = html(client, path)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


@pytest.mark.parametrize("path", [path for name, path in PAGES.items() if name.startswith("page_")])
def test_page_without_data_names_no_patient_and_loads_no_script(client: FlaskClient, path: str) -> None:
    page = html(client, path)
    assert "<script" not in page
    assert "JANSEN" not in page
    assert "7K2M-9XQ4" in page


def test_page_for_no_hospital_asks_nothing_of_a_host_that_is_not_known(client: FlaskClient) -> None:
    assert not re.search(r"(href|src)=", html(client, "/page/NEUTRAL"))


def test_text_from_outside_is_escaped(client: FlaskClient, scene: Scene) -> None:
    evil = "<img src=x onerror=alert(1)>\" ' {{ 7*7 }}"
    result = records.lab(evil, ResultValue(ValueKind.TEXT, evil), remarks=(evil,))
    before = scene.outcomes
    scene.outcomes = records.outcomes(Outcome[RecordEntry].of((result,), records.NOW))
    page = html(client, "/c/ok/uitslagen/lab")
    scene.outcomes = before
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "49" not in panel_of(page)


def test_template_with_a_value_that_nobody_gave_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render("paused.html", start="/")


@pytest.mark.proves("feature:X01")
@pytest.mark.proves("feature:F03")
def test_start_page_is_patientinformatie_unless_the_hospital_says_otherwise(client: FlaskClient) -> None:
    first = client.get("/c/ok/")
    assert (first.status_code, first.headers.get("Location")) == (200, None)
    assert "<title>Patiëntinformatie – CWZ</title>" in first.get_data(as_text=True)
    assert "<title>Recente uitslagen – CWZ</title>" in html(client, "/c/labfirst/")


def test_pages_are_read_under_their_english_names(client: FlaskClient, scene: Scene) -> None:
    html(client, "/c/ok/")
    html(client, "/c/ok/uitslagen/lab")
    assert scene.pages == ["patient_information", "laboratory"]


@pytest.mark.proves("feature:B02")
def test_without_consent_no_tab_leads_anywhere_and_the_laboratory_stays_shut(client: FlaskClient) -> None:
    page = html(client, "/c/limited/")
    tabs = re.findall(r'<nav class="tabs".*?</nav>', page, re.DOTALL)[0]
    assert tabs.count("Niet beschikbaar") == 3
    assert tabs.count("href=") == 1
    panel = panel_of(html(client, "/c/limited/uitslagen/lab"))
    assert 'data-state="geen-recht"' in panel
    assert "Kalium" not in panel


@pytest.mark.proves("feature:A03")
@pytest.mark.proves("feature:A04")
@pytest.mark.proves("feature:A05")
@pytest.mark.proves("feature:A06")
@pytest.mark.proves("feature:U01")
@pytest.mark.proves("feature:U02")
@pytest.mark.proves("feature:U07")
@pytest.mark.proves("feature:U10")
@pytest.mark.proves("feature:U11")
@pytest.mark.proves("feature:U14")
@pytest.mark.parametrize(
    "word", ["zoeken", "patienten", "home", "recente", "klinisch", "seh-overzicht", "nood"]
)
def test_parts_of_the_stand_alone_portal_do_not_exist(client: FlaskClient, scene: Scene, word: str) -> None:
    for path in (f"/{word}", f"/c/ok/{word}", f"/c/ok/{word}/"):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404
    assert scene.visits == 0


@pytest.mark.proves("feature:U05")
@pytest.mark.proves("feature:U08")
def test_no_page_offers_to_search_or_choose_a_patient(client: FlaskClient) -> None:
    for path in PAGES.values():
        # Recent results of this patient are a page; recent patients are none.
        words = text_of(html(client, path)).lower().replace("recente uitslagen", "")
        for absent in ("patiënt zoeken", "home", "recente", "klinische patiënten", "selecteer deze patiënt"):
            assert absent not in words


@pytest.mark.parametrize(
    ("phase", "status"),
    [
        (ContextPhase.OPEN, 200),
        (ContextPhase.REPLACED, 409),
        (ContextPhase.EXPIRED, 401),
        (ContextPhase.CLOSED, 200),
        (ContextPhase.REFUSED, 403),
        (ContextPhase.PENDING, 200),
    ],
)
def test_status_tells_the_phase_and_nothing_else(
    client: FlaskClient, scene: Scene, phase: ContextPhase, status: int
) -> None:
    scene.phase = phase
    answer = client.get("/c/ok/status")
    more = {"left": 900, "in_all": 14_000} if phase is ContextPhase.OPEN else {}
    assert (answer.status_code, answer.json) == (status, {"phase": phase.value, **more})
    assert "no-store" in answer.headers["Cache-Control"]
    assert (scene.visits, scene.extended, scene.pages) == (0, 0, [])


def test_status_of_an_unknown_context_is_unknown(client: FlaskClient) -> None:
    answer = client.get("/c/nobody/status")
    assert (answer.status_code, answer.json) == (404, {"phase": "unknown"})


@pytest.mark.parametrize("word", ["verlengen", "sluiten", "afgedrukt"])
def test_extend_and_close_by_get_are_not_allowed(client: FlaskClient, scene: Scene, word: str) -> None:
    assert client.get(f"/c/ok/{word}").status_code == 405
    assert (scene.extended, scene.phase) == (0, ContextPhase.OPEN)


@pytest.mark.parametrize(
    ("page", "place"),
    [("laboratory", "uitslagen/lab"), ("", ""), ("//evil.example", "")],
)
def test_extend_goes_back_to_the_page_that_asked(
    client: FlaskClient, scene: Scene, page: str, place: str
) -> None:
    answer = client.post("/c/ok/verlengen", data={"pagina": page})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/c/ok/{place}")
    assert (scene.extended, scene.visits) == (1, 0)


def test_extend_by_a_script_answers_as_status_does_and_leaves_the_page(
    client: FlaskClient, scene: Scene
) -> None:
    answer = client.post("/c/ok/verlengen", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json) == (200, {"phase": "open", "left": 900, "in_all": 14_000})
    assert (scene.extended, scene.visits) == (1, 0)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
@pytest.mark.parametrize("word", ["verlengen", "sluiten", "afgedrukt"])
def test_no_other_site_can_extend_close_or_record_a_print(
    client: FlaskClient, scene: Scene, word: str, site: str
) -> None:
    answer = client.post(f"/c/ok/{word}", data={"pagina": "laboratory"}, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 404
    assert (scene.extended, scene.phase, scene.printed) == (0, ContextPhase.OPEN, [])


@pytest.mark.proves("feature:F04")
def test_print_of_the_browser_is_recorded_for_a_page_of_this_hospital_only(
    client: FlaskClient, scene: Scene
) -> None:
    assert client.post("/c/ok/afgedrukt", data={"pagina": "laboratory"}).status_code == 204
    assert client.post("/c/ok/afgedrukt", data={"pagina": "<script>"}).status_code == 404
    assert client.post("/c/ok/afgedrukt").status_code == 404
    assert scene.printed == ["laboratory"]


@pytest.mark.proves("feature:F04")
def test_page_on_paper_has_no_menus_and_leads_back_to_the_same_choice(
    client: FlaskClient, scene: Scene
) -> None:
    page = html(client, "/c/ok/uitslagen/lab?venster=1&weergave=afdruk")
    assert scene.printed == ["laboratory"]
    assert 'class="tabs"' not in page
    assert 'href="/c/ok/uitslagen/lab?venster=1"' in page
    assert "Afgedrukt 22-11-2026 14:03 door huisarts, Huisartsenpraktijk De Linde" in page
    normal = html(client, "/c/ok/uitslagen/lab?venster=1")
    assert 'href="/c/ok/uitslagen/lab?venster=1&amp;weergave=afdruk"' in normal
    assert scene.printed == ["laboratory"]


@pytest.mark.proves("feature:F04")
def test_hospital_that_forbids_printing_has_no_print_page_and_prints_nothing(
    client: FlaskClient, scene: Scene, shown: dict[str, Scene]
) -> None:
    scene = shown["unprinted"]
    page = html(client, "/c/unprinted/uitslagen/lab")
    assert "weergave=afdruk" not in page
    assert 'id="record" class="no-paper"' in page
    assert "CWZ staat afdrukken niet toe." in page
    assert client.get("/c/unprinted/uitslagen/lab?weergave=afdruk").status_code == 404
    assert client.post("/c/unprinted/afgedrukt", data={"pagina": "laboratory"}).status_code == 404
    assert (scene.printed, scene.pages) == ([], ["laboratory"])


@pytest.mark.proves("feature:A18")
def test_close_answers_the_closed_page_and_so_does_every_later_request(
    client: FlaskClient, scene: Scene
) -> None:
    answer = client.post("/c/ok/sluiten")
    assert answer.status_code == 200
    assert "Het dossier is gesloten" in answer.get_data(as_text=True)
    assert "Het dossier is gesloten" in html(client, "/c/ok/uitslagen/lab")
    assert scene.pages == []


def test_idle_window_does_not_extend_a_context_that_another_window_keeps_open(
    client: FlaskClient, scene: Scene
) -> None:
    page = html(client, "/c/ok/?rust=1")
    assert "Dit venster is gesloten" in page
    assert "JANSEN" not in page
    assert (scene.extended, scene.pages) == (0, [])
    scene.phase = ContextPhase.EXPIRED
    assert client.get("/c/ok/?rust=1").status_code == 401


def test_every_text_is_used_and_every_key_that_is_written_out_exists() -> None:
    files = [*(ROOT / "views").rglob("*.py"), *TEMPLATES.rglob("*.html")]
    sources = "".join(path.read_text("utf-8") for path in files)
    keys = set(default_texts().keys())
    named = set(re.findall(r'(?:texts|find)\(\s*"([a-z_]+\.[a-z_]+)"', sources))
    assert named <= keys
    built = re.compile(
        r"(refusal|gender|role|salutation|address|telecom|flag|tab|provider|item|group|inline|clinical|"
        r"column|empty|note|stage|status|month|document|medication\w*)\."
        r"|lab\.status_|(lab|measurement)\.(column|heading|caption|rows|results|absent|nothing_in|dates|moments|first|earlier|later|last)"
        r"|trend\.(pending|bounds|left_out|outside)"
        r"|(result_)?status_?\w*\.|susceptibility\.|recent\.(one|failed|partial|not_permitted|held)"
    )
    unused = {key for key in keys if not built.match(key) and f'"{key}"' not in sources}
    assert unused == set()


def test_assets_stay_within_their_budget() -> None:
    def size(name: str) -> int:
        return (ROOT / "static" / name).stat().st_size

    assert size("app.css") <= 20_000
    assert sum(path.stat().st_size for path in (ROOT / "static").glob("*.js")) <= 12_000


@pytest.mark.proves("check:20")
def test_pages_stay_within_their_budget(client: FlaskClient) -> None:
    assert len(client.get("/c/ok/uitslagen/lab").data) <= 60_000
    assert len(client.get("/c/ok/patientinformatie").data) <= 25_000


def write_golden_pages() -> None:
    client = make_site(MemoryContexts(scenes())).test_client()
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, path in PAGES.items():
        (GOLDEN / f"{name}.html").write_text(normalised(html(client, path)))


if __name__ == "__main__":
    write_golden_pages()
