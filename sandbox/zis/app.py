"""The hospital system's web side (WSGI)."""

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from sandbox.xds.archive import Archive
from sandbox.xds.exchange import Exchange
from sandbox.zis.answer import AnswerSheet
from sandbox.zis.batch import BatchSheet
from sandbox.zis.faults import Fault, FaultScripts, Step
from sandbox.zis.question import CANCELLING, CONTINUING, Question, read_dutch_question, read_question
from sandbox.zis.transport import (
    Binding,
    Composed,
    cut_connection,
    fault_response,
    message_response,
    wait_for_client_to_leave,
)
from sandbox.zis.wire import SOAP_11_TYPE, SOAP_TYPE, FaultError, fault, fault_11

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_WSDL = Path(__file__).with_name("service.wsdl")
_MAX_QUESTION = 1 << 20


@dataclass(frozen=True, slots=True)
class Received:
    """One question that arrived and was understood."""

    interaction: str
    bsn: str


class ZisApp:
    """POST ``/soap``, ``/consent``, ``/nl``, ``/xds`` and ``/sandbox/script``, GET ``/soap?wsdl``.

    :param stop: set when the server stops; every delay ends then.
    :param now: aware time for creationTime and for the age of results.
    """

    def __init__(
        self,
        sheet: AnswerSheet,
        scripts: FaultScripts,
        stop: threading.Event,
        now: Callable[[], datetime],
    ) -> None:
        self.requests: list[Received] = []
        self.abandoned: Queue[Received] = Queue()
        self._bindings = _bindings(sheet)
        self._scripts = scripts
        self._stop = stop
        self._now = now

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = _MAX_QUESTION
        return self._route(request)(environ, start_response)

    def _route(self, request: Request) -> Response:
        match (request.method, request.path):
            case ("GET", "/soap") if request.query_string.lower() == b"wsdl":
                text = _WSDL.read_text("utf-8").replace("@LOCATION@", request.base_url)
                return Response(text, content_type="text/xml; charset=utf-8")
            case ("POST", path) if path in self._bindings:
                return self._answer(request, self._bindings[path])
            case ("POST", "/sandbox/script"):
                return self._script(request)
        return Response("not found", status=404, content_type="text/plain")

    def _answer(self, request: Request, binding: Binding) -> Response:
        try:
            question = binding.read(request)
        except FaultError as error:
            return fault_response(error, binding)
        if question.interaction in {CONTINUING, CANCELLING}:
            return self._message(question, Fault.OK, binding)
        asked = Received(question.interaction, question.bsn)
        self.requests.append(asked)
        step = self._scripts.next(question.bsn, question.interaction)
        self._hold(request, step, asked)
        return self._message(question, step.fault, binding)

    def _hold(self, request: Request, step: Step, asked: Received) -> None:
        """Wait as the step says; some steps end here, with the connection."""
        if step.seconds:
            self._stop.wait(step.seconds)
        connection = request.environ["werkzeug.socket"]
        if step.fault is Fault.NEVER:
            wait_for_client_to_leave(connection, self._stop)
            self.abandoned.put(asked)
        if step.fault in {Fault.NEVER, Fault.DROP}:
            cut_connection(connection)

    def _message(self, question: Question, fault: Fault, binding: Binding) -> Response:
        try:
            composed = binding.compose(question, fault, self._now())
        except FaultError as error:
            return fault_response(error, binding, question.message_id)
        return message_response(fault, composed, binding, question.message_id)

    def _script(self, request: Request) -> Response:
        """JSON ``{"bsn": ..., "interaction": ..., "steps": [...]}``; 204, or 400 when it makes no sense."""
        try:
            order = json.loads(request.get_data())
            self._scripts.set(str(order["bsn"]), order["interaction"], order["steps"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return Response("not a script", status=400, content_type="text/plain")
        return Response(status=204)


def _read(request: Request) -> Question:
    if request.mimetype != "application/soap+xml":
        raise FaultError("application/soap+xml is expected")
    return read_question(request.get_data(), consent=request.path == "/consent")


def _read_dutch(request: Request) -> Question:
    if request.mimetype != "text/xml" or "SOAPAction" not in request.headers:
        raise FaultError("text/xml with a SOAPAction is expected")
    return read_dutch_question(request.get_data())


def _bindings(sheet: AnswerSheet) -> Mapping[str, Binding]:
    """By path."""
    dutch, exchange = BatchSheet(sheet.personas), Exchange(Archive(sheet.personas))

    def read_exchange(request: Request) -> Question:
        return exchange.read(request.headers.get("Content-Type", ""), request.get_data())

    uv = Binding(_read, _composing(sheet), SOAP_TYPE, fault)
    return {
        "/soap": uv,
        "/consent": uv,
        "/nl": Binding(
            _read_dutch, _composing(dutch), SOAP_11_TYPE, lambda error, _: fault_11(error), sender_status=500
        ),
        "/xds": Binding(read_exchange, exchange.answer, SOAP_TYPE, fault),
    }


def _composing(sheet: AnswerSheet | BatchSheet) -> Callable[[Question, Fault, datetime], Composed]:
    def compose(question: Question, fault: Fault, now: datetime) -> Composed:
        match question.interaction:
            case "continuing":
                return sheet.resume(question, now), ()
            case "cancelling":
                return sheet.cancel(question, now), ()
        return sheet.answer(question, fault, now), ()

    return compose
