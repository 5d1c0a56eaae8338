"""Real third-party messages lose no name, address, free text, value or unit.

Everything here runs below the identity check: these patients have no BSN. What was read is compared
with an independent count, by XPath on local names, over the same file.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from lxml import etree

from adapters.xml import parse_xml
from adapters.zis.datatypes import read_text
from adapters.zis.errors import SourceError
from adapters.zis.interactions import FETCH_RECORD, FIND_PATIENT
from adapters.zis.names import read_addresses, read_names, read_telecoms
from adapters.zis.person import find_patients, read_patient
from adapters.zis.record import find_care_records, find_statements
from adapters.zis.sections.allergies import read_allergies
from adapters.zis.sections.lab import read_laboratory
from adapters.zis.values import read_value
from adapters.zis.wrapper import check_answer
from context.outcome import FailureCause
from context.records import LabResult
from tests.zis_messages import ASKED

INSTANCES = "hl7v3/oehf-ipf/instances"
ICARDEA = "hl7v3/reference-icardea"
ACCEPTED = {
    "02_PDQQuery1Response.xml": FailureCause.MALFORMED,
    "03_PDQQueryEmptyResponse.xml": 0,
    "iti55-sample-response.xml": 2,
    "pcc1-sample-response.xml": 1,
    "PDQ_Maximal_Query_Response.xml": 1,
    "PDQ_Response.xml": 9,
    "PDQ_connectathon2011_namespaces_issue_Response.xml": 2,
    "PDQ_unused_global_namespace_issue_Response.xml": 2,
    "PDQ_with_PID4_Response.xml": 2,
    "EHR_PCC-10-Input-Scenario-LabResultsStep4_Loinc_.xml": FailureCause.MALFORMED,
    "EHR_PCC-10-Input-Scenario-Problems_Snomedct_.xml": FailureCause.MALFORMED,
}
"""How many subjects each answer brings, or why its wrappers are refused: seven people where two are
counted; no acknowledgement."""


def files(shared_data: Path) -> list[Path]:
    found = sorted((shared_data / INSTANCES).rglob("*.xml")) + sorted((shared_data / ICARDEA).glob("*.xml"))
    assert len(found) >= 26
    return found


def load(path: Path) -> etree._Element:
    return parse_xml(path.read_bytes(), max_bytes=1 << 23)


def select(node: etree._Element, xpath: str) -> list[etree._Element]:
    found = node.xpath(xpath)
    assert isinstance(found, list)
    return found  # type: ignore[return-value]


def strings(node: etree._Element, xpath: str) -> Counter[str]:
    found = node.xpath(xpath)
    assert isinstance(found, list)
    return words(map(str, found))


def whole(element: etree._Element) -> str:
    return "".join(str(text) for text in element.itertext())


def words(texts: Iterable[str | None]) -> Counter[str]:
    """Texts with their white space made equal, the empty ones left out."""
    return Counter(joined for text in texts if text and (joined := " ".join(text.split())))


NAMES = (
    "//*[local-name()='name'][not(@code)]"
    " | //*[local-name()='livingSubjectName' or local-name()='patientName']/*[local-name()='value']"
)
ADDRESSES = "//*[local-name()='addr'] | //*[local-name()='patientAddress']/*[local-name()='value']"
VALUES = "//*[local-name()='observation' or local-name()='queryMatchObservation']/*[local-name()='value']"


def test_every_name_is_read_whole(shared_data: Path) -> None:
    total = 0
    for path in files(shared_data):
        root = load(path)
        names = select(root, NAMES)
        read = words(part.text for name in read_names(names) for part in name.parts)
        there = sum((strings(name, ".//text()") for name in names), Counter())
        assert read == there, path.name
        qualifiers = Counter(q for name in read_names(names) for part in name.parts for q in part.qualifiers)
        assert qualifiers == sum((strings(name, "*/@qualifier") for name in names), Counter()), path.name
        total += read.total()
    assert total > 100


def test_every_address_and_telecom_is_read_whole(shared_data: Path) -> None:
    total = 0
    for path in files(shared_data):
        root = load(path)
        addresses = select(root, ADDRESSES)
        read = words(part.text for address in read_addresses(addresses) for part in address.parts)
        assert read == sum((strings(address, ".//text()") for address in addresses), Counter()), path.name
        telecoms = read_telecoms(select(root, "//*[local-name()='telecom']"))
        found = words(telecom.value for telecom in telecoms)
        assert found == strings(root, "//*[local-name()='telecom']/@value"), path.name
        total += read.total() + found.total()
    assert total > 100


def test_every_free_text_is_read_whole(shared_data: Path) -> None:
    total = 0
    for path in files(shared_data):
        texts = select(load(path), "//*[local-name()='text' or local-name()='originalText']")
        read = words(read_text(text) for text in texts)
        assert read == words(whole(text) for text in texts), path.name
        total += read.total()
    assert total > 15


def test_every_value_and_unit_is_literal(shared_data: Path) -> None:
    total = 0
    for path in files(shared_data):
        for value in select(load(path), VALUES):
            read = read_value(value)
            stated = value.get("value") or value.get("displayName") or value.get("code")
            assert read.text == (stated or "").strip(), path.name
            assert read.unit == (value.get("unit") or None), path.name
            total += 1
    assert total > 45


def test_every_person_in_an_answer_is_read_whole(shared_data: Path) -> None:
    total = 0
    for path in files(shared_data):
        root = load(path)
        subjects = tuple(select(root, "//*[local-name()='controlActProcess']/*[local-name()='subject']"))
        if "PRPA_IN2013" not in str(root.tag) or not subjects:
            continue
        for role in find_patients(subjects):
            patient = read_patient(role, ASKED, "1.2")
            person = select(role, "*[local-name()='patientPerson']")[0]
            read = words(part.text for name in patient.names for part in name.parts)
            assert read == strings(person, "*[local-name()='name']//text()"), path.name
            read = words(part.text for address in patient.addresses for part in address.parts)
            assert read == strings(person, "*[local-name()='addr']//text()"), path.name
            assert words(telecom.value for telecom in patient.telecoms) == strings(
                person, "*[local-name()='telecom']/@value"
            )
            born = patient.birth_date
            stated = "" if born is None else f"{born.year:04}{born.month or 0:02}{born.day or 0:02}"
            assert words([stated]) == strings(person, "*[local-name()='birthTime']/@value"), path.name
            total += 1
    assert total == 26


def results_of(root: etree._Element) -> tuple[list[LabResult], int]:
    subjects = tuple(select(root, "//*[local-name()='controlActProcess']/*[local-name()='subject']"))
    records = find_care_records(subjects)
    reading = read_laboratory(statement for record in records for statement in find_statements(record))
    return reading.entries, reading.unread


def test_every_result_in_a_record_is_read_whole(shared_data: Path) -> None:
    total = 0
    for path in files(shared_data):
        root = load(path)
        if not str(root.tag).endswith("QUPC_IN043200UV01"):
            continue
        entries, unread = results_of(root)
        assert unread == 0, path.name
        observations = select(root, "//*[local-name()='observation'][*[local-name()='value']]")
        assert len(entries) == len(observations), path.name
        stated = words(
            value.get("value") or value.get("displayName") or value.get("code")
            for value in select(root, "//*[local-name()='observation']/*[local-name()='value']")
        )
        assert words(entry.value.text for entry in entries) == stated, path.name
        units = "//*[local-name()='observation']/*[local-name()='value']/@unit"
        assert words(entry.value.unit for entry in entries) == strings(root, units), path.name
        told = words(text for entry in entries for text in (*entry.remarks, entry.test.label))
        free = "//*[local-name()='careProvisionEvent']//*[local-name()='text']"
        texts = words(whole(text) for text in select(root, free))
        assert set(texts) <= set(told), path.name
        names = "//*[local-name()='observation']/*[local-name()='code']/@displayName"
        assert set(strings(root, names)) <= set(words(entry.test.label for entry in entries)), path.name
        total += len(entries)
    assert total == 32


def test_message_of_another_kind_is_no_silent_absence_of_allergies(shared_data: Path) -> None:
    root = load(shared_data / INSTANCES / "pcc1" / "pcc1-sample-response.xml")
    subjects = tuple(select(root, "//*[local-name()='controlActProcess']/*[local-name()='subject']"))
    statements = [found for record in find_care_records(subjects) for found in find_statements(record)]
    reading = read_allergies(statements)
    assert len(reading.entries) + reading.unread == len(statements) == 1


@pytest.mark.parametrize(("name", "expected"), ACCEPTED.items())
def test_wrappers_of_real_answers_are_judged(
    shared_data: Path, name: str, expected: int | FailureCause
) -> None:
    root = load(next(path for path in files(shared_data) if path.name == name))
    interaction = FIND_PATIENT if "PRPA" in str(root.tag) else FETCH_RECORD
    query_id = next(iter(strings(root, "//*[local-name()='queryAck']/*[local-name()='queryId']/@extension")))
    try:
        judged: int | FailureCause = len(check_answer(root, interaction, query_id).subjects)
    except SourceError as error:
        judged = error.cause
    assert judged == expected
