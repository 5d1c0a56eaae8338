"""Entries of every kind of list, with everything that can stand in them: plain, denied, masked, withdrawn,
undated, with remarks, with a date that is only partly known."""

from dataclasses import replace

from context.outcome import Outcome
from context.person import Identifier, Moment, PartialDate
from context.records import (
    Alert,
    Allergy,
    CodedText,
    Device,
    DietEntry,
    Document,
    DocumentReference,
    Encounter,
    FunctionalStatus,
    MedicationEntry,
    MedicationKind,
    MedicationSetting,
    NursingEntry,
    Party,
    Problem,
    Procedure,
    RecordEntry,
    Referral,
    Report,
    ResultValue,
    Section,
    Stage,
    StopType,
    SubstanceUse,
    TextPart,
    TreatmentRestriction,
    Vaccination,
    ValueKind,
)
from tests.browser.views_records import LABORATORY, NOW, at, quantity

MASKED = CodedText(masked=True, null_flavor="MSK")
INTERNIST = Party("E. de Wit", "CWZ", CodedText("0313", None, "Interne geneeskunde"))
NURSE = Party("M. Bos", "Verpleegafdeling B4")
OWN_GP = Party(
    "P. Bakker", "Huisartsenpraktijk De Linde", None, (Identifier("2.16.528.1.1007.3.3", "12345678"),)
)
INTERNAL_MEDICINE = CodedText("0313", None, "Interne geneeskunde")


def coded(text: str, code: str | None = None) -> CodedText:
    return CodedText(code, None, text)


