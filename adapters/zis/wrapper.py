"""The wrappers around an HL7v3 answer: acknowledgement, query acknowledgement, counters, batches.

Both dialects are read alike, since real messages mix them: the control act's spelling and the place of the
acknowledgement tell nothing. Sources: HL7 V3 MCCI and QUQI (NE2008), the invariants of the AORTA control
act schematron, and the batch answer MCCI_IN200101.
"""

from dataclasses import dataclass

from lxml import etree

from adapters.zis.datatypes import read_text
from adapters.zis.errors import SourceError, malformed
from adapters.zis.interactions import ANY_NL_ANSWER, BATCH_ANSWER, HL7, Interaction
from adapters.zis.paths import Path, hl7_tag, local_name
from context.outcome import FailureCause

_ACKNOWLEDGEMENT = Path("h:acknowledgement/h:typeCode/@code | h:acknowledgement/@typeCode")
_CONTROL_ACT = Path("h:controlActProcess | h:ControlActProcess")
_SUBJECTS = Path("h:subject")
_QUERY_ACK = Path("h:queryAck")
_QUERY_ID, _RESPONSE_CODE, _TOTAL, _CURRENT, _REMAINING = map(
    hl7_tag,
    (
        "queryId",
        "queryResponseCode",
        "resultTotalQuantity",
        "resultCurrentQuantity",
        "resultRemainingQuantity",
    ),
)
_SAID_BY = {
    _QUERY_ID: "extension",
    _RESPONSE_CODE: "code",
    **dict.fromkeys((_TOTAL, _CURRENT, _REMAINING), "value"),
}
"""Each child of a query acknowledgement, and its attribute that tells. Found in one pass: in a short answer
an XPath for each would cost more than a result."""
_ISSUES = Path("h:reasonOf/h:justifiedDetectedIssue | h:reasonOf/h:detectedIssueEvent")
_MOST = 1_000_000

