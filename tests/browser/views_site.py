"""The pages over real HTTP, with records from memory: what a browser test of the screen needs.

The context id in the URL names the scene, so one server shows every patient and state at once.
"""

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from flask import Flask
from werkzeug.serving import make_server

from app.headers import add_headers
from context.codes import RefusalCode
from context.consent import Scope
from context.documents import OpenedDocument
from context.errors import ContextClosedError, ContextExpiredError, ContextReplacedError, ContextUnknownError
from context.hospital import Hospital, StartPage
from context.outcome import Outcome, OutcomeState
from context.person import Gender, PartialDate
from context.ports import ContextPhase, Credentials
from context.records import RecordEntry, ResultValue, Section, ValueKind
from context.session import OpenContext, Standing
from tests.browser import views_entries
from tests.browser import views_records as records
from tests.browser import views_results as results
from tests.clock import SteppingClock
from views.refusals import PageFamily, render_refusal
from views.routes import make_blueprint

ROOT = Path(__file__).resolve().parents[2]
_ENDED = {
    ContextPhase.EXPIRED: (ContextExpiredError, PageFamily.S01, 401),
    ContextPhase.REPLACED: (ContextReplacedError, PageFamily.S02, 409),
    ContextPhase.CLOSED: (ContextClosedError, PageFamily.S03, 200),
}


@dataclass
class Scene:
    """One context: what it shows, and the phase it is in now."""

    opened: OpenContext
    outcomes: Mapping[Section, Outcome[RecordEntry]] = field(default_factory=records.outcomes)
    hospital: Hospital = records.CWZ
    phase: ContextPhase = ContextPhase.OPEN
    visits: int = 0
    extended: int = 0
    pages: list[str] = field(default_factory=list)
    documents: Mapping[str, OpenedDocument] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)
    seconds_left: int = 900
    seconds_in_all: int = 14_000


def scenes() -> dict[str, Scene]:
    """One scene for each thing that a page can show."""
    pending = records.lab(value=ResultValue(ValueKind.PENDING))
    partial = Outcome[RecordEntry].partial(records.many_results(30), ("het laboratorium",), records.NOW)
    dead = replace(records.PATIENT, deceased=True, deceased_on=PartialDate(2026, 10, 2))
    bare = replace(
        records.PATIENT,
        names=(),
        birth_date=PartialDate(1961),
        gender=Gender.UNKNOWN,
        hospital_numbers=(),
        addresses=(),
        telecoms=(),
        care_providers=(),
        coverages=(),
    )
    long_name = records.name(
        ("given", "Wilhelmina Johanna Petronella Antoinette"),
        ("prefix", "van den", "VV"),
        ("family", "Heuvel-Broekhuizen", "SP"),
        ("prefix", "van", "VV"),
        ("family", "Oldenbarneveldt", "BR"),
    )
    none_known = Outcome[RecordEntry].of(
        (records.allergy(None, negated=True, recorded="2026-02-03"),), records.NOW
    )
    empty = Outcome[RecordEntry].of((), records.NOW)
    found = {
        "ok": Scene(records.opened()),
        "few": Scene(records.opened(), records.outcomes(Outcome.of((pending, records.lab()), records.NOW))),
        "empty": Scene(records.opened(), records.outcomes(empty, none_known)),
        "partial": Scene(records.opened(), records.outcomes(partial, records.FAILED)),
        "failed": Scene(records.opened(), records.outcomes(records.FAILED, records.FAILED)),
        "locked": Scene(records.opened(), records.outcomes(Outcome.not_permitted(), empty)),
        "withheld": Scene(
            records.opened(), records.outcomes(Outcome.withheld(records.NOW.replace(hour=16, minute=0)))
        ),
        "dead": Scene(records.opened(dead)),
        "bare": Scene(records.opened(bare), records.outcomes(empty, empty)),
        "long": Scene(records.opened(replace(records.PATIENT, names=(long_name,)))),
        "limited": Scene(
            records.opened(scope=Scope.PATIENT_INFORMATION_ONLY),
            records.outcomes(Outcome.not_permitted(), Outcome.not_permitted()),
            records.SAXENBURGH,
        ),
        "full": Scene(records.opened(), views_entries.OUTCOMES),
        **result_scenes(),
        "saxenburgh": Scene(records.opened(), hospital=records.SAXENBURGH),
        "unprinted": Scene(
            records.opened(),
            hospital=replace(records.CWZ, display=replace(records.CWZ.display, print_allowed=False)),
        ),
        "labfirst": Scene(records.opened(), hospital=replace(records.CWZ, start_page=StartPage.RESULTS)),
    }
    for context_id, scene in found.items():
        scene.opened = replace(scene.opened, context_id=context_id)
    return found


