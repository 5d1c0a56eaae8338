"""A HIS of SAML that is asked back, step by step: the portal's own pages beside the whole product."""

import base64
import html
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from lxml import etree

from sandbox.his.tokens import LaunchContent, mint_saml
from tests.browser_client import BrowserClient, Reply
from tests.idp_stage import path_of
from tests.stack import Stack

_FIELD = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"


@dataclass(frozen=True)
class Departure:
    """Where the product sends a browser: the sign-on service's URL with everything in it."""

    url: str

    @property
    def parameters(self) -> Mapping[str, str]:
        return {name: value for name, (value,) in parse_qs(urlsplit(self.url).query).items()}

    @property
    def request(self) -> "etree._Element":
        """The AuthnRequest."""
        packed = base64.b64decode(self.parameters["SAMLRequest"])
        return etree.fromstring(zlib.decompress(packed, wbits=-zlib.MAX_WBITS))

    @property
    def request_id(self) -> str:
        return str(self.request.get("ID"))

    @property
    def relay_state(self) -> str:
        return self.parameters["RelayState"]


class SamlSignOn:
    """:param his: the vendor."""

    def __init__(self, stack: Stack, his: str = "viplive") -> None:
        self.stack = stack
        self.his = his

    def click(self, persona: str = "consent_given", hospital: str = "cwz") -> tuple[BrowserClient, str]:
        """A click on a tile. :returns: the browser's half at the portal, and the path at the product."""
        portal = BrowserClient(self.stack.his.url, self.stack.his.url)
        chosen = {"patient": self.stack.his.personas[persona].bsn, "his": self.his, "hospital": hospital}
        answer = portal.post("/tegel", chosen | {"way": "sign_on"})
        assert answer.status == 303, answer.body
        return portal, path_of(answer.location)

    def start(self, browser: BrowserClient, hospital: str = "cwz") -> Departure:
        """The product asks. The portal knows nothing of it yet."""
        _, path = self.click(hospital=hospital)
        answer = browser.get(path)
        assert answer.status == 303, answer.body
        return Departure(answer.location)

    def form(
        self, browser: BrowserClient, persona: str = "consent_given", hospital: str = "cwz"
    ) -> dict[str, str]:
        """As far as the form that the portal's sign-on service posts."""
        portal, path = self.click(persona, hospital)
        departure = browser.get(path)
        assert departure.status == 303, departure.body
        page = portal.get(path_of(departure.location))
        assert page.status == 200, page.body
        return {name: html.unescape(value) for name, value in _FIELD.findall(page.body)}

    def content(self, departure: Departure | None, hospital: str = "cwz") -> LaunchContent:
        """What a genuine answer says. :param departure: None for an unsolicited one."""
        asked = departure.request_id if departure else ""
        return self.stack.click(self.his, hospital=hospital, in_response_to=asked)

    def answer(self, content: LaunchContent, relay_state: str | None, **minting: object) -> dict[str, str]:
        """The form of an answer, genuine but for what is changed."""
        keys, now = self.stack.his.keys, self.stack.clock.now()
        response = mint_saml(content, keys.saml, now=now, **minting)  # type: ignore[arg-type]  # passed on
        return {"SAMLResponse": response} | ({} if relay_state is None else {"RelayState": relay_state})

    def launch(self, browser: BrowserClient, persona: str = "consent_given") -> Reply:
        """The whole way to the redirect."""
        return browser.launch(self.form(browser, persona))
