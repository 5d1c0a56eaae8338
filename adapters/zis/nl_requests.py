"""Writes the Dutch questions: any query of AORTA in its wrappers, profile 810 (zis.md §1.1, §1.2, §4.4)."""

from collections.abc import Callable, Mapping

from lxml import etree

from adapters.zis.interactions import (
    AGB,
    AORTA_APPLICATIONS,
    AORTA_PROFILES,
    BSN,
    CONTINUE_NL,
    INTERACTION_IDS,
    ROLE_OF_PERSON,
    TRIGGER_EVENTS,
    URA,
    UZI_PERSON,
    Interaction,
    Parameters,
)
from adapters.zis.requests import category_system
from adapters.zis.writing import Stamp, hl7, in_dutch_time, processing_code
from context.bsn import Bsn
from context.hospital import Hospital
from context.launch import Asker, User

_PROFILE = "810"
_SECONDS = "%Y%m%d%H%M%S"
_CONTINUATION_TRIGGER = "QUQI_TE000003UV"
_KEPT_YEARS = 20
"""How long a Dutch medical record is kept (Burgerlijk Wetboek 7:454): no dispense can be older."""


def write_nl_query(
    interaction: Interaction, hospital: Hospital, bsn: Bsn, asker: Asker, stamp: Stamp, category: str
) -> etree._Element:
    """One question of the NL dialect.

    :param category: what is asked for, of interactions that serve several sections; else not sent.
    """
    query = hl7(
        "queryByParameter",
        *_query_head(hospital, stamp, "executing"),
        hl7("responseModalityCode", code="B" if interaction.indirect else "R"),
        hl7("responsePriorityCode", code="I"),
        hl7("executionAndDeliveryTime", value=in_dutch_time(stamp.created, _SECONDS)),
        *_PARAMETERS[interaction.parameters](hospital, stamp, category),
        hl7("patientID", hl7("value", root=BSN, extension=bsn.reveal())),
    )
    return _message(interaction.operation.element, interaction.trigger, hospital, asker, stamp, query)


def write_nl_continuation(
    hospital: Hospital, asker: Asker, stamp: Stamp, *, cancel: bool = False
) -> etree._Element:
    """QUQI_IN000003UV: the next results of a query, or no more of them. :param stamp: with the query's id."""
    status = "aborted" if cancel else "waitContinuedQueryResponse"
    query = hl7("queryByParameter", *_query_head(hospital, stamp, status))
    return _message(CONTINUE_NL.element, _CONTINUATION_TRIGGER, hospital, asker, stamp, query)


def _query_head(hospital: Hospital, stamp: Stamp, status: str) -> tuple[etree._Element, ...]:
    query_id = hl7("queryId", root=hospital.zis.sender, extension=str(stamp.query_id))
    return query_id, hl7("statusCode", code=status)


def _message(
    element: str, trigger: str, hospital: Hospital, asker: Asker, stamp: Stamp, query: etree._Element
) -> etree._Element:
    """The transmission wrapper (MCCI_MT000100) and control act (QUQI_MT021001) around a query."""
    zis = hospital.zis
    return hl7(
        element,
        hl7("id", root=zis.sender, extension=str(stamp.message_id)),
        hl7("creationTime", value=in_dutch_time(stamp.created, _SECONDS)),
        hl7("versionCode", code="NICTIZEd2005-Okt"),
        hl7("interactionId", root=INTERACTION_IDS, extension=element),
        hl7("profileId", root=AORTA_PROFILES, extension=_PROFILE),
        hl7("processingCode", code=processing_code(hospital)),
        hl7("processingModeCode", code="T"),
        # NE, because the answer itself comes at once (responsePriorityCode I).
        hl7("acceptAckCode", code="NE"),
        hl7("receiver", _device(zis.receiver), typeCode="RCV"),
        hl7("sender", _device(zis.sender), typeCode="SND"),
        hl7(
            "ControlActProcess",
            hl7("code", code=trigger, codeSystem=TRIGGER_EVENTS),
            _author(asker),
            _overseer(asker),
            query,
            classCode="CACT",
            moodCode="EVN",
        ),
    )


def _author(asker: Asker) -> etree._Element:
    person = hl7("AssignedPerson", _person_id(asker.user), _role(asker.user), _organisation(asker))
    return hl7("authorOrPerformer", hl7("participant", person), typeCode="AUT")


def _overseer(asker: Asker) -> etree._Element:
    """Who answers for the question. A launch names one person, so it is the same one."""
    entity = hl7("assignedEntity", _person_id(asker.user), _role(asker.user), _organisation(asker))
    return hl7("overseer", entity, typeCode="RESP")


def _person_id(user: User) -> etree._Element:
    if user.uzi_number:
        return hl7("id", root=UZI_PERSON, extension=user.uzi_number)
    if user.agb_code:
        return hl7("id", root=AGB, extension=user.agb_code)
    return hl7("id", nullFlavor="NI")


def _role(user: User) -> etree._Element:
    return hl7("code", code=user.role, codeSystem=ROLE_OF_PERSON)


def _organisation(asker: Asker) -> etree._Element:
    name = (hl7("name", asker.practice.name),) if asker.practice.name else ()
    return hl7("Organization", hl7("id", root=URA, extension=asker.practice.ura_number), *name)


def _device(oid: str) -> etree._Element:
    """AORTA knows applications by a number under one root; another device by its own OID."""
    root, _, number = oid.rpartition(".")
    identity = {"root": root, "extension": number} if root == AORTA_APPLICATIONS else {"root": oid}
    return hl7("device", hl7("id", **identity), classCode="DEV", determinerCode="INSTANCE")


def _patient_only(_hospital: Hospital, _stamp: Stamp, _category: str) -> tuple[etree._Element, ...]:
    return ()


def _care_context(hospital: Hospital, _stamp: Stamp, category: str) -> tuple[etree._Element, ...]:
    """The context code alone. "Available since" is left out, because it would only leave out data."""
    value = hl7("value", code=category, codeSystem=category_system(hospital, category))
    return (hl7("contextCode", value),)


def _dispenses(_hospital: Hospital, stamp: Stamp, _category: str) -> tuple[etree._Element, ...]:
    year = int(in_dutch_time(stamp.created, "%Y")) - _KEPT_YEARS
    return (
        hl7("dispenseEventEffectiveTimeInterval", hl7("value", hl7("low", value=f"{year}01010000"))),
        hl7("mostRecentDispenseForEachRxIndicator", hl7("value", value="false")),
    )


_PARAMETERS: Mapping[Parameters, Callable[[Hospital, Stamp, str], tuple[etree._Element, ...]]] = {
    Parameters.PATIENT: _patient_only,
    Parameters.CARE_CONTEXT: _care_context,
    Parameters.DISPENSES: _dispenses,
}
