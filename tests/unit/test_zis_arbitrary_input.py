"""Whatever a hospital sends, reading it ends in an answer or in a SourceError, never in anything else."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.zis.documents.cda import open_cda, read_header, read_sections
from adapters.zis.documents.multipart import Package
from adapters.zis.documents.registry import read_documents
from adapters.zis.documents.repository import read_document
from adapters.zis.errors import SourceError
from adapters.zis.interactions import FETCH_RECORD, INTERACTIONS
from adapters.zis.person import read_lookup
from adapters.zis.record import Asked, read_part
from adapters.zis.soap import open_envelope
from adapters.zis.xacml import read_answer
from context.person import PartialDate
from context.ports import RecordQuestion
from context.records import Section
from tests.document_messages import QUESTION as DOCUMENTS_QUESTION
from tests.document_messages import (
    cda,
    extrinsic,
    include,
    registry_answer,
    repository_answer,
    section,
    sections,
    slot,
    stated,
)
from tests.zis_messages import (
    ASKED,
    ASKER,
    BSN_ROOT,
    NUMBER_ROOT,
    QUERY_ID,
    SOURCE,
    enveloped,
    pdq_answer,
    pdq_subject,
    penicillin,
    potassium,
    qed_answer,
    qed_subject,
    xacml_answer,
)
from tests.zis_nl_messages import batch, nl_enveloped, nl_potassium, organizer, refused, response
from tests.zis_sections import STATEMENTS

TAGS = [
    f"{{urn:hl7-org:v3}}{name}"
    for name in ("observation", "organizer", "value", "low", "high", "id", "sourceOf", "code", "translation")
]
Reader = Callable[[etree._Element], object]


DUTCH = INTERACTIONS["POLB_IN354001NL03"]
DUTCH_PERSON = (
    f'<subject><Patient><id root="{BSN_ROOT}" extension="{ASKED.reveal()}"/><Person><name><given>A</given>'
    '</name><birthTime value="19800512"/></Person></Patient></subject>'
)


def _asked(section: Section) -> Asked:
    question = RecordQuestion(ASKED, PartialDate(1980, 5, 12), ASKER)
    return Asked(FETCH_RECORD, section, question, QUERY_ID, SOURCE)


def _section(section: Section) -> Reader:
    return partial(read_part, asked=_asked(section))


def _read_cda(root: etree._Element) -> object:
    document = open_cda(etree.tostring(root), DOCUMENTS_QUESTION)
    return read_header(document), read_sections(document)


CELLS = "<list><item>a</item></list><table><tbody><tr><td colspan='2'>b</td></tr></tbody></table>"
READERS: dict[str, tuple[Reader, bytes]] = {
    "person": (
        partial(read_lookup, bsn=ASKED, query_id=QUERY_ID, hospital_number_root=NUMBER_ROOT),
        enveloped(
            pdq_answer(
                pdq_subject(
                    person="<name><given>A</given></name><addr><city>B</city></addr>"
                    '<birthTime value="19800512"/><deceasedInd value="false"/>'
                    "<asPatientOfOtherProvider><subjectOf><careProvision><performer><assignedProvider>"
                    '<id root="2.16.840.1.113883.2.4.6.1" extension="01000001"/></assignedProvider>'
                    "</performer></careProvision></subjectOf></asPatientOfOtherProvider>"
                )
            )
        ),
    ),
    "laboratory": (
        _section(Section.LABORATORY),
        enveloped(
            qed_answer(
                qed_subject(
                    '<organizer><code code="1"/><component typeCode="COMP">'
                    f"{potassium()}</component></organizer>"
                )
            )
        ),
    ),
    **{
        str(section): (_section(section), enveloped(qed_answer(qed_subject(statement))))
        for section, statement in STATEMENTS.items()
    },
    "allergies": (_section(Section.ALLERGIES), enveloped(qed_answer(qed_subject(penicillin())))),
    "documents": (
        partial(read_documents, question=DOCUMENTS_QUESTION),
        enveloped(registry_answer(extrinsic(slots=slot("sourcePatientInfo", "PID-7|19800512")))),
    ),
    "document": (
        partial(read_document, package=Package(b"", {"doc@hospital": b""}), reference=stated(b"")),
        enveloped(repository_answer(include())),
    ),
    "cda": (
        _read_cda,
        enveloped(cda(sections(section("1", CELLS, penicillin()))).partition(b"?>")[2].decode()),
    ),
    "dutch laboratory": (
        partial(read_part, asked=replace(_asked(Section.LABORATORY), interaction=DUTCH)),
        nl_enveloped(batch(refused(organisation="A"), response(organizer(nl_potassium(), owner="B")))),
    ),
    "dutch person": (
        partial(
            read_lookup,
            bsn=ASKED,
            query_id=QUERY_ID,
            hospital_number_root=NUMBER_ROOT,
            interaction=INTERACTIONS["QUPA_IN101101"],
        ),
        nl_enveloped(response(DUTCH_PERSON, name="QUPA_IN101102")),
    ),
    "consent": (partial(read_answer, bsn=ASKED, category="GGC002"), enveloped(xacml_answer())),
}


def read(name: str, raw: bytes) -> None:
    with suppress(SourceError):
        READERS[name][0](open_envelope(raw))


@pytest.mark.proves("attack:A143")
@settings(deadline=None)
@given(raw=st.binary(max_size=2000))
def test_arbitrary_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(SourceError):
        open_envelope(raw)


@pytest.mark.proves("attack:A143")
@pytest.mark.parametrize("name", READERS)
@settings(deadline=None)
@given(data=st.data())
def test_answer_with_bytes_replaced_never_breaks_a_reader(name: str, data: st.DataObject) -> None:
    raw = bytearray(READERS[name][1])
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw) - 1))
        end = min(len(raw), start + data.draw(st.integers(0, 30)))
        raw[start:end] = data.draw(st.binary(max_size=20))
    read(name, bytes(raw))


@pytest.mark.proves("attack:A143")
@pytest.mark.parametrize("name", READERS)
@settings(deadline=None)
@given(data=st.data())
def test_answer_with_values_and_elements_changed_never_breaks_a_reader(
    name: str, data: st.DataObject
) -> None:
    root = etree.fromstring(READERS[name][1])
    for _ in range(data.draw(st.integers(1, 5))):
        _spoil(data.draw(st.sampled_from(list(root.iter("*")))), data)
    read(name, etree.tostring(root))


def _spoil(element: etree._Element, data: st.DataObject) -> None:
    text = data.draw(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12))
    match data.draw(st.sampled_from(["attribute", "text", "tag", "copy", "remove"])):
        case "attribute":
            names = list(element.attrib) or ["nullFlavor"]
            element.set(data.draw(st.sampled_from([*map(str, names), "value", "nullFlavor", "code"])), text)
        case "text":
            element.text = text
        case "tag":
            element.tag = data.draw(st.sampled_from(TAGS))
        case "copy":
            element.append(etree.fromstring(etree.tostring(element)))
        case "remove":
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
