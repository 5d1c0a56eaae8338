"""The table: every ratio with its target beside it. A missed target is only ever told."""

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from bench.launching import CONNECTIONS, LaunchFigures, Peer
from bench.load import percentile
from bench.paging import USERS, Page, PageFigures
from bench.painting import PaintingFigures
from bench.reading import ReadingFigures
from bench.rendering import RenderingFigures

LAUNCH_TARGETS = {(Peer.JWT, 16): 0.30, (Peer.SAML, 16): 0.16}
"""At least this many times the bare Flask POST (performance.md P1, P2)."""

PAGE_TARGETS = {(Page.FIRST, 1): 2.3, (Page.LATER, 1): 1.15, (Page.LATER, USERS): 2.8}
"""p50, at most this many times the slowest call (P3)."""

TAIL_TARGET = 1.5
"""p99 of a later page, at most this many times its p50 (P3)."""


READING_TARGET = 4.5
"""Reading an answer, at most this many times the parse of its bytes (P4)."""

MEMORY_TARGET_KIB = 150 * 1024
"""Peak of a process that reads an answer of 10 MB."""


GRID_TARGET, CHART_TARGET = 12.0, 5.0
"""Rendering, at most this many times bare strings (P6)."""

BYTE_TARGETS = {"grid": 60_000, "grid, gzip": 10_000, "css": 20_000, "js": 12_000}
"""interface.md §4.11."""


FIRST_BYTE_TARGET, PAINT_TARGET, GRID_SECONDS_TARGET = 0.5, 0.5, 0.05
REQUESTS_TARGET, SHIFT_TARGET = 5, 0.02
PAGE_BYTE_TARGETS = {"first page": 25_000, "laboratory": 60_000, "allergies": 25_000}
"""interface.md §4.11."""


class Bound(Enum):
    """Which side of a target is good."""

    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Target:
    bound: Bound
    ratio: float

    def verdict(self, measured: float) -> str:
        good = measured >= self.ratio if self.bound is Bound.AT_LEAST else measured <= self.ratio
        return "met" if good else "missed"

    def __str__(self) -> str:
        return f"{self.bound.value} {self.ratio:.2f}"


@dataclass(frozen=True, slots=True)
class Line:
    """One measured thing.

    :param figure: what was measured, in its own unit.
    :param ratio: to the thing that the table's head names.
    :param spread: lowest and highest ratio of a round.
    """

    name: str
    what: str
    figure: str
    ratio: float
    target: Target | None = None
    spread: tuple[float, float] | None = None

    def __str__(self) -> str:
        spread = f"{self.spread[0]:.3f}-{self.spread[1]:.3f}" if self.spread else ""
        target, verdict = ("-", "") if self.target is None else (str(self.target), self._verdict())
        return (
            f"{self.name:<3} {self.what:<38} {self.figure:>9} {self.ratio:>7.3f} {spread:>13}  "
            f"{target:<13} {verdict}"
        ).rstrip()

    def _verdict(self) -> str:
        return self.target.verdict(self.ratio) if self.target else ""


def launch_lines(figures: LaunchFigures) -> Iterator[Line]:
    """P1 and P2: the median of the rounds' ratios to the bare POST."""
    for connections in CONNECTIONS:
        beside = f"{connections} connection{'s' if connections > 1 else ''}"
        for name, peer in (("", Peer.BARE), ("P1", Peer.JWT), ("P2", Peer.SAML)):
            ratios = sorted(figures.ratios(peer, connections))
            target = LAUNCH_TARGETS.get((peer, connections))
            yield Line(
                name,
                f"{peer.value}, {beside}",
                f"{figures.median(peer, connections):.0f}/s",
                statistics.median(ratios),
                Target(Bound.AT_LEAST, target) if target else None,
                (ratios[0], ratios[-1]) if peer is not Peer.BARE else None,
            )


