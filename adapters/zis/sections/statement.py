"""One clinical statement, its children read once.

Fields take what they know; what no field took is told in words (``words.py``), so nothing is lost. Links
are spelled ``sourceOf`` (Care Record, NE2008), ``entryRelationship`` (CDA, AORTA), ``component`` or,
in NL 6.x, by the relation's own name.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from lxml import etree

from adapters.zis.datatypes import is_negated, read_coded, read_text
from adapters.zis.errors import SourceError, malformed
from adapters.zis.interactions import HL7
from adapters.zis.sections.known import content_of
from adapters.zis.sections.references import Batch
from adapters.zis.times import Period, read_period
from context.records import CodedText

T = TypeVar("T")

OBSERVATION = "observation"
GROUPS = frozenset({"organizer", "act"})
STATEMENTS = GROUPS | {
    OBSERVATION,
    "observationMedia",
    "encounter",
    "procedure",
    "substanceAdministration",
    "supply",
    "medicationDispenseEvent",
}
LINKS = frozenset(
    {"sourceOf", "entryRelationship", "component", "targetOf", "subjectOf", "reason", "pertinentInformation"}
)
_HL7_TAG = f"{{{HL7}}}"
_SDTC_TAG = "{urn:hl7-org:sdtc}"
_USUAL = (
    STATEMENTS
    | LINKS
    | {
        "code",
        "effectiveTime",
        "id",
        "interpretationCode",
        "methodCode",
        "participant",
        "performer",
        "author",
        "referenceRange",
        "specimen",
        "statusCode",
        "subject",
        "templateId",
        "text",
        "value",
    }
)
_NAMES: Mapping[object, str] = {f"{_HL7_TAG}{name}": name for name in _USUAL}
"""Tags to local names, for the tags of which there are thousands."""
COMMENT = "48767-8"
CONCERN = "CONC"
UNREAD = object()


@dataclass(slots=True, eq=False)
class Link:
    """A statement inside another one.

    :param kind: the relationship's typeCode (COMP, SUBJ, MFST, REFR, RSON, ...), or in NL 6.x its name.
    :param plain: what the map that walks it made of it without walking.
    """

    kind: str
    element: etree._Element
    batch: Batch | None = None
    _statement: "Statement | None" = None
    _content: object = None
    plain: Any = UNREAD

    def known(self, reader: Callable[..., T], *context: object) -> T:
        """What ``reader`` makes of the statement's element, as ``Known.read``."""
        if self.batch is None:
            return reader(self.element, *context)
        if self._content is None:
            self._content = content_of(self.element)
        return self.batch.known.read_content(self._content, reader, self.element, *context)

    @property
    def statement(self) -> "Statement":
        """:raises SourceError: a relationship in it is denied."""
        if self._statement is None:
            self._statement = Statement(self.element, self.batch)
        return self._statement


