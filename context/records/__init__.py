"""Record entries by zib, as the hospital sent them.

Values are text exactly as received: never converted, rounded or re-united (zis.md §10).
"""

from context.records.care import Encounter, Procedure, Referral
from context.records.documents import (
    Document,
    DocumentAnswer,
    DocumentContent,
    DocumentFailure,
    DocumentForm,
    DocumentReference,
)
from context.records.dossier import (
    Alert,
    Allergy,
    Device,
    DietEntry,
    FunctionalStatus,
    NursingEntry,
    Problem,
    Report,
    SubstanceUse,
    TreatmentRestriction,
)
from context.records.medication import (
    MedicationEntry,
    MedicationKind,
    MedicationSetting,
    StopType,
    Vaccination,
)
from context.records.results import (
    Isolate,
    LabResult,
    Measurement,
    ObservedValue,
    Susceptibility,
    TextResult,
)
from context.records.sections import BANNER_SECTIONS, Section
from context.records.values import (
    CodedText,
    Entry,
    Party,
    ReferenceRange,
    ResultValue,
    Stage,
    TextPart,
    ValueKind,
)

RecordEntry = Entry
"""What a section holds. Every class of entry above is one."""

__all__ = [
    "BANNER_SECTIONS",
    "Alert",
    "Allergy",
    "CodedText",
    "Device",
    "DietEntry",
    "Document",
    "DocumentAnswer",
    "DocumentContent",
    "DocumentFailure",
    "DocumentForm",
    "DocumentReference",
    "Encounter",
    "Entry",
    "FunctionalStatus",
    "Isolate",
    "LabResult",
    "Measurement",
    "MedicationEntry",
    "MedicationKind",
    "MedicationSetting",
    "NursingEntry",
    "ObservedValue",
    "Party",
    "Problem",
    "Procedure",
    "RecordEntry",
    "ReferenceRange",
    "Referral",
    "Report",
    "ResultValue",
    "Section",
    "Stage",
    "StopType",
    "SubstanceUse",
    "Susceptibility",
    "TextPart",
    "TextResult",
    "TreatmentRestriction",
    "Vaccination",
    "ValueKind",
]
