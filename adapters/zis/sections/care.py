"""Contacts, procedures and referrals (zib Contact, Verrichting)."""

import re
from typing import Any

from adapters.zis.sections.entry_map import EntryMap
from adapters.zis.sections.fields import (
    Field,
    all_coded,
    begin,
    coded,
    end,
    first,
    moment,
    party,
    place,
    stage,
    status_of,
)
from adapters.zis.sections.linked import by_code, by_kind, concept, concepts, headed_texts
from adapters.zis.sections.products import participating_products
from adapters.zis.sections.statement import Link, Statement
from context.records import CodedText, Encounter, Party, Procedure, Referral

ACT_CODE = "2.16.840.1.113883.5.4"
_EMERGENCY = frozenset({"EMER"})
_ADMISSION = frozenset({"IMP", "ACUTE", "NONAC", "SS", "OBSENC", "PRENC"})
_OUTPATIENT = frozenset({"AMB", "HH", "FLD", "VR"})

_PERFORMERS: Field = party(
    "performer", "responsibleParty", participants=("PRF", "PPRF", "SPRF", "ATND", "DIS", "ADM", "RESP", "CON")
)
_REASONS = concepts(by_kind("RSON"))
_ZORGDOMEIN_NUMBER = re.compile(r"ZD\d{6,12}", re.ASCII)
_TRIAGE = by_code("54094-8", "273887006", "11283-9")


def _class_of(statement: Statement) -> str | None:
    """The ActCode class of an encounter, from its code or a translation of it."""
    for element in statement.parts.get("code", []):
        for each in (element, *element):
            code = (each.get("code") or "").strip()
            if code in _EMERGENCY | _ADMISSION | _OUTPATIENT:
                return code
    return None


def _no_encounter(statement: Statement) -> bool:
    """QED's PSVCCAT and ALLCAT answers hold procedures and more beside the encounters (zis.md §7)."""
    return statement.kind in {"procedure", "observation", "substanceAdministration", "supply"}


def _encounters(own: frozenset[str]) -> EntryMap[Encounter]:
    """Encounters whose class is one of ``own``, or which say no class at all.

    An encounter is left out only when its class says that another section shows it.
    """
    elsewhere = (_EMERGENCY | _ADMISSION | _OUTPATIENT) - own

    def apart(statement: Statement) -> bool:
        return _no_encounter(statement) or (
            statement.kind == "encounter" and _class_of(statement) in elsewhere
        )

    return EntryMap(
        entry=Encounter,
        title=None,
        statements=frozenset({"encounter", "act"}),
        fields={
            "kind": coded("code"),
            "stage": stage,
            "begins": begin,
            "ends": end,
            "performer": _PERFORMERS,
            "department": _department,
            "location": place,
            "triage": first(coded("priorityCode"), concept(_TRIAGE)),
            "origin": coded("admissionReferralSourceCode"),
            "destination": coded("dischargeDispositionCode"),
            "reasons": _reasons,
        },
        apart=apart,
        finish=_specialism_of_performer,
    )


def _department(statement: Statement) -> str | None:
    """Who runs the ward or clinic."""
    found: Party | None = party("serviceProvider")(statement)
    return (found.organisation or found.name) if found is not None else None


def _reasons(statement: Statement) -> tuple[CodedText, ...]:
    return (*all_coded("reasonCode")(statement), *_REASONS(statement))


def _specialism_of_performer(values: dict[str, Any]) -> None:
    performer: Party | None = values["performer"]
    values["specialism"] = performer.specialism if performer is not None else None


APPOINTMENTS = _encounters(_OUTPATIENT)
ADMISSIONS = _encounters(_ADMISSION)
EMERGENCY_VISITS = _encounters(_EMERGENCY)


def _no_procedure(statement: Statement) -> bool:
    """QED's PSVCCAT answers hold the encounters too."""
    return statement.kind in {"encounter", "supply"}


def _is_result(link: Link) -> bool:
    """What was found or how it went, told below the procedure."""
    statement = link.statement
    below = link.kind in {"RSLT", "SPRT", "OUTC", "COMP", ""}
    return below and statement.kind in {"observation", "act"} and not statement.is_comment


PROCEDURES: EntryMap[Procedure] = EntryMap(
    entry=Procedure,
    title="procedure",
    statements=frozenset({"procedure", "act", "observation"}),
    fields={
        "procedure": coded("code"),
        "stage": stage,
        "begins": begin,
        "ends": end,
        "performer": _PERFORMERS,
        "method": coded("methodCode"),
        "sites": all_coded("targetSiteCode", "approachSiteCode"),
        "location": place,
        "indications": concepts(by_kind("RSON")),
        "materials": participating_products,
        "results": headed_texts(_is_result),
    },
    apart=_no_procedure,
    finish=_specialism_of_performer,
)


def _is_open(statement: Statement) -> bool | None:
    """A referral is open until it is completed or withdrawn."""
    status = status_of(statement)
    if status in {"active", "new", "held", "suspended"}:
        return True
    return False if status in {"completed", "cancelled", "aborted", "nullified", "obsolete"} else None


def _number(statement: Statement) -> str | None:
    """The ZorgDomein number, among the ids: of ZorgDomein by the name of its authority, or by its form.

    Any other id is the hospital's own, and nobody at ZorgDomein knows it.
    """
    for element in statement.parts.get("id", ()):
        number = (element.get("extension") or "").strip()
        authority = (element.get("assigningAuthorityName") or "").strip().casefold()
        if number and (authority == "zorgdomein" or _ZORGDOMEIN_NUMBER.fullmatch(number)):
            return number
    return None


def _referred_by_author(values: dict[str, Any]) -> None:
    """Who is referred to gives the specialism; whoever wrote the referral is the referrer, unless another
    is named."""
    recipient: Party | None = values["recipient"]
    values["specialism"] = recipient.specialism if recipient is not None else None
    values["referrer"] = values["referrer"] or values["author"]


REFERRALS: EntryMap[Referral] = EntryMap(
    entry=Referral,
    title=None,
    statements=frozenset({"act", "encounter", "procedure", "observation"}),
    fields={
        "kind": coded("code"),
        "referred": moment,
        "recipient": _PERFORMERS,
        "referrer": party("informant", participants=("REF", "REFB", "AUT")),
        "number": _number,
        "is_open": _is_open,
        "reasons": _reasons,
    },
    finish=_referred_by_author,
)
