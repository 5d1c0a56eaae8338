"""The order and the end of a page that leaves in parts (``views/streaming.py``)."""

from collections.abc import Collection, Iterable, Iterator, Mapping

import pytest

from context.outcome import FailureCause, Outcome
from context.records import RecordEntry, Section
from tests.clock import START
from views.streaming import Outcomes, Part, Shell, stream_page

EMPTY: Outcome[RecordEntry] = Outcome.of((), START)
LAB, ALLERGIES, ALERTS = Section.LABORATORY, Section.ALLERGIES, Section.ALERTS
SHELL = Shell("[head]", "[main]", "[/main]", "[footer]", "[rest]", "[complete]", "[incomplete]")


class ScriptedReading:
    """Sections arrive in the steps of a script, one step for each time that the page waits."""

    def __init__(self, *steps: set[Section], outcomes: Outcomes | None = None) -> None:
        self._steps = list(steps)
        self._there: set[Section] = set()
        self._outcomes = outcomes or {}
        self.taken: list[Section] = []
        self.closed = 0

    def wait_for_any(self, groups: Iterable[Collection[Section]]) -> None:
        wanted = tuple(groups)
        while wanted and not any(self.is_ready(group) for group in wanted):
            self._there |= self._steps.pop(0)

    def is_ready(self, sections: Collection[Section]) -> bool:
        return self._there.issuperset(sections)

    def take(self, sections: Iterable[Section]) -> Mapping[Section, Outcome[RecordEntry]]:
        wanted = tuple(sections)
        self.taken += wanted
        return {section: self._outcomes.get(section, EMPTY) for section in wanted}

    def close(self) -> None:
        self.closed += 1


def part(*sections: Section, name: str = "") -> Part:
    shown = name or sections[0].value
    return Part(sections, lambda outcomes: f"[{shown}]", lambda: f"[{shown} failed]")


def broken(section: Section) -> Part:
    def render(outcomes: Outcomes) -> str:
        raise ValueError("Jansen")

    return Part((section,), render, lambda: f"[{section.value} failed]")


CLINICAL = part(ALLERGIES, ALERTS, name="clinical")


def chunks(reading: ScriptedReading, clinical: Part | None, *panels: Part) -> list[str]:
    return [chunk.decode() for chunk in stream_page(SHELL, reading, clinical, panels)]


@pytest.mark.proves("feature:A11")
def test_head_leaves_before_anything_is_waited_for() -> None:
    reading = ScriptedReading()
    page: Iterator[bytes] = stream_page(SHELL, reading, CLINICAL, [part(LAB)])
    assert next(page) == b"[head]"
    assert reading.taken == []


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (({ALLERGIES, ALERTS}, {LAB}), "[head][clinical][main][laboratory]"),
        (({LAB}, {ALLERGIES}, {ALERTS}), "[head][main][laboratory][clinical]"),
        (({LAB, ALLERGIES, ALERTS},), "[head][clinical][main][laboratory]"),
    ],
)
def test_clinical_line_leaves_as_soon_as_it_is_ready(steps: tuple[set[Section], ...], expected: str) -> None:
    page = "".join(chunks(ScriptedReading(*steps), CLINICAL, part(LAB)))
    assert page == expected + "[/main][footer][complete][rest]"


def test_clinical_line_does_not_wait_for_a_slow_panel_once_the_page_has_begun() -> None:
    slow = Section.MEDICATION
    reading = ScriptedReading({LAB}, {ALLERGIES, ALERTS}, {slow})
    page = "".join(chunks(reading, CLINICAL, part(LAB), part(slow)))
    assert page.startswith("[head][main][laboratory][clinical][medication][/main]")


def test_panels_keep_their_order_whatever_comes_first() -> None:
    reading = ScriptedReading({ALERTS}, {ALLERGIES}, {LAB})
    page = "".join(chunks(reading, None, part(LAB), part(ALLERGIES), part(ALERTS)))
    assert page.startswith("[head][main][laboratory][allergies][alerts][/main]")


def test_panels_that_are_ready_leave_together_and_those_above_a_slow_one_before_it() -> None:
    reading = ScriptedReading({LAB, ALERTS}, {ALLERGIES})
    found = chunks(reading, None, part(LAB), part(ALERTS), part(ALLERGIES))
    assert found[1:4] == ["[main]", "[laboratory][alerts]", "[allergies]"]


def test_part_without_sections_waits_for_nothing() -> None:
    reading = ScriptedReading({ALLERGIES, ALERTS})
    page = "".join(chunks(reading, CLINICAL, part(name="patient")))
    assert page == "[head][main][patient][clinical][/main][footer][complete][rest]"


def test_page_without_parts_is_complete() -> None:
    assert "".join(chunks(ScriptedReading(), None)) == "[head][main][/main][footer][complete][rest]"


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome[RecordEntry].failed(FailureCause.NOT_RECORDED),
        Outcome[RecordEntry].partial((), ("het laboratorium",), START),
    ],
)
@pytest.mark.parametrize("section", [LAB, ALERTS])
def test_page_with_a_part_that_is_not_whole_ends_by_saying_so(
    outcome: Outcome[RecordEntry], section: Section
) -> None:
    reading = ScriptedReading({LAB, ALLERGIES, ALERTS}, outcomes={section: outcome})
    page = "".join(chunks(reading, CLINICAL, part(LAB)))
    assert page.endswith("[/main][footer][incomplete][rest]")


def test_part_that_breaks_reads_as_failed_and_its_error_is_logged_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reading = ScriptedReading({LAB, ALERTS})
    page = "".join(chunks(reading, None, broken(LAB), part(ALERTS)))
    assert page == "[head][main][laboratory failed][alerts][/main][footer][incomplete][rest]"
    assert "ValueError" in caplog.text
    assert "Jansen" not in caplog.text


@pytest.mark.parametrize("read", [0, 1, 2, 3])
def test_reader_who_leaves_closes_the_reading(read: int) -> None:
    reading = ScriptedReading({LAB}, {ALLERGIES, ALERTS})
    page: Iterator[bytes] = stream_page(SHELL, reading, CLINICAL, [part(LAB)])
    for _ in range(read):
        next(page)
    page.close()  # type: ignore[attr-defined]
    # One that was never begun cannot close anything: the route does that when the answer is closed.
    assert reading.closed == (1 if read else 0)


def test_page_that_breaks_off_never_says_that_it_is_complete() -> None:
    class Failing(ScriptedReading):
        def take(self, sections: Iterable[Section]) -> Mapping[Section, Outcome[RecordEntry]]:
            raise RuntimeError

    reading = Failing({LAB})
    found: list[bytes] = []
    with pytest.raises(RuntimeError):
        found.extend(stream_page(SHELL, reading, None, [part(LAB)]))
    assert b"complete]" not in b"".join(found)
    assert reading.closed == 1
