"""An EHR that is registered, asked under strict rules: nothing reaches an address that is not public."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.web.fetch import WebFetcher
from adapters.zis.transport import SoapTransport
from context.codes import RefusalCode
from launch.errors import LaunchRefusedError
from launch.oauth import Client
from launch.own_keys import NO_KEYS
from launch.smart.asking import FhirVendor, fhir_vendor
from launch.smart.configuration import SmartConfiguration, SmartConfigurations
from launch.smart.resources import FhirReader
from launch.smart.tokens import TokenAnswer, TokenExchange
from launch.trust.model import TrustStatus, Vendor
from tests.clock import SteppingClock
from tests.vendor_server import Answer, VendorServer, trusting

BASE = "/fhir"
CONFIGURATION = f"{BASE}/.well-known/smart-configuration"
DETAILS = {"verifier": "v" * 64, "authentication": "none"}


@pytest.fixture
def ehr() -> Iterator[VendorServer]:
    with VendorServer(secure=True) as server:
        yield server


@pytest.fixture
def loop() -> Iterator[SoapTransport]:
    transport = SoapTransport()
    transport.start()
    yield transport
    transport.stop()


def registered(fhir_base_url: str) -> FhirVendor:
    return fhir_vendor(
        Vendor(
            "https://his.example",
            "HIS",
            "epic",
            TrustStatus.ACTIVE,
            (),
            fhir_base_url=fhir_base_url,
            client_id="zorgtegel",
        )
    )


def document(url: str, **changes: object) -> bytes:
    said: dict[str, Any] = {
        "authorization_endpoint": f"{url}/authorize",
        "token_endpoint": f"{url}/token",
        "code_challenge_methods_supported": ["S256"],
        **changes,
    }
    return json.dumps({name: value for name, value in said.items() if value is not None}).encode()


def configuration(loop: SoapTransport, vendor: FhirVendor, *, strict: bool) -> SmartConfiguration:
    web = WebFetcher(loop, strict=strict, tls=trusting())
    return SmartConfigurations(web, SteppingClock()).find(vendor)


def refused(loop: SoapTransport, vendor: FhirVendor, *, strict: bool = False) -> str:
    with pytest.raises(LaunchRefusedError) as refusal:
        configuration(loop, vendor, strict=strict)
    assert refusal.value.code is RefusalCode.KEYS_UNREACHABLE
    return refusal.value.detail


@pytest.mark.proves("attack:A120")
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "192.168.1.1", "0.0.0.0"],  # noqa: S104
)
def test_strict_service_reaches_no_address_that_is_not_public(
    loop: SoapTransport, ehr: VendorServer, host: str
) -> None:
    detail = refused(loop, registered(f"https://{host}:{ehr.port}{BASE}"), strict=True)
    assert detail == "smart-configuration: address_refused"
    assert ehr.connections == 0


@pytest.mark.proves("attack:A120")
def test_strict_service_asks_nobody_over_plain_http(loop: SoapTransport) -> None:
    detail = refused(loop, registered("http://his.example/fhir"), strict=True)
    assert detail == "smart-configuration: not_https"


@pytest.mark.proves("attack:A120")
def test_token_endpoint_and_fhir_server_are_held_to_the_same(loop: SoapTransport, ehr: VendorServer) -> None:
    web = WebFetcher(loop, strict=True, tls=trusting())
    vendor = registered(f"{ehr.url}{BASE}")
    exchange = TokenExchange(web, NO_KEYS, SteppingClock())
    client = Client("zorgtegel", "https://dossier.example/launch/callback")
    with pytest.raises(LaunchRefusedError, match="address_refused"):
        exchange.redeem(vendor, client, "code", {**DETAILS, "token_endpoint": f"{ehr.url}/token"})
    reader = FhirReader(web, vendor, TokenAnswer("token", "id", "1"), "Practitioner/1")
    with pytest.raises(LaunchRefusedError, match="address_refused"):
        reader.read_all()
    assert ehr.connections == 0


@pytest.mark.proves("attack:A120")
@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint"])
@pytest.mark.parametrize(
    "place",
    [
        "https://elders.example/x",
        "{url}:1/x",
        "{url}@elders.example/x",
        "https://user@127.0.0.1:{port}/x",
        "http://127.0.0.1:{port}/x",
        "//elders.example/x",
        "{url}\\@elders.example",
        "{url}/x#fragment",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "{url}/x\r\nSet-Cookie: a=b",
        "https://127.0.0.1:port/x",
        None,
        7,
    ],
)
def test_endpoint_elsewhere_is_never_used(
    loop: SoapTransport, ehr: VendorServer, name: str, place: object
) -> None:
    said = place.format(url=ehr.url, port=ehr.port) if isinstance(place, str) else place
    ehr.answers[CONFIGURATION] = Answer(document(ehr.url, **{name: said}))
    assert name in refused(loop, registered(f"{ehr.url}{BASE}"))


@pytest.mark.proves("attack:A119")
@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Answer(b"", 302, headers={"Location": CONFIGURATION + "2"}), "redirect"),
        (Answer(b"", 404), "status"),
        (Answer(b"{" + b" " * 65536 + b"}"), "too_large"),
        (Answer(pieces=[b" " * 9000] * 10, announces_length=False), "too_large"),
        (Answer(b"<html></html>", content_type="text/html"), "content_type"),
        (Answer(b"{}", headers={"Content-Encoding": "gzip"}), "content_type"),
        (Answer(b"[]"), "JSON"),
        (Answer(b'{"a":1,"a":2}'), "twice"),
        (Answer(b'{"a":' + b"[" * 40 + b"]" * 40 + b"}"), "deeply"),
        (Answer(b"\xff\xfe{\x00}\x00"), "JSON"),
    ],
)
def test_answer_that_cannot_be_used_is_refused(
    loop: SoapTransport, ehr: VendorServer, answer: Answer, problem: str
) -> None:
    ehr.answers[CONFIGURATION] = answer
    ehr.answers[CONFIGURATION + "2"] = Answer(document(ehr.url))
    assert problem in refused(loop, registered(f"{ehr.url}{BASE}"))
    assert len(ehr.asked) == 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"issuer": "https://elders.example"}, "another issuer"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
        ({"code_challenge_methods_supported": None}, "PKCE"),
        ({"code_challenge_methods_supported": "S256"}, "no list"),
        ({"capabilities": {"launch-ehr": True}}, "no list"),
    ],
)
def test_configuration_that_does_not_fit_is_refused(
    loop: SoapTransport, ehr: VendorServer, change: dict[str, object], problem: str
) -> None:
    ehr.answers[CONFIGURATION] = Answer(document(ehr.url, **change))
    assert problem in refused(loop, registered(f"{ehr.url}{BASE}"))


def test_good_configuration_over_https_is_read(loop: SoapTransport, ehr: VendorServer) -> None:
    ehr.answers[CONFIGURATION] = Answer(document(ehr.url, issuer="https://his.example"))
    found = configuration(loop, registered(f"{ehr.url}{BASE}/"), strict=False)
    assert found.token_endpoint == f"{ehr.url}/token"
    assert found.authorization_endpoint == f"{ehr.url}/authorize"
