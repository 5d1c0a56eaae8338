"""What stands around every page with data: hospital bar, tabs, notices, footer (interface.md §4.2). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from context.consent import Scope
from context.hospital import Contact, Hospital
from context.launch import VerifiedLaunch
from context.records import Section
from context.session import OpenContext
from views.refusals import PageFamily
from views.texts import Texts

# A window without JavaScript asks once more when its time is over; a little later, so that it is over.
_AFTER_THE_END_SECONDS = 5
_ENDED_NOTICES = {
    "replaced": PageFamily.S02,
    "expired": PageFamily.S01,
    "closed": PageFamily.S03,
    "unknown": PageFamily.NOT_OPEN,
}


class Page(StrEnum):
    """The pages with data, by their name in the audit trail."""

    PATIENT_INFORMATION = "patient_information"
    LABORATORY = "laboratory"


_TABS: Mapping[str, Page | None] = {
    "patientinformatie": Page.PATIENT_INFORMATION,
    "zorgmomenten": None,
    "dossier": None,
    "uitslagen": Page.LABORATORY,
}


@dataclass(frozen=True, slots=True)
class Links:
    """URLs below the context: by page, and the start page, status, close and idle pages."""

    pages: Mapping[Page, str]
    start: str
    status: str
    extend: str
    close: str
    idle: str


@dataclass(frozen=True, slots=True)
class Tab:
    """:param url: None for a tab that cannot be opened; then ``note`` says why."""

    label: str
    url: str | None
    current: bool
    note: str


@dataclass(frozen=True, slots=True)
class EndedNotice:
    """What stands in the window when its context has ended. :param phase: as ``status`` names it."""

    phase: str
    title: str
    text: str
    advice: str


@dataclass(frozen=True, slots=True)
class Frame:
    """:param title: for ``<title>``; no name, no BSN (D8).
    :param limited: a notice, set when consent covers Patiëntinformatie only (feature B02).
    :param refresh_seconds: when a window without JavaScript turns to ``links.idle``.
    """

    title: str
    heading: str
    hospital_name: str
    opened_from: str
    user_name: str
    tabs: tuple[Tab, ...]
    notice: str
    limited: str
    contact: Contact
    reference: str
    links: Links
    idle_minutes: int
    refresh_seconds: int
    ended_notices: tuple[EndedNotice, ...]


def present_frame(
    hospital: Hospital, opened: OpenContext, page: Page, links: Links, now: datetime, texts: Texts
) -> Frame:
    """The frame of one page, at a moment (aware UTC)."""
    heading = texts("item.lab") if page is Page.LABORATORY else texts("tab.patientinformatie")
    limited = opened.scope is Scope.PATIENT_INFORMATION_ONLY
    idle = min(hospital.idle_minutes * 60, int((opened.absolute_ends_at - now).total_seconds()))
    return Frame(
        title=texts("frame.title", page=heading, hospital=hospital.name),
        heading=heading,
        hospital_name=hospital.name,
        opened_from=_opened_from(opened.launch, texts),
        user_name=opened.launch.user.name,
        tabs=_tabs(hospital, opened.scope, page, links, texts),
        notice=hospital.notice or "",
        limited=texts("frame.limited") if limited else "",
        contact=hospital.contact,
        reference=opened.reference,
        links=links,
        idle_minutes=hospital.idle_minutes,
        refresh_seconds=max(0, idle) + _AFTER_THE_END_SECONDS,
        ended_notices=tuple(_ended(phase, hospital, texts) for phase in _ENDED_NOTICES),
    )


def _opened_from(launch: VerifiedLaunch, texts: Texts) -> str:
    practice = launch.practice.name or texts("frame.practice_by_ura", ura=launch.practice.ura_number)
    his = launch.his_product or launch.vendor_name
    return texts("frame.opened_from", his=his, practice=practice)


def _tabs(hospital: Hospital, scope: Scope, page: Page, links: Links, texts: Texts) -> tuple[Tab, ...]:
    """The four tabs, always these, in this order (feature F01)."""
    tabs = []
    for name, target in _TABS.items():
        allowed = target is Page.PATIENT_INFORMATION or scope is Scope.FULL
        offered = target is not Page.LABORATORY or Section.LABORATORY in hospital.sections
        if not allowed or not offered:
            url, note = None, texts("frame.tab_not_available")
        elif target is None:
            url, note = None, texts("frame.tab_not_built")
        else:
            url, note = links.pages[target], ""
        tabs.append(Tab(texts(f"tab.{name}"), url, current=target is page, note=note))
    return tuple(tabs)


def _ended(phase: str, hospital: Hospital, texts: Texts) -> EndedNotice:
    family = _ENDED_NOTICES[phase]
    return EndedNotice(
        phase=phase,
        title=texts(f"refusal.{family}.title", hospital=hospital.name),
        text=texts(f"refusal.{family}.text", hospital=hospital.name),
        advice=texts(f"refusal.{family}.next", hospital=hospital.name),
    )