def appointment(begins: Moment | None, stage: Stage, **more: object) -> Encounter:
    plain = Encounter(
        kind=coded("Poliklinisch consult", "AMB"),
        stage=stage,
        begins=begins,
        specialism=INTERNAL_MEDICINE,
        performer=INTERNIST,
        department="Polikliniek Interne",
        location="Route C26",
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def medicine(name: str, **more: object) -> MedicationEntry:
    plain = MedicationEntry(
        product=coded(name),
        kind=MedicationKind.AGREEMENT,
        setting=MedicationSetting.HOME,
        instructions="1 maal per dag 1 tablet",
        route=coded("oraal"),
        begins=at("2026-02-01"),
        prescriber=INTERNIST,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def report(moment: Moment | None, **more: object) -> Report:
    plain = Report(
        kind=coded("Poliklinische controle"),
        about=moment,
        specialism=INTERNAL_MEDICINE,
        author=INTERNIST,
        authorised=True,
        parts=(
            TextPart(coded("Subjectief"), "Voelt zich goed.\nZonder pijn op de borst."),
            TextPart(coded("Conclusie"), "Stabiele situatie."),
            TextPart(coded("Beleid"), "Controle over 3 maanden."),
            TextPart(coded("Medicatiebeleid"), "Metoprolol ongewijzigd."),
        ),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def letter(number: int, title: str, created: Moment | None, **more: object) -> Document:
    plain = Document(
        title=coded(title),
        reference=DocumentReference("1.2.3.4", f"1.2.3.4.{number}", mime_type="application/pdf", size=84_000),
        kind=coded("Brief"),
        created=created,
        specialism=INTERNAL_MEDICINE,
        sender=INTERNIST,
        recipients=(OWN_GP,),
        authorised=True,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


ENTRIES: dict[Section, tuple[RecordEntry, ...]] = {
    Section.APPOINTMENTS: (
        appointment(at("2026-12-03", "08:30"), Stage.SCHEDULED),
        appointment(at("2027-01-14", "13:10"), Stage.SCHEDULED, specialism=coded("Cardiologie")),
        appointment(at("2026-10-02", "09:00"), Stage.PERFORMED, remarks=("Patiënt kwam met partner.",)),
        appointment(at("2026-09-11", "10:15"), Stage.CANCELLED, performer=None, department=None),
        appointment(None, Stage.PERFORMED, specialism=MASKED),
    ),
    Section.SURGERIES: (
        Procedure(
            coded("Laparoscopische cholecystectomie"),
            Stage.SCHEDULED,
            at("2026-12-10", "07:30"),
            specialism=coded("Chirurgie"),
            performer=Party("J. Smit"),
        ),
        Procedure(
            coded("Totale heupprothese"),
            begins=at("2021-05-06"),
            specialism=coded("Orthopedie"),
            performer=Party("K. Visser"),
            sites=(coded("heup links"),),
            indications=(coded("Coxartrose"),),
        ),
    ),
    Section.ADMISSIONS: (
        Encounter(coded("Klinische opname", "IMP"), Stage.SCHEDULED, at("2026-12-10"), department="C2"),
        Encounter(
            coded("Klinische opname", "IMP"),
            begins=at("2026-03-01", "14:00"),
            ends=at("2026-03-04", "10:00"),
            department="Verpleegafdeling B4",
            specialism=INTERNAL_MEDICINE,
            reasons=(coded("Pneumonie"),),
            destination=coded("Eigen woning"),
        ),
        Encounter(coded("Klinische opname"), begins=Moment(PartialDate(2019, 6)), department=None),
    ),
    Section.EMERGENCY_VISITS: (
        Encounter(
            coded("SEH", "EMER"),
            begins=at("2026-03-01", "11:20"),
            ends=at("2026-03-01", "13:55"),
            reasons=(coded("Dyspneu"),),
            triage=coded("Geel"),
            performer=Party("A. Mol"),
            destination=coded("Opname"),
        ),
    ),
    Section.REFERRALS: (
        Referral(
            coded("Verwijsbrief"),
            at("2026-09-01"),
            OWN_GP,
            coded("Cardiologie"),
            "ZD123456789",
            is_open=True,
            reasons=(coded("Hartkloppingen"),),
            letter=DocumentReference("1.2.3.4", "1.2.3.4.9", mime_type="application/pdf", size=1_250_000),
        ),
        Referral(coded("Verwijsbrief"), at("2024-02-01"), OWN_GP, coded("Dermatologie"), is_open=False),
    ),
    Section.ALLERGIES: (
        Allergy(coded("Noten"), reactions=(coded("Urticaria"),), criticality=coded("Mild", "255604002")),
        Allergy(
            coded("Amoxicilline"),
            coded("Medicatie"),
            coded("Ernstig", "24484000"),
            (coded("Anafylaxie"), coded("Urticaria")),
            recorded=at("2019-04-05"),
            authorised=True,
            authorised_on=at("2019-04-06"),
            author=INTERNIST,
            remarks=("Reactie binnen 10 minuten na de eerste gift.",),
        ),
        Allergy(MASKED),
        Allergy(coded("Penicilline"), negated=True),
        Allergy(coded("Latex"), status="nullified"),
    ),
    Section.CONDITIONS: (Problem(coded("Obesitas"), begins=Moment(PartialDate(2012))),),
    Section.DIAGNOSES: (
        Problem(
            coded("Pneumonie"),
            clinical_status=coded("Niet actueel", "73425007"),
            begins=at("2026-03-01"),
            ends=at("2026-04-01"),
            specialism=INTERNAL_MEDICINE,
            performer=INTERNIST,
        ),
        Problem(
            coded("Diabetes mellitus type 2"),
            clinical_status=coded("Actueel", "55561003"),
            begins=Moment(PartialDate(2015, 3)),
            specialism=INTERNAL_MEDICINE,
            performer=INTERNIST,
        ),
        Problem(coded("Longembolie"), negated=True, begins=at("2026-03-01")),
    ),
    Section.SUBSTANCE_USE: (
        SubstanceUse(
            coded("Tabak"), coded("Dagelijks"), quantity("10", "sigaretten/dag"), begins=at("2000-01-01")
        ),
        SubstanceUse(coded("Alcohol"), coded("Geen"), begins=at("2020-02-02")),
    ),
    Section.CONTRAINDICATIONS: (Alert(coded("Nierfunctie verminderd"), begins=at("2025-01-01")),),
    Section.IMPLANTS: (
        Device(
            coded("Heupprothese, ongecementeerd"),
            ("(01)08712345678906",),
            (CodedText(display="heup", laterality=coded("links")),),
            at("2021-05-06"),
            indications=(coded("Coxartrose"),),
            performer=Party("K. Visser"),
        ),
    ),
    Section.MATERIALS: (Device(coded("Blaaskatheter"), begins=at("2026-03-01"), ends=at("2026-03-03")),),
    Section.FUNCTIONAL_STATUS: (
        FunctionalStatus(
            coded("Lopen"),
            ResultValue(ValueKind.CODED, "Zelfstandig met hulpmiddel"),
            at("2026-03-02"),
            (coded("Rollator"),),
        ),
    ),
    Section.DEVICES: (
        Device(
            coded("Hoortoestel"),
            sites=(CodedText(display="Oor", laterality=coded("rechts")),),
            begins=at("2020-01-01"),
        ),
    ),
    Section.MEDICATION: (
        medicine("Metoprolol retard 50 mg", reasons=(coded("Hypertensie"),)),
        medicine("Acenocoumarol 1 mg", instructions=None, dose=quantity("2.5", "mg"), is_copy=True),
        medicine("Paracetamol 1000 mg i.v.", setting=MedicationSetting.CLINICAL),
        medicine("Semaglutide 0,25 mg", begins=at("2026-12-15"), kind=MedicationKind.DISPENSE),
        medicine("Ibuprofen 400 mg", stop=StopType.DEFINITIVE, ends=at("2026-10-20")),
        medicine("Amoxicilline 500 mg", ends=at("2026-03-11"), duration="7 dagen"),
        medicine("Simvastatine 40 mg", stop=StopType.TEMPORARY, ends=at("2026-11-01")),
    ),
    Section.VACCINATIONS: (
        Vaccination(coded("Influenzavaccin"), at("2026-10-14"), quantity("0.5", "ml"), NURSE),
    ),
    Section.REPORTS: (
        report(at("2026-10-02", "09:25")),
        report(at("2026-11-20", "15:40"), kind=coded("Telefonisch consult"), parts=()),
        report(None, remarks=("Zonder datum overgenomen uit het oude systeem.",)),
    ),
    Section.LETTERS: (
        letter(1, "Ontslagbrief Interne geneeskunde", at("2026-03-05")),
        letter(
            2,
            "Brief polikliniek Cardiologie",
            at("2026-10-09", "10:00"),
            reference=DocumentReference("1.2.3.4", "1.2.3.4.2", mime_type="text/xml", size=9_500),
        ),
        letter(3, "Brief zonder inhoud", None, reference=None),
    ),
    Section.ALERTS: (
        Alert(
            coded("MRSA-drager"),
            coded("Besmettingsrisico"),
            (coded("Isolatie bij opname"),),
            at("2025-06-01"),
        ),
        Alert(coded("Valrisico"), begins=at("2026-03-01"), ends=at("2026-03-04")),
    ),
    Section.PROCEDURES: (
        Procedure(
            coded("Gastroscopie"), begins=at("2025-08-08", "10:00"), results=(TextPart(None, "Gastritis."),)
        ),
        Procedure(coded("Coloscopie"), Stage.WAITING),
    ),
    Section.NURSING_PROBLEMS: (
        NursingEntry(
            coded("Risico op vallen"),
            at("2026-03-01"),
            value=quantity("3", None),
            goals=(coded("Veilig lopen tijdens de opname"),),
            texts=(TextPart(None, "Loopt onzeker."),),
            author=NURSE,
        ),
    ),
    Section.NURSING_PLAN: (
        NursingEntry(
            coded("Begeleiden bij mobiliseren"),
            at("2026-03-02"),
            texts=(TextPart(None, "Tweemaal per dag."),),
            author=NURSE,
        ),
    ),
    Section.NURSING_NOTES: (
        NursingEntry(
            coded("Avonddienst"),
            at("2026-03-02", "21:30"),
            texts=(TextPart(None, "Rustige avond.\nGoed gegeten."),),
            author=NURSE,
        ),
    ),
    Section.DIET_ADVICE: (
        DietEntry(coded("Energieverrijkt dieet"), at("2026-03-02"), consistency=coded("Gemalen")),
    ),
    Section.DIET_AGREEMENTS: (
        DietEntry(coded("Vochtbeperking"), at("2026-03-02"), texts=(TextPart(None, "1500 ml per dag"),)),
    ),
    Section.TREATMENT_RESTRICTIONS: (
        TreatmentRestriction(
            coded("Reanimatie"),
            coded("Niet uitvoeren"),
            at("2026-03-01"),
            (Party("Patiënt"), Party("E. de Wit")),
            wills=(coded("Niet-reanimerenverklaring"),),
            author=INTERNIST,
        ),
        TreatmentRestriction(coded("Beademing"), coded("Uitvoeren"), at("2019-01-01"), ends=at("2020-01-01")),
    ),
    Section.TEAM_MEETINGS: (
        report(at("2026-06-10"), kind=coded("MDO oncologie"), parts=(TextPart(None, "Besproken."),)),
    ),
}
"""By section; a section of the results that is not here has a module of its own."""

OUTCOMES: dict[Section, Outcome[RecordEntry]] = {
    section: Outcome.of(entries, NOW) for section, entries in ENTRIES.items()
} | {Section.LABORATORY: LABORATORY}
