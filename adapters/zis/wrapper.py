"""The wrappers around an HL7v3 answer: acknowledgement, query acknowledgement, counters.

Sources: HL7 V3 MCCI and QUQI (NE2008) and the invariants of the AORTA control act schematron.
"""

from dataclasses import dataclass

from lxml import etree

from adapters.zis.errors import SourceError, malformed
from adapters.zis.interactions import HL7, Interaction
from adapters.zis.paths import Path
from context.outcome import FailureCause

_ACKNOWLEDGEMENT = Path("h:acknowledgement/h:typeCode/@code | h:acknowledgement/@typeCode")
_CONTROL_ACT = Path("h:controlActProcess")
_SUBJECTS = Path("h:subject")
_QUERY_ACK = Path("h:queryAck")
_QUERY_ID = Path("h:queryId/@extension")
_RESPONSE_CODE = Path("h:queryResponseCode/@code")
_TOTAL = Path("h:resultTotalQuantity/@value")
_CURRENT = Path("h:resultCurrentQuantity/@value")
_REMAINING = Path("h:resultRemainingQuantity/@value")
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """An answer whose wrappers were checked.

    :param control_act: the ``controlActProcess``.
    :param subjects: its subjects, as many as the counters say; none when nothing was found.
    :param remaining: how many results the source still holds back.
    """

    control_act: etree._Element
    subjects: tuple[etree._Element, ...]
    remaining: int


def check_answer(root: etree._Element, interaction: Interaction, query_id: str) -> QueryAnswer:
    """Check that ``root`` answers the question ``query_id`` of ``interaction``, and how.

    :raises SourceError: ``rejected`` when the source says it failed; ``malformed`` when the answer is
        of another kind, to another question, unacknowledged, or its counters do not add up.
    """
    if root.tag != f"{{{HL7}}}{interaction.answer}":
        raise malformed("the answer is of another kind")
    acknowledged = _only(_ACKNOWLEDGEMENT.texts(root), "acknowledgement")
    control_act = _single(_CONTROL_ACT.elements(root), "control act")
    if acknowledged != "AA":
        if acknowledged in {"AE", "AR", "CE", "CR"}:
            raise SourceError(FailureCause.REJECTED, "the message was not accepted")
        raise malformed("an unknown acknowledgement")
    query_ack = _single(_QUERY_ACK.elements(control_act), "query acknowledgement")
    echoed = _QUERY_ID.texts(query_ack)
    if echoed and echoed != [query_id]:
        raise malformed("the answer to another question")
    subjects = tuple(_SUBJECTS.elements(control_act))
    return QueryAnswer(control_act, subjects, _check_counters(query_ack, len(subjects)))


def _check_counters(query_ack: etree._Element, subjects: int) -> int:
    """What remains at the source, after checking the response code and the counters present."""
    code = _only(_RESPONSE_CODE.texts(query_ack), "query response code")
    if code in {"AE", "QE"}:
        raise SourceError(FailureCause.REJECTED, "the query was not answered")
    if code not in {"OK", "NF"}:
        raise malformed("an unknown query response code")
    total, current, remaining = (_count(path, query_ack) for path in (_TOTAL, _CURRENT, _REMAINING))
    if current is not None and current != subjects:
        raise malformed("the results are not as many as counted")
    if total is not None and remaining is None:
        remaining = total - subjects
    left = remaining or 0
    if left < 0 or (total is not None and left != total - subjects):
        raise malformed("the counters do not add up")
    if code == "NF" and (subjects or left):
        raise malformed("not found, with results")
    # IHE's own sample of an empty answer says OK with a total of 0; uncounted, OK without results is half.
    if code == "OK" and not subjects and (left or (total is None and current is None)):
        raise malformed("found, without results")
    return left


def _count(path: Path, query_ack: etree._Element) -> int | None:
    texts = path.texts(query_ack)
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
