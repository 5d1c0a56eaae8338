"""Writes the IHE questions: PDQv3 by BSN (ITI-47) and QED (PCC-1), valid by the NE2008 schemas."""

import re

from lxml import etree

from adapters.zis.interactions import (
    BSN,
    CANCEL_RECORD,
    CONTINUE_RECORD,
    FETCH_RECORD,
    FIND_PATIENT,
    INTERACTION_IDS,
    LOINC,
)
from adapters.zis.writing import Stamp, hl7, in_dutch_time, processing_code
from context.bsn import Bsn
from context.hospital import Hospital

_MOST_PATIENTS = "10"
_LOINC_CODE = re.compile(r"[0-9]{1,7}-[0-9]")
_CONTINUATION_ID = "QUQI_IN000003UV01"
_CONTINUATION_TRIGGER = "QUQI_TE000003UV01"


def write_find_patient(hospital: Hospital, bsn: Bsn, stamp: Stamp) -> etree._Element:
    """PRPA_IN201305UV02: who has this BSN?"""
    parameters = hl7(
        "parameterList",
        hl7(
            "livingSubjectId",
            hl7("value", root=BSN, extension=bsn.reveal()),
            hl7("semanticsText", "LivingSubject.id"),
        ),
    )
    query = _query(hospital, stamp, hl7("initialQuantity", value=_MOST_PATIENTS), parameters)
    names = (FIND_PATIENT.operation.element, FIND_PATIENT.request_id, FIND_PATIENT.trigger)
    return _message(names, hospital, stamp, query)


def write_fetch_record(hospital: Hospital, category: str, bsn: Bsn, stamp: Stamp) -> etree._Element:
    """QUPC_IN043100UV01: everything of one category. No initialQuantity, so that the source need not page.

    :param category: a care provision code of IHE or the hospital, or a LOINC code.
    """
    parameters = hl7(
        "parameterList",
        hl7(
            "careProvisionCode",
            hl7("value", code=category, codeSystem=category_system(hospital, category)),
        ),
        hl7("includeCarePlanAttachment", hl7("value", value="false")),
        hl7("patientId", hl7("value", root=BSN, extension=bsn.reveal())),
    )
    names = (FETCH_RECORD.operation.element, FETCH_RECORD.request_id, FETCH_RECORD.trigger)
    return _message(names, hospital, stamp, _query(hospital, stamp, parameters))


def category_system(hospital: Hospital, category: str) -> str:
    """The code system of a category: LOINC by its form, else the one that the hospital agreed to."""
    return LOINC if _LOINC_CODE.fullmatch(category) else hospital.zis.care_provision_code_system


def write_continue_record(
    hospital: Hospital, stamp: Stamp, first: int, number: int, *, cancel: bool = False
) -> etree._Element:
    """QUQI_IN000003UV01: the next results of a query, or no more of them.

    :param stamp: with the query's own id.
    :param first: of the results to send next, counted from 1.
    :param number: of results wanted.
    :param cancel: write QUQI_IN000003UV01_Cancel; ``first`` and ``number`` are not sent then.
    """
    wanted = [hl7("startResultNumber", value=str(first)), hl7("continuationQuantity", value=str(number))]
    continuation = hl7(
        "queryContinuation",
        hl7("queryId", root=hospital.zis.sender, extension=str(stamp.query_id)),
        *(() if cancel else wanted),
        hl7("statusCode", code="aborted" if cancel else "waitContinuedQueryResponse"),
    )
    operation = CANCEL_RECORD if cancel else CONTINUE_RECORD
    names = (operation.element, _CONTINUATION_ID, _CONTINUATION_TRIGGER)
    return _message(names, hospital, stamp, continuation)


def _query(hospital: Hospital, stamp: Stamp, *content: etree._Element) -> etree._Element:
    return hl7(
        "queryByParameter",
        hl7("queryId", root=hospital.zis.sender, extension=str(stamp.query_id)),
        hl7("statusCode", code="new"),
        hl7("responseModalityCode", code="R"),
        hl7("responsePriorityCode", code="I"),
        *content,
    )


def _message(
    names: tuple[str, str, str], hospital: Hospital, stamp: Stamp, query: etree._Element
) -> etree._Element:
    """The transmission wrapper (MCCI_MT000100UV01) and control act around a query or its continuation.

    :param names: root element, interaction id and trigger event.
    """
    zis = hospital.zis
    element, interaction_id, trigger = names
    return hl7(
        element,
        hl7("id", root=zis.sender, extension=str(stamp.message_id)),
        hl7("creationTime", value=in_dutch_time(stamp.created, "%Y%m%d%H%M%S%z")),
        hl7("interactionId", root=INTERACTION_IDS, extension=interaction_id),
        hl7("processingCode", code=processing_code(hospital)),
        hl7("processingModeCode", code="T"),
        hl7("acceptAckCode", code="AL"),
        hl7("receiver", _device(zis.receiver), typeCode="RCV"),
        hl7("sender", _device(zis.sender), typeCode="SND"),
        hl7(
            "controlActProcess",
            hl7("code", code=trigger, codeSystem=INTERACTION_IDS),
            query,
            classCode="CACT",
            moodCode="EVN",
        ),
        ITSVersion="XML_1.0",
    )


def _device(root: str) -> etree._Element:
    return hl7("device", hl7("id", root=root), classCode="DEV", determinerCode="INSTANCE")
