"""HL7v3 data types read as sent: TS, BL, II, CD, mixed text (HL7 V3 Data Types, XML ITS R1)."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from lxml import etree

from adapters.zis.errors import malformed
from adapters.zis.paths import Path, child_of, hl7_tag
from context.person import Identifier, Moment, PartialDate
from context.records import CodedText

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

MASKED = "MSK"

_TIMESTAMP = re.compile(
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})?(?P<day>[0-9]{2})?"
    r"(?:(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})?(?P<second>[0-9]{2})?(?:\.(?P<fraction>[0-9]+))?)?"
    r"(?P<zone>[+-][0-9]{2}(?:[0-9]{2})?)?"
)
_ORIGINAL_TEXT = hl7_tag("originalText")
_TRANSLATION = hl7_tag("translation")
_POINT_IN_TIME = (
    Path("@value"),
    Path("h:low/@value"),
    Path("h:center/@value"),
    Path("h:high/@value"),
)
_NESTED_TIME = Path("h:comp")


def read_date(text: str) -> PartialDate:
    """The calendar date of a TS value, with the precision sent; ``00`` is an unknown month or day.

    :raises SourceError: no such date.
    """
    match = _match_timestamp(text)
    month, day = int(match["month"] or 0), int(match["day"] or 0)
    try:
        return PartialDate(int(match["year"]), month or None, day or None)
    except ValueError:
        raise malformed("a timestamp holds no calendar date") from None


@lru_cache(maxsize=4096)
def read_moment(text: str) -> Moment:
    """A TS value. Without a zone it is local time in Europe/Amsterdam; without a time it stays a date.

    :raises SourceError: no such date or time.
    """
    match = _match_timestamp(text)
    if match["hour"] is None:
        return Moment(read_date(text))
    fraction = (match["fraction"] or "")[:6].ljust(6, "0")
    try:
        stated = datetime(
            int(match["year"]),
            int(match["month"]),
            int(match["day"]),
            int(match["hour"]),
            int(match["minute"] or 0),
            int(match["second"] or 0),
            int(fraction),
            tzinfo=_read_zone(match["zone"]),
        )
        instant = stated.astimezone(UTC)
        local = instant.astimezone(AMSTERDAM)
    except (ValueError, OverflowError):
        raise malformed("a timestamp holds no time") from None
    return Moment(PartialDate(local.year, local.month, local.day), instant)


def _match_timestamp(text: str) -> re.Match[str]:
    match = _TIMESTAMP.fullmatch(text.strip())
    if match is None:
        raise malformed("not a timestamp")
    return match


def _read_zone(zone: str | None) -> tzinfo:
    if zone is None:
        return AMSTERDAM
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5] or 0))
    return timezone(-offset if zone[0] == "-" else offset)


def read_point_in_time(element: etree._Element) -> Moment | None:
    """When something happened, from a TS, IVL_TS or nested SXCM_TS: its value, else its begin,
    centre or end; None when the source sent no time."""
    for path in _POINT_IN_TIME:
        if text := path.text(element):
            return read_moment(text)
    for nested in _NESTED_TIME.elements(element):
        if (moment := read_point_in_time(nested)) is not None:
            return moment
    return None


def read_boolean(text: str) -> bool:
    """A BL value. Anything but true and false is refused: it could turn "no" into "yes".

    :raises SourceError: neither true nor false.
    """
    match text.strip():
        case "true" | "1":
            return True
        case "false" | "0":
            return False
    raise malformed("not a boolean")


def is_negated(element: etree._Element) -> bool:
    """``negationInd``, false when absent."""
    stated = element.get("negationInd")
    return read_boolean(stated) if stated else False


def read_identifier(element: etree._Element) -> Identifier | None:
    """An II; None when it holds neither root nor extension."""
    root = (element.get("root") or "").strip()
    extension = (element.get("extension") or "").strip()
    return Identifier(root, extension) if root or extension else None


def read_identifiers(elements: list[etree._Element]) -> tuple[Identifier, ...]:
    found = map(read_identifier, elements)
    return tuple([identifier for identifier in found if identifier is not None])


def read_text(element: etree._Element) -> str | None:
    """Free text of mixed content, all of it; lines keep their breaks but lose the indentation that
    pretty printing gave them. None when there is nothing but white space."""
    whole = "".join(map(str, element.itertext())) if len(element) else element.text or ""
    if whole.isprintable():
        # One line: most texts are.
        return whole.strip() or None
    return "\n".join([line.strip() for line in whole.splitlines()]).strip() or None


def read_coded(element: etree._Element) -> CodedText | None:
    """A CD, CE, CV, CO or CS with every text given for it; None when it holds nothing at all.

    A local code often hides in a translation below a ``nullFlavor="OTH"``; its text is used then.
    """
    get = element.get
    null_flavor = (get("nullFlavor") or "").strip() or None
    if null_flavor == MASKED:
        return CodedText(masked=True, null_flavor=MASKED)
    code = (get("code") or "").strip() or None
    system = (get("codeSystem") or "").strip() or None
    display = (get("displayName") or "").strip() or None
    if not len(element):
        if code or display or null_flavor:
            return CodedText(code, system, display, None, False, null_flavor)
        return None
    original = child_of(element, _ORIGINAL_TEXT)
    worded = read_text(original) if original is not None else None
    coded = CodedText(code, system, display, worded, null_flavor=null_flavor)
    if coded.label is None:
        for translation in element.iterchildren(_TRANSLATION):
            translated = read_coded(translation)
            if translated is not None and (translated.label or translated.masked):
                return translated
    return coded if coded.label or coded.null_flavor else None
