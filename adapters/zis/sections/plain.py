"""The plain laboratory result, read in one pass over its children.

A laboratory answers with thousands of results of one shape: a code, a moment, a value, its flags and ranges,
and a material. ``LABORATORY`` reads those too, at three times the cost (performance.md P4). Whatever is not
of just this shape is left to it, so nothing is read here alone; ``tests/contract/test_zis_plain.py`` holds
both to the same entries.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from lxml.etree import _Element

from adapters.zis.datatypes import read_coded, read_identifier, read_moment
from adapters.zis.errors import SourceError
from adapters.zis.paths import hl7_tag
from adapters.zis.sections.alike import Cut, cut, write
from adapters.zis.sections.around import MADE, Around
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
_TEMPLATE_ID, _ID, _STATUS, _RANGE = map(hl7_tag, ("templateId", "id", "statusCode", "referenceRange"))
_OF_ANOTHER_KIND = frozenset({COMMENT, CONCERN, RESULT_STATUS})
_UNNAMED = CodedText()
_ABSENT = ResultValue(ValueKind.ABSENT)
_FEW = 25
"""So many results are read before any is compared with another: in a short answer none are alike."""
_MOST = 2_000
_MOST_IN_VAIN = 1_000_000
"""So many more characters may be written out in vain than with profit: statements that hold others would be
written once for each level that they are deep."""


class PlainResult:
    """What the children of a plain result say."""

    __slots__ = (
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

    def __init__(self) -> None:
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

    def again(self, pieces: Cut, taken: Moment) -> "PlainResult":
        """Another one, which differs in nothing but what was cut out."""
        found = PlainResult()
        first, *others = self.identifiers
        found.identifiers = [Identifier(first.root, pieces.number), *others]
        found.code, found.status = self.code, self.status
        found.taken = taken
        found.value = ResultValue(ValueKind.QUANTITY, pieces.amount, self.value.unit)
        found.flags, found.ranges = self.flags, self.ranges
        found.material, found.told = self.material, self.told
        return found


def find_plain(link: Link) -> PlainResult | None:
    """The statement as a plain result; None for every other one, and for one that cannot be read."""
    element, batch = link.element, link.batch
    if element.tag != _OBSERVATION or batch is None:
        return None
    if batch.plain < _FEW:
        found = _read(element, batch)
        batch.plain += found is not None
        return found
    return _find_alike(element, batch)


def _find_alike(element: _Element, batch: Batch) -> PlainResult | None:
    if batch.vain > _MOST_IN_VAIN:
        return _read(element, batch)
    text = write(element)
    pieces = cut(text)
    if pieces is not None and (alike := _again(pieces, batch)) is not None:
        batch.vain -= len(text)
        return alike
    found = _read(element, batch)
    if found is not None and pieces is not None and pieces.fits(found.value) and len(batch.alike) < _MOST:
        batch.alike[pieces.same] = found
    else:
        batch.vain += len(text)
    return found


def _again(pieces: Cut, batch: Batch) -> PlainResult | None:
    known: PlainResult | None = batch.alike.get(pieces.same)
    try:
        return known.again(pieces, read_moment(pieces.moment)) if known is not None else None
    except SourceError:
        return None


def _read(element: _Element, batch: Batch) -> PlainResult | None:
    if element.get("negationInd") is not None:
        return None
    found = PlainResult()
    try:
        for child in element:
            tag = child.tag
            # What nearly every result has is taken without a call.
            if tag == _ID:
                if (identifier := read_identifier(child)) is not None:
                    found.identifiers.append(identifier)
            elif tag == _STATUS:
                found.status = found.status or (child.get("code") or "").strip() or None
            elif tag == _RANGE:
                found.ranges += read_ranges(child)
            elif tag != _TEMPLATE_ID:
                _TAKERS.get(tag, _decline)(found, child, batch)
    except (SourceError, _NotPlainError):
        return None
    code = found.code
    if code.label is None or code.code in _OF_ANOTHER_KIND or found.value.kind is ValueKind.ABSENT:
        return None
    return found


_Taker = Callable[[PlainResult, _Element, Batch], None]


class _NotPlainError(Exception):
    """The map has to read it."""


def _decline(_found: PlainResult, _child: _Element, _batch: Batch) -> None:
    raise _NotPlainError


def _take_code(found: PlainResult, child: _Element, batch: Batch) -> None:
    if found.code is not _UNNAMED or len(child):
        raise _NotPlainError
    code = read_coded(child)
    if code is None:
        # What it says without being a code becomes a remark.
        raise _NotPlainError
    found.code = code


def _take_time(found: PlainResult, child: _Element, _batch: Batch) -> None:
    if found.taken is not None or len(child):
        raise _NotPlainError
    found.taken = read_moment((child.get("value") or "").strip())


def _take_value(found: PlainResult, child: _Element, _batch: Batch) -> None:
    if found.value is not _ABSENT:
        raise _NotPlainError
    found.value = read_value(child)


def _take_flag(found: PlainResult, child: _Element, batch: Batch) -> None:
    code = (child.get("code") or "").strip()
    if code and child.get("nullFlavor") is None:
        found.flags += (code,)
    elif (coded := batch.known.read(read_coded, child)) is not None and coded.label:
        found.flags += (coded.code or coded.label,)


def _holder_of(place: str) -> _Taker:
    read = MATERIAL_READERS[place]

    def take(found: PlainResult, child: _Element, batch: Batch) -> None:
        _keep_material(found, batch.known.read(read, child))

    return take


def _take_sampling(found: PlainResult, link: _Element, batch: Batch) -> None:
    if len(link) != 1 or link.get("negationInd") is not None:
        raise _NotPlainError
    procedure, known = link[0], batch.known
    content = content_of(procedure)
    if procedure.tag != PROCEDURE or not known.read_content(content, names_entity, procedure):
        raise _NotPlainError
    _keep_material(found, known.read_content(content, read_sampling, procedure, batch))


def _keep_material(found: PlainResult, read: tuple[CodedText | None, tuple[str, ...]]) -> None:
    material, told = read
    if material is None or found.material is not None:
        raise _NotPlainError
    found.material, found.told = material, told


_TAKERS: Mapping[object, _Taker] = MappingProxyType(
    {
        hl7_tag("code"): _take_code,
        hl7_tag("effectiveTime"): _take_time,
        hl7_tag("value"): _take_value,
        hl7_tag("interpretationCode"): _take_flag,
        hl7_tag("specimen"): _holder_of("specimen"),
        hl7_tag("subject"): _holder_of("subject"),
        **dict.fromkeys(map(hl7_tag, LINKS), _take_sampling),
    }
)
