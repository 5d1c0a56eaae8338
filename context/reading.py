"""Every page of an open context: consent still fresh, sections fetched at once, each on record before it
is shown (D7)."""

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace

from context.asking import answer_or, wait_for
from context.codes import RefusalCode
from context.consent import ConsentAnswer, NotPermitted, Scope, category_of, is_decided, still_permits
from context.entering import CONSENT_BROKEN, CONSENT_LATE, refusal
from context.errors import StorageUnavailableError
from context.hospital import Hospital
from context.notes import (
    PageView,
    consent_fields,
    launch_fields,
    page_notes,
    refused_note,
    section_notes,
    withheld_notes,
)
from context.outcome import FailureCause, Outcome
from context.ports import AuditNote, AuditPort, Clock, ConsentSource, Contexts, RecordQuestion, RecordSource
from context.records import RecordEntry, Section
from context.release import Viewing, release
from context.session import OpenContext

PAGE_DEADLINE_SECONDS = 2.5
"""All sections of a page together; a later one is shown as failed (interface.md §4.11)."""

Sections = Mapping[Section, Outcome[RecordEntry]]

_LATE: Outcome[RecordEntry] = Outcome.failed(FailureCause.TIMEOUT)
_BROKEN: Outcome[RecordEntry] = Outcome.failed(FailureCause.FAULT)
_NOT_RECORDED: Outcome[RecordEntry] = Outcome.failed(FailureCause.NOT_RECORDED)


