"""Every section of the record has a reader and a row in the table of questions."""

from typing import Any, get_type_hints

import pytest

from adapters.zis.sections import allergies, care, dossier, lab, letters, medication, notes, results
from adapters.zis.sections.around import Around
from adapters.zis.sections.entry_map import EntryMap
from adapters.zis.sections.readers import READERS
from adapters.zis.sections.table import SECTIONS
from context.records import Entry, Section

MAPS: dict[str, EntryMap[Any]] = {
    f"{module.__name__.rpartition('.')[2]}.{name}": found
    for module in (allergies, care, dossier, lab, letters, medication, notes, results)
    for name, found in vars(module).items()
    if isinstance(found, EntryMap)
}
COMMON = {"identifiers", "status", "author", "authorised", "authorised_on", "recorded", "remarks", "negated"}


@pytest.mark.proves("feature:Q01", "feature:D01", "feature:R02")
def test_every_section_has_a_reader_and_a_question() -> None:
    assert set(READERS) == set(SECTIONS) == set(Section)


@pytest.mark.parametrize("section", Section)
def test_no_statements_are_no_entries(section: Section) -> None:
    reading = READERS[section]([])
    assert (reading.entries, reading.unread) == ([], 0)


@pytest.mark.parametrize("name", MAPS)
def test_map_names_fields_that_its_entry_has(name: str) -> None:
    found = MAPS[name]
    assert isinstance(found.entry, type)
    assert issubclass(found.entry, Entry)
    hints = get_type_hints(found.entry)
    assert set(found.inherits) <= set(hints) | set(found.fields)
    assert set(found.inherits.values()) <= set(Around.__slots__)
    assert not COMMON & set(found.fields)
