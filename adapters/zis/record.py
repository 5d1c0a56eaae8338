"""Reads the QED answer (QUPC_IN043200UV01): one section of the record, checked to be the patient's."""

from datetime import datetime

from lxml import etree

from adapters.zis.errors import malformed
from adapters.zis.identity import check_birth_date, check_bsn, check_echo
from adapters.zis.interactions import BSN, FETCH_RECORD
from adapters.zis.paths import Path, local_name
from adapters.zis.sections.readers import READERS
from adapters.zis.wrapper import check_answer
from context.outcome import FailureCause, Outcome
from context.ports import RecordQuestion
from context.records import RecordEntry, Section

_CARE_RECORDS = Path("h:registrationEvent/h:subject2/h:careProvisionEvent")
_RECORD_TARGETS = Path("h:recordTarget/h:patient")
_NESTED_PATIENTS = Path(
    f".//h:recordTarget/h:patient | .//h:subject/h:patient"
    f" | .//h:recordTarget/h:patientRole[h:id[@root='{BSN}']]"
)
_STATEMENTS = Path("h:pertinentInformation3/*")
_LOOSE_PARTS = frozenset({"sequenceNumber", "templateId", "realmCode", "typeId"})


def read_section(
    root: etree._Element,
    section: Section,
    question: RecordQuestion,
    query_id: str,
    source_name: str,
    fetched_at: datetime,
) -> Outcome[RecordEntry]:
    """The entries of ``section`` in the answer ``root``.

    Partial, naming ``source_name``, when the source holds results back or an entry cannot be read.

    :param fetched_at: aware UTC.
    :raises SourceError: no usable answer, or one about anyone else (D19).
    """
    answer = check_answer(root, FETCH_RECORD, query_id)
    check_echo(answer.control_act, question.bsn)
    records = find_care_records(answer.subjects)
    for record in records:
        _check_patient(record, question)
    reading = READERS[section](statement for record in records for statement in find_statements(record))
    entries = tuple(reading.entries)
    if reading.unread or answer.remaining:
        cause = FailureCause.MALFORMED if reading.unread else None
        return Outcome.partial(entries, (source_name,), fetched_at, cause)
    return Outcome.of(entries, fetched_at)


def find_care_records(subjects: tuple[etree._Element, ...]) -> list[etree._Element]:
    """The ``careProvisionEvent`` of each subject.

    :raises SourceError: a subject holds none.
    """
    found = [_CARE_RECORDS.elements(subject) for subject in subjects]
    if not all(found):
        raise malformed("a subject without a care record")
    return [record for records in found for record in records]


def find_statements(record: etree._Element) -> list[etree._Element]:
    """The clinical statements of a care record, in the source's order."""
    return [found for found in _STATEMENTS.elements(record) if local_name(found) not in _LOOSE_PARTS]


def _check_patient(record: etree._Element, question: RecordQuestion) -> None:
    """The record's patient, and every patient that a statement in it names, must be the one asked for."""
    targets = _RECORD_TARGETS.elements(record)
    patients = list(dict.fromkeys([*targets, *_NESTED_PATIENTS.elements(record)]))
    check_bsn(patients if targets else [record], question.bsn)
    check_birth_date(patients, question.birth_date)
