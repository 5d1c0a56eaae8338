"""What an EHR says about itself in ``.well-known/smart-configuration`` (SMART App Launch 2.2 §7).

It is a hint and never authority: an endpoint counts only on a host that hospital IT registered for this
vendor, so that a forged document can send neither the browser nor a code elsewhere.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from context.codes import RefusalCode
from context.ports import Clock
from launch.errors import LaunchRefusedError
from launch.smart.asking import FhirVendor, fetch_object, unusable
from launch.trust.ports import JSON_TYPES, WebClient

KEEP_SECONDS = 300.0
"""How long a document serves: the least that a key set may be kept (launch.md §12.5)."""


@dataclass(frozen=True, slots=True)
class SmartConfiguration:
    """The part that a launch needs.

    :param authentication: methods to authenticate a client that the token endpoint takes; empty when it
        does not say.
    :param algorithms: with which a client assertion may be signed; empty when it does not say.
    :param second_scopes: it knows the scopes of SMART 2 (``patient/Patient.r``) only.
    """

    authorization_endpoint: str
    token_endpoint: str
    authentication: frozenset[str]
    algorithms: frozenset[str]
    second_scopes: bool


class SmartConfigurations:
    """Fetches the documents, each at most once in five minutes. Fit for all threads."""

    def __init__(self, web: WebClient, clock: Clock) -> None:
        self._web = web
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, SmartConfiguration]] = {}

    def find(self, vendor: FhirVendor) -> SmartConfiguration:
        """:raises LaunchRefusedError: L703 no answer, or not one that may be used."""
        now = self._clock.monotonic()
        with self._lock:
            kept = self._kept.get(vendor.fhir_base_url)
        if kept is not None and now < kept[0]:
            return kept[1]
        url = f"{vendor.fhir_base_url.rstrip('/')}/.well-known/smart-configuration"
        document = fetch_object(self._web, vendor, url, "smart-configuration", JSON_TYPES)
        found = read_configuration(document, vendor)
        with self._lock:
            self._kept[vendor.fhir_base_url] = (now + KEEP_SECONDS, found)
        return found


def read_configuration(document: Mapping[str, object], vendor: FhirVendor) -> SmartConfiguration:
    """:raises LaunchRefusedError: L703 an endpoint is missing or on another host, another issuer, no S256."""
    if document.get("issuer", vendor.issuer) != vendor.issuer:
        raise unusable("smart-configuration: another issuer")
    if "S256" not in _texts(document, "code_challenge_methods_supported"):
        raise unusable("smart-configuration: no PKCE with S256")
    capabilities = _texts(document, "capabilities")
    methods = _texts(document, "token_endpoint_auth_methods_supported")
    if "client-confidential-asymmetric" in capabilities:
        methods |= {"private_key_jwt"}
    return SmartConfiguration(
        authorization_endpoint=_endpoint(document, "authorization_endpoint", vendor),
        token_endpoint=_endpoint(document, "token_endpoint", vendor),
        authentication=methods,
        algorithms=_texts(document, "token_endpoint_auth_signing_alg_values_supported"),
        second_scopes="permission-v2" in capabilities and "permission-v1" not in capabilities,
    )


def _endpoint(document: Mapping[str, object], name: str, vendor: FhirVendor) -> str:
    url = document.get(name)
    registered = {_origin(each) for each in vendor.registered}
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or "\\" in url:
        raise unusable(f"smart-configuration: no {name}")
    if _origin(url) not in registered:
        raise unusable(f"smart-configuration: {name} is on a host that is not registered")
    return url


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    """Scheme, host and port; None for what is no plain URL, which equals no registered one."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}[parts.scheme]
    except (ValueError, KeyError):
        return ("", url, None)
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        return ("", url, None)
    return parts.scheme, parts.hostname, port


def _texts(document: Mapping[str, object], name: str) -> frozenset[str]:
    values = document.get(name, [])
    if not isinstance(values, list):
        raise LaunchRefusedError(RefusalCode.KEYS_UNREACHABLE, f"smart-configuration: {name} is no list")
    return frozenset(each for each in values if isinstance(each, str))
