"""Building blocks of what the hospital system sends: HL7v3 elements, SOAP 1.2, WS-Addressing."""

import uuid
from datetime import datetime

from lxml import etree
from lxml.etree import _Element as Element

HL7 = "urn:hl7-org:v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"
XML = "http://www.w3.org/XML/1998/namespace"

BSN = "2.16.840.1.113883.2.4.6.3"
AGB = "2.16.840.1.113883.2.4.6.1"
UZOVI = "2.16.840.1.113883.2.4.6.4"
SNOMED = "2.16.840.1.113883.6.96"
LOINC = "2.16.840.1.113883.6.1"
ACT_CODE = "2.16.840.1.113883.5.4"
INTERPRETATION = "2.16.840.1.113883.5.83"
ORGANISATION_TYPE = "2.16.840.1.113883.2.4.15.1060"
INTERACTION = "2.16.840.1.113883.1.6"

SOAP_TYPE = "application/soap+xml; charset=utf-8"
SOAP_11_TYPE = "text/xml; charset=utf-8"


class FaultError(Exception):
    """A question that gets a SOAP Fault. :param sender: the asker's mistake, else the server's."""

    def __init__(self, reason: str, *, sender: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sender = sender


def hl7(tag: str, *children: Element | str, **attributes: str) -> Element:
    """An HL7v3 element. Attributes named ``xsi_type`` and ``class_code`` become xsi:type and classCode;
    an empty attribute value is left out."""
    element = etree.Element(f"{{{HL7}}}{tag}", nsmap={None: HL7, "xsi": XSI})  # type: ignore[dict-item]  # stub lacks None
    for name, value in attributes.items():
        if value:
            element.set(_attribute(name), value)
    for child in children:
        if isinstance(child, str):
            element.text = child
        else:
            element.append(child)
    return element


def _attribute(name: str) -> str:
    if name.startswith("xsi_"):
        return f"{{{XSI}}}{name.removeprefix('xsi_')}"
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def ii(tag: str, root: str, extension: str = "") -> Element:
    """An instance identifier."""
    return hl7(tag, root=root, extension=extension)


def timestamp(moment: datetime) -> str:
    """An HL7 TS to the second, with its offset. :param moment: aware."""
    return moment.strftime("%Y%m%d%H%M%S%z")


def new_uuid() -> str:
    return str(uuid.uuid4())


def envelope(action: str, relates_to: str, *body: Element) -> Element:
    """A SOAP 1.2 envelope that answers the message ``relates_to`` (WS-Addressing 1.0)."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP, "wsa": WSA})
    header = etree.SubElement(root, f"{{{SOAP}}}Header")
    for name, text in (
        ("Action", action),
        ("MessageID", f"urn:uuid:{new_uuid()}"),
        ("RelatesTo", relates_to),
        ("To", f"{WSA}/anonymous"),
    ):
        if text:
            etree.SubElement(header, f"{{{WSA}}}{name}").text = text
    content = etree.SubElement(root, f"{{{SOAP}}}Body")
    content.extend(body)
    return root


def envelope_11(*body: Element) -> Element:
    """A SOAP 1.1 envelope, without WS-Addressing as AORTA has it."""
    root = etree.Element(f"{{{SOAP_11}}}Envelope", nsmap={"soap": SOAP_11})
    # Not empty, so that a fault can put something into it.
    etree.SubElement(root, f"{{{SOAP_11}}}Header").text = " "
    etree.SubElement(root, f"{{{SOAP_11}}}Body").extend(body)
    return root


def fault_11(error: FaultError) -> Element:
    """A SOAP 1.1 Fault."""
    body = etree.Element(f"{{{SOAP_11}}}Fault", nsmap={"soap": SOAP_11})
    etree.SubElement(body, "faultcode").text = "soap:Client" if error.sender else "soap:Server"
    etree.SubElement(body, "faultstring").text = error.reason
    return envelope_11(body)


def fault(error: FaultError, relates_to: str) -> Element:
    """A SOAP 1.2 Fault."""
    body = etree.Element(f"{{{SOAP}}}Fault", nsmap={"soap": SOAP})
    code = etree.SubElement(body, f"{{{SOAP}}}Code")
    etree.SubElement(code, f"{{{SOAP}}}Value").text = "soap:Sender" if error.sender else "soap:Receiver"
    reason = etree.SubElement(body, f"{{{SOAP}}}Reason")
    text = etree.SubElement(reason, f"{{{SOAP}}}Text")
    text.set(f"{{{XML}}}lang", "en")
    text.text = error.reason
    return envelope(f"{WSA}/soap/fault", relates_to, body)


def serialise(root: Element) -> bytes:
    """UTF-8 with an XML declaration."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def parse(raw: bytes) -> Element:
    """:raises FaultError: not well-formed, or with a DOCTYPE."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise FaultError("not well-formed XML") from error
    docinfo = root.getroottree().docinfo
    if docinfo.internalDTD is not None:
        raise FaultError("a DOCTYPE is not allowed")
    return root
