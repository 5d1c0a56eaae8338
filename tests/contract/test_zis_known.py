"""What is remembered within an answer changes nothing: real messages read alike with and without it."""

from pathlib import Path

import pytest
from lxml import etree

from adapters.zis.errors import malformed
from adapters.zis.sections import known
from adapters.zis.sections.known import Known
from adapters.zis.sections.readers import READERS
from context.records import Entry, Section
from tests.contract.real_statements import load, sections

pytestmark = pytest.mark.proves("perf:P4")


def read(statements: list[etree._Element], section: Section) -> tuple[list[Entry], int]:
    reading = READERS[section](statements)
    return reading.entries, reading.unread


def test_real_statements_sent_twice_read_alike_remembered_or_not(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of a section in one batch and twice over, so that everything is once remembered and once read."""
    batches: dict[Section, list[etree._Element]] = {}
    for path, root in load(shared_data):
        for statement, wanted in sections(path, root):
            for section in wanted:
                batches.setdefault(section, []).append(statement)
    for section, statements in batches.items():
        twice = [*statements, *statements]
        remembered = read(twice, section)
        with monkeypatch.context() as patched:
            patched.setattr(known, "_MOST", 0)
            assert read(twice, section) == remembered, section
    assert sum(map(len, batches.values())) > 250


def element(xml: str) -> etree._Element:
    return etree.fromstring(f'<v xmlns="urn:hl7-org:v3">{xml}</v>')[0]


def as_text(read: etree._Element) -> str:
    return etree.tostring(read, encoding="unicode", with_tail=False)


@pytest.mark.parametrize(
    "other",
    [
        '<code code="2"/>',
        '<code code="1" displayName="1"/>',
        '<value code="1"/>',
        '<code xmlns="urn:hl7-org:sdtc" code="1"/>',
        '<code code="1">text</code>',
        '<code code="1"><translation code="1"/></code>',
    ],
)
def test_element_that_differs_in_anything_is_read_anew(other: str) -> None:
    remembered = Known()
    for xml in ('<code code="1"/>', other):
        assert remembered.read(as_text, element(xml)) == as_text(element(xml))


def test_elements_alike_but_for_what_follows_share_one_result() -> None:
    remembered = Known()
    for xml in ('<code code="1"/>', '<code><translation code="1"/></code>'):
        assert remembered.read(as_text, element(xml)) is remembered.read(as_text, element(f"{xml} and more"))


def test_what_cannot_be_read_is_refused_every_time() -> None:
    def refuse(_element: etree._Element) -> str:
        raise malformed("nothing of it")

    remembered = Known()
    for _ in range(2):
        with pytest.raises(type(malformed(""))):
            remembered.read(refuse, element("<code/>"))
