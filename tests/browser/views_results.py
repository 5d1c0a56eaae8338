"""Entries of the tab Uitslagen, with everything that can stand in them, and scenes that show them."""

from dataclasses import replace

from context.display import DateOrder, DisplayProfile, RequestedBy
from context.outcome import Outcome
from context.person import Identifier, Moment
from context.records import (
    CodedText,
    DocumentReference,
    Isolate,
    LabResult,
    Measurement,
    Party,
    RecordEntry,
    ReferenceRange,
    ResultValue,
    Section,
    Susceptibility,
    TextPart,
    TextResult,
    ValueKind,
)
from tests.browser.views_records import CWZ, LABORATORY, NOW, at, lab, quantity

LAB_DOCTOR = Party("A. Kok", "CWZ Interne", None, (Identifier("2.16.528.1.1007.3.3", "90000101"),))
FINALS = {
    Section.MICROBIOLOGY: frozenset({"F"}),
    Section.RADIOLOGY: frozenset("LBAFV"),
}
STRICT = replace(
    CWZ,
    display=DisplayProfile(
        final_statuses=FINALS,
        date_order=DateOrder.NEWEST_LEFT,
        laboratory_requested_by=RequestedBy.HOSPITAL,
        chart_months=60,
    ),
)
"""A hospital with the settings that the others leave as they are."""


def words(text: str, heading: str | None = None) -> TextPart:
    return TextPart(CodedText(None, None, heading) if heading else None, text)


def measurement(
    test: str,
    text: str,
    unit: str,
    taken: Moment | None,
    *,
    code: str | None = None,
    group: str | None = None,
    flags: tuple[str, ...] = (),
    reference: tuple[str, str] | None = None,
) -> Measurement:
    return Measurement(
        test=CodedText(code or f"m-{test}", "2.16.840.1.113883.6.1", test),
        value=quantity(text, unit),
        taken=taken,
        flags=flags,
        references=(ReferenceRange(*reference),) if reference else (),
        group=CodedText(None, None, group) if group else None,
        status="completed",
    )


def pressure(upper: str, lower: str, taken: Moment, **more: object) -> tuple[Measurement, Measurement]:
    """Systolic and diastolic as zib Bloeddruk sends them."""
    halves = (("Systolisch", upper, "8480-6"), ("Diastolisch", lower, "8462-4"))
    systolic, diastolic = (
        measurement(test, text, "mm[Hg]", taken, code=code, group="Bloeddruk") for test, text, code in halves
    )
    return replace(systolic, **more), diastolic  # type: ignore[arg-type]


MEASUREMENTS: tuple[Measurement, ...] = (
    *pressure("142", "88", at("2026-11-01", "09:10"), flags=("H",)),
    *pressure("128", "80", at("2026-06-01", "09:10")),
    *pressure("131", "79", at("2026-03-02", "08:00")),
    # Only one half was measured: it stays what it is.
    pressure("150", "0", at("2026-01-10", "10:00"))[0],
    measurement("Lichaamsgewicht", "71.4", "kg", at("2026-11-01", "09:10")),
    measurement("Lichaamsgewicht", "70", "kg", at("2026-06-01", "09:10")),
    measurement("Lichaamslengte", "168", "cm", at("2024-05-01")),
    measurement("Polsslag", "72", "/min", None),
)


