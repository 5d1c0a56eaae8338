"""Reads the answer to one question for a section, in either dialect, checked to be the patient's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from adapters.zis.datatypes import is_negated
from adapters.zis.errors import SourceError, malformed
from adapters.zis.groups import Group, read_groups
from adapters.zis.identity import check_birth_date, check_bsn, check_echo
from adapters.zis.interactions import BSN, CONTINUATION_END, HL7, Interaction
from adapters.zis.paths import Path, hl7_tag, local_name
from adapters.zis.wrapper import Earlier, QueryAnswer, Response, read_responses
from context.outcome import FailureCause, Outcome
from context.ports import RecordQuestion
from context.records import RecordEntry, Section
from context.zis import Dialect

_CARE_RECORDS = Path("h:registrationEvent/h:subject2/h:careProvisionEvent")
_PATIENT_ROLES = Path(
    "h:recordTarget/h:patient | h:recordTarget/h:patientRole | h:recordTarget/h:Patient"
    " | h:subject/h:Patient | h:subject/h:patient"
)
_PATIENT_ROLE = hl7_tag("patientRole")
_NESTED_PATIENTS = {
    hl7_tag("patient"): frozenset({hl7_tag("recordTarget"), hl7_tag("subject")}),
    hl7_tag("Patient"): frozenset({hl7_tag("subject")}),
    _PATIENT_ROLE: frozenset({hl7_tag("recordTarget")}),
}
"""A patient that a statement names, and where; a ``patientRole`` only when it has a BSN. Found by iteration,
which costs a large answer a tenth of what an XPath does."""
_BSN_IDS = Path(f"h:id[@root='{BSN}']")
_STATEMENTS = Path("h:pertinentInformation3/*")
_COMPONENTS = Path("*[starts-with(local-name(), 'component') or starts-with(local-name(), 'pertinent')]/*")
_LOOSE_PARTS = frozenset({"sequenceNumber", "templateId", "realmCode", "typeId"})
_LISTS = frozenset(
    {"organizer", "MedicationDispenseList", "MedicationPrescriptionList", "PrimaryCareProvision"}
)
"""Payloads that hold statements; any other payload of the NL dialect is a statement itself."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The question that an answer must belong to.

    :param query_id: of the question, which the answer repeats.
    :param source_name: how the source is named when it does not name itself.
    :param earlier: what earlier parts of the same answer brought.
    """

    interaction: Interaction
    section: Section
    question: RecordQuestion
    query_id: str
    source_name: str
    earlier: Earlier | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one answer brought.

    :param missing: names of the sources whose part is absent or not whole; ``remaining`` names none.
    :param failure: why, when it is known.
    :param results: how many subjects it held.
    :param remaining: how many a single source holds back and may be asked for.
    """

    entries: tuple[RecordEntry, ...] = ()
    missing: tuple[str, ...] = ()
    failure: FailureCause | None = None
    results: int = 0
    remaining: int = 0

    def outcome(self, source_name: str, fetched_at: datetime) -> Outcome[RecordEntry]:
        """:param fetched_at: aware UTC."""
        missing = self.missing or ((source_name,) if self.remaining else ())
        if missing:
            return Outcome.partial(self.entries, missing, fetched_at, self.failure)
        return Outcome.of(self.entries, fetched_at)


def read_part(root: etree._Element, asked: Asked) -> Part:
    """The entries in the answer ``root``, of all sources that it comes from.

    :raises SourceError: no usable answer, or one about anyone else (D19): then nothing in it is shown,
        because whoever mixes up one patient may have mixed up others.
    """
    if root.tag == f"{{{HL7}}}{CONTINUATION_END}" and asked.earlier:
        return Part()
    responses = read_responses(root, asked.interaction, asked.query_id, asked.earlier)
    alone = len(responses) == 1
    groups: list[Group] = []
    failures: dict[str, FailureCause | None] = {}
    for response in responses:
        name = response.name or asked.source_name
        found = _groups_of(response, name, asked, alone=alone)
        if isinstance(found, FailureCause):
            failures.setdefault(name, found)
            continue
        groups += found
        if response.answer and response.answer.has_issue:
            failures.setdefault(name, FailureCause.REJECTED)
        # Only a single source can be asked for the rest.
        if not alone and response.answer and response.answer.remaining:
            failures.setdefault(name, None)
    entries, unread = read_groups(groups, asked.section)
    for name in unread:
        failures.setdefault(name, FailureCause.MALFORMED)
    answers = [response.answer for response in responses if response.answer]
    return Part(
        entries=entries,
        missing=tuple(failures),
        failure=next((cause for cause in failures.values() if cause), None),
        results=sum(len(answer.subjects) for answer in answers),
        remaining=sum(answer.remaining for answer in answers) if alone else 0,
    )


