"""What the user asked a trend page to show, in the URL (features R10, R11, X07)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from views import url_words as words
from views.period import ALWAYS, Period, first_value, parse_period

CHOICES = (3, 6, 12)
"""Months of a chart, where the hospital allows so many."""


@dataclass(frozen=True, slots=True)
class TrendQuery:
    """:param months: of the chart; None for as many as the hospital allows.
    :param period: chosen at the grid; it narrows the chart and never widens it.
    :param table_only: the table alone.
    :param problem: the key of a text that says what was not understood, or empty."""

    months: int | None = None
    period: Period = ALWAYS
    table_only: bool = False
    problem: str = ""

    def parameters(self) -> dict[str, list[str]]:
        """This query as URL parameters."""
        found = self.period.parameters()
        if self.months is not None:
            found[words.MONTHS] = [str(self.months)]
        if self.table_only:
            found[words.TABLE_ONLY] = ["1"]
        return found


def month_choices(most: int) -> tuple[int, ...]:
    """What can be chosen from. :param most: the most months that the hospital allows."""
    return (*(months for months in CHOICES if months < most), most)


def parse_trend_query(arguments: Mapping[str, Sequence[str]], most: int) -> TrendQuery:
    """The query in URL parameters, which may hold anything; what is no choice is not applied."""
    period, problem = parse_period(arguments)
    asked = first_value(arguments, words.MONTHS)
    months = next((months for months in month_choices(most) if str(months) == asked), None)
    table_only = bool(first_value(arguments, words.TABLE_ONLY))
    return TrendQuery(months, period, table_only, problem)
