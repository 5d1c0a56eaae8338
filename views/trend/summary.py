"""A chart in one sentence, for who cannot or will not read the drawing (interface.md §4.7). Pure."""

from collections.abc import Sequence
from datetime import date

from views.dates import present_date
from views.grid.values import present_value
from views.texts import Texts
from views.trend.series import Point, Series


def summarise(series: Series, period: str, texts: Texts) -> str:
    """``Laatste 5,6 H op 01-11-2026; vorige 4,8; laagste 3,2 L; hoogste 5,6 H; 4 uitslagen in 12 maanden.``

    :param period: in words. A bound (``<0,5``) is no lowest or highest value: nobody knows how low it is.
    """
    points, values = series.points, series.values
    if not points:
        return texts("trend.no_points", period=period)
    # Of values of one moment nobody knows which is the later.
    newest = points[-1].day
    before = [point for point in points if point.day < newest]
    day = present_date(date.fromordinal(int(newest)))
    parts = [texts("trend.latest", value=_listed(_at(points, newest), texts), date=day)]
    if before:
        parts.append(texts("trend.previous", value=_listed(_at(before, before[-1].day), texts)))
    if len(values) > 1:
        lowest, highest = (choose(values, key=lambda point: point.amount) for choose in (min, max))
        parts.append(texts("trend.lowest", value=_words(lowest, texts)))
        parts.append(texts("trend.highest", value=_words(highest, texts)))
    count = "trend.counted_one" if len(points) == 1 else "trend.counted"
    parts.append(texts(count, n=len(points), period=period))
    return "; ".join(parts) + "."


def _at(points: Sequence[Point], day: float) -> list[Point]:
    return [point for point in points if point.day == day]


def _listed(points: Sequence[Point], texts: Texts) -> str:
    words = [_words(point, texts) for point in points]
    if len(words) == 1:
        return words[0]
    return texts("panel.and", first=", ".join(words[:-1]), last=words[-1])


def _words(point: Point, texts: Texts) -> str:
    value = present_value(point.result, texts)
    return " ".join((value.text, *(flag.letter for flag in value.flags)))
