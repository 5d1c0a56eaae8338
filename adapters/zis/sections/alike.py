"""Plain results that are alike but for their number, moment, amount and sample.

A long answer says the same of a determination hundreds of times. What was read of it once holds again when
the statement, written out, differs in nothing but these four (performance.md P4). Only where each of
them stands is certain (``Cut.fits``) is a result kept for the next one like it.
"""

import re
from typing import NamedTuple

from lxml import etree

from context.records import ResultValue, ValueKind

_NUMBER = ' extension="'
_MOMENT = '<effectiveTime value="'
_AMOUNT = '<value xsi:type="PQ" value="'

_CHILDLESS = r"(?:<[^<>]*/>)*"
_BEFORE_NUMBER = re.compile(r'<observation[^<>]*>(?:<templateId[^<>]*/>)*<id root="[^"<>]*"')
_BETWEEN = re.compile(rf"[^<>]*/>{_CHILDLESS}")
_BEFORE_SAMPLE = re.compile(
    rf"[^<>]*/>{_CHILDLESS}"
    r"(?:<subject[^<>]*><specimen[^<>]*>|<specimen[^<>]*><specimenRole[^<>]*>"
    rf"|<entryRelationship[^<>]*><procedure[^<>]*>{_CHILDLESS}<participant[^<>]*><participantRole[^<>]*>)"
    r'<id root="[^"<>]*"'
)
"""libxml2 writes ``<`` and ``>`` in a value as entities, so these match whole tags."""


class Cut(NamedTuple):
    """A statement, written out and cut at what differs.

    :param same: the pieces between. :param number: extension of its own id. :param moment: of its
        ``effectiveTime``. :param amount: of its value, a PQ.
    """

    same: tuple[str, str, str, str, str]
    number: str
    moment: str
    amount: str

    def fits(self, value: ResultValue) -> bool:
        """Whether what was read of the statement depends on what was cut out as a reader of ``Cut`` takes it.

        Each must stand at the top of the statement, and the sample's id, which says nothing, where samples
        have it. The value must be childless: a translation in it is read by comparing it with the amount.

        :param value: as it was read, for it may be masked.
        """
        before_number, before_moment, before_amount, before_sample, rest = self.same
        return (
            value.kind is ValueKind.QUANTITY
            and _BEFORE_NUMBER.fullmatch(before_number) is not None
            and _BETWEEN.fullmatch(before_moment) is not None
            and _BETWEEN.fullmatch(before_amount) is not None
            and (_BEFORE_SAMPLE.fullmatch if rest else _BETWEEN.match)(before_sample) is not None
        )


def write(statement: etree._Element) -> str:
    """The statement as text, without what follows it."""
    return etree.tostring(statement, encoding="unicode", with_tail=False)


def cut(text: str) -> Cut | None:
    """A statement in pieces; None when what differs is not there, or not written as it is read."""
    before_number, _, rest = text.partition(_NUMBER)
    number, _, rest = rest.partition('"')
    before_moment, _, rest = rest.partition(_MOMENT)
    moment, _, rest = rest.partition('"')
    before_amount, _, rest = rest.partition(_AMOUNT)
    amount, _, rest = rest.partition('"')
    before_sample, _, rest = rest.partition(_NUMBER)
    rest = rest.partition('"')[2]
    if not (number and moment and amount):
        return None
    differing = number + moment + amount
    # An entity, also of a control character, or white space that a reader strips.
    if "&" in differing or " " in differing or not differing.isascii():
        return None
    return Cut((before_number, before_moment, before_amount, before_sample, rest), number, moment, amount)
