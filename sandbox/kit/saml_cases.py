"""SAML launches: golden ones, the others wrong in one way each."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from lxml import etree
from lxml.etree import _Element
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod

from sandbox.his.saml import (
    SAML,
    SAMLP,
    XmlSigning,
    add_original_issuer,
    encode_saml,
    mint_saml,
    saml_attributes,
)
from sandbox.kit.model import Case, Cases, Speaker
from sandbox.kit.saml_changes import (
    ASSERTION,
    RESPONSE,
    Change,
    assertion_of,
    ds,
    original_hidden_in,
    saml,
    sibling_in_namespace,
    transforms,
    twice,
    whole_response_nested,
    with_attribute,
    with_child,
    with_text,
    without,
    xsw1,
    xsw2,
    xsw3,
    xsw3_last,
    xsw4,
    xsw5,
    xsw6,
    xsw7,
    xsw8,
)

Maker = Callable[[Speaker], str]
FIELD = "SAMLResponse"
ELSEWHERE = "https://elsewhere.example/launch"
GUESSABLE = "_0000000000000001"
_STATUS_CODE = f"{{{SAMLP}}}StatusCode"
_XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
_XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
_HMAC = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
_HOLDER = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"
_FAR = timedelta(minutes=10)
_CASES = Cases(FIELD)
_case = _CASES.add


def response(
    speaker: Speaker,
    *,
    before: Change | None = None,
    later: timedelta = timedelta(),
    stranger: bool = False,
    options: dict[str, Any] | None = None,
    **changes: Any,
) -> str:
    """A genuine Response of a click with ``changes``.

    :param before: what is done to it before its Assertion is signed.
    :param later: when it was clicked, from now.
    :param stranger: signed by a certificate that is registered nowhere.
    :param options: of ``mint_saml``.
    """
    dialect, content = speaker.dialect, speaker.click(**changes)

    def before_signing(root: _Element) -> None:
        if dialect.original_issuer:
            add_original_issuer(root, dialect.original_issuer)
        if before:
            before(root)

    return mint_saml(
        content,
        (speaker.strangers if stranger else speaker.signers).certificate,
        now=speaker.now + later,
        attributes=saml_attributes(dialect, content),
        before_signing=before_signing,
        **(options or {}),
    )


def _before(change: Change) -> Maker:
    """What the vendor signs is wrong."""
    return lambda speaker: response(speaker, before=change)


def _after(change: Change, **options: Any) -> Maker:
    """What was signed is changed."""

    def make(speaker: Speaker) -> str:
        root = etree.fromstring(base64.b64decode(response(speaker, options=options)))
        changed = change(root)
        return encode_saml(etree.tostring(root if changed is None else changed))

    return make


def _raw(change: Callable[[bytes], bytes]) -> Maker:
    """The signed bytes are changed."""
    return lambda speaker: encode_saml(change(base64.b64decode(response(speaker))))


def _text(change: Callable[[str], str]) -> Maker:
    """The form value is changed."""
    return lambda speaker: change(response(speaker))


def _signed_by(**how: Any) -> Maker:
    return lambda speaker: response(speaker, options={"signing": XmlSigning(**how)})


def _clicked(**changes: Any) -> Maker:
    return lambda speaker: response(speaker, **changes)


def _condition(name: str, offset: timedelta) -> Maker:
    def make(speaker: Speaker) -> str:
        return response(speaker, before=with_attribute(saml("Conditions"), name, _at(speaker.now + offset)))

    return make


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _comment_in_name_id(root: _Element) -> None:
    name_id = next(root.iter(saml("NameID")))
    comment = etree.Comment("")
    comment.tail, name_id.text = name_id.text, ""
    name_id.insert(0, comment)


_case("golden", "", None, response)
_case("golden-response-signed-too", "", None, _clicked(options={"sign_response": True}))
_case("unsigned", "no signature", "L203", _after(without(ds("Signature"))))
_case("signed-by-a-stranger", "a certificate that is not registered", "L202", _clicked(stranger=True))
_case("xsw1", "wrapping: a forged Response around the Signature", "L210", _after(xsw1, sign_response=True))
_case("xsw2", "wrapping: a forged Response, the Signature detached", "L210", _after(xsw2, sign_response=True))
_case("xsw3", "wrapping: a forged Assertion first", "L210", _after(xsw3))
_case("xsw3-last", "wrapping: a forged Assertion last", "L210", _after(xsw3_last))
_case("xsw4", "wrapping: the original inside the forged one", "L210", _after(xsw4))
_case("xsw5", "wrapping: the Signature in the forged one", "L210", _after(xsw5))
_case("xsw6", "wrapping: the original inside the Signature", "L210", _after(xsw6))
_case("xsw7", "wrapping: the forged one in Extensions", "L210", _after(xsw7))
_case("xsw8", "wrapping: the original in ds:Object", "L210", _after(xsw8))
_case("wrapped-in-advice", "wrapping: the original in Advice", "L210", _after(
    original_hidden_in(ASSERTION, f"{{{SAML}}}Advice")))  # fmt: skip
_case("response-in-response", "a whole Response inside another", "L210", _after(whole_response_nested))
_case("assertion-without-namespace", "a second Assertion without a namespace", "L210", _after(
    sibling_in_namespace(None)))  # fmt: skip
_case("two-signed-infos", "SignedInfo twice", "L210", _after(twice(ds("SignedInfo"))))
_case("two-references", "Reference twice", "L210", _after(twice(ds("Reference"))))
_case("two-digests", "DigestValue twice", "L210", _after(twice(ds("DigestValue"))))
_case("no-signed-info", "no SignedInfo", "L210", _after(without(ds("SignedInfo"))))
_case("transform-xpath", "an XPath transform", "L210", _after(transforms(_XPATH)))
_case("transform-xslt", "an XSLT transform", "L210", _after(transforms(_XSLT)))
_case("transform-none", "no transform", "L210", _after(transforms()))
_case("transform-many", "300 transforms", "L210", _after(transforms(*[_XPATH] * 300)))
_case("hmac", "signed by HMAC, it says", "L201", _after(
    with_attribute(ds("SignatureMethod"), "Algorithm", _HMAC)))  # fmt: skip
_case("sha1-signature", "RSA-SHA1", "L201", _signed_by(signature_method=SignatureMethod.RSA_SHA1))
_case("sha1-digest", "a SHA-1 digest", "L201", _signed_by(digest=DigestAlgorithm.SHA1))
_case("inclusive-c14n", "inclusive canonicalisation", "L210", _signed_by(
    canonicalization=CanonicalizationMethod.CANONICAL_XML_1_0))  # fmt: skip
_case("key-value", "KeyInfo with a bare key", "L210", _signed_by(with_key_value=True))
_case("key-name", "KeyInfo with a name", "L210", _after(with_child(ds("KeyInfo"), ds("KeyName"), "it is me")))
_case("key-elsewhere", "KeyInfo that points elsewhere", "L210", _after(
    with_child(ds("KeyInfo"), ds("RetrievalMethod"), URI="file:///etc/hostname")))  # fmt: skip
_case("subject-changed", "another user after signing", "L203", _after(with_text(saml("NameID"), "0")))
_case("doctype", "a DOCTYPE", "L210", _raw(lambda signed: b"<!DOCTYPE x>" + signed))
_case("entity", "an entity", "L210", _raw(lambda signed: b'<!DOCTYPE x [<!ENTITY e "e">]>' + signed))
_case("stylesheet", "a stylesheet instruction", "L210", _raw(
    lambda signed: b'<?xml-stylesheet href="https://elsewhere.example/x"?>' + signed))  # fmt: skip
_case("comment-after", "a comment after the root", "L210", _raw(lambda signed: signed + b"<!---->"))
_case("comment-in-user", "a comment in the user id", "L210", _before(_comment_in_name_id))
_case("two-roots", "two documents", "L103", _raw(lambda signed: signed + signed))
_case("cut-short", "the last ten bytes are missing", "L103", _raw(lambda signed: signed[:-10]))
_case("assertion-alone", "an Assertion without its Response", "L103", _after(assertion_of))
_case("base64-twice", "base64 of base64", "L103", _text(lambda form: encode_saml(form.encode())))
_case("base64-lines", "base64 with line ends", "L103", _text(lambda form: form[:76] + "\r\n" + form[76:]))
_case("no-token", "no SAML at all", "L103", lambda _: "launch")
_case("too-large", "more than 48 KiB", "L102", _raw(lambda signed: signed + b" " * 49_152))
_case("issuer-unknown", "an issuer that is not registered", "L301", _clicked(issuer="https://nobody.example"))
_case("issuer-of-the-response", "another issuer on the Response", "L210", _before(
    with_text(saml("Issuer"), "https://elsewhere.example")))  # fmt: skip
_case("audience", "another Audience", "L502", _before(with_text(saml("Audience"), ELSEWHERE)))
_case("recipient", "another Recipient", "L502", _before(
    with_attribute(saml("SubjectConfirmationData"), "Recipient", ELSEWHERE)))  # fmt: skip
_case("destination", "another Destination", "L502", _before(
    with_attribute(RESPONSE, "Destination", ELSEWHERE)))  # fmt: skip
_case("status", "a status that is no success", "L501", _before(
    with_attribute(_STATUS_CODE, "Value", "urn:oasis:names:tc:SAML:2.0:status:Requester")))  # fmt: skip
_case("no-audience", "no AudienceRestriction", "L501", _before(without(saml("AudienceRestriction"))))
_case("no-conditions", "no Conditions", "L501", _before(without(saml("Conditions"))))
_case("no-not-before", "no NotBefore", "L501", _before(with_attribute(saml("Conditions"), "NotBefore", None)))
_case("no-end", "no NotOnOrAfter", "L501", _before(with_attribute(saml("Conditions"), "NotOnOrAfter", None)))
_case("local-time", "a moment without its time zone", "L501", _before(
    with_attribute(saml("Conditions"), "NotOnOrAfter", "2026-01-01T00:00:00")))  # fmt: skip
_case("expired", "expired eight minutes ago", "L401", _clicked(later=-_FAR))
_case("issued-ahead", "issued ten minutes from now", "L403", _clicked(later=_FAR))
_case("not-before-ahead", "not yet valid", "L402", _condition("NotBefore", timedelta(seconds=110)))
_case("too-long", "valid for an hour", "L404", _clicked(lifetime_seconds=3600))
_case("no-confirmation", "no SubjectConfirmation", "L501", _before(without(saml("SubjectConfirmation"))))
_case("two-confirmations", "two SubjectConfirmations", "L501", _before(twice(saml("SubjectConfirmation"))))
_case("holder-of-key", "another confirmation than bearer", "L501", _before(
    with_attribute(saml("SubjectConfirmation"), "Method", _HOLDER)))  # fmt: skip
_case("two-users", "two NameIDs", "L501", _before(twice(saml("NameID"))))
_case("version", "SAML 1.1", "L501", _before(with_attribute(saml("Assertion"), "Version", "1.1")))
_case("answer-to-nothing", "answers a request that was never sent", "L407", _before(
    with_attribute(RESPONSE, "InResponseTo", "_0123456789abcdef")))  # fmt: skip
_case("id-guessable", "an assertion ID that can be guessed", "L406", _clicked(token_id=GUESSABLE))
_case("id-missing", "no assertion ID", "L406", _after(with_attribute(saml("Assertion"), "ID", None)))


def cases() -> tuple[Case, ...]:
    """Every SAML case but those on content, which both forms share."""
    return _CASES.all()
