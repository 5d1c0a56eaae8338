"""How Dutch identifiers are written (Nictiz naming systems; AORTA for ``IIroot``; IHE ITI TF-3 for CX)."""

import re
from collections.abc import Mapping
from typing import Final

from adapters.his.claim_reader import one_value
from launch.claims import ClaimError, CodedValue

BSN_OID = "2.16.840.1.113883.2.4.6.3"
BSN_SYSTEMS = frozenset({"http://fhir.nl/fhir/NamingSystem/bsn", f"urn:oid:{BSN_OID}"})
ROLCODE_OID = "2.16.840.1.113883.2.4.15.111"

URA_SYSTEM = "http://fhir.nl/fhir/NamingSystem/ura"
UZI_SYSTEM = "http://fhir.nl/fhir/NamingSystem/uzi-nr-pers"
AGB_SYSTEM = "http://fhir.nl/fhir/NamingSystem/agb-z"
UZI_PREFIXES = (f"{UZI_SYSTEM}|", "urn:oid:2.16.528.1.1007.3.1.")
AGB_PREFIXES = (f"{AGB_SYSTEM}|", "urn:oid:2.16.840.1.113883.2.4.6.1.")

_URA_PREFIXES = (
    f"{URA_SYSTEM}|",
    "urn:IIroot:2.16.528.1.1007.3.3:IIext:",
    "urn:oid:2.16.528.1.1007.3.3.",
    "2.16.528.1.1007.3.3.",
)
_URA_DIGITS: Final = 8
_CX: Final = re.compile(rf"([^^]*)\^\^\^&{re.escape(BSN_OID)}&ISO")


def after_prefix(value: str | None, prefixes: tuple[str, ...]) -> str | None:
    """What follows the first prefix that fits, None when none does."""
    for prefix in prefixes:
        if value is not None and value.startswith(prefix):
            return value.removeprefix(prefix)
    return None


def practice_names(sent: str) -> tuple[str, str | None]:
    """``practice_ura`` and ``practice_id`` of an organisation id: a URA number in any of its spellings is
    taken out, everything else stays as sent, for the grant's table of organisations.

    The last arc of an OID cannot begin with a zero, so one that is short gets its zeros back.
    """
    ura = after_prefix(sent, _URA_PREFIXES)
    return ("", sent) if ura is None else (ura.zfill(_URA_DIGITS), None)


def bsn_value(attributes: Mapping[str, tuple[str | CodedValue, ...]], name: str) -> str:
    """The BSN in an HL7 ``InstanceIdentifier`` or in a CX (``999911120^^^&<OID of the BSN>&ISO``).

    :raises ClaimError: absent, more than one, or not said to be a BSN.
    """
    value = one_value(attributes, name)
    if isinstance(value, CodedValue):
        if value.system != BSN_OID:
            raise ClaimError(name, "not the BSN")
        return value.code
    found = _CX.fullmatch(value)
    if found is None:
        raise ClaimError(name, "not the BSN")
    return found[1]
