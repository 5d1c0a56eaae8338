"""What an HIS adapter reads and what it must return.

``adapters.his`` imports this module and nothing else of ours. Everything here was already proven to
be signed by the vendor; nothing here was checked for its content yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class TokenForm(StrEnum):
    JWT = "jwt"
    SAML = "saml"


class ClaimError(Exception):
    """A required claim is missing, empty, twice there or of the wrong type.

    :param claim: the claim's or attribute's name (never its value).
    """

    def __init__(self, claim: str, problem: str) -> None:
        super().__init__(f"{claim}: {problem}")
        self.claim = claim


@dataclass(frozen=True, slots=True)
class CodedValue:
    """A value sent as an HL7 element (``Role``, ``PurposeOfUse``, ``InstanceIdentifier``).

    :param code: ``@code``, or ``@extension`` of an instance identifier.
    :param system: ``@codeSystem``, or ``@root``.
    """

    code: str
    system: str | None = None
    display: str | None = None


@dataclass(frozen=True, slots=True)
class SignedToken:
    """The signed content of one token, form-neutral at the top and raw below.

    :param claims: JWT claims, strictly decoded (no duplicate names); empty for SAML.
    :param attributes: SAML attribute values by Name, each plain text or one HL7 element; empty for JWT.
    :param subject: ``sub``, or the text of NameID.
    :param authenticated_at: ``auth_time`` or AuthnInstant, aware UTC, when sent.
    :param authentication_level: ``acr`` or AuthnContextClassRef, when sent.
    :param session: ``sid`` or SessionIndex, when sent.
    """

    form: TokenForm
    subject: str | None
    claims: Mapping[str, object]
    attributes: Mapping[str, tuple[str | CodedValue, ...]]
    authenticated_at: datetime | None = None
    authentication_level: str | None = None
    session: str | None = None


@dataclass(frozen=True, slots=True)
class LaunchClaims:
    """One launch as every HIS says it in the end: raw text, to be checked by ``launch/verify.py``.

    :param bsn: the text as sent, unchecked.
    :param birth_date: ``YYYY-MM-DD`` or ``YYYYMMDD`` as sent, None when the HIS sent none.
    :param role: code as sent; ``role_system`` an OID or URI, or None for a bare code.
    :param practice_ura: eight digits, without any OID in front; empty when the HIS names its practice
        otherwise.
    :param practice_id: the practice as a HIS without URA numbers names it; the grant's table of
        organisations tells its URA number.
    :param deployment_id: which of the vendor's installations launches, when the HIS says so.
    :param purpose: code as sent (TREAT, TREATMENT, ...), None when the HIS sends none.
    """

    bsn: str
    birth_date: str | None
    user_id: str
    user_name: str
    role: str
    role_system: str | None
    practice_ura: str
    practice_id: str | None = None
    practice_name: str | None = None
    family_name: str | None = None
    user_id_system: str | None = None
    uzi_number: str | None = None
    agb_code: str | None = None
    purpose: str | None = None
    his_product: str | None = None
    deployment_id: str | None = None
    unknown_names: tuple[str, ...] = ()


class ClaimMap(Protocol):
    """One HIS's way of naming things.

    :ivar value_namespaces: XML namespaces whose elements may stand inside SAML attribute values (D12).
    """

    name: str
    form: TokenForm
    value_namespaces: frozenset[str]

    def read(self, signed: SignedToken) -> LaunchClaims:
        """:raises ClaimError: a required name is missing or malformed."""
