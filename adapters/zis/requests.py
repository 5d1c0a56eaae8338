"""Writes the HL7v3 questions: PDQv3 by BSN (ITI-47) and QED (PCC-1), valid by the NE2008 schemas."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lxml import etree

from adapters.zis.datatypes import AMSTERDAM
from adapters.zis.interactions import (
    BSN,
    FETCH_RECORD,
    FIND_PATIENT,
    HL7,
    INTERACTION_IDS,
    LOINC,
    Interaction,
)
from context.bsn import Bsn
from context.hospital import Environment, Hospital

_MOST_PATIENTS = "10"
_LOINC_CODE = re.compile(r"[0-9]{1,7}-[0-9]")
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


def write_find_patient(hospital: Hospital, bsn: Bsn, stamp: Stamp) -> etree._Element:
    """PRPA_IN201305UV02: who has this BSN?"""
    parameters = _hl7(
        "parameterList",
        _hl7(
            "livingSubjectId",
            _hl7("value", root=BSN, extension=bsn.reveal()),
            _hl7("semanticsText", "LivingSubject.id"),
        ),
    )
    return _message(FIND_PATIENT, hospital, stamp, _hl7("initialQuantity", value=_MOST_PATIENTS), parameters)


def write_fetch_record(hospital: Hospital, category: str, bsn: Bsn, stamp: Stamp) -> etree._Element:
    """QUPC_IN043100UV01: everything of one category. No initialQuantity, so that the source need not page.

    :param category: a care provision code of IHE or the hospital, or a LOINC code.
    """
    system = LOINC if _LOINC_CODE.fullmatch(category) else hospital.zis.care_provision_code_system
    parameters = _hl7(
        "parameterList",
        _hl7("careProvisionCode", _hl7("value", code=category, codeSystem=system)),
        _hl7("includeCarePlanAttachment", _hl7("value", value="false")),
        _hl7("patientId", _hl7("value", root=BSN, extension=bsn.reveal())),
    )
    return _message(FETCH_RECORD, hospital, stamp, parameters)


def _message(
    interaction: Interaction, hospital: Hospital, stamp: Stamp, *query: etree._Element
) -> etree._Element:
    """The transmission wrapper (MCCI_MT000100UV01) and control act around a query by parameter."""
    zis = hospital.zis
    processing = "P" if hospital.environment is Environment.PRODUCTION else "T"
    return _hl7(
        interaction.operation.element,
        _hl7("id", root=zis.sender, extension=str(stamp.message_id)),
        _hl7("creationTime", value=stamp.created.astimezone(AMSTERDAM).strftime("%Y%m%d%H%M%S%z")),
        _hl7("interactionId", root=INTERACTION_IDS, extension=interaction.request_id),
        _hl7("processingCode", code=processing),
        _hl7("processingModeCode", code="T"),
        _hl7("acceptAckCode", code="AL"),
        _hl7("receiver", _device(zis.receiver), typeCode="RCV"),
        _hl7("sender", _device(zis.sender), typeCode="SND"),
        _hl7(
            "controlActProcess",
            _hl7("code", code=interaction.trigger, codeSystem=INTERACTION_IDS),
            _hl7(
                "queryByParameter",
                _hl7("queryId", root=zis.sender, extension=str(stamp.query_id)),
                _hl7("statusCode", code="new"),
                _hl7("responseModalityCode", code="R"),
                _hl7("responsePriorityCode", code="I"),
                *query,
            ),
            classCode="CACT",
            moodCode="EVN",
        ),
        ITSVersion="XML_1.0",
    )


def _device(root: str) -> etree._Element:
    return _hl7("device", _hl7("id", root=root), classCode="DEV", determinerCode="INSTANCE")


def _hl7(tag: str, *content: etree._Element | str, **attributes: str) -> etree._Element:
    """An element in the HL7v3 namespace with its children, or its text."""
    element = etree.Element(f"{{{HL7}}}{tag}", attributes, nsmap=_DEFAULT_NAMESPACE)
    for part in content:
        if isinstance(part, str):
            element.text = part
        else:
            element.append(part)
    return element
