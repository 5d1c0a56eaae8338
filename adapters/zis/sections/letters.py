"""Letters that come as acts of the record (QED 34900-1, correspondence) instead of as documents.

Documents in a repository are found by ITI-18; that is another question (``table.py``).
"""

from adapters.zis.sections.entry_map import EntryMap
from adapters.zis.sections.fields import coded, first, moment, parties, text_concept
from context.records import Document

LETTERS: EntryMap[Document] = EntryMap(
    entry=Document,
    title="title",
    statements=frozenset({"act", "observation"}),
    fields={
        "title": first(text_concept, coded("code")),
        "kind": coded("code"),
        "created": moment,
        "recipients": parties(("PRCP", "TRC", "IRCP")),
    },
)
