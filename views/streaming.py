"""A page that leaves in parts: frame and banner at once, then every panel as its sections arrive.

No JavaScript takes part: the panels come in the order of the document. Only the clinical line of the banner
comes when it is ready, before, between or after them; the style sheet puts it in its place. Nothing leaves
before it is on record (D7): ``Reading.take`` returns only what is.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from context.outcome import Outcome, OutcomeState
from context.records import RecordEntry, Section

Outcomes = Mapping[Section, Outcome[RecordEntry]]

_log = logging.getLogger(__name__)


class Reading(Protocol):
    """What streaming asks of ``context.reading.PageReading``; see there."""

    def wait_for_any(self, groups: Iterable[Collection[Section]]) -> None: ...

    def is_ready(self, sections: Collection[Section]) -> bool: ...

    def take(self, sections: Iterable[Section]) -> Outcomes: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the page that waits for sections.

    :param render: makes its HTML from the outcomes.
    :param render_failed: its HTML when ``render`` breaks: the panel reads as failed, never as empty.
    """

    sections: tuple[Section, ...]
    render: Callable[[Outcomes], str]
    render_failed: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Shell:
    """What stands around the parts.

    :param head: up to the place before ``main``. :param main, end_main: its tags.
    :param footer: its opening tag. :param complete, incomplete: the line with which the footer begins.
    :param rest: what is left of the page.
    """

    head: str
    main: str
    end_main: str
    footer: str
    rest: str
    complete: str
    incomplete: str


def stream_page(
    shell: Shell, reading: Reading, clinical: Part | None, panels: Sequence[Part]
) -> Iterator[bytes]:
    """The page in UTF-8, in chunks that each can be shown by themselves.

    The page says that it is complete only at its very end and only when every part is; a page that breaks
    off says nothing of the kind.
    """
    writer = _Writer(reading, clinical, panels)
    try:
        yield shell.head.encode()
        writer.wait()
        yield from writer.write_clinical()
        yield shell.main.encode()
        while writer.is_waiting:
            writer.wait()
            yield from writer.write_clinical()
            yield from writer.write_panels()
        yield shell.end_main.encode()
        end = shell.complete if writer.is_complete else shell.incomplete
        yield (shell.footer + end + shell.rest).encode()
    finally:
        reading.close()


class _Writer:
    """Writes what is ready: panels only in their order, the clinical line whenever it can."""

    def __init__(self, reading: Reading, clinical: Part | None, panels: Sequence[Part]) -> None:
        self._reading = reading
        self._clinical = clinical
        self._panels = list(panels)
        self.is_complete = True

    @property
    def is_waiting(self) -> bool:
        return self._clinical is not None or bool(self._panels)

    def wait(self) -> None:
        """Until the clinical line or the next panel is ready."""
        parts = [self._clinical, *self._panels[:1]]
        self._reading.wait_for_any([part.sections for part in parts if part is not None])

    def write_clinical(self) -> Iterator[bytes]:
        part = self._clinical
        if part is not None and self._reading.is_ready(part.sections):
            self._clinical = None
            yield self._write([part])

    def write_panels(self) -> Iterator[bytes]:
        """What is ready leaves as one chunk with one commit."""
        ready = []
        while self._panels and self._reading.is_ready(self._panels[0].sections):
            ready.append(self._panels.pop(0))
        if ready:
            yield self._write(ready)

    def _write(self, parts: Sequence[Part]) -> bytes:
        outcomes = self._reading.take([section for part in parts for section in part.sections])
        return "".join(self._rendered(part, outcomes) for part in parts).encode()

    def _rendered(self, part: Part, outcomes: Outcomes) -> str:
        own = {section: outcomes[section] for section in part.sections}
        incomplete = (OutcomeState.FAILED, OutcomeState.PARTIAL)
        if any(outcome.state in incomplete for outcome in own.values()):
            self.is_complete = False
        try:
            return part.render(own)
        except Exception as error:  # noqa: BLE001 - half a page must still close, and say what is missing
            # Only the kind: the text of a foreign error may hold a value out of the record.
            _log.error("a panel could not be rendered: %s", type(error).__name__)
            self.is_complete = False
            return part.render_failed()
