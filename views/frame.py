"""What stands around every page with data: hospital bar, tabs, notices, footer (interface.md §4.2). Pure."""

from dataclasses import dataclass

from context.consent import Scope
from context.hospital import Contact, Hospital
from context.launch import VerifiedLaunch
from views import url_words
from views.catalogue.items import items_of
from views.catalogue.model import Item, PageRequest, Tab
from views.dates import present_instant, present_time
from views.links import Links
from views.refusals import PageFamily
from views.texts import Texts

# A window without JavaScript asks once more when its time is over; a little later, so that it is over.
_AFTER_THE_END_SECONDS = 5
# D17; a hospital with a very short idle time is warned halfway.
_WARN_SECONDS = 60
_ENDED_NOTICES = {
    "replaced": PageFamily.S02,
    "expired": PageFamily.S01,
    "closed": PageFamily.S03,
    "unknown": PageFamily.NOT_OPEN,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a menu.

    :param url: None for one that cannot be opened; then ``note`` says why.
    """

    label: str
    url: str | None
    current: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """Entries of the second level under one heading. :param heading: empty where a tab has no groups."""

    heading: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class EndedNotice:
    """What stands in the window when its context has ended. :param phase: as ``status`` names it."""

    phase: str
    title: str
    text: str
    advice: str


@dataclass(frozen=True, slots=True)
class Life:
    """How long the window may show its page (D17).

    :param idle_minutes: without activity. :param ends_at: whatever happens, HH:MM in Europe/Amsterdam.
    :param seconds_left, seconds_in_all: from now until the one and the other.
    :param warn_seconds: how long before its end the window warns.
    :param refresh_seconds: when a window without JavaScript turns to ``links.idle``.
    """

    idle_minutes: int
    ends_at: str
    seconds_left: int
    seconds_in_all: int
    warn_seconds: int
    refresh_seconds: int


@dataclass(frozen=True, slots=True)
class Paper:
    """What concerns printing (feature F04).

    :param chosen: this page is made to be printed.
    :param allowed: the hospital lets its pages be printed.
    :param url: the same page on paper, or back on the screen when it is ``chosen``.
    :param line: who prints it, and as of when; it stands on every sheet.
    :param page: the page's name, for the record that a browser prints it.
    """

    chosen: bool
    allowed: bool
    url: str
    line: str
    page: str


@dataclass(frozen=True, slots=True)
class Frame:
    """:param title: for ``<title>``; no name, no BSN (D8).
    :param menu: the pages of the current tab; empty when it has only one.
    :param limited: a notice, set when consent covers Patiëntinformatie only (feature B02).
    """

    title: str
    heading: str
    hospital_name: str
    opened_from: str
    user_name: str
    tabs: tuple[Entry, ...]
    menu: tuple[MenuGroup, ...]
    notice: str
    limited: str
    contact: Contact
    reference: str
    links: Links
    life: Life
    paper: Paper
    ended_notices: tuple[EndedNotice, ...]


def present_frame(request: PageRequest) -> Frame:
    """The frame of one page."""
    hospital, opened, texts = request.hospital, request.opened, request.texts
    limited = opened.scope is Scope.PATIENT_INFORMATION_ONLY
    heading = texts(f"item.{request.item.key}")
    return Frame(
        title=texts("frame.title", page=heading, hospital=hospital.name),
        heading=heading,
        hospital_name=hospital.name,
        opened_from=_opened_from(opened.launch, texts),
        user_name=opened.launch.user.name,
        tabs=_tabs(request),
        menu=_menu(request),
        notice=hospital.notice or "",
        limited=texts("frame.limited") if limited else "",
        contact=hospital.contact,
        reference=opened.reference,
        links=request.links,
        life=_life(request),
        paper=_paper(request),
        ended_notices=tuple(_ended(phase, hospital, texts) for phase in _ENDED_NOTICES),
    )


def _life(request: PageRequest) -> Life:
    idle = request.hospital.idle_minutes * 60
    in_all = max(0, int((request.opened.absolute_ends_at - request.now).total_seconds()))
    left = min(idle, in_all)
    return Life(
        idle_minutes=request.hospital.idle_minutes,
        ends_at=present_time(request.opened.absolute_ends_at),
        seconds_left=left,
        seconds_in_all=in_all,
        warn_seconds=min(_WARN_SECONDS, idle // 2),
        refresh_seconds=left + _AFTER_THE_END_SECONDS,
    )


def _paper(request: PageRequest) -> Paper:
    texts, launch = request.texts, request.opened.launch
    view = {} if request.on_paper else {url_words.VIEW: [url_words.ON_PAPER]}
    role = launch.user.role
    line = texts(
        "paper.printed" if request.on_paper else "paper.shown",
        moment=present_instant(request.now, texts),
        role=texts.find(f"role.{role}") or texts("role.other", code=role),
        practice=_practice(launch, texts),
    )
    return Paper(
        chosen=request.on_paper,
        allowed=request.hospital.display.print_allowed,
        url=request.url(query={**request.query, **view}),
        line=line,
        page=request.item.key,
    )


def _practice(launch: VerifiedLaunch, texts: Texts) -> str:
    return launch.practice.name or texts("frame.practice_by_ura", ura=launch.practice.ura_number)


def _opened_from(launch: VerifiedLaunch, texts: Texts) -> str:
    his = launch.his_product or launch.vendor_name
    return texts("frame.opened_from", his=his, practice=_practice(launch, texts))


def _tabs(request: PageRequest) -> tuple[Entry, ...]:
    """The four tabs, always these, in this order (feature F01). A tab leads to its first page."""
    tabs = []
    for tab in Tab:
        pages = [item for item in items_of(request.hospital) if item.tab is tab and _may_open(request, item)]
        note = "" if pages else request.texts("frame.tab_not_available")
        url = request.url(pages[0]) if pages else None
        tabs.append(Entry(request.texts(f"tab.{tab}"), url, tab is request.item.tab, note))
    return tuple(tabs)


def _menu(request: PageRequest) -> tuple[MenuGroup, ...]:
    """The pages of the current tab under their headings, in the hospital's order (features D29, X08)."""
    items = [item for item in items_of(request.hospital) if item.tab is request.item.tab]
    if len(items) < 2:
        return ()
    groups: dict[str, list[Entry]] = {}
    for item in items:
        grouped = item.group is not None and request.hospital.display.item_groups
        heading = request.texts(f"group.{item.group}") if grouped else ""
        current = item is request.item or request.item in item.below
        entry = Entry(request.texts(f"item.{item.key}"), request.url(item), current)
        groups.setdefault(heading, []).append(entry)
    return tuple(MenuGroup(heading, tuple(entries)) for heading, entries in groups.items())


def _may_open(request: PageRequest, item: Item) -> bool:
    return request.opened.scope is Scope.FULL or not item.needs_consent


def _ended(phase: str, hospital: Hospital, texts: Texts) -> EndedNotice:
    family = _ENDED_NOTICES[phase]
    return EndedNotice(
        phase=phase,
        title=texts(f"refusal.{family}.title", hospital=hospital.name),
        text=texts(f"refusal.{family}.text", hospital=hospital.name),
        advice=texts(f"refusal.{family}.next", hospital=hospital.name),
    )
