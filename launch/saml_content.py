"""Reads a verified Assertion (SAML core 2.0 §2.3 to §2.7; launch.md §12.3).

Only elements that the signature's verification returned come in here. A Response without a signature
of its own is read for reasons to refuse, never for anything to believe.
"""

import re
from datetime import UTC, datetime

from lxml.etree import _Element

from context.codes import RefusalCode
from launch.claims import CodedValue, SignedToken, TokenForm
from launch.errors import LaunchRefusedError
from launch.leniency import Leniency
from launch.proven_token import ProvenToken
from launch.saml_grammar import HL7, SAML, SAMLP
from launch.trust.model import RelaxationName

_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", re.ASCII)
_HL7_VALUES = {
    "Role": ("code", "codeSystem"),
    "PurposeOfUse": ("code", "codeSystem"),
    "InstanceIdentifier": ("extension", "root"),
}


def read_assertion(assertion: _Element, response: _Element, leniency: Leniency) -> ProvenToken:
    """Put a verified Assertion into the shape that both token forms share.

    :param assertion: the element that signxml returned as signed.
    :param response: the Response as signed, or as received when it carries no signature.
    :param leniency: may let the SubjectConfirmationData be absent; Conditions alone bound it then.
    :raises LaunchRefusedError: L501 for what is missing, stands there twice or has the wrong form.
    """
    _check_versions(assertion, response)
    subject = _one(assertion, "Subject")
    confirmation = _confirmation(_one(subject, "SubjectConfirmation", Method=_BEARER), leniency)
    conditions = _one(assertion, "Conditions")
    restriction = _one(conditions, "AudienceRestriction")
    destination = response.get("Destination")
    addresses = [] if destination is None else [destination]
    ends, starts = [_instant(conditions, "NotOnOrAfter")], [_instant(conditions, "NotBefore")]
    if confirmation is not None:
        addresses.append(_required(confirmation, "Recipient"))
        ends.append(_instant(confirmation, "NotOnOrAfter"))
        if confirmation.get("NotBefore") is not None:
            starts.append(_instant(confirmation, "NotBefore"))
    return ProvenToken(
        signed=_signed_token(assertion, subject),
        delivered_to=tuple(addresses),
        audiences=(_text(_one(restriction, "Audience")),),
        token_id=assertion.get("ID"),
        issued_at=_instant(assertion, "IssueInstant"),
        not_before=max(starts),
        expires_at=min(ends),
        latest_end=max(ends),
        in_response_to=_answered(response, confirmation),
    )


def _answered(response: _Element, confirmation: _Element | None) -> str | None:
    """The request that is answered (SAML profiles 2.0 §4.1.4.3).

    The confirmation must name it, because a Response need not be signed; the Response may name no other.
    """
    outside = response.get("InResponseTo")
    inside = confirmation.get("InResponseTo") if confirmation is not None else None
    return inside if outside in (None, inside) else ""


def _confirmation(confirmed: _Element, leniency: Leniency) -> _Element | None:
    absent = confirmed.find(f"{{{SAML}}}SubjectConfirmationData") is None
    if absent and leniency.permits(RelaxationName.NO_SUBJECT_CONFIRMATION_DATA):
        return None
    return _one(confirmed, "SubjectConfirmationData")


def _check_versions(assertion: _Element, response: _Element) -> None:
    if assertion.get("Version") != "2.0" or response.get("Version") != "2.0":
        raise _faulty("Version")
    status = response.find(f"{{{SAMLP}}}Status/{{{SAMLP}}}StatusCode")
    if status is None or status.get("Value") != _SUCCESS:
        raise _faulty("Status")


def _signed_token(assertion: _Element, subject: _Element) -> SignedToken:
    statement = assertion.find(f"{{{SAML}}}AuthnStatement")
    level = assertion.findtext(
        f"{{{SAML}}}AuthnStatement/{{{SAML}}}AuthnContext/{{{SAML}}}AuthnContextClassRef"
    )
    return SignedToken(
        form=TokenForm.SAML,
        subject=_text(_one(subject, "NameID")) or None,
        claims={},
        attributes=_attributes(_one(assertion, "AttributeStatement")),
        authenticated_at=None if statement is None else _instant(statement, "AuthnInstant"),
        authentication_level=level,
        session=None if statement is None else statement.get("SessionIndex"),
    )


def _attributes(statement: _Element) -> dict[str, tuple[str | CodedValue, ...]]:
    """Values by Name; an attribute that is repeated keeps all values, so that its reader sees them."""
    values: dict[str, tuple[str | CodedValue, ...]] = {}
    for attribute in statement:
        name = _required(attribute, "Name")
        values[name] = values.get(name, ()) + tuple(_value(each) for each in attribute)
    return values


def _value(element: _Element) -> str | CodedValue:
    inner = list(element)
    if not inner:
        return _text(element)
    if len(inner) != 1 or len(inner[0]) or _text(element).strip():
        raise _faulty("AttributeValue")
    return _coded(inner[0])


def _coded(element: _Element) -> CodedValue:
    namespace, _, local = str(element.tag)[1:].partition("}")
    if namespace != HL7 or local not in _HL7_VALUES:
        raise _faulty("AttributeValue")
    code, system = _HL7_VALUES[local]
    return CodedValue(_required(element, code), element.get(system), element.get("displayName"))


def _one(parent: _Element, name: str, **attributes: str) -> _Element:
    found = parent.findall(f"{{{SAML}}}{name}")
    if len(found) != 1 or any(found[0].get(key) != value for key, value in attributes.items()):
        raise _faulty(name)
    return found[0]


def _required(element: _Element, name: str) -> str:
    value = element.get(name)
    if not value:
        raise _faulty(name)
    return value


def _text(element: _Element) -> str:
    return "".join(str(part) for part in element.itertext())


def _instant(element: _Element, name: str) -> datetime:
    """``xs:dateTime`` in UTC with its Z, as SAML core §1.3.3 asks; finer than microseconds is cut off."""
    text = _required(element, name)
    if not _INSTANT.fullmatch(text):
        raise _faulty(name)
    seconds, _, fraction = text[:-1].partition(".")
    try:
        moment = datetime.fromisoformat(seconds)
    except ValueError:
        raise _faulty(name) from None
    return moment.replace(microsecond=int(fraction[:6].ljust(6, "0")), tzinfo=UTC)


def _faulty(name: str) -> LaunchRefusedError:
    return LaunchRefusedError(RefusalCode.CLAIM_MISSING, f"{name} is missing, twice there or malformed")
