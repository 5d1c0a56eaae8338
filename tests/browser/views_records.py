"""Domain objects for tests of the screen: one synthetic patient, one hospital, laboratory results."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

from context.bsn import Bsn
from context.consent import Scope
from context.hospital import ConsentHelp, Contact, Environment, Hospital
from context.launch import Practice, User, VerifiedLaunch
from context.outcome import FailureCause, Outcome
from context.person import (
    Address,
    AddressPart,
    CareProvider,
    CareProviderKind,
    Coverage,
    Gender,
    HumanName,
    Identifier,
    Moment,
    NamePart,
    NamePartKind,
    PartialDate,
    Patient,
    Telecom,
)
from context.records import (
    Allergy,
    CodedText,
    LabResult,
    RecordEntry,
    ReferenceRange,
    ResultValue,
    Section,
    ValueKind,
)
from context.session import OpenContext
from context.zis import ZisConnection

NOW = datetime(2026, 11, 22, 13, 3, 20, tzinfo=UTC)
"""14:03 in Amsterdam."""

BSN = Bsn("999990019")
NUMBERS = "2.16.840.1.113883.2.4.3.7.1"
AGB = "2.16.840.1.113883.2.4.6.1"

CWZ = Hospital(
    slug="cwz",
    name="CWZ",
    base_url="http://127.0.0.1",
    environment=Environment.TEST,
    ura_number="90000101",
    contact=Contact("CWZ Zorgverlenersportaal", "024 000 00 00", "zvp@cwz.example", "ma-vr 8.30-17.00 uur"),
    consent_help=ConsentHelp(
        "MijnCWZ > Mijn gegevens > Toestemmingen > Zorgverlenersportaal",
        "https://www.cwz.nl/mijncwz/toestemming-en-bezwaar",
    ),
    zis=ZisConnection("http://zis/", "http://zis/consent", "1.2.3", "1.2.4", NUMBERS, "ZIS van CWZ"),
)
SAXENBURGH = replace(
    CWZ,
    slug="saxenburgh",
    name="Saxenburgh",
    labels={"tab.zorgmomenten": "Zorgafspraken", "item.laboratory": "Laboratorium uitslagen"},
    notice="Zondag 29 november van 06.00 tot 08.00 uur is het portaal dicht voor onderhoud.",
)


def name(*parts: tuple[str, str] | tuple[str, str, str]) -> HumanName:
    """``name(("given", "Anna"), ("prefix", "de", "VV"), ("family", "Vries", "SP"))``."""
    built = [NamePart(NamePartKind(p[0]), p[1], tuple(p[2].split()) if len(p) > 2 else ()) for p in parts]
    return HumanName(tuple(built), ("L",))


ANNA = name(
    ("given", "Anna Maria", "BR"),
    ("given", "Anneke", "CL"),
    ("family", "Jansen", "BR"),
    ("prefix", "de ", "VV"),
    ("family", "Vries", "SP"),
)


def address(street: str, number: str, postal_code: str, city: str, use: str = "HP") -> Address:
    parts = (("streetName", street), ("houseNumber", number), ("postalCode", postal_code), ("city", city))
    return Address(tuple(AddressPart(*part) for part in parts), (use,))


PATIENT = Patient(
    bsn=BSN,
    names=(ANNA,),
    birth_date=PartialDate(1961, 3, 14),
    gender=Gender.FEMALE,
    hospital_numbers=(Identifier("9.9.9", "555"), Identifier(NUMBERS, "1234567")),
    addresses=(address("Lange Hezelstraat", "12 a", "6511 CK", "Nijmegen"),),
    telecoms=(Telecom("tel:+31240000001", ("HP",)), Telecom("tel:+31600000001", ("MC",))),
    care_providers=(
        CareProvider(
            CareProviderKind.GP,
            (Identifier(AGB, "01000001"),),
            name(("given", "P", "IN"), ("family", "Bakker")),
            "Huisartsenpraktijk De Linde",
            (address("Dorpsstraat", "1", "6500 AA", "Nijmegen", "WP"),),
            (Telecom("tel:+31240000002", ("WP",)),),
        ),
        CareProvider(CareProviderKind.PHARMACY, (), None, "Apotheek De Vijzel"),
    ),
    coverages=(Coverage("Zorgverzekeraar Voorbeeld", "9999", None, PartialDate(2026, 1, 1)),),
)

LAUNCH = VerifiedLaunch(
    hospital="cwz",
    issuer="https://his.example",
    his="viplive",
    token_form="jwt",
    token_id="t-1",
    expires_at=NOW,
    received_at=NOW,
    bsn=BSN,
    birth_date=PartialDate(1961, 3, 14),
    user=User("u-1", "P. Bakker", "01.015", "s|1"),
    practice=Practice("12345678", "Huisartsenpraktijk De Linde"),
    vendor_name="VIPLive",
)


def opened(patient: Patient = PATIENT, scope: Scope = Scope.FULL, context_id: str = "ok") -> OpenContext:
    return OpenContext(
        context_id=context_id,
        reference="7K2M-9XQ4",
        hospital="cwz",
        scope=scope,
        categories=frozenset({"GGC002"}),
        launch=LAUNCH,
        patient=patient,
        opened_at=NOW,
        last_active_at=NOW,
        patient_fetched_at=NOW,
        idle_ends_at=NOW + timedelta(minutes=15),
        absolute_ends_at=NOW + timedelta(hours=4),
        consent_at=NOW,
    )


def quantity(text: str, unit: str | None = "mmol/l", comparator: str = "") -> ResultValue:
    return ResultValue(ValueKind.QUANTITY, text, unit, comparator)


def at(day: str, time: str | None = None) -> Moment:
    """``at("2026-11-01", "08:30")``; the time is UTC."""
    year, month, date_ = map(int, day.split("-"))
    instant = datetime.fromisoformat(f"{day}T{time}+00:00") if time else None
    return Moment(PartialDate(year, month, date_), instant)


def lab(
    test: str = "Kalium",
    value: ResultValue | str = "4.1",
    taken: Moment | None = None,
    *,
    flags: tuple[str, ...] = (),
    reference: tuple[str | None, str | None] | None = ("3.5", "5.1"),
    code: str | None = None,
    material: str | None = None,
    group: str | None = None,
    status: str | None = "completed",
    remarks: tuple[str, ...] = (),
) -> LabResult:
    return LabResult(
        test=CodedText(code or f"c-{test}", "lab", test),
        value=quantity(value) if isinstance(value, str) else value,
        taken=taken or at("2026-11-01"),
        flags=flags,
        references=(ReferenceRange(reference[0], reference[1]),) if reference else (),
        material=CodedText(None, None, material) if material else None,
        group=CodedText(None, None, group) if group else None,
        status=status,
        remarks=remarks,
    )


_ANALYTES = (
    ("Hemoglobine", "mmol/l", "7.5", "10.0", "Hematologie"),
    ("Hematocriet", "l/l", "0.36", "0.47", "Hematologie"),
    ("MCV", "fl", "80", "100", "Hematologie"),
    ("Leukocyten", "10*9/l", "4.0", "10.0", "Hematologie"),
    ("Trombocyten", "10*9/l", "150", "400", "Hematologie"),
    ("Natrium", "mmol/l", "135", "145", "Klinische chemie"),
    ("Kalium", "mmol/l", "3.5", "5.1", "Klinische chemie"),
    ("Kreatinine", "µmol/l", "50", "100", "Klinische chemie"),
    ("eGFR (CKD-EPI)", "ml/min/1,73m2", "60", None, "Klinische chemie"),
    ("Glucose (nuchter)", "mmol/l", "4.0", "6.0", "Klinische chemie"),
    ("HbA1c", "mmol/mol", "20", "42", "Klinische chemie"),
    ("ALAT", "U/l", None, "34", "Klinische chemie"),
    ("ASAT", "U/l", None, "31", "Klinische chemie"),
    ("Gamma-GT", "U/l", None, "38", "Klinische chemie"),
    ("LDL-cholesterol", "mmol/l", None, "3.0", "Klinische chemie"),
    ("TSH", "mU/l", "0.4", "4.0", "Endocrinologie"),
)
_TAKEN = tuple(date(2026, 11, 1) - timedelta(days=24 * step) for step in range(31))


def many_results(count: int = 400) -> tuple[LabResult, ...]:
    """``count`` plausible results on at most 31 dates, with everything that a cell can hold among them."""
    found = list(_odd_results())
    for number in range(count - len(found)):
        test, unit, low, high, group = _ANALYTES[number % len(_ANALYTES)]
        day = _TAKEN[(number // len(_ANALYTES)) % len(_TAKEN)]
        middle = (float(low or high or 1) + float(high or low or 1)) / 2
        shift = 0.72 + 0.07 * ((number * 7) % 9)
        places = len((low or high or "1").partition(".")[2])
        amount = middle * shift
        flag: tuple[str, ...] = ()
        if low and amount < float(low):
            flag = ("L",) if amount > float(low) * 0.85 else ("LL",)
        elif high and amount > float(high):
            flag = ("H",) if amount < float(high) * 1.15 else ("HH",)
        found.append(
            lab(
                test,
                quantity(f"{amount:.{places}f}", unit),
                Moment(PartialDate(day.year, day.month, day.day)),
                flags=flag,
                reference=(low, high),
                group=group,
                material="serum" if group == "Klinische chemie" else "bloed",
            )
        )
    return tuple(found)


def _odd_results() -> tuple[LabResult, ...]:
    text = ResultValue(ValueKind.TEXT, "Normaal celbeeld zonder aanwijzingen voor een acute leukemie.")
    serum = partial(lab, group="Klinische chemie", material="serum")
    return (
        serum("Kalium", "6.4", at("2026-11-01"), flags=("HH",), remarks=("Monster was hemolytisch.",)),
        serum("CRP", quantity("5", "mg/l", "<"), at("2026-11-01"), reference=(None, "10")),
        serum("Ferritine", ResultValue(ValueKind.PENDING), at("2026-11-01"), reference=None),
        lab("Toxicologie", ResultValue(ValueKind.MASKED), at("2026-11-01"), reference=None),
        lab(
            "Lactaat",
            ResultValue(ValueKind.ABSENT),
            at("2026-11-01"),
            reference=None,
            remarks=("Onvoldoende materiaal",),
        ),
        lab("Celbeeld", text, at("2026-10-08"), reference=None, group="Hematologie"),
        lab("Vitamine D", "41", at("2026-10-08"), flags=("$",), reference=("50", None)),
        lab(
            "Bloedgroep",
            ResultValue(ValueKind.CODED, "A positief"),
            at("2024-02-03"),
            reference=None,
            code="882-1",
        ),
        replace(lab("Kreatinine in urine", "8.1", reference=None, material="urine"), taken=None),
        serum("Natrium", "140", at("2026-11-01", "15:20"), reference=("135", "145"), status="active"),
    )


LABORATORY: Outcome[RecordEntry] = Outcome.of(many_results(400), NOW)


def allergy(
    substance: str | None = "Amoxicilline",
    *,
    negated: bool = False,
    code: str | None = None,
    recorded: str = "",
) -> Allergy:
    return Allergy(
        CodedText(code, None, substance), negated=negated, recorded=at(recorded) if recorded else None
    )


ALLERGIES: Outcome[RecordEntry] = Outcome.of((allergy(), allergy("Noten")), NOW)

Outcomes = dict[Section, Outcome[RecordEntry]]


def outcomes(
    laboratory: Outcome[RecordEntry] = LABORATORY, banner: Outcome[RecordEntry] = ALLERGIES
) -> Outcomes:
    return {Section.ALLERGIES: banner, Section.LABORATORY: laboratory}


FAILED: Outcome[RecordEntry] = Outcome.failed(FailureCause.TIMEOUT)