def result_scenes() -> dict[str, Scene]:
    """What only the pages of Uitslagen show."""
    nothing = Outcome[RecordEntry].of((), records.NOW)
    states = {
        "none": results.all_of(nothing),
        "partial": {section: results.partly(section) for section in results.SECTIONS},
        "failed": results.all_of(records.FAILED),
        "locked": results.all_of(Outcome.not_permitted()),
        "held": results.all_of(Outcome.withheld(held_back=2)),
        "half": results.results(pathology=records.FAILED, radiology=Outcome.not_permitted()),
        "chart": results.charted(),
        "wide": results.results(laboratory=Outcome[RecordEntry].of(results.wide(), records.NOW)),
        "ok": results.OUTCOMES,
    }
    scenes = {f"results-{name}": Scene(records.opened(), outcomes) for name, outcomes in states.items()}
    strict = {"results-strict": results.OUTCOMES, "results-strict-none": results.all_of(nothing)}
    return scenes | {
        name: Scene(records.opened(), outcomes, results.STRICT) for name, outcomes in strict.items()
    }


class ReadyReading:
    """A page whose sections are all there; one that the scene does not name was answered with nothing."""

    def __init__(self, outcomes: Mapping[Section, Outcome[RecordEntry]]) -> None:
        self._outcomes = outcomes

    def wait_for_any(self, groups: Iterable[Collection[Section]]) -> None:
        """Nothing is waited for."""

    def is_ready(self, sections: Collection[Section]) -> bool:
        return True

    def take(self, sections: Iterable[Section]) -> Mapping[Section, Outcome[RecordEntry]]:
        nothing = Outcome[RecordEntry].of((), records.NOW)
        return {section: self._outcomes.get(section, nothing) for section in sections}

    def close(self) -> None:
        """Nothing is under way."""


class MemoryContexts:
    """Implements ``views.routes.Contexts`` over scenes."""

    def __init__(self, shown: dict[str, Scene]) -> None:
        self.scenes = shown

    def visit(self, hospital: Hospital, context_id: str, credentials: Credentials) -> OpenContext:
        scene = self._scene(context_id)
        scene.visits += 1
        return scene.opened

    def read(
        self,
        hospital: Hospital,
        opened: OpenContext,
        sections: tuple[Section, ...],
        page: str,
        *,
        on_paper: bool = False,
    ) -> "ReadyReading":
        scene = self._scene(opened.context_id)
        scene.pages.append(page)
        if on_paper:
            scene.printed.append(page)
        return ReadyReading(scene.outcomes)

    def open_document(self, hospital: Hospital, opened: OpenContext, name: str) -> OpenedDocument:
        return self._scene(opened.context_id).documents.get(name, OpenedDocument(OutcomeState.EMPTY))

    def status(self, hospital: Hospital, context_id: str, credentials: Credentials) -> Standing | None:
        scene = self.scenes.get(context_id)
        if scene is None:
            return None
        left = (scene.seconds_left, scene.seconds_in_all) if scene.phase is ContextPhase.OPEN else (0, 0)
        return Standing(scene.phase, *left)

    def extend(self, hospital: Hospital, context_id: str, credentials: Credentials) -> None:
        scene = self._scene(context_id)
        scene.extended += 1
        scene.seconds_left = min(900, scene.seconds_in_all)

    def printed(self, hospital: Hospital, context_id: str, credentials: Credentials, page: str) -> None:
        self._scene(context_id).printed.append(page)

    def close(self, hospital: Hospital, context_id: str, credentials: Credentials) -> None:
        self._scene(context_id).phase = ContextPhase.CLOSED

    def _scene(self, context_id: str) -> Scene:
        scene = self.scenes.get(context_id)
        if scene is None:
            raise ContextUnknownError
        if scene.phase in _ENDED:
            raise _ENDED[scene.phase][0]
        return scene


def make_site(contexts: MemoryContexts) -> Flask:
    """The blueprint with the product's headers, and every page without data under ``/page/<family>``."""
    app = Flask("site", static_folder=str(ROOT / "static"))
    clock = SteppingClock(records.NOW)
    app.register_blueprint(make_blueprint(contexts, clock))
    add_headers(app, https=False)

    def refusal(family: PageFamily, code: RefusalCode | None = None, retry: str | None = None) -> str:
        hospital = None if family is PageFamily.NEUTRAL else records.CWZ
        return render_refusal(hospital, family, code, "7K2M-9XQ4", clock.now(), retry)

    for error, family, status in (*_ENDED.values(), (ContextUnknownError, PageFamily.NOT_OPEN, 404)):
        app.register_error_handler(error, lambda _, f=family, s=status: (refusal(f), s))
    app.add_url_rule("/page/<family>", "page", lambda family: refusal(PageFamily(family), None, "/page/L12"))
    app.wsgi_app = _HospitalOfScene(app.wsgi_app, contexts.scenes)  # type: ignore[method-assign]
    return app


class _HospitalOfScene:
    """Puts the scene's hospital where the product's host middleware puts the request's."""

    def __init__(self, wsgi_app, shown: dict[str, Scene]) -> None:  # type: ignore[no-untyped-def]
        self._wsgi_app = wsgi_app
        self._scenes = shown

    def __call__(self, environ, start_response):  # type: ignore[no-untyped-def]
        parts = environ["PATH_INFO"].split("/")
        scene = self._scenes.get(parts[2]) if len(parts) > 2 else None
        environ["zorgtegel.hospital"] = scene.hospital if scene else records.CWZ
        return self._wsgi_app(environ, start_response)


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """The site on a free port; yields its URL without a slash at the end."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