_QUANTITY = Path("h:transmissionQuantity")
_QUANTITY_VALUE = Path("h:transmissionQuantity/@value")
_RESPONSES = Path("*[h:interactionId]")
# Who answers, from the most to the least telling: the keeper of the file, its organisation, its system.
_NAMES = (
    Path(
        "h:ControlActProcess/h:subject/*/h:participant[@typeCode='CST']/h:participantRole/h:scopingEntity/h:desc"
    ),
    Path("h:ControlActProcess/h:authorOrPerformer/h:participant/*/h:Organization/h:name"),
    Path("h:sender/h:device/h:name"),
)
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier parts of the same answer brought.

    :param results: how many. :param remaining: how many the source held back after them.
    """

    results: int
    remaining: int


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """An answer whose wrappers were checked.

    :param control_act: the ``controlActProcess`` or, in NL, ``ControlActProcess``.
    :param subjects: its subjects, as many as the counters say; none when nothing was found.
    :param remaining: how many results the source still holds back.
    :param has_issue: the source says that something was wrong, though it accepted the question.
    """

    control_act: etree._Element
    subjects: tuple[etree._Element, ...]
    remaining: int
    has_issue: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """What one source said. :param name: as it calls itself; None when it does not.

    :param failure: why it gave no usable answer; ``answer`` is None then.
    """

    name: str | None
    answer: QueryAnswer | None
    failure: FailureCause | None = None


def read_responses(
    root: etree._Element, interaction: Interaction, query_id: str, earlier: Earlier | None = None
) -> list[Response]:
    """The response of each source: those of a batch, or the one that ``root`` is.

    In a batch a source may fail while others answer; an answer of one source either is good or raises.

    :param earlier: when it is a further part of an answer.
    :raises SourceError: as ``check_answer``; also when no source of a batch gave a usable answer.
    """
    if root.tag != f"{{{HL7}}}{BATCH_ANSWER}":
        return [Response(_name_of(root), check_answer(root, interaction, query_id, earlier))]
    _check_acknowledged(root)
    found = _RESPONSES.elements(root)
    if _QUANTITY.elements(root) and _count(_QUANTITY_VALUE.texts(root)) != len(found):
        raise malformed("the responses are not as many as counted")
    responses = [_judge(each, interaction, query_id, earlier) for each in found]
    if not any(response.answer for response in responses):
        raise SourceError(_first_failure(responses), "no source of the batch answered")
    return responses


def _judge(
    root: etree._Element, interaction: Interaction, query_id: str, earlier: Earlier | None
) -> Response:
    name = _name_of(root)
    try:
        return Response(name, check_answer(root, interaction, query_id, earlier))
    except SourceError as error:
        return Response(name, None, error.cause)


def _first_failure(responses: list[Response]) -> FailureCause:
    return next((each.failure for each in responses if each.failure), FailureCause.MALFORMED)


def _name_of(root: etree._Element) -> str | None:
    for path in _NAMES:
        for element in path.elements(root):
            if name := read_text(element):
                return " ".join(name.split())[:_LONGEST_NAME]
    return None


def check_answer(
    root: etree._Element, interaction: Interaction, query_id: str, earlier: Earlier | None = None
) -> QueryAnswer:
    """Check that ``root`` answers the question ``query_id`` of ``interaction``, and how.

    :param earlier: when it is a further part of an answer.
    :raises SourceError: ``rejected`` when the source says it failed; ``malformed`` when the answer is
        of another kind or release, to another question, unacknowledged, or its counters do not add up.
    """
    names = ANY_NL_ANSWER if interaction.answer is None else {interaction.answer}
    if etree.QName(root).namespace != HL7 or local_name(root) not in names:
        raise malformed("the answer is of another kind")
    control_act = _single(_CONTROL_ACT.elements(root), "control act")
    _check_acknowledged(root)
    query_ack = _single(_QUERY_ACK.elements(control_act), "query acknowledgement")
    said = _said(query_ack)
    if said[_QUERY_ID] and said[_QUERY_ID] != [query_id]:
        raise malformed("the answer to another question")
    subjects = tuple(_SUBJECTS.elements(control_act))
    remaining = _check_counters(said, len(subjects), earlier)
    return QueryAnswer(control_act, subjects, remaining, bool(_ISSUES.elements(control_act)))


def _check_acknowledged(root: etree._Element) -> None:
    acknowledged = _only(_ACKNOWLEDGEMENT.texts(root), "acknowledgement")
    if acknowledged in {"AE", "AR", "CE", "CR"}:
        raise SourceError(FailureCause.REJECTED, "the message was not accepted")
    if acknowledged != "AA":
        raise malformed("an unknown acknowledgement")


def _said(query_ack: etree._Element) -> dict[str, list[str]]:
    """What each kind of child tells, the empty ones left out."""
    said: dict[str, list[str]] = {tag: [] for tag in _SAID_BY}
    for child in query_ack:
        if child.tag in said and (text := (child.get(_SAID_BY[child.tag]) or "").strip()):
            said[child.tag].append(text)
    return said


def _check_counters(said: dict[str, list[str]], subjects: int, earlier: Earlier | None) -> int:
    """What remains at the source, after checking the response code and the counters present."""
    code = _only(said[_RESPONSE_CODE], "query response code")
    if code in {"AE", "QE"}:
        raise SourceError(FailureCause.REJECTED, "the query was not answered")
    if code not in {"OK", "NF"}:
        raise malformed("an unknown query response code")
    total, current, remaining = (_count(said[counter]) for counter in (_TOTAL, _CURRENT, _REMAINING))
    if current is not None and current != subjects:
        raise malformed("the results are not as many as counted")
    left = _left(total, remaining, subjects, earlier.results if earlier else 0)
    if code == "NF" and (subjects or left):
        raise malformed("not found, with results")
    if earlier and left != earlier.remaining - subjects:
        raise malformed("other results remain than remained before")
    # IHE's own sample of an empty answer says OK with a total of 0; uncounted, OK without results is half.
    if code == "OK" and not (subjects or earlier) and (left or (total is None and current is None)):
        raise malformed("found, without results")
    return left


def _left(total: int | None, remaining: int | None, subjects: int, before: int) -> int:
    """What remains. The total of a further part counts all results, or only those not yet delivered:
    HL7 means the first, the AORTA schematron the second."""
    if total is None:
        return remaining or 0
    left = total - before - subjects if remaining is None else remaining
    if left < 0 or total - left not in {subjects, before + subjects}:
        raise malformed("the counters do not add up")
    return left


def _count(texts: list[str]) -> int | None:
    if not texts:
        return None
    text = texts[0]
    if len(texts) > 1 or not (text.isascii() and text.isdigit()) or len(text) > 7 or int(text) > _MOST:
        raise malformed("a counter is not a number")
    return int(text)


def _only(texts: list[str], what: str) -> str:
    if len(texts) != 1:
        raise malformed(f"not one {what}")
    return texts[0]


def _single(elements: list[etree._Element], what: str) -> etree._Element:
    if len(elements) != 1:
        raise malformed(f"not one {what}")
    return elements[0]
