"""The HIS portal: patients and tiles, and the form that a real portal posts for the browser."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.his.backend import client_assertion, post_form, ticket_fields
from sandbox.his.dialects import DIALECTS
from sandbox.his.keys import VendorKeys
from sandbox.his.launches import Fields, LaunchFault, Minter, applies
from sandbox.his.opened import Opened
from sandbox.his.sso import Asked, Desk, Desks, RequestRefusedError, read_request
from sandbox.his.texts import FAULT_LABELS, USER_LABELS, WAY_LABELS
from sandbox.his.vendors import PRACTICE, USERS, His, Hospital, issuer_of, launch_content, sign_on_url_of
from sandbox.his.ways import Way, goes_by
from sandbox.idp.faults import FAULT_LABELS as IDP_FAULT_LABELS
from sandbox.idp.faults import GRADE_LABELS
from sandbox.idp.faults import applies as applies_to_grade
from sandbox.patients import Persona

_HERE = Path(__file__).parent.parent
_DESK = "desk"
_CSP = "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'"


class Portal:
    """The portal's pages.

    :param url: called per request; the portal as a browser sees it.
    :param personas: by BSN.
    :param now: aware time for the tokens.
    :param idp_url: where the tiles of HISes that are asked back lead; None leaves them out.
    """

    def __init__(
        self,
        url: Callable[[], str],
        keys: VendorKeys,
        hospitals: Mapping[str, Hospital],
        personas: Mapping[str, Persona],
        now: Callable[[], datetime],
        idp_url: str | None = None,
    ) -> None:
        self._url = url
        self._idp_url = idp_url
        self._keys = keys
        self._hospitals = hospitals
        self._personas = personas
        self._now = now
        self._lock = threading.Lock()
        self._last: dict[tuple[str, str], Fields] = {}
        self._desks = Desks()
        self._opened = Opened(keys, now)

    def overview(self) -> str:
        """``GET /``. ``fault``, ``user`` and ``way`` in the query choose what every tile on the page sends;
        ``patient`` (key), ``group`` and ``hospital`` narrow down what is on it, each as often as wanted."""
        faults = {**FAULT_LABELS, **(IDP_FAULT_LABELS if self._idp_url else {})}
        return render_template(
            "portal.html",
            personas=[
                each for each in self._personas.values() if _wanted(patient=each.key, group=each.group)
            ],
            hospitals=[each for each in self._hospitals.values() if _wanted(hospital=each.slug)],
            vendors=sorted(DIALECTS.values(), key=lambda each: each.label.lower()),
            idp_url=self._idp_url,
            grades=GRADE_LABELS if self._idp_url else {},
            faults=faults,
            users=USER_LABELS,
            fault=_choice(request.args.get("fault"), faults),
            user=_choice(request.args.get("user"), USER_LABELS) or next(iter(USERS)),
            practice=PRACTICE.name,
            ways=WAY_LABELS,
            way=_choice(request.args.get("way"), WAY_LABELS),
            applies=lambda fault, his: (
                not fault or (fault in FAULT_LABELS and applies(LaunchFault(fault), his))
            ),
            goes_by=goes_by,
            answers_so=lambda fault, grade: not fault or applies_to_grade(fault, grade),
        )

    def tile(self) -> AnyResponse:
        """``POST /tegel``: ``patient`` (BSN), ``his``, ``hospital``; optional ``fault``, ``user``, ``way``.

        Answers the form that posts itself, or sends the browser to where a two-hop launch begins. 400 when
        a name is unknown, 502 when the hospital gives no ticket.
        """
        persona = self._personas.get(request.form.get("patient", ""))
        hospital = self._hospitals.get(request.form.get("hospital", ""))
        user = USERS.get(request.form.get("user") or next(iter(USERS)))
        his = request.form.get("his", "")
        try:
            fault = LaunchFault(request.form["fault"]) if request.form.get("fault") else None
            way = Way(request.form.get("way", ""))
        except ValueError:
            abort(400)
        if persona is None or hospital is None or user is None or his not in DIALECTS:
            abort(400)
        if (fault and not applies(fault, his)) or not goes_by(way, his):
            abort(400)
        desk = Desk(persona, user, hospital, fault)
        if way is Way.SIGN_ON:
            return self._begin(his, desk)
        fields = self._minted(his, desk)
        if way is Way.TICKET:
            return self._by_ticket(his, desk, fields)
        return _posting(hospital, fields)

    def _minted(self, his: str, desk: Desk, asked: Asked | None = None) -> Fields:
        """The form of a click; what was launched well is remembered as open."""
        content = launch_content(desk.persona, desk.hospital, his, desk.user, self._url())
        content = replace(content, in_response_to=asked.request_id if asked else "")
        fresh = Minter(self._keys, his).fields(content, self._now(), desk.fault)
        if desk.fault is None:
            self._opened.add(his, desk.hospital, desk.user, content)
        return self._remembered(his, desk.hospital, fresh, desk.fault)

    def _by_ticket(self, his: str, desk: Desk, fields: Fields) -> Response:
        """The back end brings the token, the browser gets a code for it."""
        hospital, issuer = desk.hospital, issuer_of(his, self._url())
        assertion = client_assertion(issuer, hospital.ticket_url, self._keys.jwt, self._now())
        answer = post_form(hospital.ticket_url, ticket_fields(dict(fields), assertion))
        if answer.status != HTTPStatus.OK:
            page = render_template("told.html", refused=answer.content, hospital=hospital)
            return Response(page, HTTPStatus.BAD_GATEWAY)
        return _posting(hospital, (("ticket", str(answer.content["ticket"])),))

    def _begin(self, his: str, desk: Desk) -> AnyResponse:
        """The browser asks the hospital to ask us."""
        response = redirect(desk.hospital.start_url(issuer_of(his, self._url())), HTTPStatus.SEE_OTHER)
        # Lax: the hospital's redirect to the sign-on service must bring it.
        response.set_cookie(_DESK, self._desks.open(desk), path="/sso", httponly=True, samesite="Lax")
        return response

    def sign_on(self, his: str) -> Response:
        """``GET /sso/<his>``: an AuthnRequest of a hospital; answers with the patient who is active.

        400 when it is not a request of that hospital, or nobody is logged in.
        """
        desk = self._desks.find(request.cookies.get(_DESK, ""))
        if desk is None or his not in DIALECTS:
            abort(400)
        try:
            query = request.query_string.decode("ascii")
            asked = read_request(query, sign_on_url_of(his, self._url()), desk.hospital)
        except (RequestRefusedError, UnicodeDecodeError):
            abort(400)
        fields = self._minted(his, desk, asked)
        return _posting(desk.hospital, (*fields, ("RelayState", asked.relay_state)))

    def close_patient(self) -> str:
        """``POST /sluiten``: ``patient`` (BSN) and ``user``; tells every hospital where it was opened."""
        persona = self._personas.get(request.form.get("patient", ""))
        user = USERS.get(request.form.get("user", ""))
        if persona is None or user is None:
            abort(400)
        return render_template("told.html", told=self._opened.close(user, persona))

    def log_out(self) -> str:
        """``POST /uitloggen``: ``user``; tells every hospital where that user opened a patient."""
        user = USERS.get(request.form.get("user", ""))
        if user is None:
            abort(400)
        return render_template("told.html", told=self._opened.log_out(user))

    def _remembered(self, his: str, hospital: Hospital, fresh: Fields, fault: LaunchFault | None) -> Fields:
        """For a replay the last good token of this tile, whoever it was for; else ``fresh``."""
        tile = (his, hospital.slug)
        with self._lock:
            if fault is LaunchFault.REPLAYED:
                return self._last.setdefault(tile, fresh)
            if fault is None:
                self._last[tile] = fresh
        return fresh

    def jwks(self) -> dict[str, object]:
        """``GET /jwks.json`` (RFC 7517)."""
        return {"keys": [dict(self._keys.jwt.public_jwk)]}

    def metadata(self) -> Response:
        """``GET /saml/metadata``: the identity provider's certificate (SAML 2.0 metadata)."""
        pem = self._keys.saml.certificate_pem.strip().splitlines()
        text = render_template(
            "metadata.xml",
            entity_id=issuer_of(His.VIPLIVE, self._url()),
            certificate="".join(pem[1:-1]),
            location=sign_on_url_of(His.VIPLIVE, self._url()),
        )
        return Response(text, content_type="application/samlmetadata+xml")


