"""The change notice of Mitz: a FHIR bundle with one Consent for each choice (FHIR R4 Subscription, rest-hook;
profile Consent-Mitz-Notify 3.8.0, as in its public sample)."""

from typing import Any

from lxml import etree

from adapters.xml import XmlLimits, parse_xml
from context.bsn import Bsn
from context.notice import ConsentNotice

MAX_BYTES = 256 * 1024

_LIMITS = XmlLimits(depth=32, elements=10_000, attributes=16, namespaces=16, plain=True)
_FHIR = "http://hl7.org/fhir"
_PREFIXES: Any = {"f": _FHIR}
_BSN_SYSTEM = "http://fhir.nl/fhir/NamingSystem/bsn"
_URA_SYSTEM = "http://fhir.nl/fhir/NamingSystem/ura"
_CATEGORIES = "http://fhir.nl/otv/CodeSystem/gegevenscategorie"
_CONSULTING = "http://fhir.nl/otv/CodeSystem/raadplegende-zorgaanbiedercategorie"
_GENERAL_PRACTICES = "RPZAC001"


class NoticeShapeError(Exception):
    """Not a bundle about the choices of one patient. The text says why and repeats nothing of it."""


def read_notice(raw: bytes) -> ConsentNotice:
    """The patient, the record holders, and what is refused to general practices.

    A choice that is not plainly an active permit counts as a refusal, also beside a permit for the same
    category; so does one that names no category or no consulting party: for all of them.

    :raises XmlRefusedError: not XML within the limits.
    :raises NoticeShapeError: another content.
    :raises BsnFormatError: the patient's number is not a BSN.
    """
    root = parse_xml(raw, max_bytes=MAX_BYTES, limits=_LIMITS)
    if root.tag != f"{{{_FHIR}}}Bundle":
        raise NoticeShapeError("not a bundle")
    consents = _resources(root, "Consent")
    if not consents:
        raise NoticeShapeError("no choice in it")
    numbers = {
        number for patient in _resources(root, "Patient") for number in _identifiers(patient, _BSN_SYSTEM)
    }
    if len(numbers) != 1:
        raise NoticeShapeError("not one patient")
    holders = {
        number for each in _resources(root, "Organization") for number in _identifiers(each, _URA_SYSTEM)
    }
    refusing = [consent for consent in consents if _is_about_practices(consent) and not _permits(consent)]
    refused = [_codes(consent, "f:category/f:coding", _CATEGORIES) for consent in refusing]
    return ConsentNotice(
        bsn=Bsn(numbers.pop()),
        holders=frozenset(holders),
        refused=frozenset[str]().union(*refused),
        refuses_all=not all(refused),
    )


def _resources(root: etree._Element, kind: str) -> list[etree._Element]:
    return root.findall(f"f:entry/f:resource/f:{kind}", _PREFIXES)


def _identifiers(resource: etree._Element, system: str) -> set[str]:
    return {
        _value(identifier, "f:value")
        for identifier in resource.findall("f:identifier", _PREFIXES)
        if _value(identifier, "f:system") == system
    }


def _permits(consent: etree._Element) -> bool:
    return (_value(consent, "f:status"), _value(consent, "f:provision/f:type")) == ("active", "permit")


def _is_about_practices(consent: etree._Element) -> bool:
    consulting = _codes(consent, "f:extension/f:valueCodeableConcept/f:coding", _CONSULTING)
    return not consulting or _GENERAL_PRACTICES in consulting


def _codes(consent: etree._Element, path: str, system: str) -> set[str]:
    return {
        _value(coding, "f:code")
        for coding in consent.findall(path, _PREFIXES)
        if _value(coding, "f:system") == system
    }


def _value(element: etree._Element, path: str) -> str:
    """FHIR keeps a value in an attribute; empty when there is none."""
    found = element.find(path, _PREFIXES)
    return (found.get("value") or "").strip() if found is not None else ""
