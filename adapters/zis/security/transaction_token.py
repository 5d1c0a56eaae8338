"""The AORTA transaction token: a SAML 2.0 holder-of-key assertion about one message (zis.md §2; VZVZ,
"SAML AORTA transactietoken" 2.2.0).

The receiver checks that patient, user and organisation of token and message are the same, so they come
from one place here, and the patient is compared once more with what the message says.
"""

from datetime import datetime
from typing import Any

from cryptography import x509
from lxml import etree

from adapters.zis.interactions import BSN, HL7, INTERACTION_IDS
from adapters.zis.paths import Path
from adapters.zis.security import names
from adapters.zis.security.credentials import Credential
from adapters.zis.security.signing import LIFE, Signer, instant, issuer_serial, key_info, new_id
from adapters.zis.wire import Message
from context.launch import User

LSP = "urn:IIroot:2.16.840.1.113883.2.4.6.6:IIext:1"
"""The AORTA application id of the national switch point, the audience unless another is set."""

_ORGANISATION = "urn:IIroot:2.16.528.1.1007.3.3:IIext:"
_ENTITY = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
_HOLDER_OF_KEY = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"
_BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
_UZI_NAME = x509.ObjectIdentifier("2.5.5.5")
_SERVER = "S"
_NAMESPACES: Any = {"saml": names.SAML, "ds": names.DS}

_BSNS = Path(f".//h:*[@root='{BSN}']/@extension")
_UZI_FIELDS = 7


def is_server_certificate(certificate: x509.Certificate) -> bool:
    """Whether the UZI register gave it to a server: the other name
    ``<OID>-<version>-<UZI>-<card>-<URA>-<role>-<AGB>`` has card S (CIBG CPS §7.1.5)."""
    try:
        others = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    for name in others.get_values_for_type(x509.OtherName):
        # An IA5String of less than 128 characters: its tag, its length, its text.
        fields = name.value[2:].decode("ascii", "replace").split("-")
        if name.type_id == _UZI_NAME and len(fields) == _UZI_FIELDS:
            return fields[3] == _SERVER
    return False


def write_token(message: Message, signer: Signer, audience: str, now: datetime) -> etree._Element:
    """The signed assertion about ``message``, valid for five minutes.

    :param audience: whom it is for.
    :param now: aware.
    :raises ValueError: the message is about another patient than it should be.
    """
    if set(_BSNS.texts(message.payload)) - {message.bsn.reveal()}:
        raise ValueError("the message is about another patient")
    assertion = etree.Element(
        f"{{{names.SAML}}}Assertion",
        {"Version": "2.0", "ID": new_id(), "IssueInstant": instant(now)},
        nsmap=_NAMESPACES,
    )
    _add(assertion, "Issuer", f"{_ORGANISATION}{message.asker.practice.ura_number}", Format=_ENTITY)
    etree.SubElement(assertion, names.SIGNATURE, {"Id": "placeholder"})
    _add_subject(assertion, _user(message.asker.user, signer.credential), signer.credential)
    conditions = _add(assertion, "Conditions", NotBefore=instant(now), NotOnOrAfter=instant(now + LIFE))
    _add(_add(conditions, "AudienceRestriction"), "Audience", audience)
    _add_facts(assertion, message)
    return signer.sign_assertion(assertion)


def _user(user: User, credential: Credential) -> str:
    """``<UZI>:<role>``; empty when a server signs, or when the user has no UZI number."""
    if user.uzi_number is None or is_server_certificate(credential.certificate):
        return ""
    return f"{user.uzi_number}:{user.role}"


def _add_subject(assertion: etree._Element, user: str, credential: Credential) -> None:
    subject = _add(assertion, "Subject")
    _add(subject, "NameID", user)
    confirmation = _add(subject, "SubjectConfirmation", Method=_HOLDER_OF_KEY)
    _add(confirmation, "SubjectConfirmationData").append(key_info(issuer_serial(credential)))


def _add_facts(assertion: etree._Element, message: Message) -> None:
    facts: dict[str, str] = {}
    identifier = message.payload.find(f"{{{HL7}}}id")
    if identifier is not None:
        facts["messageIdRoot"] = identifier.get("root", "")
        facts["messageIdExt"] = identifier.get("extension", "")
    interaction = message.payload.find(f"{{{HL7}}}interactionId[@root='{INTERACTION_IDS}']")
    if interaction is not None:
        facts["interactionId"] = interaction.get("extension", "")
    if _names_patient(message):
        facts["burgerServiceNummer"] = message.bsn.reveal()
    statement = _add(assertion, "AttributeStatement")
    for name, value in facts.items():
        _add(_add(statement, "Attribute", Name=name, NameFormat=_BASIC), "AttributeValue", value)


def _names_patient(message: Message) -> bool:
    """Token and message name the patient both, or neither: a request for the next part of an answer does not,
    and a document query does within a text."""
    bsn = message.bsn.reveal()
    return bool(_BSNS.texts(message.payload)) or any(bsn in str(text) for text in message.payload.itertext())


def _add(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{names.SAML}}}{tag}", attributes)
    element.text = text
    return element