class PageReading:
    """The sections of one page, handed out as they arrive. The page and its banner are on record already.

    Used by one thread. Whoever holds it calls ``close`` at the end, so that nothing keeps a hospital busy
    for a reader who has left.
    """

    def __init__(
        self,
        view: PageView,
        asked: Mapping[Section, "Future[Outcome[RecordEntry]] | None"],
        contexts: Contexts,
        clock: Clock,
        ends_at: float,
    ) -> None:
        self._view = view
        self._asked = asked
        self._contexts = contexts
        self._clock = clock
        self._ends_at = ends_at
        self._is_over = False
        self._taken: dict[Section, Outcome[RecordEntry]] = {}

    def wait_for_any(self, groups: Iterable[Collection[Section]]) -> None:
        """Return when every section of at least one group is there, or when the page's time is up.

        :param groups: of sections of this page; an empty group is there at once.
        """
        groups = tuple(groups)
        while not self._is_over:
            # Looked at once: an answer that comes between two looks would leave nothing to wait for.
            pending = [self._pending(group) for group in groups]
            if not all(pending) or not pending:
                return
            futures = {future for group in pending for future in group}
            done, _ = wait(futures, timeout=self._left(), return_when=FIRST_COMPLETED)
            self._is_over = not done

    def is_ready(self, sections: Collection[Section]) -> bool:
        """Whether taking these would not wait."""
        return self._is_over or not self._pending(sections)

    def take(self, sections: Iterable[Section]) -> Sections:
        """These sections, in the order asked, after what they show is on record as shown.

        Waits for them, no longer than the page's time. What cannot be recorded, or is asked when the
        context is no longer open, comes out as failed, and nothing of it may be shown; a section that was
        taken before is no exception. A section is on record once, however often it is taken.
        """
        wanted = tuple(dict.fromkeys(sections))
        fresh = [section for section in wanted if section not in self._taken]
        self._settle(fresh)
        outcomes = {section: self._outcome(section) for section in fresh}
        if wanted and not self._record(outcomes):
            return dict.fromkeys(wanted, _NOT_RECORDED)
        self._taken |= outcomes
        return {section: self._taken[section] for section in wanted}

    def all(self) -> Sections:
        """Every section of the page, in order."""
        return self.take(self._asked)

    def close(self) -> None:
        """Give up on what has not arrived. Can be repeated."""
        for future in self._pending(self._asked):
            future.cancel()

    def _pending(self, sections: Iterable[Section]) -> "list[Future[Outcome[RecordEntry]]]":
        futures = (self._asked[section] for section in sections if section not in self._taken)
        return [future for future in futures if future is not None and not future.done()]

    def _settle(self, sections: Iterable[Section]) -> None:
        wait_for(self._pending(sections), 0.0 if self._is_over else self._left())

    def _left(self) -> float:
        """Seconds of the page's time that are left, 0 or more."""
        return max(0.0, self._ends_at - self._clock.monotonic())

    def _outcome(self, section: Section) -> Outcome[RecordEntry]:
        viewing = Viewing(self._view.hospital, self._view.opened.launch, self._clock.now())
        return _released(section, self._asked[section], viewing)

    def _record(self, outcomes: Sections) -> bool:
        """Whether the context is open still, and what is shown for the first time is on record."""
        notes = section_notes(self._view, outcomes)
        try:
            return self._contexts.touch(self._view.opened, self._clock.now(), notes)
        except StorageUnavailableError:
            return False


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A context whose consent was found fresh, or was asked again.

    :param answer: None when it was fresh. :param lost: the categories that are no longer permitted.
    """

    opened: OpenContext
    answer: ConsentAnswer | None = None
    lost: frozenset[str] = frozenset()

    def notes(self, view: PageView) -> tuple[AuditNote, ...]:
        """What the record says of what was lost."""
        return withheld_notes(self.opened, view.consent_fields(), self.lost)


class Reader:
    """Reads sections for a context that was found open by this same request."""

    def __init__(
        self,
        contexts: Contexts,
        consent: ConsentSource,
        records: RecordSource,
        audit: AuditPort,
        clock: Clock,
        deadline_seconds: float = PAGE_DEADLINE_SECONDS,
    ) -> None:
        self._contexts = contexts
        self._consent = consent
        self._records = records
        self._audit = audit
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    def read(
        self,
        hospital: Hospital,
        opened: OpenContext,
        sections: tuple[Section, ...],
        page: str,
        *,
        on_paper: bool,
    ) -> PageReading | None:
        """Ask for the sections and put the page on record; the sections follow as they arrive.

        :param page: the page's name for the audit trail. :param on_paper: it is made to be printed.
        :returns: None when the context was no longer open at the moment of recording; nothing may be
            shown then.
        :raises RefusedError: L603 consent was withdrawn, and the context has ended; L701 consent cannot
            be established now, and the context stays open.
        :raises StorageUnavailableError: the showing could not be recorded.
        """
        confirmed = self.confirm(hospital, opened)
        opened = confirmed.opened
        view = PageView(hospital, opened, page, confirmed.answer, on_paper)
        ends_at = self._clock.monotonic() + self._deadline_seconds
        reading = PageReading(
            view, self._ask(hospital, opened, sections), self._contexts, self._clock, ends_at
        )
        shown = False
        try:
            notes = (*confirmed.notes(view), *page_notes(view))
            shown = self._contexts.touch(opened, self._clock.now(), notes)
        finally:
            if not shown:
                reading.close()
        return reading if shown else None

    def confirm(self, hospital: Hospital, opened: OpenContext) -> "Confirmed":
        """The context with what consent permits now. :raises RefusedError: as ``read``."""
        answer = self._ask_again(hospital, opened)
        if answer is None:
            return Confirmed(opened)
        remaining = _remaining(opened, answer)
        return Confirmed(replace(opened, categories=remaining), answer, opened.categories - remaining)

    def fetch(self, hospital: Hospital, opened: OpenContext, section: Section) -> Outcome[RecordEntry]:
        """What of one section may be seen, for a decision and not for the screen: nothing is recorded.

        :param opened: as ``confirm`` gave it.
        """
        future = self._ask(hospital, opened, (section,))[section]
        if future is not None:
            wait_for((future,), self._deadline_seconds)
        return _released(section, future, Viewing(hospital, opened.launch, self._clock.now()))

    def _ask_again(self, hospital: Hospital, opened: OpenContext) -> ConsentAnswer | None:
        """Ask consent once more when the last answer is too old; None when it is not."""
        if not opened.consent_is_old(self._clock.now()):
            return None
        future = self._consent.ask_consent(hospital, opened.launch)
        wait_for((future,), self._deadline_seconds)
        answer = answer_or(future, CONSENT_LATE, CONSENT_BROKEN)
        if not is_decided(answer):
            detail = f"consent_{answer.cause or 'indeterminate'}"
            self._refuse(opened, answer, NotPermitted(RefusalCode.CONSENT_UNAVAILABLE, detail))
        if not still_permits(answer, opened.scope):
            self._refuse(opened, answer, NotPermitted(RefusalCode.NOTHING_TO_SHOW, "consent_withdrawn"))
        self._contexts.confirm_consent(opened, _remaining(opened, answer), self._clock.now())
        return answer

    def _refuse(self, opened: OpenContext, answer: ConsentAnswer, decision: NotPermitted) -> None:
        about = launch_fields(opened.context_id, opened.launch)
        note = refused_note(opened, {**about, **consent_fields(answer)}, decision)
        if decision.code is RefusalCode.NOTHING_TO_SHOW:
            self._contexts.refuse(opened, decision.code, self._clock.now(), note)
        else:
            self._audit.commit(note)
        raise refusal(opened, decision.code, decision.detail)

    def _ask(
        self, hospital: Hospital, opened: OpenContext, sections: tuple[Section, ...]
    ) -> "dict[Section, Future[Outcome[RecordEntry]] | None]":
        question = RecordQuestion(opened.launch.bsn, opened.patient.birth_date, opened.launch.asker)
        return {
            section: self._records.fetch_section(hospital, section, question)
            if _allowed(hospital, opened, section)
            else None
            for section in sections
        }


def _released(
    section: Section, future: "Future[Outcome[RecordEntry]] | None", viewing: Viewing
) -> Outcome[RecordEntry]:
    if future is None:
        return Outcome.not_permitted()
    return release(section, answer_or(future, _LATE, _BROKEN), viewing)


def _allowed(hospital: Hospital, opened: OpenContext, section: Section) -> bool:
    """Whether the hospital may be asked at all: its own choice, the decision's scope, the consent."""
    return (
        section in hospital.sections
        and opened.scope is Scope.FULL
        and category_of(hospital, section) in opened.categories
    )


def _remaining(opened: OpenContext, answer: ConsentAnswer) -> frozenset[str]:
    """What may be shown from now on. A view of patient information alone grows only by a new launch."""
    return answer.categories if opened.scope is Scope.FULL else frozenset()
