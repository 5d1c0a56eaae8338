"""Composes the answers of the NL dialect: an AORTA batch with one complete response per source."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

from lxml.etree import QName
from lxml.etree import _Element as Element

from sandbox.clinical.medication import BLOCKS
from sandbox.clinical.statement import Party, Statement
from sandbox.patients import Persona
from sandbox.zis.chart import Delivery, deliveries
from sandbox.zis.continuing import Continuations
from sandbox.zis.datatypes import ii as id_element
from sandbox.zis.dispenses import DISPENSE_LIST, dispense_list
from sandbox.zis.faults import Fault
from sandbox.zis.nl import organizer
from sandbox.zis.question import Question
from sandbox.zis.quirks import quirky
from sandbox.zis.sections import OTHER_ANSWERS, WAYS
from sandbox.zis.wire import INTERACTION, FaultError, envelope_11, hl7, ii, new_uuid, timestamp

BATCH = "MCCI_IN200101"
DONE = "QUQI_IN000002UV"
_MESSAGES = "2.16.840.1.113883.2.4.6.6.90000102.1"
_DEVICES = "2.16.840.1.113883.2.4.6.6"
_PROFILE = "2.16.840.1.113883.2.4.3.11.1"
_ISSUES = "2.16.840.1.113883.2.4.6.6.1.1000"
_TRIGGERS = "2.16.840.1.113883.1.18"
_QUERY_ID = "h:ControlActProcess/h:queryByParameter/h:queryId"
_AGREEMENTS = "QUMA_IN991203NL04"


@dataclass(frozen=True, slots=True)
class BatchSheet:
    """What the hospital system answers in the NL dialect. :param personas: by BSN."""

    personas: Mapping[str, Persona]
    continuations: Continuations = field(default_factory=Continuations)

    def answer(self, question: Question, fault: Fault, now: datetime) -> Element:
        """A SOAP 1.1 envelope. :param now: aware."""
        if fault is not Fault.HALF:
            # A hospital that holds a half back and cannot go on: the rest stays missing.
            self.continuations.begin(question.find(_QUERY_ID).get("extension") or "", question)
        return self._batch(question, question, 1, fault, now)

    def resume(self, asked: Question, now: datetime) -> Element:
        """The next page of an earlier question. :raises FaultError: no such question."""
        known = self.continuations.advance(asked.find(_QUERY_ID).get("extension") or "", asked.start)
        if known is None:
            raise FaultError("no such query is being answered")
        return self._batch(known[0], asked, known[1], Fault.OK, now)

    def cancel(self, asked: Question, now: datetime) -> Element:
        """No further pages. :raises FaultError: no such question."""
        if not self.continuations.end(asked.find(_QUERY_ID).get("extension") or ""):
            raise FaultError("no such query is being answered")
        act = hl7("ControlActProcess", _query_ack(asked, 0), mood_code="EVN")
        return envelope_11(_message(DONE, asked, [act], now, failed=False))

    def _batch(self, question: Question, asked: Question, page: int, fault: Fault, now: datetime) -> Element:
        persona = self.personas.get(question.bsn)
        name = _answer_name(question)
        found: list[Delivery] = []
        if persona is not None:
            found = deliveries(persona, question.interaction, fault, now)
            if persona.page_size:
                found = [each.page(page) for each in found]
        messages = [_response(name, question, asked, each, fault, now) for each in found]
        if not messages:
            messages = [_nobody(name, asked, now)]
        batch = hl7(
            BATCH,
            *_head(BATCH, now),
            hl7("transmissionQuantity", value=str(len(messages))),
            _acknowledgement("targetTransmission", asked, failed=False),
            *_ends(),
            *messages,
        )
        answer = envelope_11(batch)
        return quirky(answer, persona.quirks) if persona else answer


def _answer_name(question: Question) -> str:
    asked = QName(question.content).localname
    return OTHER_ANSWERS.get(asked) or WAYS[question.interaction].answer


def _response(
    name: str, question: Question, asked: Question, delivery: Delivery, fault: Fault, now: datetime
) -> Element:
    subjects = [hl7("subject", _payload(name, question, delivery, page)) for page in delivery.pages]
    current = len(subjects) + (1 if fault is Fault.COUNTERS else 0)
    act = hl7(
        "ControlActProcess",
        hl7("code", code=name.replace("_IN", "_TE"), code_system=_TRIGGERS),
        _author(delivery.owner),
        *subjects,
        *([_issue(delivery.owner)] if delivery.failed else []),
        _query_ack(question, current, delivery),
        mood_code="EVN",
    )
    return _message(name, asked, [act], now, failed=delivery.failed)


def _payload(name: str, question: Question, delivery: Delivery, page: Sequence[Statement]) -> Element:
    if name == DISPENSE_LIST:
        return dispense_list(delivery.person, page)
    way = WAYS[question.interaction]
    if name == _AGREEMENTS:
        page = [each for each in page if each.code == BLOCKS["agreement"]]
    return organizer(delivery.person, way.organizer, way.template, delivery.owner, page)


def _nobody(name: str, asked: Question, now: datetime) -> Element:
    act = hl7("ControlActProcess", _query_ack(asked, 0), mood_code="EVN")
    return _message(name, asked, [act], now, failed=False)


def _message(name: str, asked: Question, parts: Sequence[Element], now: datetime, *, failed: bool) -> Element:
    return hl7(
        name,
        *_head(name, now),
        hl7("processingCode", code="T"),
        hl7("processingModeCode", code="T"),
        hl7("acceptAckCode", code="NE"),
        _acknowledgement("targetMessage", asked, failed=failed),
        *_ends(),
        *parts,
    )


def _head(name: str, now: datetime) -> list[Element]:
    return [
        ii("id", _MESSAGES, new_uuid()),
        hl7("creationTime", value=timestamp(now)),
        hl7("versionCode", code="NICTIZEd2005-Okt"),
        ii("interactionId", INTERACTION, name),
        ii("profileId", _PROFILE, "810"),
    ]


def _ends() -> list[Element]:
    """AORTA's point of exchange (application 1) sends it."""
    ends = (("receiver", "90000001"), ("sender", "1"))
    return [
        hl7(tag, hl7("device", ii("id", _DEVICES, number), class_code="DEV", determiner_code="INSTANCE"))
        for tag, number in ends
    ]


