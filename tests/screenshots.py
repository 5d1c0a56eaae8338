"""``make screenshots``: one PNG and one print PDF of every page of every hospital, out of the demo.

    python -m tests.screenshots [--persona everything] [--folder var/screenshots] [--width 1280]

Nothing of it is checked; it is for eyes. Chromium is the one of the operating system.
"""

import argparse
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from bench.processes import ZORGTEGEL, free_port
from tests.browser.conftest import ARGUMENTS, CHROMIUM

ROOT = Path(__file__).resolve().parents[1]
HEIGHT = 900


def main() -> None:
    """Prints a line for each file."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--persona", default="everything", help="key of the sandbox's patients")
    options.add_argument("--folder", type=Path, default=ROOT / "var" / "screenshots")
    options.add_argument("--width", type=int, default=1280)
    asked = options.parse_args()
    with _demo() as portal, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        for hospital in _hospitals(browser, portal, asked.persona):
            for file in _photograph(browser, portal, asked.persona, hospital, asked.width, asked.folder):
                print(file.relative_to(asked.folder))  # noqa: T201
        browser.close()


@contextmanager
def _demo() -> Iterator[str]:
    """The demo on free ports; yields the address of the HIS portal."""
    command = [ZORGTEGEL, "demo", "--port", str(free_port())]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as demo:
        try:
            assert demo.stdout is not None
            ready = next((line for line in demo.stdout if line.startswith("ready: ")), None)
            if ready is None:
                raise SystemExit("the demo did not start")
            yield ready.removeprefix("ready: ").strip()
        finally:
            demo.terminate()


def _hospitals(browser: Browser, portal: str, persona: str) -> list[str]:
    page = browser.new_page()
    page.goto(f"{portal}?patient={persona}")
    tiles = page.locator(f'[data-persona="{persona}"] [name=hospital]')
    found = [tile.get_attribute("value") or "" for tile in tiles.all()]
    page.close()
    return list(dict.fromkeys(found))


def _photograph(
    browser: Browser, portal: str, persona: str, hospital: str, width: int, folder: Path
) -> Iterator[Path]:
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, locale="nl-NL")
    page = context.new_page()
    _open(page, portal, persona, hospital)
    start = urlsplit(page.url).path
    target = folder / hospital
    target.mkdir(parents=True, exist_ok=True)
    seen: dict[str, None] = {}
    waiting = _menu(page)
    while waiting:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen[path] = None
        page.goto(f"{urlsplit(page.url).scheme}://{urlsplit(page.url).netloc}{path}")
        waiting += [other for other in _menu(page) if other not in seen]
        name = f"{len(seen):02d}-{path.removeprefix(start).strip('/').replace('/', '-') or 'start'}"
        page.screenshot(path=target / f"{name}.png", full_page=True)
        yield target / f"{name}.png"
        page.pdf(path=target / f"{name}.pdf", format="A4", landscape=True, prefer_css_page_size=True)
        yield target / f"{name}.pdf"
    context.close()


def _open(page: Page, portal: str, persona: str, hospital: str) -> None:
    page.goto(f"{portal}?patient={persona}&hospital={hospital}")
    tile = f'form:has([name=hospital][value="{hospital}"]) button[name=his]'
    page.locator(f'[data-persona="{persona}"] {tile}').first.click()
    page.wait_for_url("**/c/*/")
    page.locator("footer .end").wait_for()


def _menu(page: Page) -> list[str]:
    links = page.locator(".tabs a, .menu a")
    return [urlsplit(link.get_attribute("href") or "").path for link in links.all()]


if __name__ == "__main__":
    main()
