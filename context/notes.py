"""What the audit trail learns about a context (audit-and-consent.md section 3). Pure.

The policy and the basis of the treatment relation are the same for every record, so the catalogue
(``audit/events.py``) adds those itself.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from context.codes import RefusalCode
from context.consent import ConsentAnswer, NotPermitted, Permitted, category_of
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.outcome import FailureCause, Outcome, OutcomeState
from context.person import PatientLookup
from context.ports import AuditEvent, AuditNote, AuditValue, ContextName, ContextPhase
from context.records import RecordEntry, Section
from context.session import OpenContext

Fields = Mapping[str, AuditValue]


def launch_fields(context_id: str, launch: VerifiedLaunch) -> dict[str, AuditValue]:
    """Who looks at whom, from where and for what purpose."""
    return {
        "hospital": launch.hospital,
        "context": context_id,
        "issuer": launch.issuer,
        "his": launch.his,
        "user_id": launch.user.identifier,
        "user_name": launch.user.name,
        "user_role": launch.user.role,
        "user_source_role": launch.user.source_role,
        "practice_ura": launch.practice.ura_number,
        "practice_name": launch.practice.name,
        "patient": launch.bsn,
        "purpose": launch.purpose,
    }


def consent_fields(answer: ConsentAnswer) -> dict[str, AuditValue]:
    """What the consent source said."""
    return {
        "consent_state": answer.state.value,
        "consent_categories": tuple(sorted(answer.categories)),
        "decision_id": answer.decision_id,
    }


def lookup_fields(lookup: PatientLookup) -> dict[str, AuditValue]:
    """What the hospital said about who it is."""
    failure = lookup.failure.value if lookup.failure is not None else None
    return {"lookup_state": lookup.state.value, "failure": failure}


def opened_note(context: ContextName, asked: Fields, decision: Permitted) -> AuditNote:
    """CONTEXT_OPENED: the decision to show, before anything is shown."""
    fields = {**asked, "scope": decision.scope.value}
    return AuditNote(AuditEvent.CONTEXT_OPENED, context.reference, fields)


def withheld_notes(context: ContextName, asked: Fields, categories: Collection[str]) -> tuple[AuditNote, ...]:
    """CATEGORY_WITHHELD for each category that was asked for and is not permitted, beside those that are."""
    return tuple(
        AuditNote(AuditEvent.CATEGORY_WITHHELD, context.reference, {**asked, "data_category": category})
        for category in sorted(categories)
    )


def refused_note(context: ContextName, asked: Fields, decision: NotPermitted) -> AuditNote:
    """CONTEXT_REFUSED: the decision not to show, with the cause that the GP does not see."""
    fields = {**asked, "code": decision.code.value, "detail": decision.detail}
    return AuditNote(AuditEvent.CONTEXT_REFUSED, context.reference, fields)


def replay_note(context: ContextName, launch: VerifiedLaunch, detail: str) -> AuditNote:
    """REPLAY_ALARM: another browser came with a launch that is not its own."""
    fields = {
        **launch_fields(context.context_id, launch),
        "token_id": launch.token_id,
        "code": RefusalCode.REPLAYED.value,
        "detail": detail,
    }
    return AuditNote(AuditEvent.REPLAY_ALARM, context.reference, fields)


def replaced_note(
    context: ContextName, launch: VerifiedLaunch, detail: str, other_context: str | None
) -> AuditNote:
    """CONTEXT_REPLACED: ``other_context`` took its place, so it shows nothing any more."""
    fields = {
        **launch_fields(context.context_id, launch),
        "detail": detail,
        "other_context": other_context,
    }
    return AuditNote(AuditEvent.CONTEXT_REPLACED, context.reference, fields)


def closed_note(
    context: ContextName, launch: VerifiedLaunch, phase: ContextPhase, detail: str | None = None
) -> AuditNote:
    """CONTEXT_CLOSED: by the user or the HIS (phase ``closed``) or by time (phase ``expired``).

    :param detail: what the HIS said ended; None when it said nothing.
    """
    fields = {**launch_fields(context.context_id, launch), "phase": phase.value, "detail": detail}
    return AuditNote(AuditEvent.CONTEXT_CLOSED, context.reference, fields)


def extended_note(opened: OpenContext) -> AuditNote:
    """CONTEXT_EXTENDED: the user asked for more time."""
    fields = launch_fields(opened.context_id, opened.launch)
    return AuditNote(AuditEvent.CONTEXT_EXTENDED, opened.reference, fields)


def wrong_patient_note(context: ContextName, asked: Fields, section: str) -> AuditNote:
    """WRONG_PATIENT_ALARM: the hospital answered about somebody else (D19).

    :param section: what was asked: ``patient``, or a section's name.
    """
    fields = {**asked, "section": section, "failure": FailureCause.WRONG_PATIENT.value}
    return AuditNote(AuditEvent.WRONG_PATIENT_ALARM, context.reference, fields)


@dataclass(frozen=True, slots=True)
class PageView:
    """One page as it is shown to one user.

    :param page: its name in the audit trail.
    :param consent: the answer, when consent was asked again for this page.
    :param on_paper: it is made to be printed.
    """

    hospital: Hospital
    opened: OpenContext
    page: str
    consent: ConsentAnswer | None = None
    on_paper: bool = False

    def fields(self) -> dict[str, AuditValue]:
        """What every record of this page says."""
        about = launch_fields(self.opened.context_id, self.opened.launch)
        return {**about, "page": self.page, "scope": self.opened.scope.value}

    def consent_fields(self) -> dict[str, AuditValue]:
        """Who looks, and what was said when consent was asked again for this page."""
        about = launch_fields(self.opened.context_id, self.opened.launch)
        return {**about, **(consent_fields(self.consent) if self.consent is not None else {})}


def page_notes(view: PageView) -> tuple[AuditNote, ...]:
    """PAGE_VIEWED and BANNER_SHOWN: what leaves before any section; PAGE_PRINTED for a page on paper."""
    fields = view.fields()
    notes = (
        AuditNote(AuditEvent.PAGE_VIEWED, view.opened.reference, fields),
        AuditNote(AuditEvent.BANNER_SHOWN, view.opened.reference, fields),
    )
    return (*notes, printed_note(view, "print_page")) if view.on_paper else notes


def printed_note(view: PageView, detail: str) -> AuditNote:
    """PAGE_PRINTED. :param detail: ``print_page``, or ``browser`` when the browser said that it prints."""
    fields = {**view.fields(), "detail": detail}
    return AuditNote(AuditEvent.PAGE_PRINTED, view.opened.reference, fields)


def section_notes(view: PageView, outcomes: Mapping[Section, Outcome[RecordEntry]]) -> tuple[AuditNote, ...]:
    """SECTION_SHOWN for each section, and an alarm for each answer about somebody else."""
    fields, reference = view.fields(), view.opened.reference
    asked_again = consent_fields(view.consent) if view.consent is not None else {}
    notes = []
    for section, outcome in outcomes.items():
        about = {**fields, **asked_again, **_section_fields(view.hospital, section, outcome)}
        notes.append(AuditNote(AuditEvent.SECTION_SHOWN, reference, about))
        if outcome.failure is FailureCause.WRONG_PATIENT:
            notes.append(wrong_patient_note(view.opened, fields, section.value))
    return tuple(notes)


def document_notes(
    view: PageView, section: Section, state: OutcomeState, *, failure: str | None, subject: str | None
) -> tuple[AuditNote, ...]:
    """DOCUMENT_SHOWN, and an alarm when the document is about somebody else.

    :param section: the list in which it stands. :param subject: the document's own unique id.
    """
    fields = view.fields()
    about = {
        "section": section.value,
        "data_category": category_of(view.hospital, section),
        "state": state.value,
        "failure": failure,
        "subject": subject,
    }
    shown = AuditNote(AuditEvent.DOCUMENT_SHOWN, view.opened.reference, {**fields, **about})
    if failure == FailureCause.WRONG_PATIENT.value:
        return (shown, wrong_patient_note(view.opened, fields, section.value))
    return (shown,)


def _section_fields(
    hospital: Hospital, section: Section, outcome: Outcome[RecordEntry]
) -> dict[str, AuditValue]:
    return {
        "section": section.value,
        "data_category": category_of(hospital, section),
        "state": outcome.state.value,
        "result_count": len(outcome.entries),
        "held_back": outcome.held_back or None,
        "missing_sources": outcome.missing_sources,
        "failure": outcome.failure.value if outcome.failure is not None else None,
    }