def report(
    examination: str,
    *parts: TextPart,
    taken: Moment | None = None,
    status: str | None = "F",
    number: str | None = None,
    **more: object,
) -> TextResult:
    plain = TextResult(
        examination=CodedText(None, None, examination),
        taken=taken,
        parts=parts,
        status=status,
        requester=LAB_DOCTOR,
        identifiers=(Identifier("1.2.3", number),) if number else (),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


_LONG = "Coupe van de huid met een gaaf epitheel. " * 20
ISOLATE = Isolate(
    CodedText("112283007", None, "Escherichia coli"),
    ResultValue(ValueKind.TEXT, ">10^5 kve/ml"),
    (
        Susceptibility(CodedText(None, None, "Amoxicilline"), quantity("32", "mg/l", ">"), "R"),
        Susceptibility(CodedText(None, None, "Nitrofurantoïne"), quantity("16", "mg/l", "<="), "S"),
        Susceptibility(CodedText(None, None, "Ciprofloxacine"), None, "I"),
        Susceptibility(CodedText(None, None, "Fosfomycine"), None, "X"),
    ),
    ("ESBL niet aangetoond.",),
)
MICROBIOLOGY = (
    report(
        "Kweek urine",
        words("Reincultuur."),
        taken=at("2026-10-20", "08:00"),
        number="mb-1",
        material=CodedText(None, None, "urine"),
        isolates=(ISOLATE,),
        remarks=("Antibiogram volgens EUCAST.",),
    ),
    report("Kweek keel", words("Geen groei."), taken=at("2025-11-22"), number="mb-2"),
    report("Kweek wond", words("Commensale flora."), taken=at("2025-11-21"), number="mb-3"),
)
PATHOLOGY = (
    report("Huidbiopt", words(_LONG, "Microscopie"), words("Naevus.", "Conclusie"), taken=at("2026-09-14")),
    report("Cytologie", taken=at("2026-02-01"), status="active", authorised=False),
)
RADIOLOGY = (
    report(
        "X-thorax",
        words("Geen afwijkingen aan hart en longen.", "Conclusie"),
        taken=at("2026-08-03", "10:30"),
        number="ra-1",
        requester=Party("P. Bakker", "Huisartsenpraktijk De Linde"),
        images=("https://beelden.cwz.example/studie/1",),
    ),
    report("Echo abdomen", taken=at("2026-07-01"), status="L", images=("javascript:alert(1)", "wado:1")),
    report("MRI knie", taken=None, status="Z"),
    report(
        "CT thorax",
        taken=at("2026-03-09"),
        status="A",
        document=DocumentReference("1.2.3", "ct-1", mime_type="application/pdf", size=84_000),
    ),
)
CARDIOLOGY = (
    report(
        "Echocardiogram",
        words("Goede linkerkamerfunctie.", "Conclusie"),
        taken=at("2026-05-11"),
        number="ec-1",
        values=(lab("Ejectiefractie", quantity("55", "%"), at("2026-05-11"), flags=("L",)),),
    ),
)
ENDOSCOPY = (report("Coloscopie", words("Twee poliepen."), taken=at("2026-04-02"), negated=False),)

OUTCOMES: dict[Section, Outcome[RecordEntry]] = {
    Section.LABORATORY: LABORATORY,
    Section.MEASUREMENTS: Outcome.of(MEASUREMENTS, NOW),
    Section.MICROBIOLOGY: Outcome.of(MICROBIOLOGY, NOW),
    Section.PATHOLOGY: Outcome.of(PATHOLOGY, NOW),
    Section.RADIOLOGY: Outcome.of(RADIOLOGY, NOW),
    Section.CARDIOLOGY: Outcome.of(CARDIOLOGY, NOW),
    Section.ENDOSCOPY: Outcome.of(ENDOSCOPY, NOW),
}
SECTIONS = tuple(OUTCOMES)


def results(**other: Outcome[RecordEntry]) -> dict[Section, Outcome[RecordEntry]]:
    """The outcomes above, some of them replaced: ``results(pathology=FAILED)``."""
    return OUTCOMES | {Section(key): outcome for key, outcome in other.items()}


def all_of(outcome: Outcome[RecordEntry]) -> dict[Section, Outcome[RecordEntry]]:
    """Every section of the tab in one state."""
    return dict.fromkeys(SECTIONS, outcome)


def partly(section: Section) -> Outcome[RecordEntry]:
    return Outcome.partial(OUTCOMES[section].entries[:3], ("het archief",), NOW)


CHART = (
    lab(value="4.8", taken=at("2025-11-22"), material="serum"),
    lab(value="4.1", taken=at("2026-02-10"), material="serum"),
    lab(value="3.2", taken=at("2026-04-10"), flags=("L",), material="serum"),
    lab(value=quantity("3.0", comparator="<"), taken=at("2026-06-10"), flags=("LL",), material="serum"),
    lab(value="5.6", taken=at("2026-11-01"), flags=("H",), material="serum", remarks=("Hemolytisch",)),
    lab(value="4.4", taken=at("2024-03-01"), reference=("3.4", "5.0"), material="serum"),
    lab(
        value=ResultValue(ValueKind.PENDING, "", "mmol/l"),
        taken=at("2026-11-20"),
        material="serum",
        status="active",
    ),
    lab(value=ResultValue(ValueKind.TEXT, "niet te bepalen"), taken=at("2026-05-10"), material="serum"),
)
"""One test with everything that a chart can meet."""


def charted() -> dict[Section, Outcome[RecordEntry]]:
    return results(laboratory=Outcome[RecordEntry].of(CHART, NOW))


def wide() -> tuple[LabResult, ...]:
    """40 tests on 12 dates: the measure of interface.md §4.11."""
    return tuple(
        lab(
            f"Bepaling {test:02d}",
            f"{test % 7 + month / 10:.1f}",
            at(f"2026-{month:02d}-05"),
            flags=("H",) if (test + month) % 9 == 0 else (),
        )
        for test in range(40)
        for month in range(1, 13)
    )
