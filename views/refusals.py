"""The pages without data: why nothing is shown, and what to do next (interface.md §4.9, D5).

A page names its code, reference, time and the hospital's contact; never a cause, a BSN or a name.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from context.codes import RefusalCode
from context.hospital import ConsentHelp, Contact, Hospital
from views.dates import present_instant
from views.rendering import render
from views.texts import Texts, default_texts


class PageFamily(StrEnum):
    """One page each: L for a refused launch, S for a session that is over or a page that is not there,
    NOT_OPEN for a context this browser may not know of, NEUTRAL when no hospital is known."""

    L01 = "L01"
    L02 = "L02"
    L03 = "L03"
    L04 = "L04"
    L05 = "L05"
    L06 = "L06"
    L07 = "L07"
    L09 = "L09"
    L10 = "L10"
    L11 = "L11"
    L12 = "L12"
    L13 = "L13"
    L14 = "L14"
    S01 = "S01"
    S02 = "S02"
    S03 = "S03"
    S04 = "S04"
    S05 = "S05"
    NOT_OPEN = "NOT_OPEN"
    NEUTRAL = "NEUTRAL"


_FAMILIES: dict[PageFamily, str] = {
    PageFamily.L01: "L100 L101 L102 L103 L501",
    PageFamily.L02: "L105 L201 L202 L203 L204 L205 L206 L207 L208 L209 L210 L301 L303 L406 L407",
    PageFamily.L03: "L401 L402 L403 L404",
    PageFamily.L04: "L405",
    PageFamily.L05: "L502",
    PageFamily.L06: "L601 L602",
    PageFamily.L07: "L603",
    PageFamily.L09: "L604",
    PageFamily.L10: "L304 L305 L503 L504 L505 L506",
    PageFamily.L11: "L302",
    PageFamily.L12: "L701 L702 L703 L704",
    PageFamily.L13: "L104",
}
_BY_CODE = {RefusalCode(code): family for family, codes in _FAMILIES.items() for code in codes.split()}
_WITHOUT_CODE = frozenset({PageFamily.NOT_OPEN, PageFamily.NEUTRAL})


@dataclass(frozen=True, slots=True)
class RefusalPage:
    """The page model: Dutch sentences, ready to print. Empty texts are left out."""

    family: str
    title: str
    text: str
    advice: str
    extra: str
    code: str
    reference: str
    moment: str
    moment_iso: str
    hospital_name: str
    contact: Contact | None
    consent_help: ConsentHelp | None
    link: str
    retry_url: str | None


def family_of(code: RefusalCode) -> PageFamily:
    """The page on which a code is shown (architecture.md §5)."""
    return _BY_CODE[code]


def render_refusal(
    hospital: Hospital | None,
    family: PageFamily,
    code: RefusalCode | None,
    reference: str,
    now: datetime,
    retry_url: str | None,
) -> str:
    """The whole HTML page, within a request.

    :param hospital: None only when the request is for no hospital.
    :param code: None when the page's own name is code enough.
    :param reference: ``XXXX-XXXX``.
    :param now: aware UTC.
    :param retry_url: where asking again may help; None when only the tile helps.
    """
    page = present_refusal(hospital, family, code, reference, now, retry_url)
    return render("refusal.html", page=page)


def present_refusal(
    hospital: Hospital | None,
    family: PageFamily,
    code: RefusalCode | None,
    reference: str,
    now: datetime,
    retry_url: str | None,
) -> RefusalPage:
    """The page model; parameters as ``render_refusal``. Same answer, same page: nothing here depends
    on the cause, only on the family (D5)."""
    texts = default_texts()
    name = hospital.name if hospital else ""
    shown_code = code.value if code else ("" if family in _WITHOUT_CODE else family.value)
    return RefusalPage(
        family=family.value,
        title=texts(f"refusal.{family}.title", hospital=name),
        text=texts(f"refusal.{family}.text", hospital=name),
        advice=texts(f"refusal.{family}.next", hospital=name),
        extra=_optional(texts, f"refusal.{family}.extra", name),
        code=texts("refusal.code", code=shown_code) if shown_code else "",
        reference=reference,
        moment=present_instant(now, texts),
        moment_iso=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        hospital_name=name,
        contact=hospital.contact if hospital else None,
        consent_help=hospital.consent_help if hospital and family is PageFamily.L07 else None,
        link=_optional(texts, f"refusal.{family}.link", name) if retry_url else "",
        retry_url=retry_url,
    )


def _optional(texts: Texts, key: str, hospital_name: str) -> str:
    return texts(key, hospital=hospital_name) if texts.find(key) else ""
