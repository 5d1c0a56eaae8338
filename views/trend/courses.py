"""From the values of one row to what is drawn: one series, or two for a blood pressure. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from context.records import ObservedValue
from views.grid.pressures import BloodPressure
from views.period import Period
from views.texts import Texts
from views.trend.series import Series, make_series


@dataclass(frozen=True, slots=True)
class Course:
    """:param name: what tells it from the other course of the same test; empty for an only one.
    :param results: all of them, also those outside the period."""

    name: str
    results: tuple[ObservedValue, ...]
    series: Series


def make_courses(results: Sequence[ObservedValue], period: Period, texts: Texts) -> tuple[Course, ...]:
    """The courses of the values of one test in one unit; none is left out."""
    pairs = [result for result in results if isinstance(result, BloodPressure)]
    others = tuple(result for result in results if not isinstance(result, BloodPressure))
    halves = (
        (texts("measurement.systolic_name"), tuple(pair.systolic for pair in pairs)),
        (texts("measurement.diastolic_name"), tuple(pair.diastolic for pair in pairs)),
    )
    named: list[tuple[str, tuple[ObservedValue, ...]]] = [*halves] if pairs else []
    if others or not pairs:
        named.append(("", others))
    return tuple(Course(name, found, make_series(found, period)) for name, found in named)
