"""How one hospital's systems are asked: endpoints, dialects, and which question serves which section.

``app/hospitals.py`` makes these from a hospital file; what a file leaves out comes from the tables of
``adapters/zis``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from context.records import Section

MAIN_ENDPOINT = "main"
CONSENT_ENDPOINT = "consent"
REGISTRY_ENDPOINT = "registry"
"""Of documents (XDS.b); the main endpoint when a hospital has none of this name."""


class Dialect(StrEnum):
    """How HL7v3 is spoken (zis.md §1.4): IHE's international form, or the Dutch AORTA form."""

    UV = "uv"
    NL = "nl"


class ConsentService(StrEnum):
    """Who answers the closed authorisation question (D6)."""

    ZIS = "zis"
    MITZ = "mitz"


class KeyReference(StrEnum):
    """How a signature names its certificate (X.509 token profile 1.1 §3.2): it travels in the
    message, or the receiver finds it by issuer and serial number."""

    CERTIFICATE = "certificate"
    ISSUER_SERIAL = "issuer_serial"


@dataclass(frozen=True, slots=True)
class ClientTls:
    """Mutual TLS. :param authorities: PEM file of whom to trust; None for the system's own."""

    certificate: Path
    key: Path = field(repr=False)
    authorities: Path | None = None


@dataclass(frozen=True, slots=True)
class WireSigning:
    """WS-Security on an endpoint (OASIS WSS 1.1 X.509 token profile; AORTA transaction token).

    :param certificate, key: PEM files of our signing certificate.
    :param sign_messages: sign body, addressing headers and timestamp.
    :param transaction_token: send a SAML 2.0 holder-of-key assertion about the user and the BSN.
    :param answer_certificates: PEM file of the certificates whose signature every answer must carry; None
        when answers are not signed.
    :param key_reference: how the signature names the certificate.
    :param audience: whom the transaction token is for; None for the LSP.
    """

    certificate: Path
    key: Path = field(repr=False)
    sign_messages: bool = True
    transaction_token: bool = False
    answer_certificates: Path | None = None
    key_reference: KeyReference = KeyReference.CERTIFICATE
    audience: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address. :param name: by which sections refer to it in the hospital file."""

    name: str
    url: str
    tls: ClientTls | None = None
    signing: WireSigning | None = None


@dataclass(frozen=True, slots=True)
class SectionSource:
    """One source of one section.

    :param interaction: key of the table in ``adapters/zis/interactions.py``.
    :param endpoint: name of the endpoint.
    :param category: what is asked for within the interaction: a QED care provision code, the context code
        of a generic care query, or the type codes of an XDS query; None for the interaction's own default.
    :param soap_action: replaces the interaction's own action.
    :param name: how the source is named on the screen when it is missing; None for the hospital's name for
        its ZIS.
    """

    interaction: str
    endpoint: str = MAIN_ENDPOINT
    category: str | None = None
    soap_action: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ZisConnection:
    """How to reach the hospital's systems.

    :param endpoint: URL of the main endpoint.
    :param consent_endpoint: URL for the closed authorisation question.
    :param sender, receiver: device OIDs for the HL7v3 transmission wrapper.
    :param patient_number_root: OID of the hospital's own patient numbers.
    :param source_name: how a missing source is named on the screen.
    :param dialect: of every section that ``sections`` does not name.
    :param sections: the sources of a section, where they differ from the dialect's own table.
    :param endpoints: all others, by name; ``main`` and ``consent`` may stand here too, with their security.
        Documents are fetched at the one named by their repository's OID, else ``repository``, else ``main``.
    :param patient_interaction: how the person is asked for: PDQv3, or ``QUPA_IN101101``.
    :param patient_endpoint: where, by name.
    """

    endpoint: str
    consent_endpoint: str
    sender: str
    receiver: str
    patient_number_root: str
    source_name: str
    care_provision_code_system: str = "2.16.840.1.113883.5.4"
    dialect: Dialect = Dialect.UV
    sections: Mapping[Section, tuple[SectionSource, ...]] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    consent_service: ConsentService = ConsentService.ZIS
    patient_interaction: str = "PRPA_IN201305UV02"
    patient_endpoint: str = MAIN_ENDPOINT

    def endpoint_named(self, name: str) -> Endpoint:
        """:raises KeyError: no such endpoint; hospital files are checked for that at start."""
        if name in self.endpoints:
            return self.endpoints[name]
        return Endpoint(name, {MAIN_ENDPOINT: self.endpoint, CONSENT_ENDPOINT: self.consent_endpoint}[name])
