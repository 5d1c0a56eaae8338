"""A hospital as the rest of the code sees it. ``app/hospitals.py`` makes these from TOML files (D10)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from context.display import DisplayProfile
from context.records import Section
from context.zis import ZisConnection


class Environment(StrEnum):
    TEST = "test"
    PRODUCTION = "production"


class WithoutConsent(StrEnum):
    """What a GP sees when the patient refused or did not answer (feature B01, B02)."""

    REFUSE = "refuse"
    PATIENT_INFORMATION_ONLY = "patient_information_only"


class OtherPatient(StrEnum):
    """What a launch for another patient does to the user's live context (D4)."""

    REPLACE = "replace"
    KEEP = "keep"


class StartPage(StrEnum):
    PATIENT_INFORMATION = "patient_information"
    RESULTS = "results"


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a GP gets help; printed on every page and every refusal (feature F06)."""

    name: str
    phone: str | None = None
    email: str | None = None
    hours: str | None = None


@dataclass(frozen=True, slots=True)
class ConsentHelp:
    """How the patient gives consent (feature B05, B06). :param path: menu path in the patient portal."""

    path: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Hospital:
    """One hospital: everything in which two portals may differ is a field here, never an ``if``.

    :param slug: file name without ``.toml``.
    :param base_url: scheme, host and optional one-segment prefix, without a slash at the end.
    :param ura_number: eight digits, the holder of the record in the consent question.
    :param labels: screen names by key (``tab.zorgmomenten`` ...), over the defaults in texts.toml.
    :param idle_minutes: 1 to 15 (D17: a hospital may only lower it).
    :param accepted_authentication: ``acr`` or AuthnContextClassRef values of log-ins at the HIS that are
        strong enough; empty for any, also for none named.
    :param consent_categories: the data category of a section, where it is not that of treatment data.
    :param max_authentication_minutes: 1 to 720, how long ago that log-in may be; None when not checked.
    """

    slug: str
    name: str
    base_url: str
    environment: Environment
    ura_number: str
    contact: Contact
    consent_help: ConsentHelp
    zis: ZisConnection
    without_consent: WithoutConsent = WithoutConsent.REFUSE
    other_patient: OtherPatient = OtherPatient.REPLACE
    start_page: StartPage = StartPage.PATIENT_INFORMATION
    facility_type: str = "V4"
    idle_minutes: int = 15
    labels: Mapping[str, str] = field(default_factory=dict)
    sections: frozenset[Section] = frozenset(Section)
    display: DisplayProfile = field(default_factory=DisplayProfile)
    notice: str | None = None
    accepted_authentication: frozenset[str] = frozenset()
    max_authentication_minutes: int | None = None
    consent_categories: Mapping[Section, str] = field(default_factory=dict)

    @property
    def launch_url(self) -> str:
        """``aud``, Recipient and Destination of every launch (D10)."""
        return f"{self.base_url}/launch"

    @property
    def entity_id(self) -> str:
        """The SAML Audience (D10)."""
        return f"{self.base_url}/saml/metadata"

    @property
    def ticket_url(self) -> str:
        """``aud`` of a client assertion that asks for a ticket."""
        return f"{self.base_url}/launch/ticket"

    @property
    def context_ended_url(self) -> str:
        """``aud`` of every message that a context ended at the HIS."""
        return f"{self.base_url}/context-ended"
