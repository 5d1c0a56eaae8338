"""A context service with everything around it in memory."""

from dataclasses import dataclass, field, replace

import pytest

from context.codes import RefusalCode
from context.errors import RefusedError
from context.hospital import Hospital
from context.ports import ContextPhase, Credentials
from context.service import ContextService, Sources
from context.session import OpenContext
from tests.clock import SteppingClock
from tests.people import a_hospital
from tests.ports_in_memory import (
    CONTEXT_ID,
    REFERENCE,
    RIGHT,
    AuditInMemory,
    ConsentInMemory,
    ContextsInMemory,
    DocumentsInMemory,
    IndexInMemory,
    RecordsInMemory,
    pending,
)

LATE_SECONDS = 0.002


@dataclass
class Stage:
    """A service with everything around it; the launch was posted just now."""

    clock: SteppingClock = field(default_factory=SteppingClock)
    audit: AuditInMemory = field(default_factory=AuditInMemory)
    index: IndexInMemory = field(default_factory=IndexInMemory)
    consent: ConsentInMemory = field(default_factory=ConsentInMemory)
    records: RecordsInMemory = field(default_factory=RecordsInMemory)
    documents: DocumentsInMemory = field(default_factory=DocumentsInMemory)
    hospital: Hospital = field(default_factory=a_hospital)
    deadline_seconds: float = LATE_SECONDS

    def __post_init__(self) -> None:
        self.contexts = ContextsInMemory(self.audit, pending(self.clock.now()))
        self.service = ContextService(
            self.contexts,
            Sources(self.index, self.consent, self.records, self.documents),
            self.audit,
            self.clock,
            entry_deadline_seconds=self.deadline_seconds,
            page_deadline_seconds=self.deadline_seconds,
            document_deadline_seconds=self.deadline_seconds,
        )

    def visit(self, credentials: Credentials = RIGHT) -> OpenContext:
        return self.service.visit(self.hospital, CONTEXT_ID, credentials)

    def refused(self, credentials: Credentials = RIGHT) -> RefusalCode:
        with pytest.raises(RefusedError) as caught:
            self.visit(credentials)
        assert caught.value.reference == REFERENCE
        return caught.value.code

    def become(self, phase: ContextPhase) -> None:
        self.contexts.stored = replace(self.contexts.stored, phase=phase)

    @property
    def asked_hospital(self) -> bool:
        return bool(self.index.asked or self.consent.asked)
