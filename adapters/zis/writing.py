"""What every HL7v3 message that we write has in common."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lxml import etree

from adapters.zis.datatypes import AMSTERDAM
from adapters.zis.interactions import HL7
from context.hospital import Environment, Hospital

# The stubs know no default namespace.
_DEFAULT_NAMESPACE: Any = {None: HL7}


@dataclass(frozen=True, slots=True)
class Stamp:
    """What makes one question unlike all others.

    :param message_id: also the SOAP message's id.
    :param query_id: repeated by the answer.
    :param created: aware.
    """

    message_id: UUID
    query_id: UUID
    created: datetime


def hl7(tag: str, *content: etree._Element | str, **attributes: str) -> etree._Element:
    """An element in the HL7v3 namespace with its children, or its text."""
    element = etree.Element(f"{{{HL7}}}{tag}", attributes, nsmap=_DEFAULT_NAMESPACE)
    for part in content:
        if isinstance(part, str):
            element.text = part
        else:
            element.append(part)
    return element


def processing_code(hospital: Hospital) -> str:
    """HL7 table 0103: production or training."""
    return "P" if hospital.environment is Environment.PRODUCTION else "T"


def in_dutch_time(moment: datetime, pattern: str) -> str:
    """:param moment: aware. :param pattern: of ``strftime``."""
    return moment.astimezone(AMSTERDAM).strftime(pattern)