def _acknowledgement(target: str, asked: Question, *, failed: bool) -> Element:
    known = asked.find("h:id")
    target_id = ii("id", known.get("root") or "", known.get("extension") or "")
    return hl7("acknowledgement", hl7(target, target_id), type_code="AE" if failed else "AA")


def _author(owner: Party) -> Element:
    organisation = hl7(
        "Organization",
        *(id_element(each) for each in owner.organisation_ids),
        hl7("name", owner.organisation),
    )
    device = hl7("AssignedDevice", ii("id", _DEVICES, "90000102"), organisation)
    return hl7("authorOrPerformer", hl7("participant", device), type_code="AUT")


def _issue(owner: Party) -> Element:
    words = f"Gegevens beschikbaar buiten de regio: {owner.organisation}"
    code = hl7("code", code="AUTERR_SWV_FALSE", code_system=_ISSUES, display_name=words)
    return hl7("reasonOf", hl7("justifiedDetectedIssue", code))


def _query_ack(asked: Question, current: int, delivery: Delivery | None = None) -> Element:
    """``queryAck`` with its counters. :param delivery: None when there is none."""
    failed = delivery is not None and delivery.failed
    held_back, earlier = (delivery.held_back, delivery.earlier) if delivery else (0, 0)
    found = "OK" if current or earlier else "NF"
    return hl7(
        "queryAck",
        deepcopy(asked.find(_QUERY_ID)),
        hl7("queryResponseCode", code="AE" if failed else found),
        hl7("resultTotalQuantity", value=str(earlier + current + held_back)),
        hl7("resultCurrentQuantity", value=str(current)),
        hl7("resultRemainingQuantity", value=str(held_back)),
    )
