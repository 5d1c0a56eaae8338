"""Composes the answer to one question, good or spoiled in its content."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime

from lxml.etree import _Element as Element

from sandbox.laboratory import AMSTERDAM
from sandbox.patients import HospitalPerson, Persona
from sandbox.zis.consent import ANSWER_ACTION, decision_response
from sandbox.zis.faults import Fault
from sandbox.zis.person import registration
from sandbox.zis.question import Interaction, Question
from sandbox.zis.record import allergy_entries, care_record, laboratory_entries
from sandbox.zis.wire import INTERACTION, envelope, hl7, ii, new_uuid, timestamp

PDQ_ANSWER = "PRPA_IN201306UV02"
QED_ANSWER = "QUPC_IN043200UV01"
OTHER_BSN = "999904309"


@dataclass(frozen=True, slots=True)
class AnswerSheet:
    """What the hospital system knows.

    :param personas: by BSN.
    :param number_roots: from a receiver's OID to the OID of that hospital's own patient numbers.
    """

    personas: Mapping[str, Persona]
    number_roots: Mapping[str, str]

    def answer(self, question: Question, fault: Fault, now: datetime) -> Element:
        """A SOAP envelope. :param fault: one that spoils the content; others change nothing here.

        :param now: aware.
        """
        if question.interaction is Interaction.CONSENT:
            return self._consent(question, fault)
        device = question.find("h:receiver/h:device/h:id").get("root") or ""
        subjects = [] if fault is Fault.AE else self._subjects(question, fault, device, now)
        name = PDQ_ANSWER if question.interaction is Interaction.PATIENT else QED_ANSWER
        message = _message(name, question, subjects, fault, now)
        return envelope(f"urn:hl7-org:v3:{name}", question.message_id, message)

    def _consent(self, question: Question, fault: Fault) -> Element:
        persona = self.personas.get(question.bsn)
        decision = persona.consent if persona else "NotApplicable"
        if fault is Fault.AE:
            decision = "Indeterminate"
        bsn = OTHER_BSN if fault is Fault.WRONG_BSN else question.bsn
        return envelope(ANSWER_ACTION, question.message_id, decision_response(question, decision, bsn))

    def _subjects(self, question: Question, fault: Fault, device: str, now: datetime) -> list[Element]:
        persona = self.personas.get(question.bsn)
        if persona is None:
            return []
        people = [_spoiled(person, fault) for person in persona.people]
        number_root = self.number_roots.get(device, "")
        if question.interaction is Interaction.PATIENT:
            return [registration(person, number_root, device) for person in people]
        entries = _entries(persona, question.interaction, now)
        if fault is Fault.HALF:
            entries = entries[: (len(entries) + 1) // 2]
        return [care_record(person, entries, number_root, device) for person in people[:1] if entries]


def _entries(persona: Persona, interaction: Interaction, now: datetime) -> list[Element]:
    if interaction is Interaction.LABORATORY:
        return laboratory_entries(persona.results(now.astimezone(AMSTERDAM).date()))
    return allergy_entries(persona.allergies)


def _spoiled(person: HospitalPerson, fault: Fault) -> HospitalPerson:
    if fault is Fault.WRONG_BSN:
        return replace(person, bsn=OTHER_BSN)
    if fault is Fault.WRONG_BIRTHDATE:
        return replace(person, birth_date="19010203")
    return person


def _message(
    name: str, question: Question, subjects: Sequence[Element], fault: Fault, now: datetime
) -> Element:
    failed = fault is Fault.AE
    asked = question.find("h:id")
    detail = hl7("acknowledgementDetail", hl7("text", "the application failed"), type_code="E")
    acknowledgement = hl7(
        "acknowledgement",
        hl7("typeCode", code="AE" if failed else "AA"),
        hl7("targetMessage", ii("id", asked.get("root") or "", asked.get("extension") or "")),
        *([detail] if failed else []),
    )
    return hl7(
        name,
        ii("id", "2.16.840.1.113883.2.4.3.7.99", new_uuid()),
        hl7("creationTime", value=timestamp(now)),
        ii("interactionId", INTERACTION, name),
        hl7("processingCode", code="T"),
        hl7("processingModeCode", code="T"),
        hl7("acceptAckCode", code="NE"),
        _device("receiver", "RCV", question.find("h:sender/h:device/h:id")),
        _device("sender", "SND", question.find("h:receiver/h:device/h:id")),
        acknowledgement,
        _control_act(name, question, subjects, fault),
        ITSVersion="XML_1.0",
    )


def _device(tag: str, type_code: str, device_id: Element) -> Element:
    device = hl7("device", deepcopy(device_id), class_code="DEV", determiner_code="INSTANCE")
    return hl7(tag, device, type_code=type_code)


def _control_act(name: str, question: Question, subjects: Sequence[Element], fault: Fault) -> Element:
    query = question.find("h:controlActProcess/h:queryByParameter")
    echo = query if name == PDQ_ANSWER else question.find(".//h:parameterList")
    trigger = name.replace("_IN", "_TE")
    return hl7(
        "controlActProcess",
        hl7("code", code=trigger, code_system=INTERACTION),
        *subjects,
        _query_ack(question, len(subjects), fault),
        deepcopy(echo),
        class_code="CACT",
        mood_code="EVN",
    )


def _query_ack(question: Question, current: int, fault: Fault) -> Element:
    query_id = question.find("h:controlActProcess/h:queryByParameter/h:queryId")
    found = "OK" if current else "NF"
    remaining = 1 if fault is Fault.HALF else 0
    failed = fault is Fault.AE
    return hl7(
        "queryAck",
        deepcopy(query_id),
        hl7("statusCode", code="aborted" if failed else "deliveredResponse"),
        hl7("queryResponseCode", code="AE" if failed else found),
        hl7("resultTotalQuantity", value=str(current + remaining)),
        hl7("resultCurrentQuantity", value=str(current)),
        hl7("resultRemainingQuantity", value=str(remaining)),
    )
