"""Synthetic laboratory results, the same for the same patient on the same day.

Names and reference values are those of common Dutch determinations; every value is made up.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One determination as the laboratory wrote it.

    :param value: the literal text, empty for a pending one.
    :param kind: ``quantity``, ``text``, ``coded``, ``bound`` (``comparator`` says which), ``pending`` or
        ``masked``.
    :param taken: aware, Europe/Amsterdam.
    :param flag: HL7 interpretation code, empty inside the reference range.
    :param requester: a word for who asked for it, empty when the laboratory does not say.
    """

    number: str
    code: str
    name: str
    taken: datetime
    value: str = ""
    kind: str = "quantity"
    unit: str = ""
    comparator: str = ""
    low: str = ""
    high: str = ""
    reference_text: str = ""
    flag: str = ""
    material: str = "Bloed"
    group: str = "Klinische chemie"
    remark: str = ""
    requester: str = ""


@dataclass(frozen=True, slots=True)
class _Test:
    code: str
    name: str
    unit: str
    low: float
    high: float
    decimals: int
    group: str = "Klinische chemie"


_TESTS = (
    _Test("59260-0", "Hemoglobine", "mmol/L", 7.5, 10.0, 1, "Hematologie"),
    _Test("20570-8", "Hematocriet", "L/L", 0.36, 0.46, 2, "Hematologie"),
    _Test("787-2", "MCV", "fL", 80, 100, 0, "Hematologie"),
    _Test("6690-2", "Leukocyten", "10*9/L", 4.0, 10.0, 1, "Hematologie"),
    _Test("777-3", "Trombocyten", "10*9/L", 150, 400, 0, "Hematologie"),
    _Test("1988-5", "CRP", "mg/L", 0, 5, 0),
    _Test("2951-2", "Natrium", "mmol/L", 135, 145, 0),
    _Test("2823-3", "Kalium", "mmol/L", 3.5, 5.0, 1),
    _Test("22664-7", "Ureum", "mmol/L", 2.5, 7.5, 1),
    _Test("14682-9", "Kreatinine", "umol/L", 50, 100, 0),
    _Test("14749-6", "Glucose", "mmol/L", 4.0, 7.8, 1),
    _Test("59261-8", "HbA1c", "mmol/mol", 20, 42, 0),
    _Test("1742-6", "ALAT", "U/L", 0, 45, 0),
    _Test("1920-8", "ASAT", "U/L", 0, 35, 0),
    _Test("2324-2", "Gamma-GT", "U/L", 0, 55, 0),
    _Test("6768-6", "Alkalische fosfatase", "U/L", 0, 115, 0),
    _Test("14631-6", "Bilirubine totaal", "umol/L", 0, 17, 0),
    _Test("3016-3", "TSH", "mU/L", 0.4, 4.0, 2),
    _Test("14920-3", "Vrij T4", "pmol/L", 10, 22, 1),
    _Test("22748-8", "LDL-cholesterol", "mmol/L", 0, 3.0, 1),
)
_BY_CODE = {test.code: test for test in _TESTS}


MOST_TESTS = 20


def generate_results(
    seed: str, today: date, *, tests: int, samples: int, count: int | None = None
) -> tuple[Result, ...]:
    """``tests`` times ``samples`` results, newest sample first, about a fortnight apart.

    :param seed: equal seeds give equal results.
    :param tests: 1 to ``MOST_TESTS``, how many determinations each sample has.
    :param count: only the newest so many.
    """
    found = tuple(
        _generate(seed, test, sample, today) for sample in range(samples) for test in _TESTS[:tests]
    )
    return found[:count]


def _generate(seed: str, test: _Test, sample: int, today: date) -> Result:
    day = today - timedelta(days=2 + sample * 16 + int(3 * _chance(seed, "day", sample)))
    minute = int(90 * _chance(seed, "minute", sample))
    taken = datetime.combine(day, time(8, 0), AMSTERDAM) + timedelta(minutes=minute)
    span = test.high - test.low
    number = max(0.0, test.low - 0.15 * span + 1.35 * span * _chance(seed, test.code, sample))
    value = f"{number:.{test.decimals}f}"
    return Result(
        number=f"{taken:%Y%m%d}-{test.code}",
        code=test.code,
        name=test.name,
        taken=taken,
        value=value,
        unit=test.unit,
        low=_bound(test, test.low),
        high=_bound(test, test.high),
        flag=_flag(test, float(value)),
        group=test.group,
    )


def _flag(test: _Test, value: float) -> str:
    if value < test.low:
        return "L"
    return "H" if value > test.high else ""


def _bound(test: _Test, value: float) -> str:
    return f"{value:.{test.decimals}f}"


def _chance(*seed: object) -> float:
    digest = hashlib.sha256("|".join(map(str, seed)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def written_results(rows: Iterable[Mapping[str, Any]], today: date) -> tuple[Result, ...]:
    """Results written out in ``sandbox/personas``; what a row leaves out is the determination's own.

    Each row has ``test`` (LOINC code), ``days_ago`` and ``time``, and any field of :class:`Result`.
    """
    return tuple(_written(index, row, today) for index, row in enumerate(rows))


def _written(index: int, row: Mapping[str, Any], today: date) -> Result:
    rest = {key: value for key, value in row.items() if key not in {"test", "days_ago", "time"}}
    day = today - timedelta(days=row["days_ago"])
    taken = datetime.combine(day, time.fromisoformat(row["time"]), AMSTERDAM)
    test = _BY_CODE.get(row["test"])
    known = Result(number=f"w{index}", code=row["test"], name=row.get("name", ""), taken=taken)
    if test:
        known = replace(
            known,
            name=test.name,
            unit=test.unit,
            low=_bound(test, test.low),
            high=_bound(test, test.high),
            group=test.group,
        )
    return replace(known, **rest)
