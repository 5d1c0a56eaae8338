"""Who launches, and where to: vendors, their users and practice, and the hospitals with a tile."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from sandbox.his.content import LaunchContent
from sandbox.his.dialects import DIALECTS
from sandbox.patients import Persona

URA_ROOT = "2.16.528.1.1007.3.3"


class His(StrEnum):
    """The vendors that code asks for by name, one of each form; ``DIALECTS`` has them all."""

    VIPLIVE = "viplive"
    JWT = "jwt"


@dataclass(frozen=True, slots=True)
class Hospital:
    """A hospital with a tile.

    :param base_url: scheme, host and optional prefix, without a slash at the end.
    :param environment: ``test`` or ``production``, for the registration file.
    """

    slug: str
    name: str
    base_url: str
    environment: str = "test"

    @property
    def launch_url(self) -> str:
        return f"{self.base_url}/launch"

    @property
    def ticket_url(self) -> str:
        return f"{self.base_url}/launch/ticket"

    @property
    def context_ended_url(self) -> str:
        return f"{self.base_url}/context-ended"

    def start_url(self, issuer: str) -> str:
        """Where a two-hop launch of this vendor begins."""
        segment = base64.urlsafe_b64encode(issuer.encode()).rstrip(b"=").decode("ascii")
        return f"{self.base_url}/launch/start/{segment}"

    @property
    def entity_id(self) -> str:
        return f"{self.base_url}/saml/metadata"


@dataclass(frozen=True, slots=True)
class Practice:
    ura_number: str
    agb_code: str
    name: str


@dataclass(frozen=True, slots=True)
class User:
    """A person who works with the HIS."""

    user_id: str
    initials: str
    family_name: str


PRACTICE = Practice("90000001", "05090001", "Huisartsenpraktijk De Linde")
USERS: Mapping[str, User] = {
    "arts": User("177578", "L.", "van Arts"),
    "waarnemer": User("240117", "M.J.", "de Waarnemer"),
}


def sign_on_url_of(his: str, portal_url: str) -> str:
    """The single sign-on service of a vendor of SAML."""
    return f"{portal_url}/sso/{his}"


def issuer_of(his: str, portal_url: str) -> str:
    """The vendor's name in the trust registry."""
    return f"{portal_url}/{his}"


def launch_content(
    persona: Persona, hospital: Hospital, his: str, user: User, portal_url: str
) -> LaunchContent:
    """What the HIS says at a good click."""
    dialect = DIALECTS[his]
    content = LaunchContent(
        issuer=issuer_of(his, portal_url),
        launch_url=hospital.launch_url,
        entity_id=hospital.entity_id,
        bsn=persona.bsn,
        birth_date=persona.birth_date.isoformat(),
        patient_initials=persona.name.initials,
        patient_family_name=persona.name.family_as_used,
        user_id=user.user_id,
        user_initials=user.initials,
        user_family_name=user.family_name,
        practice_ura=PRACTICE.ura_number,
        practice_name=PRACTICE.name,
        practice_oid=f"{URA_ROOT}.{PRACTICE.ura_number}",
        practice_agb=PRACTICE.agb_code,
        role=dialect.role,
        purpose=dialect.purpose,
    )
    return replace(content, user_id=dialect.fill(dialect.user_id, content))
