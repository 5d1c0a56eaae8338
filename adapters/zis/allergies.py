"""Reads allergies and intolerances (zib AllergieIntolerantie) out of QED statements.

An allergy is an observation, mostly inside a concern act. The substance is the consumable that takes
part in it (CDA, IHE) or, where the message has no room for one (Care Record NE2008), its value.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from lxml import etree

from adapters.zis.datatypes import is_negated, read_coded, read_identifiers, read_text
from adapters.zis.errors import malformed
from adapters.zis.interactions import LOINC, SNOMED_CT
from adapters.zis.paths import Path, local_name
from adapters.zis.sections.statement import Reading
from adapters.zis.statements import (
    GROUPS,
    OBSERVATION,
    Link,
    code_of,
    in_words,
    links,
    text_of,
    time_of,
    values_of,
)
from adapters.zis.values import describe, read_value
from context.person import Moment
from context.records import Allergy, CodedText

_NO_KNOWN_ALLERGY = frozenset({"716186003", "160244002", "409137002", "428607008", "429625007"})
"""SNOMED CT: no known allergy (to drugs, environment, food). The code itself is the denial."""

_IDS = Path("h:id")
_STATUS = Path("h:statusCode/@code")
_CONSUMABLE = Path(
    "h:participant[@typeCode='CSM']/h:participantRole/h:playingEntity"
    " | h:consumable/h:administerableMaterial/h:administerableMaterial"
)
_ENTITY_CODE = Path("h:code")
_ENTITY_WORDS = Path("h:name | h:desc")
_CRITICALITY = Path(
    f"h:code[(@code='82606-5' and @codeSystem='{LOINC}') or @code='SEV'"
    f" or (@code='246112005' and @codeSystem='{SNOMED_CT}')]"
)
_CLINICAL_STATUS = Path(f"h:code[@code='33999-4' and @codeSystem='{LOINC}']")


@dataclass(frozen=True, slots=True)
class _Concern:
    """What the concern around an allergy says."""

    status: str | None = None
    recorded: Moment | None = None
    negated: bool = False
    remarks: tuple[str, ...] = ()


def read_allergies(statements: Iterable[etree._Element]) -> Reading[Allergy]:
    """Every allergy, and every statement that there is none, in an INTOLIST answer."""
    reading: Reading[Allergy] = Reading()
    for statement in statements:
        reading.take(partial(_read_statement, statement, _Concern()))
    return reading


def _read_statement(statement: etree._Element, concern: _Concern) -> Iterator[Allergy]:
    kind = local_name(statement)
    if kind == OBSERVATION:
        yield _read_allergy(statement, concern)
    elif kind in GROUPS:
        yield from _read_concern(statement, concern)
    else:
        raise malformed("a statement that is no allergy")


def _read_concern(statement: etree._Element, outer: _Concern) -> Iterator[Allergy]:
    inside = list(links(statement))
    about = [link for link in inside if _holds_allergy(link)]
    if not about:
        raise malformed("a concern without an allergy")
    texts = [text_of(statement)]
    others = (remark for link in inside if link not in about for remark in in_words(link.statement))
    concern = _Concern(
        status=_STATUS.text(statement) or outer.status,
        recorded=time_of(statement) or outer.recorded,
        negated=_negated(is_negated(statement), outer.negated),
        remarks=(*outer.remarks, *(text for text in texts if text), *others),
    )
    for link in about:
        yield from _read_statement(link.statement, concern)


def _holds_allergy(link: Link) -> bool:
    kind = local_name(link.statement)
    if kind == OBSERVATION:
        return link.kind in {"SUBJ", "COMP", ""} and not _is_detail(link.statement)
    return kind in GROUPS and any(_holds_allergy(inner) for inner in links(link.statement))


def _is_detail(statement: etree._Element) -> bool:
    return any(path.element(statement) is not None for path in (_CRITICALITY, _CLINICAL_STATUS))


def _read_allergy(statement: etree._Element, concern: _Concern) -> Allergy:
    details = _Details(statement)
    substance, category, told = _substance_of(statement)
    denied = substance.code in _NO_KNOWN_ALLERGY
    texts = [*concern.remarks, *told, text_of(statement) or "", *details.remarks]
    return Allergy(
        substance=substance,
        identifiers=read_identifiers(_IDS.elements(statement)),
        category=category,
        criticality=details.criticality,
        status=details.status or concern.status or _own_status(statement),
        negated=_negated(is_negated(statement), concern.negated, denied),
        recorded=time_of(statement) or concern.recorded,
        reactions=tuple(details.reactions),
        remarks=tuple(dict.fromkeys(text for text in texts if text and text != substance.label)),
    )


def _own_status(statement: etree._Element) -> str | None:
    """An observation is "completed" when it was made; that says nothing about the allergy."""
    status = _STATUS.text(statement)
    return None if status == "completed" else status


def _negated(*denials: bool) -> bool:
    """Whether the statement denies the allergy. Two denials of one thing are not guessed at.

    :raises SourceError: it is denied twice.
    """
    if sum(denials) > 1:
        raise malformed("an allergy is denied twice")
    return any(denials)


def _substance_of(statement: etree._Element) -> tuple[CodedText, CodedText | None, list[str]]:
    """Substance, category and what neither has room for.

    :raises SourceError: nothing in the statement names a substance.
    """
    kind = code_of(statement)
    values = [coded for value in values_of(statement) if (coded := _coded_value(value))]
    agents = [agent for entity in _CONSUMABLE.elements(statement) if (agent := _agent(entity))]
    if agents:
        category = values[0] if values else kind
        spare = values[1:] + agents[1:] + ([kind] if values and kind else [])
        return agents[0], category, [coded.label for coded in spare if coded.label]
    if values:
        return values[0], kind, [coded.label for coded in values[1:] if coded.label]
    words = text_of(statement)
    if words:
        return CodedText(original_text=words), kind, []
    raise malformed("an allergy without a substance")


def _coded_value(value: etree._Element) -> CodedText | None:
    """A value as a concept, whatever its type; None when it names nothing."""
    coded = read_coded(value)
    if coded is not None and (coded.label or coded.masked):
        return coded
    words = describe(None, read_value(value))
    return CodedText(original_text=words) if words else None


def _agent(entity: etree._Element) -> CodedText | None:
    code = _ENTITY_CODE.element(entity)
    coded = read_coded(code) if code is not None else None
    if coded is not None and (coded.original_text or coded.display or coded.masked):
        return coded
    for words in _ENTITY_WORDS.elements(entity):
        if text := read_text(words):
            return CodedText(
                code=coded.code if coded else None,
                system=coded.system if coded else None,
                original_text=text,
                null_flavor=coded.null_flavor if coded else None,
            )
    return coded if coded is not None and coded.label else None


class _Details:
    """What hangs on the allergy: criticality, clinical status, reactions and everything else in words."""

    def __init__(self, statement: etree._Element) -> None:
        self.criticality: CodedText | None = None
        self.status: str | None = None
        self.reactions: list[CodedText] = []
        self.remarks: list[str] = []
        for link in links(statement):
            self._take(link)

    def _take(self, link: Link) -> None:
        statement = link.statement
        told = _first_coded(statement)
        if link.kind == "MFST" and local_name(statement) == OBSERVATION:
            self._take_reaction(statement, told)
        elif _CRITICALITY.element(statement) is not None and self.criticality is None:
            self.criticality = told
        elif _CLINICAL_STATUS.element(statement) is not None and self.status is None:
            self.status = told.label if told else None
        else:
            self.remarks.extend(in_words(statement))

    def _take_reaction(self, statement: etree._Element, told: CodedText | None) -> None:
        words = text_of(statement)
        reaction = told or (CodedText(original_text=words) if words else code_of(statement))
        if is_negated(statement) or reaction is None:
            raise malformed("a reaction that is denied or not named")
        self.reactions.append(reaction)
        inside = [remark for link in links(statement) for remark in in_words(link.statement)]
        if words and words != reaction.label:
            inside.insert(0, words)
        self.remarks.extend(f"{reaction.label}: {remark}" if reaction.label else remark for remark in inside)


def _first_coded(statement: etree._Element) -> CodedText | None:
    for value in values_of(statement):
        if coded := _coded_value(value):
            return coded
    return None
