"""Composes the answers of the UV dialect, good or spoiled in their content."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

from lxml.etree import _Element as Element

from sandbox.clinical.statement import Statement
from sandbox.patients import HospitalPerson, Persona
from sandbox.zis.chart import OTHER_BSN, Delivery, deliveries, spoiled
from sandbox.zis.consent import ANSWER_ACTION, decision_response
from sandbox.zis.continuing import Continuations
from sandbox.zis.faults import Fault
from sandbox.zis.person import (
    custodian_element,
    gender_element,
    identity_elements,
    name_element,
    registration,
)
from sandbox.zis.question import CONSENT, PATIENT, Question
from sandbox.zis.quirks import quirky
from sandbox.zis.uv import statement_element
from sandbox.zis.wire import INTERACTION, FaultError, envelope, hl7, ii, new_uuid, timestamp

PDQ_ANSWER = "PRPA_IN201306UV02"
QED_ANSWER = "QUPC_IN043200UV01"
CANCEL_ANSWER = "MCCI_IN000002UV01"
_MESSAGES = "2.16.840.1.113883.2.4.3.7.99"
_QUERY_ID = "h:controlActProcess/h:queryByParameter/h:queryId"
_CONTINUED_ID = "h:controlActProcess/h:queryContinuation/h:queryId"


@dataclass(frozen=True, slots=True)
class AnswerSheet:
    """What the hospital system knows.

    :param personas: by BSN.
    :param number_roots: from a receiver's OID to the OID of that hospital's own patient numbers.
    """

    personas: Mapping[str, Persona]
    number_roots: Mapping[str, str]
    continuations: Continuations = field(default_factory=Continuations)

    def answer(self, question: Question, fault: Fault, now: datetime) -> Element:
        """A SOAP envelope. :param fault: one that spoils the content; others change nothing here.

        :param now: aware.
        """
        if question.interaction == CONSENT:
            return self._consent(question, fault)
        if question.interaction == PATIENT:
            return self._patient(question, fault, now)
        query_id = question.find(_QUERY_ID).get("extension") or ""
        if fault is not Fault.HALF:
            # A hospital that holds a half back and cannot go on: the rest stays missing.
            self.continuations.begin(query_id, question)
        return self._record(question, question, 1, fault, now)

    def resume(self, asked: Question, now: datetime) -> Element:
        """The next page of an earlier question. :raises FaultError: no such question."""
        query_id = asked.find(_CONTINUED_ID).get("extension") or ""
        known = self.continuations.advance(query_id, asked.start)
        if known is None:
            raise FaultError("no such query is being answered")
        question, page = known
        return self._record(question, asked, page, Fault.OK, now)

    def cancel(self, asked: Question, now: datetime) -> Element:
        """No further pages. :raises FaultError: no such question."""
        if not self.continuations.end(asked.find(_CONTINUED_ID).get("extension") or ""):
            raise FaultError("no such query is being answered")
        return self._enveloped(CANCEL_ANSWER, asked, [_acknowledgement(asked, failed=False)], now)

    def _consent(self, question: Question, fault: Fault) -> Element:
        persona = self.personas.get(question.bsn)
        decision = persona.consent if persona else "NotApplicable"
        if fault is Fault.AE:
            decision = "Indeterminate"
        bsn = OTHER_BSN if fault is Fault.WRONG_BSN else question.bsn
        return envelope(ANSWER_ACTION, question.message_id, decision_response(question, decision, bsn))

    def _patient(self, question: Question, fault: Fault, now: datetime) -> Element:
        persona = self.personas.get(question.bsn)
        device, number_root = self._hospital(question)
        subjects = []
        if persona is not None and fault is not Fault.AE:
            subjects = [registration(spoiled(each, fault), number_root, device) for each in persona.people]
        query = question.find("h:controlActProcess/h:queryByParameter")
        held_back = 1 if fault is Fault.HALF else 0
        act = _control_act(PDQ_ANSWER, query, subjects, _query_ack(question, len(subjects), held_back, fault))
        parts = [_acknowledgement(question, failed=fault is Fault.AE), act]
        return self._enveloped(PDQ_ANSWER, question, parts, now)

    def _record(self, question: Question, asked: Question, page: int, fault: Fault, now: datetime) -> Element:
        persona = self.personas.get(question.bsn)
        device, number_root = self._hospital(question)
        found: list[Delivery] = []
        if persona is not None:
            found = deliveries(persona, question.interaction, fault, now)
            if persona.page_size:
                found = [each.page(page) for each in found]
        subjects = [
            care_record(each.person, statements, number_root, device)
            for each in found
            for statements in each.pages
        ]
        held_back, earlier = (sum(each.held_back for each in found), sum(each.earlier for each in found))
        echo = question.find(".//h:parameterList")
        ack = _query_ack(question, len(subjects), held_back, fault, earlier)
        act = _control_act(QED_ANSWER, echo, subjects, ack)
        parts = [_acknowledgement(asked, failed=fault is Fault.AE), act]
        answer = self._enveloped(QED_ANSWER, asked, parts, now)
        return quirky(answer, persona.quirks) if persona else answer

    def _hospital(self, question: Question) -> tuple[str, str]:
        """The device that is asked, and the OID of its patient numbers."""
        device = question.find("h:receiver/h:device/h:id").get("root") or ""
        return device, self.number_roots.get(device, "")

    def _enveloped(self, name: str, asked: Question, parts: Sequence[Element], now: datetime) -> Element:
        message = hl7(
            name,
            ii("id", _MESSAGES, new_uuid()),
            hl7("creationTime", value=timestamp(now)),
            ii("interactionId", INTERACTION, name),
            hl7("processingCode", code="T"),
            hl7("processingModeCode", code="T"),
            hl7("acceptAckCode", code="NE"),
            _device("receiver", "RCV", asked.find("h:sender/h:device/h:id")),
            _device("sender", "SND", asked.find("h:receiver/h:device/h:id")),
            *parts,
            ITSVersion="XML_1.0",
        )
        return envelope(f"urn:hl7-org:v3:{name}", asked.message_id, message)


def care_record(
    person: HospitalPerson, statements: Sequence[Statement], number_root: str, custodian: str
) -> Element:
    """``subject`` with one careProvisionEvent about this person (REPC_MT004000UV01)."""
    patient = hl7(
        "patient",
        *identity_elements(person, number_root),
        hl7("statusCode", code="active"),
        hl7(
            "patientPerson",
            name_element(person.name),
            gender_element(person.gender),
            hl7("birthTime", value=person.birth_date),
            class_code="PSN",
            determiner_code="INSTANCE",
        ),
        class_code="PAT",
    )
    provision = hl7(
        "careProvisionEvent",
        hl7("recordTarget", patient, type_code="RCT"),
        *(
            hl7(
                "pertinentInformation3",
                statement_element(each),
                type_code="DRIV",
                context_conduction_ind="true",
            )
            for each in statements
        ),
        class_code="PCPR",
        mood_code="EVN",
    )
    event = hl7(
        "registrationEvent",
        hl7("statusCode", code="active"),
        custodian_element(custodian),
        hl7("subject2", provision, type_code="SUBJ"),
        class_code="REG",
        mood_code="EVN",
    )
    return hl7("subject", event, type_code="SUBJ")


def _acknowledgement(asked: Question, *, failed: bool) -> Element:
    message_id = asked.find("h:id")
    detail = hl7("acknowledgementDetail", hl7("text", "the application failed"), type_code="E")
    return hl7(
        "acknowledgement",
        hl7("typeCode", code="AE" if failed else "AA"),
        hl7("targetMessage", ii("id", message_id.get("root") or "", message_id.get("extension") or "")),
        *([detail] if failed else []),
    )


def _device(tag: str, type_code: str, device_id: Element) -> Element:
    device = hl7("device", deepcopy(device_id), class_code="DEV", determiner_code="INSTANCE")
    return hl7(tag, device, type_code=type_code)


def _control_act(name: str, echo: Element, subjects: Sequence[Element], query_ack: Element) -> Element:
    return hl7(
        "controlActProcess",
        hl7("code", code=name.replace("_IN", "_TE"), code_system=INTERACTION),
        *subjects,
        query_ack,
        deepcopy(echo),
        class_code="CACT",
        mood_code="EVN",
    )


def _query_ack(question: Question, subjects: int, held_back: int, fault: Fault, earlier: int = 0) -> Element:
    """``queryAck`` with its counters.

    :param held_back: what remains at the source. :param earlier: what pages before this one brought.
    """
    failed = fault is Fault.AE
    current = subjects + 1 if fault is Fault.COUNTERS else subjects
    found = "OK" if current or earlier else "NF"
    return hl7(
        "queryAck",
        deepcopy(question.find(_QUERY_ID)),
        hl7("statusCode", code="aborted" if failed else "deliveredResponse"),
        hl7("queryResponseCode", code="AE" if failed else found),
        hl7("resultTotalQuantity", value=str(earlier + current + held_back)),
        hl7("resultCurrentQuantity", value=str(current)),
        hl7("resultRemainingQuantity", value=str(held_back)),
    )
