"""The plain laboratory result, read in one pass over its children.

A laboratory answers with thousands of results of one shape: a code, a moment, a value, its flags and ranges,
and a material. ``LABORATORY`` reads those too, at three times the cost (performance.md P4). Whatever is not
of just this shape is left to it, so nothing is read here alone; ``tests/contract/test_zis_plain.py`` holds
both to the same entries.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from lxml import etree

from adapters.zis.datatypes import read_coded, read_identifier, read_moment
from adapters.zis.errors import SourceError
from adapters.zis.paths import hl7_tag
from adapters.zis.sections.entry_map import MADE, Around
from adapters.zis.sections.known import content_of
from adapters.zis.sections.observations import read_ranges
from adapters.zis.sections.references import Batch
from adapters.zis.sections.specimens import MATERIAL_READERS, PROCEDURE, names_entity, read_sampling
from adapters.zis.sections.statement import COMMENT, CONCERN, LINKS, OBSERVATION, Link
from adapters.zis.values import read_value
from context.person import Identifier, Moment
from context.records import CodedText, LabResult, ReferenceRange, ResultValue, ValueKind

RESULT_STATUS = "92236-9"
"""LOINC: the status of a result, an observation of its own below it."""

_OBSERVATION = hl7_tag(OBSERVATION)
_OF_ANOTHER_KIND = frozenset({COMMENT, CONCERN, RESULT_STATUS})
_UNNAMED = CodedText()
_ABSENT = ResultValue(ValueKind.ABSENT)


class PlainResult:
    """What the children of a plain result say."""

    __slots__ = (
        "batch",
        "code",
        "flags",
        "identifiers",
        "material",
        "ranges",
        "status",
        "taken",
        "told",
        "value",
    )

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.identifiers: list[Identifier] = []
        self.code = _UNNAMED
        self.status: str | None = None
        self.taken: Moment | None = None
        self.value = _ABSENT
        self.flags: tuple[str, ...] = ()
        self.ranges: tuple[ReferenceRange, ...] = ()
        self.material: CodedText | None = None
        self.told: tuple[str, ...] = ()

    def entry(self, around: Around) -> LabResult:
        """The result, with what it takes over from the groups around it."""
        status, passed = self.status, around.passed
        remarks = (*around.remarks, *self.told)
        if remarks:
            label = self.code.label
            remarks = tuple(dict.fromkeys(words for words in remarks if words and words != label))
        return LabResult(
            identifiers=tuple(self.identifiers),
            status=status if status not in MADE else around.status or status,
            author=around.author,
            recorded=around.recorded,
            remarks=remarks,
            negated=around.negated,
            test=self.code,
            value=self.value,
            taken=self.taken or around.begins,
            flags=self.flags,
            references=self.ranges,
            group=around.group,
            material=self.material or passed.get("material"),
            requester=passed.get("requester"),
        )


def find_plain(link: Link) -> PlainResult | None:
    """The statement as a plain result; None for every other one, and for one that cannot be read."""
    element, batch = link.element, link.batch
    if element.tag != _OBSERVATION or batch is None or element.get("negationInd") is not None:
        return None
    found = PlainResult(batch)
    try:
        for child in element:
            take = _TAKERS.get(child.tag)
            if take is None:
                return None
            take(found, child)
    except (SourceError, _NotPlainError):
        return None
    code = found.code
    if code.label is None or code.code in _OF_ANOTHER_KIND or found.value.kind is ValueKind.ABSENT:
        return None
    return found


class _NotPlainError(Exception):
    """The map has to read it."""


def _pass_over(_found: PlainResult, _child: etree._Element) -> None:
    """It says nothing of the patient."""


def _take_id(found: PlainResult, child: etree._Element) -> None:
    if (identifier := read_identifier(child)) is not None:
        found.identifiers.append(identifier)


def _take_code(found: PlainResult, child: etree._Element) -> None:
    if found.code is not _UNNAMED or len(child):
        raise _NotPlainError
    found.code = found.batch.known.read(read_coded, child) or _UNNAMED


def _take_status(found: PlainResult, child: etree._Element) -> None:
    found.status = found.status or (child.get("code") or "").strip() or None


def _take_time(found: PlainResult, child: etree._Element) -> None:
    text = (child.get("value") or "").strip()
    if not text or found.taken is not None or len(child):
        raise _NotPlainError
    found.taken = read_moment(text)


def _take_value(found: PlainResult, child: etree._Element) -> None:
    if found.value is not _ABSENT:
        raise _NotPlainError
    found.value = read_value(child)


def _take_flag(found: PlainResult, child: etree._Element) -> None:
    coded = found.batch.known.read(read_coded, child)
    if coded is not None and coded.label:
        found.flags += (coded.code or coded.label,)


def _take_range(found: PlainResult, child: etree._Element) -> None:
    found.ranges += found.batch.known.read(read_ranges, child)


def _holder_of(place: str) -> Callable[[PlainResult, etree._Element], None]:
    read = MATERIAL_READERS[place]

    def take(found: PlainResult, child: etree._Element) -> None:
        _keep_material(found, found.batch.known.read(read, child))

    return take


def _take_sampling(found: PlainResult, link: etree._Element) -> None:
    if len(link) != 1 or link.get("negationInd") is not None:
        raise _NotPlainError
    procedure, known = link[0], found.batch.known
    content = content_of(procedure)
    if procedure.tag != PROCEDURE or not known.read_content(content, names_entity, procedure):
        raise _NotPlainError
    _keep_material(found, known.read_content(content, read_sampling, procedure, found.batch))


def _keep_material(found: PlainResult, read: tuple[CodedText | None, tuple[str, ...]]) -> None:
    material, told = read
    if material is None or found.material is not None:
        raise _NotPlainError
    found.material, found.told = material, told


_TAKERS: Mapping[object, Callable[[PlainResult, etree._Element], None]] = MappingProxyType(
    {
        hl7_tag("templateId"): _pass_over,
        hl7_tag("id"): _take_id,
        hl7_tag("code"): _take_code,
        hl7_tag("statusCode"): _take_status,
        hl7_tag("effectiveTime"): _take_time,
        hl7_tag("value"): _take_value,
        hl7_tag("interpretationCode"): _take_flag,
        hl7_tag("referenceRange"): _take_range,
        hl7_tag("specimen"): _holder_of("specimen"),
        hl7_tag("subject"): _holder_of("subject"),
        **dict.fromkeys(map(hl7_tag, LINKS), _take_sampling),
    }
)
