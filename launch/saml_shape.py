"""Structural check of a SAML Response before and around the signature's verification.

Signature libraries prove that *something* in the document is signed; wrapping attacks live in the rest.
So the whole document must fit one narrow shape first (security.md §4 steps 3 to 5): every element in
its place, one Assertion, IDs that cannot be confused, signatures that cover exactly their parent.
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from lxml.etree import _Element

from context.codes import RefusalCode
from launch import saml_grammar as grammar
from launch.errors import LaunchRefusedError
from launch.saml_grammar import DS, EXC_C14N, XSI

_NCNAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}", re.ASCII)
_ID_LIKE = frozenset({"id", "assertionid", "responseid", "artifactid"})


@dataclass(frozen=True, slots=True)
class SamlShape:
    """What a well-shaped Response, or an Assertion that came out of one, claims; nothing of it is proven.

    :param issuer: text of the Issuer, an index into the registry only.
    :param assertion_id: what the Assertion's signature refers to; empty as long as it is encrypted.
    :param assertion_signed: True when the Assertion carries a signature of its own.
    :param response_signed: True when the Response does, which must verify too.
    :param encrypted: True when the Response holds an EncryptedAssertion, of which nothing was looked at.
    :param foreign_namespaces: used in and on attributes; the issuer's adapter must know them.
    """

    issuer: str
    assertion_id: str
    assertion_signed: bool
    response_signed: bool
    encrypted: bool
    foreign_namespaces: frozenset[str]


def check_shape(root: _Element) -> SamlShape:
    """Check the one parsed document.

    :raises LaunchRefusedError: L103 no SAML at all, L203 nothing is signed, L210 any other shape, L406 an
        Assertion without ID.
    """
    if root.tag != grammar.RESPONSE:
        raise LaunchRefusedError(RefusalCode.NOT_A_TOKEN, "not a SAML 2.0 Response")
    foreign = _check_element(root)
    _check_signature(root)
    response_signed = root.find(grammar.SIGNATURE) is not None
    if root.find(grammar.ENCRYPTED_ASSERTION) is not None:
        if root.find(grammar.ASSERTION) is not None:
            _refuse("an Assertion beside an encrypted one")
        _check_ids(root.get("ID"), None)
        return SamlShape(_text(root, grammar.ISSUER), "", False, response_signed, True, foreign)
    assertion = _only(root, grammar.ASSERTION)
    assertion_id = _id_of(assertion)
    _check_ids(root.get("ID"), assertion_id)
    _check_signature(assertion)
    assertion_signed = assertion.find(grammar.SIGNATURE) is not None
    if not (assertion_signed or response_signed):
        raise LaunchRefusedError(RefusalCode.SIGNATURE_WRONG, "nothing is signed")
    issuer = _text(assertion, grammar.ISSUER)
    _check_same_issuer(root, issuer)
    return SamlShape(issuer, assertion_id, assertion_signed, response_signed, False, foreign)


def check_opened_assertion(root: _Element, response: _Element) -> SamlShape:
    """Check a decrypted Assertion as strictly as one that was never encrypted; it must be signed itself.

    :param root: of a document of its own.
    :param response: the Response that held it.
    :raises LaunchRefusedError: L203, L210 or L406.
    """
    if root.tag != grammar.ASSERTION:
        _refuse("something else than an Assertion was encrypted")
    foreign = _check_element(root)
    assertion_id = _id_of(root)
    _check_ids(response.get("ID"), assertion_id)
    _check_signature(root)
    if root.find(grammar.SIGNATURE) is None:
        raise LaunchRefusedError(RefusalCode.SIGNATURE_WRONG, "the Assertion is not signed")
    issuer = _text(root, grammar.ISSUER)
    _check_same_issuer(response, issuer)
    return SamlShape(issuer, assertion_id, True, False, False, foreign)


def _id_of(assertion: _Element) -> str:
    assertion_id = assertion.get("ID")
    if assertion_id is None:
        raise LaunchRefusedError(RefusalCode.TOKEN_ID_WEAK, "the Assertion has no ID")
    return assertion_id


def _check_element(element: _Element) -> frozenset[str]:
    """Check an element and all below it against the grammar; gives the foreign namespaces in use."""
    if element.tag == grammar.ENCRYPTED_ASSERTION:
        # Judged where it is opened, with one answer for everything that may be wrong there.
        return frozenset()
    _check_declarations(element)
    foreign = _check_attributes(element)
    if element.tag == grammar.ATTRIBUTE_VALUE:
        return foreign | _check_value(element)
    allowed = grammar.CHILDREN.get(str(element.tag), {})
    seen: dict[str, int] = {}
    for child in element:
        tag = str(child.tag)
        seen[tag] = seen.get(tag, 0) + 1
        if seen[tag] > allowed.get(tag, 0):
            _refuse("an element out of its place")
        if (child.tail or "").strip():
            _refuse("text between elements")
        foreign |= _check_element(child)
    if allowed and (element.text or "").strip():
        _refuse("text between elements")
    return foreign


def _check_declarations(element: _Element) -> None:
    if not (grammar.DECLARED | grammar.FOREIGN | {grammar.WS_CLAIMS}).issuperset(element.nsmap.values()):
        _refuse("a namespace that is not allowed")


def _check_attributes(element: _Element) -> frozenset[str]:
    """Gives the foreign namespace of an attribute that stands where it may."""
    names = set(element.attrib)
    foreign = frozenset[str]()
    if element.tag == grammar.ATTRIBUTE and grammar.ORIGINAL_ISSUER in names:
        names.remove(grammar.ORIGINAL_ISSUER)
        foreign = frozenset({grammar.WS_CLAIMS})
    for namespace, name in map(_split, names):
        if namespace is not None:
            if element.tag != grammar.ATTRIBUTE_VALUE or namespace != XSI:
                _refuse("an attribute of a foreign namespace")
            if name != "type":
                _refuse("a schema hint")
        elif name.lower() in _ID_LIKE and not (name == "ID" and element.tag in grammar.IDENTIFIED):
            _refuse("an ID where none may stand")
    return foreign


def _check_value(value: _Element) -> frozenset[str]:
    """An attribute value: text, or elements of a foreign namespace with plain attributes."""
    used: set[str] = set()
    for inner in value.iterdescendants():
        namespace, _ = _split(str(inner.tag))
        if namespace is None or namespace not in grammar.FOREIGN:
            _refuse("an attribute value holds an element that is not allowed")
        used.add(namespace)
        _check_declarations(inner)
        for foreign, name in map(_split, inner.attrib):
            if foreign is not None or name.lower() in _ID_LIKE:
                _refuse("an attribute value holds an attribute that is not allowed")
    return frozenset(used)


def _split(raw_name: str | bytes) -> tuple[str | None, str]:
    """``{namespace}local`` in two."""
    name = str(raw_name)
    if not name.startswith("{"):
        return None, name
    namespace, _, local = name[1:].partition("}")
    return namespace, local


def _check_ids(response_id: str | None, assertion_id: str | None) -> None:
    if response_id is None or response_id == assertion_id:
        _refuse("the Response has no ID of its own")
    if not all(_NCNAME.fullmatch(each) for each in (response_id, assertion_id) if each is not None):
        _refuse("an ID that is not an NCName")


def _check_signature(parent: _Element) -> None:
    signature = parent.find(grammar.SIGNATURE)
    if signature is None:
        return
    before = signature.getprevious()
    if before is None or before.tag != grammar.ISSUER or parent.index(signature) != 1:
        _refuse("a signature that does not follow the Issuer")
    signed_info = _only(signature, f"{{{DS}}}SignedInfo")
    if not (signature.findtext(f"{{{DS}}}SignatureValue") or "").strip():
        _refuse("a signature without a value")
    if _algorithm(signed_info, "CanonicalizationMethod") != EXC_C14N:
        _refuse("another canonicalization than exclusive")
    _algorithm(signed_info, "SignatureMethod")
    _check_reference(_only(signed_info, f"{{{DS}}}Reference"), str(parent.get("ID")))


def _check_reference(reference: _Element, parent_id: str) -> None:
    if reference.get("URI") != f"#{parent_id}":
        _refuse("a signature that does not cover its parent")
    transforms = list(_only(reference, f"{{{DS}}}Transforms"))
    if tuple(each.get("Algorithm") for each in transforms) != grammar.TRANSFORMS:
        _refuse("other transforms than enveloped and exclusive")
    if len(transforms[0]):
        _refuse("a parameter of the enveloped transform")
    for inclusive in transforms[1]:
        prefixes = (inclusive.get("PrefixList") or "").split()
        if not grammar.INCLUSIVE_PREFIXES.issuperset(prefixes):
            _refuse("inclusive prefixes")
    _algorithm(reference, "DigestMethod")
    _only(reference, f"{{{DS}}}DigestValue")


def _algorithm(parent: _Element, name: str) -> str | None:
    return _only(parent, f"{{{DS}}}{name}").get("Algorithm")


def _text(parent: _Element, tag: str) -> str:
    return _only(parent, tag).text or ""


def _check_same_issuer(response: _Element, issuer: str) -> None:
    outer = response.find(grammar.ISSUER)
    if outer is not None and (outer.text or "") != issuer:
        _refuse("Response and Assertion name different issuers")


def _only(parent: _Element, tag: str) -> _Element:
    found = parent.findall(tag)
    if len(found) != 1:
        _refuse("an element is missing or stands there twice")
    return found[0]


def _refuse(detail: str) -> NoReturn:
    raise LaunchRefusedError(RefusalCode.XML_SHAPE_REFUSED, detail)
