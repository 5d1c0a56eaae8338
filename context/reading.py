"""Every page of an open context: consent still fresh, sections fetched at once, all on record first (D7)."""

from collections.abc import Mapping
from dataclasses import replace

from context.asking import answer_or, wait_for
from context.codes import RefusalCode
from context.consent import SECTION_CATEGORIES, ConsentAnswer, NotPermitted, Scope, is_decided, still_permits
from context.entering import CONSENT_BROKEN, CONSENT_LATE, refusal
from context.hospital import Hospital
from context.notes import consent_fields, launch_fields, page_notes, refused_note
from context.outcome import FailureCause, Outcome
from context.ports import AuditPort, Clock, ConsentSource, Contexts, RecordQuestion, RecordSource
from context.records import RecordEntry, Section
from context.session import OpenContext

PAGE_DEADLINE_SECONDS = 2.5
"""All sections of a page together; a later one is shown as failed (interface.md §4.11)."""

Sections = Mapping[Section, Outcome[RecordEntry]]


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
        self, hospital: Hospital, opened: OpenContext, sections: tuple[Section, ...], page: str
    ) -> Sections | None:
        """The sections in the order asked, each with its outcome, after all of it is on record.

        :param page: the page's name for the audit trail.
        :returns: None when the context was no longer open at the moment of recording; nothing of what
            was fetched may be shown then.
        :raises RefusedError: L603 consent was withdrawn, and the context has ended; L701 consent cannot
            be established now, and the context stays open.
        :raises StorageUnavailableError: the showing could not be recorded.
        """
        answer = self._ask_again(hospital, opened)
        if answer is not None:
            opened = replace(opened, categories=_remaining(opened, answer))
        outcomes = self._fetch(hospital, opened, sections)
        notes = page_notes(opened, page, outcomes, answer)
        return outcomes if self._contexts.touch(opened, self._clock.now(), notes) else None

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

    def _fetch(self, hospital: Hospital, opened: OpenContext, sections: tuple[Section, ...]) -> Sections:
        question = RecordQuestion(opened.launch.bsn, opened.patient.birth_date, opened.launch.asker)
        asked = {
            section: self._records.fetch_section(hospital, section, question)
            for section in sections
            if _allowed(hospital, opened, section)
        }
        wait_for(asked.values(), self._deadline_seconds)
        late: Outcome[RecordEntry] = Outcome.failed(FailureCause.TIMEOUT)
        broken: Outcome[RecordEntry] = Outcome.failed(FailureCause.FAULT)
        return {
            section: answer_or(asked[section], late, broken) if section in asked else Outcome.not_permitted()
            for section in sections
        }


def _allowed(hospital: Hospital, opened: OpenContext, section: Section) -> bool:
    """Whether the hospital may be asked at all: its own choice, the decision's scope, the consent."""
    return (
        section in hospital.sections
        and opened.scope is Scope.FULL
        and SECTION_CATEGORIES[section] in opened.categories
    )


def _remaining(opened: OpenContext, answer: ConsentAnswer) -> frozenset[str]:
    """What may be shown from now on. A view of patient information alone grows only by a new launch."""
    return answer.categories if opened.scope is Scope.FULL else frozenset()
