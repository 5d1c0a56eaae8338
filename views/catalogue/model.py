"""What a page is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from context.documents import OpenedDocument
from context.hospital import Hospital
from context.outcome import Outcome
from context.records import RecordEntry, Section
from context.session import OpenContext
from views.links import Links, Query
from views.panel import PanelFacts
from views.texts import Texts
from views.url_words import PART

Outcomes = Mapping[Section, Outcome[RecordEntry]]


class Tab(StrEnum):
    """The four tabs above every page, in this order (feature F01)."""

    PATIENT_INFORMATION = "patientinformatie"
    CARE_MOMENTS = "zorgmomenten"
    RECORD = "dossier"
    RESULTS = "uitslagen"


class Group(StrEnum):
    """The headings of the second level (features D29, D30)."""

    MEDICAL = "medical"
    REPORTS = "reports"
    NURSING = "nursing"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One request for one page: who looks at whom, when, and with which choices.

    :param now: aware UTC. :param query: the parameters of the URL; they may hold anything.
    :param texts: with the hospital's own labels.
    :param document: what was opened, for the page of a document.
    :param part: what stands in the path in the place of ``<part>``: lower-case letters and digits.
    :param on_paper: the page is made to be printed: nothing on it can be pressed.
    """

    hospital: Hospital
    opened: OpenContext
    item: "Item"
    now: datetime
    query: Query
    links: Links
    texts: Texts
    part: str = ""
    document: OpenedDocument | None = None
    on_paper: bool = False

    @property
    def framed(self) -> bool:
        """Whether the page stands in a frame of the HIS, where a document is saved and not opened (D2)."""
        return bool(self.opened.launch.frame_origins)

    def url(self, item: "Item | None" = None, query: Query | None = None, part: str = "") -> str:
        """URL of an item's page; of this one when None."""
        return self.links.to((item or self.item).path.replace(PART, part or self.part), query)

    def facts(self, section: str, inline: str) -> PanelFacts:
        """What the sentences of a panel name. :param section, inline: its name at the start of a sentence
        and in the middle of one."""
        contact = self.hospital.contact
        return PanelFacts(
            section=section,
            inline=inline,
            hospital=self.hospital.name,
            source=self.hospital.zis.source_name,
            contact=contact.phone or contact.email or contact.name,
            reference=self.opened.reference,
        )

    @property
    def panels(self) -> "tuple[PanelSpec, ...]":
        """The panels of the page at this hospital."""
        return self.item.panels_at(self.hospital)

    @property
    def sections(self) -> tuple[Section, ...]:
        """Every section that the page shows at this hospital, each once, in order."""
        return tuple(dict.fromkeys(section for panel in self.panels for section in panel.sections))

    def at(self, now: datetime) -> "PageRequest":
        """The same request at a later moment: a panel is presented when its sections are there."""
        return replace(self, now=now)


Present = Callable[["PanelSpec", PageRequest, Outcomes], Mapping[str, object]]


def _always(hospital: Hospital) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class PanelSpec:
    """One panel of a page: it is shown as soon as all its sections are there.

    :param key: stable name; the texts ``panel_title.<key>`` and ``inline.<key>`` name it on the screen.
    :param present: makes the values of the template; pure.
    :param shown: whether a hospital has this panel, beside serving one of its sections.
    """

    key: str
    sections: tuple[Section, ...]
    present: Present
    template: str
    shown: Callable[[Hospital], bool] = _always


@dataclass(frozen=True, slots=True)
class Item:
    """One page.

    :param key: its name in hospital files and in the audit trail; the text ``item.<key>`` is its label.
    :param path: below the context, in Dutch words.
    :param needs_consent: False for what may be seen without it (feature B02).
    :param scripts: own files of ``static/``.
    :param below: pages that are reached from this one and stand in no menu. The path of each ends in
        ``<part>``, a word that tells nothing: URLs end up in histories.
    """

    key: str
    tab: Tab
    path: str
    panels: tuple[PanelSpec, ...]
    group: Group | None = None
    needs_consent: bool = True
    scripts: tuple[str, ...] = ()
    below: tuple["Item", ...] = ()

    def panels_at(self, hospital: Hospital) -> tuple[PanelSpec, ...]:
        """The panels that a hospital has."""
        return tuple(
            panel
            for panel in self.panels
            if panel.shown(hospital) and (not panel.sections or hospital.sections & set(panel.sections))
        )

    @property
    def sections(self) -> tuple[Section, ...]:
        """Every section that the page can show, each once, in order."""
        return tuple(dict.fromkeys(section for panel in self.panels for section in panel.sections))