class Statement:
    """:param batch: where references by id are looked up.

    :ivar code: what the statement is about; it stays there for who takes it.
    :ivar known: reads one of its elements as ``Known.read`` does.
    :ivar told: remarks that its fields have made of what they took.

    :raises SourceError: a relationship that is denied; what it would then mean is not guessed at.
    """

    __slots__ = ("_coded", "_period", "batch", "code", "element", "kind", "known", "links", "parts", "told")

    def __init__(self, element: etree._Element, batch: Batch | None = None) -> None:
        self.element = element
        self.batch = batch
        self.known = batch.known.read if batch is not None else _read_anew
        self.kind = _NAMES.get(element.tag) or _name_of(element)
        self.links: list[Link] = []
        self.parts: dict[str, list[etree._Element]] = {}
        self.told: list[str] = []
        self._period: Period | None = None
        parts = self.parts
        for child in element:
            name = _NAMES.get(child.tag) or _name_of(child)
            if name in LINKS and self._take_links(child, name):
                continue
            if name in parts:
                parts[name].append(child)
            elif name:
                parts[name] = [child]
        self._coded = parts["code"][0] if "code" in parts else None
        self.code: CodedText | None = None
        if self._coded is not None:
            self.code = self.known(read_coded, self._coded)

    def _take_links(self, link: etree._Element, name: str) -> bool:
        inside = [child for child in link if (_NAMES.get(child.tag) or _name_of(child)) in STATEMENTS]
        if not inside:
            return False
        if is_negated(link):
            raise malformed("a denied relationship")
        kind = (link.get("typeCode") or "").strip() or (name.upper() if name == "reason" else "")
        self.links += [Link(kind, child, self.batch) for child in inside]
        return True

    @property
    def negated(self) -> bool:
        return is_negated(self.element)

    @property
    def mood(self) -> str:
        return (self.element.get("moodCode") or "").strip()

    @property
    def period(self) -> Period:
        if self._period is None:
            self._period = read_period(self.take("effectiveTime"))
        return self._period

    def read_times_literally(self) -> None:
        """For a statement that is only told in words: a time that is none is told as sent."""
        if self._period is None:
            self._period = read_period(self.take("effectiveTime"), literal=True)

    def coded(self, element: etree._Element) -> CodedText | None:
        """A concept in it, read once in an answer."""
        return self.code if element is self._coded else self.known(read_coded, element)

    def take(self, name: str) -> list[etree._Element]:
        """All children of one name; they are told by whoever takes them."""
        parts = self.parts
        return parts.pop(name) if name in parts else []

    def take_one(self, name: str, element: etree._Element) -> None:
        """Take one child, leave its namesakes."""
        namesakes = self.parts.get(name, ())
        if len(namesakes) > 1:
            self.parts[name] = [each for each in namesakes if each is not element]
        elif namesakes and namesakes[0] is element:
            del self.parts[name]

    def take_participants(self, kinds: frozenset[str]) -> list[etree._Element]:
        """The ``participant`` elements of these typeCodes."""
        taken: list[etree._Element] = []
        if "participant" not in self.parts:
            return taken
        left: list[etree._Element] = []
        for each in self.take("participant"):
            (taken if (each.get("typeCode") or "").strip() in kinds else left).append(each)
        if left:
            self.parts["participant"] = left
        return taken

    def take_link(self, link: Link) -> None:
        self.links = [each for each in self.links if each is not link]

    def take_links(self, wanted: Callable[[Link], bool]) -> list[Link]:
        """All of these links, in order. One pass, because an organizer may hold thousands."""
        taken: list[Link] = []
        if not self.links:
            return taken
        left: list[Link] = []
        for link in self.links:
            (taken if wanted(link) else left).append(link)
        self.links = left
        return taken

    def take_text(self) -> str | None:
        """Its free text, whole. A text that is a document elsewhere stays, to be told by its address."""
        if "text" not in self.parts:
            return None
        found = []
        left = []
        for element in self.take("text"):
            if text := read_text(element):
                found.append(text)
            else:
                left.append(element)
        if left:
            self.parts["text"] = left
        return "\n".join(found) or None

    @property
    def is_comment(self) -> bool:
        """An annotation comment (LOINC 48767-8), as an act or an observation."""
        return self.code is not None and self.code.code == COMMENT

    @property
    def is_concern(self) -> bool:
        return self.code is not None and self.code.code == CONCERN


def _read_anew(reader: Callable[..., T], element: etree._Element, *context: object) -> T:
    return reader(element, *context)


def _name_of(element: etree._Element) -> str:
    """The local name in HL7's own namespaces; the whole tag of a foreign element."""
    tag: object = element.tag
    if not isinstance(tag, str):
        return ""
    if tag.startswith(_HL7_TAG):
        return tag[len(_HL7_TAG) :]
    return tag[len(_SDTC_TAG) :] if tag.startswith(_SDTC_TAG) else tag


class Reading(Generic[T]):
    """Collects the entries of one section and counts what could not be read.

    Nothing is dropped in silence: a section with anything unread is shown as incomplete.
    """

    def __init__(self, entries: Iterable[T] = (), unread: int = 0) -> None:
        self.entries: list[T] = list(entries)
        self.unread = unread

    def take(self, read: Callable[[], Iterable[T]]) -> None:
        """Add what ``read`` finds, all of it or, when it cannot be read, none."""
        try:
            self.entries.extend(list(read()))
        except SourceError:
            self.unread += 1
