"""What a record says, in no dialect: clinical statements in the terms of the HL7 V3 reference model.

The writers of ``sandbox/zis`` turn them into a Care Record (UV) or a CDA-style organizer (NL), so that one
fact has the same identifiers, codes and words in both. Times are HL7 TS, already made out of a moment.
"""

from dataclasses import dataclass, field

LOINC = "2.16.840.1.113883.6.1"
SNOMED = "2.16.840.1.113883.6.96"
ACT_CODE = "2.16.840.1.113883.5.4"
ACT_CLASS = "2.16.840.1.113883.5.6"
INTERPRETATION = "2.16.840.1.113883.5.83"
SPECIALISM = "2.16.840.1.113883.2.4.6.7"
AGB = "2.16.840.1.113883.2.4.6.1"
URA = "2.16.528.1.1007.3.3"
UZI = "2.16.528.1.1007.3.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Id:
    """An instance identifier. :param authority: ``assigningAuthorityName``."""

    root: str
    extension: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A concept. With ``null`` (OTH, MSK, UNK ...) there is no code; ``text`` is then its originalText.

    :param name: displayName, empty when the source sends none.
    :param laterality: SNOMED CT code of a side, sent as a qualifier.
    :param translations: the same concept in other code systems.
    """

    code: str = ""
    system: str = ""
    name: str = ""
    text: str = ""
    null: str = ""
    laterality: str = ""
    translations: tuple["Code", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A time. :param at: a point; :param low, high: an interval, open where empty.

    :param low_null, high_null: a nullFlavor in place of that bound.
    :param period: of a repeated dose, value and unit: ``0.5 d``.
    :param event: of a dose tied to one, an HL7 TimingEvent: ``PCM``.
    :param width: of an interval: ``10 d``.
    """

    at: str = ""
    low: str = ""
    high: str = ""
    low_null: str = ""
    high_null: str = ""
    width: str = ""
    period: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value with its HL7 data type.

    :param kind: PQ, IVL_PQ, ST, INT, REAL, BL, CD, CE, CV, CO, RTO_PQ_PQ, ED or TS.
    :param value: the literal. :param high: of an interval, or the denominator of a ratio.
    :param unit: of a quantity; :param high_unit: of the second one.
    :param exclusive: the bounds of an interval are not part of it.
    :param code: of a coded value; :param words: of ST and ED; :param link: of ED, where the rest is.
    """

    kind: str
    value: str = ""
    unit: str = ""
    high: str = ""
    high_unit: str = ""
    exclusive: bool = False
    code: Code | None = None
    words: str = ""
    link: str = ""
    null: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody with a part in a statement. :param name: of the person, already in words."""

    ids: tuple[Id, ...] = ()
    name: str = ""
    organisation: str = ""
    organisation_ids: tuple[Id, ...] = ()
    role: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Involved:
    """A party and when it did its part. :param signature: S signed, X required but not given yet."""

    party: Party
    time: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """:param department: of the hospital; :param name: room, building or address."""

    department: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A thing or a medicine. :param ids: GTIN and the like."""

    code: Code
    ids: tuple[Id, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A reference range. :param meaning: interpretation code the range stands for."""

    low: str = ""
    high: str = ""
    unit: str = ""
    text: str = ""
    meaning: str = "N"


@dataclass(frozen=True, slots=True)
class Link:
    """A statement inside another. :param kind: typeCode (COMP, SUBJ, MFST, REFR, RSON ...)."""

    kind: str
    statement: "Statement"
    inverted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One clinical statement.

    :param shape: act, encounter, observation, organizer, procedure, substanceAdministration or supply.
    :param substance: what an allergy is about. :param material: the specimen, with its id.
    :param requesters: who asked for it.
    :param template: root of the template, where a standard names one.
    """

    shape: str
    code: Code | None = None
    ids: tuple[Id, ...] = ()
    template: str = ""
    act_class: str = ""
    mood: str = "EVN"
    negated: bool | None = None
    text: str = ""
    status: str = "completed"
    times: tuple[Span, ...] = ()
    priority: Code | None = None
    value: Value | None = None
    flags: tuple[str, ...] = ()
    methods: tuple[Code, ...] = ()
    sites: tuple[Code, ...] = ()
    route: Code | None = None
    dose: Value | None = None
    quantity: Value | None = None
    origin: Code | None = None
    destination: Code | None = None
    substance: Code | None = None
    product: Product | None = None
    material: Product | None = None
    performers: tuple[Involved, ...] = ()
    authors: tuple[Involved, ...] = ()
    verifiers: tuple[Involved, ...] = ()
    requesters: tuple[Involved, ...] = ()
    place: Place | None = None
    ranges: tuple[Range, ...] = ()
    links: tuple[Link, ...] = field(default=())


def comment(text: str) -> Link:
    """An annotation (LOINC 48767-8) on the statement around it."""
    code = Code(code="48767-8", system=LOINC)
    return Link("SUBJ", Statement(shape="act", code=code, text=text), inverted=True)


def part(heading: Code, text: str) -> Link:
    """One headed piece of text."""
    return Link("COMP", Statement(shape="act", code=heading, text=text))


def fact(kind: str, code: Code, value: Value, *, time: str = "", inverted: bool = False) -> Link:
    """A detail that is an observation of its own."""
    times = (Span(at=time),) if time else ()
    return Link(kind, Statement(shape="observation", code=code, value=value, times=times), inverted)


def coded(code: Code) -> Value:
    """A concept as the value of an observation."""
    return Value(kind="CD", code=code)
