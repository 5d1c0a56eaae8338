"""A GP at the sandbox portal in a real browser, and a witness of all that the browser does and says."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request

from sandbox.his.vendors import His
from sandbox.patients import Persona
from tests.stack import Stack

WIDTHS = (1280, 320)
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


# The whole portal has thousands of tiles, and a browser needs seconds for it.
_FEW = (("group", "people"), ("hospital", "cwz"), ("hospital", "saxenburgh"))


def open_portal(
    page: Page,
    stack: Stack,
    *,
    fault: str = "",
    user: str = "",
    way: str = "",
    only: Sequence[tuple[str, str]] = _FEW,
) -> None:
    """:param fault, user, way: what every tile of the page sends; see ``sandbox/his/portal.py``.

    :param only: which patients and hospitals are on it.
    """
    query = urlencode([("fault", fault), ("user", user), ("way", way), *only])
    page.goto(f"{stack.his.url}/?{query}")


def click_tile(page: Page, persona: str, *, his: str = His.JWT, hospital: str = "cwz") -> None:
    """One click on the portal's page; a browser without script needs the button of the page between."""
    tile = f'form:has([name=hospital][value="{hospital}"]) button[name=his][value="{his}"]'
    page.locator(f'[data-persona="{persona}"] {tile}').click()


def launch(page: Page, stack: Stack, persona: str, **tile: Any) -> str:
    """A good click, followed to the patient. :returns: the URL of the context."""
    open_portal(page, stack, only=[("patient", persona), ("hospital", tile.get("hospital", "cwz"))])
    click_tile(page, persona, **tile)
    page.wait_for_url("**/c/*/")
    page.locator(".banner .name").wait_for()
    return page.url


def names_of(persona: Persona) -> tuple[str, ...]:
    """Family names as a page, a title or a URL could have them."""
    families = [family for family in (persona.name.family, persona.name.partner_family) if family]
    return tuple(form for family in families for form in (family, family.upper()))


def assert_shows_nothing_of(page: Page, persona: Persona) -> None:
    """Neither in the markup nor in the title: not only out of sight."""
    said = page.content() + page.title()
    for secret in (*names_of(persona), persona.bsn, persona.birth_date.strftime("%d-%m-%Y")):
        assert secret not in said
    assert "Allergie" not in said
    assert "Kalium" not in said


def assert_accessible(page: Page) -> None:
    """axe finds nothing at any width, and only the grid scrolls sideways (checks 3 and 11)."""
    # A page that a click has brought may be whole before its style sheet is.
    page.wait_for_load_state()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": _TAGS}})
        broken = [(rule["id"], [node["html"] for node in rule["nodes"]][:3]) for rule in _broken(found)]
        assert broken == [], (page.url, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def _broken(found: Any) -> Iterable[Mapping[str, Any]]:
    violations: Iterable[Mapping[str, Any]] = found.response["violations"]
    return violations


class Witness:
    """Everything one page requested and said on its console, refused content included."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.console: list[str] = []
        self.requests: list[Request] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.console.append(f"error: {error}"))
        page.on("request", self._remember)

    def _remember(self, request: Request) -> None:
        self.requests.append(request)

    def _note(self, message: ConsoleMessage) -> None:
        # The browser's own remark that a page came with a status of 400 or more, as it should.
        own = message.text.startswith("Failed to load resource: the server responded with a status of")
        if not (own and message.location["url"] == self._page.url):
            self.console.append(f"{message.type}: {message.text}")

    @property
    def launches(self) -> list[Request]:
        return [request for request in self.requests if request.url.endswith("/launch")]

    def tokens(self) -> set[str]:
        """Whatever the portal's forms sent to the service."""
        posted = [parse_qs(request.post_data or "") for request in self.launches]
        return {value for fields in posted for values in fields.values() for value in values}

    def assert_same_origin_after_the_tile(self, service: str) -> None:
        """From the launch on nobody but the service is asked for anything (check 4)."""
        first = self.requests.index(self.launches[0])
        origins = {urlsplit(request.url)[:2] for request in self.requests[first:]}
        assert origins == {urlsplit(service)[:2]}

    def assert_urls_and_history_tell_nothing(self, *personas: Persona) -> None:
        """No token, BSN or name in any URL or title (check 1, A122, A123)."""
        session = self._page.context.new_cdp_session(self._page)
        history = session.send("Page.getNavigationHistory")["entries"]
        assert len(history) > 1
        said = [f"{entry['url']} {entry['userTypedURL']} {entry['title']}" for entry in history]
        said += [request.url for request in self.requests]
        said += [str(request.headers.get("referer", "")) for request in self.requests]
        secrets = self.tokens().union(*(set(names_of(p)) | {p.bsn} for p in personas))
        assert len(secrets) >= 2
        for secret in secrets:
            assert not any(secret in line for line in said)
