"""The first look: who is this, may we, and the one record of that decision (architecture.md §2, D6)."""

from context.asking import answer_or, wait_for
from context.codes import RefusalCode
from context.consent import (
    ConsentAnswer,
    ConsentState,
    NotPermitted,
    Permitted,
    Scope,
    categories_of,
    decide_access,
)
from context.errors import RefusedError
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.notes import (
    consent_fields,
    launch_fields,
    lookup_fields,
    opened_note,
    refused_note,
    withheld_notes,
    wrong_patient_note,
)
from context.outcome import FailureCause
from context.person import LookupState, PatientLookup
from context.ports import (
    AuditNote,
    AuditPort,
    AuditValue,
    Clock,
    ConsentSource,
    ContextName,
    Contexts,
    PatientIndex,
    StoredContext,
)

ENTRY_DEADLINE_SECONDS = 2.5
"""Both answers together; a later answer counts as none (interface.md §4.11)."""

NOTHING_TO_SHOW_FLOOR_SECONDS = 1.0
"""No L603 leaves sooner after its request. A hospital may say "unknown" quicker than it finds a person,
and "no" quicker than "yes"; with a floor above the usual time of all of them, the wait tells nothing."""

CONSENT_LATE = ConsentAnswer(ConsentState.UNAVAILABLE, cause="timeout")
CONSENT_BROKEN = ConsentAnswer(ConsentState.UNAVAILABLE, cause="fault")

_LATE = PatientLookup(LookupState.FAILED, failure=FailureCause.TIMEOUT)
_BROKEN = PatientLookup(LookupState.FAILED, failure=FailureCause.FAULT)

_FINAL = frozenset({RefusalCode.NOTHING_TO_SHOW, RefusalCode.IDENTITY_DIFFERS})


class Entrance:
    """Decides about one context that has consumed its token."""

    def __init__(
        self,
        contexts: Contexts,
        index: PatientIndex,
        consent: ConsentSource,
        audit: AuditPort,
        clock: Clock,
        deadline_seconds: float = ENTRY_DEADLINE_SECONDS,
    ) -> None:
        self._contexts = contexts
        self._index = index
        self._consent = consent
        self._audit = audit
        self._clock = clock
        self._deadline_seconds = deadline_seconds

    def decide(
        self, hospital: Hospital, stored: StoredContext, launch: VerifiedLaunch, started: float
    ) -> None:
        """Ask the hospital both questions at once, decide and record; afterwards the stored context says
        what became of it. When two requests decide about one context, the first one's decision stands.

        :param stored: in phase ``entering``.
        :param started: ``Clock.monotonic`` when the request began.
        :raises RefusedError: L701 and L702: not now; the context stays ``entering``.
        :raises StorageUnavailableError: the decision could not be recorded, so there is none.
        """
        answer, lookup = self._ask(hospital, launch)
        about = launch_fields(stored.context_id, launch)
        if lookup.failure is FailureCause.WRONG_PATIENT:
            # Whatever is decided: an index that names the wrong person endangers others too.
            alarm = wrong_patient_note(stored, {**about, "lookup_state": lookup.state.value}, "patient")
            self._audit.commit(alarm)
        decision = decide_access(answer, lookup, launch, hospital)
        asked = {**about, **consent_fields(answer), **lookup_fields(lookup)}
        if isinstance(decision, NotPermitted):
            self._refuse(stored, asked, decision, started)
        else:
            notes = (opened_note(stored, asked, decision), *_withheld(hospital, stored, asked, decision))
            self._contexts.open(
                stored, decision.scope, decision.categories, decision.patient, self._clock.now(), notes
            )

    def _ask(self, hospital: Hospital, launch: VerifiedLaunch) -> tuple[ConsentAnswer, PatientLookup]:
        person = self._index.find_patient(hospital, launch)
        consent = self._consent.ask_consent(hospital, launch)
        wait_for((person, consent), self._deadline_seconds)
        return answer_or(consent, CONSENT_LATE, CONSENT_BROKEN), answer_or(person, _LATE, _BROKEN)

    def _refuse(
        self, context: ContextName, asked: dict[str, AuditValue], decision: NotPermitted, started: float
    ) -> None:
        note = refused_note(context, asked, decision)
        if decision.code not in _FINAL:
            self._audit.commit(note)
            raise refusal(context, decision.code, decision.detail)
        self._contexts.refuse(context, decision.code, self._clock.now(), note)
        if decision.code is RefusalCode.NOTHING_TO_SHOW:
            self._clock.wait_until(started + NOTHING_TO_SHOW_FLOOR_SECONDS)


def refusal(context: ContextName, code: RefusalCode, detail: str) -> RefusedError:
    """The error for a refusal that is on record already under the context's reference."""
    error = RefusedError(code, detail)
    error.reference = context.reference
    return error


def _withheld(
    hospital: Hospital, stored: StoredContext, asked: dict[str, AuditValue], decision: Permitted
) -> tuple[AuditNote, ...]:
    if decision.scope is not Scope.FULL:
        return ()
    return withheld_notes(stored, asked, frozenset(categories_of(hospital)) - decision.categories)
