"""Headless Chromium of the operating system, shared by all browser tests of a run."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.browser.views_site import MemoryContexts, Scene, make_site, scenes, serve

CHROMIUM = Path("/usr/bin/chromium")
_HERE = Path(__file__).parent
# No sandbox: tests run as root here. The others keep Chromium from talking to anyone but us.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser. Without it a user's run skips and says so; CI fails."""
    if not CHROMIUM.exists():
        reason = f"NOT TESTED HERE: no {CHROMIUM}; install Debian's package chromium"
        if os.environ.get("CI") == "true":  # noqa: TID251 (the runner's own setting, not the product's)
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page in a fresh browser profile, 1280 x 800."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="nl-NL")
    yield context.new_page()
    context.close()


@pytest.fixture
def console(page: Page) -> list[str]:
    """Everything that the page says on its console, errors and refused content included."""
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        said.append(f"{message.type}: {message.text}")

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    return said


@pytest.fixture(scope="session")
def _site() -> Iterator[tuple[str, dict[str, Scene]]]:
    shown = scenes()
    with serve(make_site(MemoryContexts(shown))) as url:
        yield url, shown


@pytest.fixture
def site(_site: tuple[str, dict[str, Scene]]) -> str:
    """URL of the screens with records from memory; every scene is as new."""
    url, shown = _site
    shown.clear()
    shown.update(scenes())
    return url


@pytest.fixture
def shown(site: str, _site: tuple[str, dict[str, Scene]]) -> dict[str, Scene]:
    """The scenes behind ``site``, to change while a browser looks at them."""
    return _site[1]


@pytest.fixture
def his_site() -> Iterator[tuple[str, list[str]]]:
    """A site of a HIS on another host than the service, and the page that it serves: a real one, because
    the browser lets no page of unknown address reach this computer."""
    pages: list[str] = []
    app = Flask("his")
    app.add_url_rule("/", "page", lambda: pages[0])
    with serve(app) as url:
        yield url.replace("127.0.0.1", "localhost"), pages
