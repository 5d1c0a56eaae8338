"""From a request to the parts of a page that streaming sends (``views/streaming.py``)."""

import secrets

from context.outcome import FailureCause, Outcome
from context.records import RecordEntry
from views.banner import HospitalNumbers, present_banner
from views.catalogue.model import Outcomes, PageRequest, PanelSpec
from views.clinical import clinical_sections, present_clinical
from views.dates import local_date
from views.frame import present_frame
from views.panel import present_panel
from views.rendering import render
from views.streaming import Part, Shell

_FAILED: Outcome[RecordEntry] = Outcome.failed(FailureCause.FAULT)
_PENDING = ("allergies", "restriction", "alerts")


def make_shell(request: PageRequest) -> Shell:
    """Frame and banner, within the request: later parts have no request to make URLs of assets with."""
    texts, hospital = request.texts, request.hospital
    # The template stays one readable whole; a mark that nothing on the page can hold says where to cut.
    cut = secrets.token_hex(16)
    numbers = HospitalNumbers(hospital.name, hospital.zis.patient_number_root)
    whole = render(
        "page.html",
        frame=present_frame(request),
        banner=present_banner(request.opened.patient, numbers, local_date(request.now), texts),
        pending=[texts(f"clinical.{key}_pending") for key in _PENDING],
        loading=texts("frame.loading"),
        scripts=request.item.scripts,
        cut=cut,
    )
    head, main, end_main, footer, rest = whole.split(cut)
    incomplete = _end(request, complete=False)
    # A document is there before its page is: whether it could be opened is known already.
    lacks_document = request.document is not None and request.document.content is None
    complete = incomplete if lacks_document else _end(request, complete=True)
    return Shell(head, main, end_main, footer, rest, complete, incomplete)


def make_clinical(request: PageRequest) -> Part:
    """The clinical line of the banner."""

    def present(outcomes: Outcomes) -> str:
        return render("partials/clinical.html", items=present_clinical(request, outcomes))

    return Part(clinical_sections(request), present, lambda: present({}))


def make_panels(request: PageRequest) -> tuple[Part, ...]:
    """One part for each panel of the page."""
    return tuple(_panel(spec, request) for spec in request.panels)


def _panel(spec: PanelSpec, request: PageRequest) -> Part:
    def present(outcomes: Outcomes) -> str:
        return render(spec.template, **spec.present(spec, request, outcomes))

    def present_failed() -> str:
        texts = request.texts
        title = texts(f"item.{request.item.key}")
        panel = present_panel(_FAILED, request.facts(title, title), request.now, texts)
        return render("partials/failed.html", panel=panel, title=title, url=request.url(query=request.query))

    return Part(spec.sections, present, present_failed)


def _end(request: PageRequest, *, complete: bool) -> str:
    text = request.texts("frame.complete" if complete else "frame.incomplete")
    return render("partials/end.html", complete=complete, text=text)