def _posting(hospital: Hospital, fields: Fields) -> Response:
    return Response(render_template("post.html", hospital=hospital, fields=fields))


def _wanted(**names: str) -> bool:
    """Whether the query asks for this, or asks for nothing of the kind."""
    return all(
        not (asked := request.args.getlist(parameter)) or name in asked for parameter, name in names.items()
    )


def _choice(name: str | None, known: Mapping[str, str]) -> str:
    return name if name and name in known else ""


def create_portal_app(portal: Portal) -> Flask:
    """The WSGI application."""
    pages = Blueprint("pages", __name__)
    pages.add_url_rule("/", view_func=portal.overview)
    pages.add_url_rule("/tegel", view_func=portal.tile, methods=["POST"])
    pages.add_url_rule("/sso/<his>", view_func=portal.sign_on)
    pages.add_url_rule("/sluiten", view_func=portal.close_patient, methods=["POST"])
    pages.add_url_rule("/uitloggen", view_func=portal.log_out, methods=["POST"])
    pages.add_url_rule("/jwks.json", view_func=portal.jwks)
    pages.add_url_rule("/saml/metadata", view_func=portal.metadata)
    return new_flask_app(pages)


def new_flask_app(pages: Blueprint) -> Flask:
    """An application with the sandbox's templates and headers."""
    app = Flask("sandbox", template_folder=str(_HERE / "templates"), static_folder=str(_HERE / "static"))
    app.register_blueprint(pages)
    app.after_request(_add_headers)
    return app


def _add_headers(response: Response) -> Response:
    """No Referrer-Policy: under ``no-referrer`` browsers would post with ``Origin: null``."""
    response.headers["Content-Security-Policy"] = _CSP
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