def page_lines(figures: PageFigures) -> Iterator[Line]:
    """P3: p50 and p99 as ratios to the slowest call."""
    call = figures.slowest_call
    yield Line("", "slowest hospital call, p50", _milliseconds(call), 1.0)
    at_once = statistics.median(figures.calls_at_once)
    yield Line("", f"the longest answer, {USERS} at once, p50", _milliseconds(at_once), at_once / call)
    for users in (1, USERS):
        people = f"{users} user{'s' if users > 1 else ''}"
        for page in Page:
            p50, p99 = figures.p50(page, users), figures.p99(page, users)
            target = PAGE_TARGETS.get((page, users))
            yield Line(
                "P3",
                f"{page.value}, {people}, p50",
                _milliseconds(p50),
                p50 / call,
                Target(Bound.AT_MOST, target) if target else None,
            )
            tail = Target(Bound.AT_MOST, TAIL_TARGET * p50 / call) if page is Page.LATER else None
            yield Line("P3", f"{page.value}, {people}, p99", _milliseconds(p99), p99 / call, tail)


def reading_lines(figures: ReadingFigures) -> Iterator[Line]:
    """P4: the median of the rounds' ratios to the parse; the peak of memory as a share of the target."""
    target = Target(Bound.AT_MOST, READING_TARGET)
    for (dialect, size), ratio in sorted(figures.ratios.items(), key=lambda item: item[0][1]):
        seconds = ratio * figures.parse_seconds[dialect, size]
        yield Line("P4", f"{dialect} answer of {_kilobytes(size)}", _milliseconds(seconds), ratio, target)
    for (dialect, size), peak in figures.peak_kib.items():
        share = peak / MEMORY_TARGET_KIB
        figure = f"{peak / 1024:.0f} MiB"
        yield Line("P4", f"{dialect} {_kilobytes(size)}, peak", figure, share, Target(Bound.AT_MOST, 1.0))


def rendering_lines(figures: RenderingFigures) -> Iterator[Line]:
    """P6: the median of the rounds' ratios to bare strings; then the budgets of bytes, as a share of each."""
    for what, pairs, target in (
        ("grid of 500 x 10", figures.grid, GRID_TARGET),
        ("chart of 100 points", figures.chart, CHART_TARGET),
    ):
        ratios = sorted(ours / peer for ours, peer in pairs)
        seconds = statistics.median(ours for ours, _ in pairs)
        spread = (ratios[0], ratios[-1])
        ratio = statistics.median(ratios)
        yield Line("P6", what, _milliseconds(seconds), ratio, Target(Bound.AT_MOST, target), spread)
    raw, packed = figures.grid_bytes
    for what, size in {"grid": raw, "grid, gzip": packed, **figures.static_bytes}.items():
        yield _share(f"bytes of {what}", f"{size / 1000:.1f} kB", size, BYTE_TARGETS[what])


def painting_lines(figures: PaintingFigures) -> Iterator[Line]:
    """The budgets of the screen as shares: the p95 of times, the worst of the rest."""
    for what, seconds, target in (
        ("launch to first byte, p95", percentile(figures.first_bytes, 95), FIRST_BYTE_TARGET),
        ("first contentful paint, p95", percentile(figures.paints, 95), PAINT_TARGET),
        ("grid of 40 x 12 made, p50", percentile(figures.grid_seconds, 50), GRID_SECONDS_TARGET),
    ):
        yield _share(what, _milliseconds(seconds), seconds, target)
    shift, requests = max(figures.shifts), max(figures.requests)
    yield _share("layout shift", f"{shift:.3f}", shift, SHIFT_TARGET)
    yield _share("requests of a page", str(requests), requests, REQUESTS_TARGET)
    for page, size in figures.sizes.items():
        yield _share(f"bytes of {page}", f"{size / 1000:.1f} kB", size, PAGE_BYTE_TARGETS[page])


def _share(what: str, figure: str, measured: float, budget: float) -> Line:
    return Line("P9", what, figure, measured / budget, Target(Bound.AT_MOST, 1.0))


def answer_lines(counted: Mapping[str, Counter[int]]) -> Iterator[str]:
    """How many answers there were, by what was asked."""
    for what, statuses in counted.items():
        listed = ", ".join(f"{number} x {status}" for status, number in sorted(statuses.items()))
        yield f"    {what}: {listed}"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _kilobytes(size: int) -> str:
    return f"{size / 1000:,.0f} kB"
