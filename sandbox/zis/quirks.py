"""Ways of writing that are legal, or at least seen in the field, and that readers trip over (zis.md §10)."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from lxml import etree
from lxml.etree import _Element as Element

from sandbox.zis.wire import HL7, XSI


def quirky(envelope: Element, names: Sequence[str]) -> Element:
    """The answer as these quirks write it; the same element without any. :raises KeyError: no such quirk."""
    for name in names:
        envelope = QUIRKS[name](envelope)
    return envelope


def _prefixed(envelope: Element) -> Element:
    """Every HL7 element has the prefix ``hl7``, and namespaces that nobody uses are declared."""
    unused = {"hl7": HL7, "xsi": XSI, "voc": "urn:hl7-org:v3/voc", "mif": "urn:hl7-org:v3/mif"}
    return _copied(envelope, unused)


def _copied(element: Element, namespaces: Mapping[str, str]) -> Element:
    # The stubs know no default namespace, which the envelope may have.
    declared: Any = namespaces if element.tag.startswith(f"{{{HL7}}}") else element.nsmap
    copy = etree.Element(element.tag, nsmap=declared)
    copy.attrib.update(element.attrib)
    if f"{{{XSI}}}type" in copy.attrib:
        copy.set(f"{{{XSI}}}type", f"hl7:{element.get(f'{{{XSI}}}type')}")
    copy.text, copy.tail = element.text, element.tail
    copy.extend(_copied(child, namespaces) for child in element)
    return copy


def _other_root(envelope: Element) -> Element:
    """``interactionId`` with the root that IPF's own sample has."""
    for element in envelope.iter(f"{{{HL7}}}interactionId"):
        element.set("root", "2.16.840.1.113883.5")
    return envelope


def _two_lists(envelope: Element) -> Element:
    """The echo is there twice, as IPF's sample sends it."""
    for element in list(envelope.iter(f"{{{HL7}}}parameterList")):
        element.addnext(deepcopy(element))
    return envelope


def _no_names(envelope: Element) -> Element:
    """No ``displayName`` anywhere: codes and the source's own words only."""
    for element in envelope.iter(f"{{{HL7}}}*"):
        element.attrib.pop("displayName", "")
    return envelope


QUIRKS: Mapping[str, Callable[[Element], Element]] = {
    "prefix": _prefixed,
    "interaction_root": _other_root,
    "two_parameter_lists": _two_lists,
    "no_display_names": _no_names,
}
"""By name."""
