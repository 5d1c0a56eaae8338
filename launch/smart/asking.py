"""Asking an EHR one question over HTTP, and what its answers have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from context.codes import RefusalCode
from launch.errors import LaunchRefusedError
from launch.strict_json import StrictJsonError, decode_object
from launch.trust.model import Vendor
from launch.trust.ports import FetchError, WebClient

FHIR_TYPES = frozenset({"application/fhir+json", "application/json"})
MAX_DEPTH = 32
"""FHIR nests extensions in elements of resources in bundles."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FhirVendor:
    """A vendor that is registered for SMART.

    :param client_id: who we are there.
    :param registered: URLs whose hosts we may ask.
    """

    registration: Vendor
    client_id: str
    fhir_base_url: str
    registered: tuple[str, ...]

    @property
    def issuer(self) -> str:
        return self.registration.issuer


def fhir_vendor(vendor: Vendor) -> FhirVendor:
    """:raises LaunchRefusedError: L303 not registered for SMART."""
    if vendor.fhir_base_url is None or vendor.client_id is None:
        raise LaunchRefusedError(RefusalCode.ISSUER_NOT_ACTIVE, "no FHIR server is registered")
    urls = (vendor.fhir_base_url, vendor.sign_on_url, vendor.jwks_url)
    registered = tuple(url for url in urls if url is not None)
    return FhirVendor(vendor, vendor.client_id, vendor.fhir_base_url, registered)


def fetch_object(
    web: WebClient,
    vendor: FhirVendor,
    url: str,
    what: str,
    content_types: frozenset[str],
    headers: Mapping[str, str] = _NOTHING,
) -> Mapping[str, object]:
    """The JSON object at ``url``.

    :param what: names the question in a refusal; no id.
    :raises LaunchRefusedError: L703 no answer, or no JSON object.
    """
    try:
        answer = web.get(url, registered=vendor.registered, content_types=content_types, headers=headers)
    except FetchError as error:
        raise unusable(f"{what}: {error}") from None
    return read_object(answer.body, what)


def read_object(body: bytes, what: str) -> Mapping[str, object]:
    """:raises LaunchRefusedError: L703 no strict JSON object."""
    try:
        return decode_object(body, max_depth=MAX_DEPTH)
    except StrictJsonError as error:
        raise unusable(f"{what}: {error}") from None


def unusable(detail: str) -> LaunchRefusedError:
    """The EHR cannot be used for now: L703, for which the vendor must act."""
    return LaunchRefusedError(RefusalCode.KEYS_UNREACHABLE, detail)