def _groups_of(response: Response, name: str, asked: Asked, *, alone: bool) -> list[Group] | FailureCause:
    """The payloads of one source, or why there are none. The only source raises instead."""
    if response.answer is None:
        return response.failure or FailureCause.MALFORMED
    try:
        check_echo(response.answer.control_act, asked.question.bsn)
        return _checked_groups(response.answer, name, asked)
    except SourceError as error:
        if alone or error.cause is FailureCause.WRONG_PATIENT:
            raise
        return error.cause


def _checked_groups(answer: QueryAnswer, name: str, asked: Asked) -> list[Group]:
    uv = asked.interaction.dialect is Dialect.UV
    payloads = find_care_records(answer.subjects) if uv else find_payloads(answer.subjects)
    for payload in payloads:
        _check_patient(payload, asked.question)
    find = find_statements if uv else find_components
    return [_group(name, payload, find(payload)) for payload in payloads]


def _group(name: str, payload: etree._Element, statements: list[etree._Element]) -> Group:
    """The statements that are told. One that is denied by what holds it would read as its opposite."""
    if _denies(payload) or any(_denies(holder) for holder in payload.iterancestors()):
        return Group(name, (), unread=len(statements))
    told = tuple(each for each in statements if each is payload or not _denies(each.getparent()))
    return Group(name, told, unread=len(statements) - len(told))


def _denies(holder: etree._Element | None) -> bool:
    """A ``negationInd`` that is true, or that cannot be read."""
    try:
        return holder is not None and is_negated(holder)
    except SourceError:
        return True


def find_care_records(subjects: tuple[etree._Element, ...]) -> list[etree._Element]:
    """The ``careProvisionEvent`` of each subject (QED).

    :raises SourceError: a subject holds none.
    """
    found = [_CARE_RECORDS.elements(subject) for subject in subjects]
    if not all(found):
        raise malformed("a subject without a care record")
    return [record for records in found for record in records]


def find_statements(record: etree._Element) -> list[etree._Element]:
    """The clinical statements of a care record, in the source's order."""
    return [found for found in _STATEMENTS.elements(record) if local_name(found) not in _LOOSE_PARTS]


def find_payloads(subjects: tuple[etree._Element, ...]) -> list[etree._Element]:
    """What each subject is, in NL: an ``organizer``, or a named class of AORTA 6.12.

    :raises SourceError: a subject holds none, or something of another namespace.
    """
    found = [[each for each in subject if local_name(each) not in _LOOSE_PARTS] for subject in subjects]
    payloads = [payload for inside in found for payload in inside]
    if not all(found) or any(etree.QName(payload).namespace != HL7 for payload in payloads):
        raise malformed("a subject without a payload")
    return payloads


def find_components(payload: etree._Element) -> list[etree._Element]:
    """The clinical statements of an NL payload, in the source's order."""
    if local_name(payload) not in _LISTS:
        return [payload]
    return [found for found in _COMPONENTS.elements(payload) if local_name(found) not in _LOOSE_PARTS]


def _check_patient(payload: etree._Element, question: RecordQuestion) -> None:
    """The payload's patient, and every patient that a statement in it names, must be the one asked for."""
    roles = _PATIENT_ROLES.elements(payload)
    patients = list(dict.fromkeys([*roles, *_nested_patients(payload)]))
    check_bsn(patients if roles else [payload], question.bsn)
    check_birth_date(patients, question.birth_date)


def _nested_patients(payload: etree._Element) -> Iterator[etree._Element]:
    for role in payload.iterdescendants(*_NESTED_PATIENTS):
        holder = role.getparent()
        if holder is None or holder.tag not in _NESTED_PATIENTS[role.tag]:
            continue
        if role.tag != _PATIENT_ROLE or _BSN_IDS.elements(role):
            yield role
