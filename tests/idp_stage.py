"""A HIS that is asked back, beside the whole product: clicks on its tiles, step by step."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sandbox.his.vendors import Hospital
from sandbox.idp.server import IdpServer
from tests.browser_client import BrowserClient, Reply
from tests.clock import SteppingClock
from tests.stack import HOSPITALS, Stack

_FIELD = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Posting:
    """The form that the provider's page posts by itself."""

    fields: Mapping[str, str]
    origin: str

    def by(self, browser: BrowserClient, hospital: str = "cwz") -> Reply:
        return browser.launch(self.fields, hospital=hospital, origin=self.origin)


class AskedBack:
    """What a test holds: the product, the provider, and the steps between them."""

    def __init__(self, stack: Stack, idp: IdpServer) -> None:
        self.stack = stack
        self.idp = idp

    def click(
        self, grade: str, fault: str = "", persona: str = "consent_given", hospital: str = "cwz"
    ) -> str:
        """A click on a tile. :returns: path and query at the product where the browser is sent."""
        chosen = {"patient": self.idp.personas[persona].bsn, "hospital": hospital, "grade": grade}
        answer = self._provider().request(
            "POST", "/tegel", urlencode(chosen | {"fault": fault}), {"Content-Type": _FORM}
        )
        assert answer.status == 303, answer.body
        return path_of(answer.location)

    def start(
        self, browser: BrowserClient, grade: str, fault: str = "", persona: str = "consent_given"
    ) -> Reply:
        """Click, and what the product answers: normally a redirect to the provider."""
        return browser.get(self.click(grade, fault, persona))

    def sign_on(self, browser: BrowserClient, fault: str = "", persona: str = "consent_given") -> Posting:
        """As far as the form that the provider posts."""
        started = self.start(browser, "two_hop", fault, persona)
        assert started.status == 303, (started.status, started.body)
        return self.posting(started.location)

    def posting(self, url: str) -> Posting:
        """What the provider makes of an authentication request."""
        page = self._provider().get(path_of(url))
        assert page.status == 200, page.body
        found = {name: html.unescape(value) for name, value in _FIELD.findall(page.body)}
        return Posting(found, self.idp.url)

    def authorize(self, browser: BrowserClient, fault: str = "", persona: str = "consent_given") -> str:
        """As far as the return from the EHR. :returns: path and query of the callback."""
        started = self.start(browser, "smart", fault, persona)
        assert started.status == 303, (started.status, started.body)
        return self.returning(started.location)

    def returning(self, url: str) -> str:
        """Where the EHR sends the browser after an authorization request."""
        answer = self._provider().get(path_of(url))
        assert answer.status == 302, answer.body
        return path_of(answer.location)

    def launch(
        self, browser: BrowserClient, grade: str, fault: str = "", persona: str = "consent_given"
    ) -> Reply:
        """The whole way, as far as the product lets it come."""
        started = self.start(browser, grade, fault, persona)
        if started.status != 303:
            return started
        if grade == "two_hop":
            return self.posting(started.location).by(browser)
        return browser.get(self.returning(started.location))

    def decisions(self) -> list[Mapping[str, object]]:
        """The fields of every LAUNCH_DECISION so far."""
        return [record.fields for record in self.stack.records("LAUNCH_DECISION")]

    def _provider(self) -> BrowserClient:
        return BrowserClient(self.idp.url, self.idp.url)


def path_of(url: str) -> str:
    """Path and query of a URL."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def query_of(url: str) -> dict[str, str]:
    """The parameters of a URL, each once."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items() if len(values) == 1}


@pytest.fixture
def asked_back(
    stack: Stack, his_keys: Path, tmp_path: Path, stepping_clock: SteppingClock
) -> Iterator[AskedBack]:
    """The product on SQLite with a provider that it may ask back."""
    with IdpServer(data=his_keys / "idp", now=stepping_clock.now) as idp:
        idp.show_hospitals([Hospital(slug, slug, stack.base_url(slug), "test") for slug in HOSPITALS])
        files = idp.write_registrations(tmp_path / "idp-registrations")
        # Not by the command: its keys would be valid from today on, and the clock of the tests stands still.
        stack.product.register(*(file.read_text("utf-8") for file in files))
        yield AskedBack(stack, idp)
