"""Real third-party messages: every fact in a clinical statement stands in some entry of the record.

What need not stand there is written down with a reason in ``ignored_paths.toml``; what cannot be read makes
its section incomplete, and is counted here file by file.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from adapters.zis.sections.readers import READERS
from context.records import Entry, Section
from tests.contract.real_statements import load, sections
from tests.whole_reading import Document, load_ignored
from tests.zis_messages import parsed

IGNORED = load_ignored(Path(__file__).parent / "ignored_paths.toml")
UNREAD = {
    "Consultation_Note.xml": 1,
    "Referral_Note.xml": 2,
    "SampleCDADocument.xml": 1,
}
"""Statements whose own time is no timestamp (``200130311``, ``20130731103`` ...), and one examination that
denies a finding below it."""
pytestmark = pytest.mark.proves(
    "trap:4", "trap:5", "trap:8", "trap:9", "trap:11", "feature:D01", "feature:R02"
)


def read(statement: etree._Element, known: tuple[Section, ...]) -> tuple[list[Entry], int]:
    """One statement by the readers of all sections that its place stands for."""
    readings = [READERS[section]([statement]) for section in known]
    return [entry for reading in readings for entry in reading.entries], sum(
        found.unread for found in readings
    )


def real_statements(
    shared_data: Path,
) -> Iterator[tuple[str, Document, etree._Element, tuple[Section, ...]]]:
    for path, root in load(shared_data):
        document = Document(root, IGNORED)
        for statement, known in sections(path, root):
            yield path.name, document, statement, known


def test_every_fact_of_every_statement_that_is_read_is_told(shared_data: Path) -> None:
    lost: list[str] = []
    total = 0
    for name, document, statement, known in real_statements(shared_data):
        entries, unread = read(statement, known)
        total += len(entries)
        if not unread:
            lost += [f"{name}: {fact.path}: {fact.words}" for fact in document.untold(statement, entries)]
    assert lost == []
    assert total > 330


def test_what_is_not_read_is_counted_and_is_what_is_known_not_to_be(shared_data: Path) -> None:
    unread: Counter[str] = Counter()
    for name, _document, statement, known in real_statements(shared_data):
        unread[name] += read(statement, known)[1]
    assert +unread == UNREAD


def test_every_ignored_path_still_ignores_something(shared_data: Path) -> None:
    used = set()
    documents = set()
    for _name, document, statement, _known in real_statements(shared_data):
        document.untold(statement, [])
        documents.add(document)
    for document in documents:
        used |= document.used
    assert {rule.path for rule in IGNORED} == {rule.path for rule in used}


def test_ignored_paths_name_no_file_and_give_a_reason() -> None:
    assert all(len(rule.reason) > 20 and ".xml" not in rule.path for rule in IGNORED)
    assert len({rule.path for rule in IGNORED}) == len(IGNORED)


@pytest.mark.parametrize(
    "extra",
    [
        "<text>vrije tekst</text>",
        '<code code="77"/>',
        '<code code="77" displayName="Naam"/>',
        '<value xsi:type="PQ" value="4.1" unit="mmol/L"/>',
        '<effectiveTime value="20260102"/>',
        "<participant><participantRole><playingEntity><name><family>Jansen</family></name></playingEntity>"
        "</participantRole></participant>",
    ],
)
def test_fact_that_no_entry_tells_is_noticed(extra: str) -> None:
    statement = parsed(f"<observation>{extra}</observation>")
    assert Document(statement, IGNORED).untold(statement, [])
