"""The HIS portal: patients and tiles, and the form that a real portal posts for the browser."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, render_template, request

from sandbox.his.dialects import DIALECTS
from sandbox.his.keys import VendorKeys
from sandbox.his.launches import Fields, LaunchFault, Minter, applies
from sandbox.his.texts import FAULT_LABELS, USER_LABELS
from sandbox.his.vendors import PRACTICE, USERS, His, Hospital, issuer_of, launch_content
from sandbox.idp.faults import FAULT_LABELS as IDP_FAULT_LABELS
from sandbox.idp.faults import GRADE_LABELS
from sandbox.idp.faults import applies as applies_to_grade
from sandbox.patients import Persona

_HERE = Path(__file__).parent.parent
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

    def overview(self) -> str:
        """``GET /``. ``fault`` and ``user`` in the query choose what every tile on the page sends."""
        faults = {**FAULT_LABELS, **(IDP_FAULT_LABELS if self._idp_url else {})}
        return render_template(
            "portal.html",
            personas=self._personas.values(),
            hospitals=self._hospitals.values(),
            vendors=sorted(DIALECTS.values(), key=lambda each: each.label.lower()),
            idp_url=self._idp_url,
            grades=GRADE_LABELS if self._idp_url else {},
            faults=faults,
            users=USER_LABELS,
            fault=_choice(request.args.get("fault"), faults),
            user=_choice(request.args.get("user"), USER_LABELS) or next(iter(USERS)),
            practice=PRACTICE.name,
            applies=lambda fault, his: (
                not fault or (fault in FAULT_LABELS and applies(LaunchFault(fault), his))
            ),
            answers_so=lambda fault, grade: not fault or applies_to_grade(fault, grade),
        )

    def tile(self) -> str:
        """``POST /tegel``: ``patient`` (BSN), ``his``, ``hospital``, optional ``fault`` and ``user``.

        Answers the form that posts itself. 400 when a name is unknown.
        """
        persona = self._personas.get(request.form.get("patient", ""))
        hospital = self._hospitals.get(request.form.get("hospital", ""))
        user = USERS.get(request.form.get("user") or next(iter(USERS)))
        his = request.form.get("his", "")
        try:
            fault = LaunchFault(request.form["fault"]) if request.form.get("fault") else None
        except ValueError:
            abort(400)
        if persona is None or hospital is None or user is None or his not in DIALECTS:
            abort(400)
        if fault and not applies(fault, his):
            abort(400)
        content = launch_content(persona, hospital, his, user, self._url())
        fresh = Minter(self._keys, his).fields(content, self._now(), fault)
        return render_template(
            "post.html", hospital=hospital, fields=self._remembered(his, hospital, fresh, fault)
        )

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
            location=f"{self._url()}/tegel",
        )
        return Response(text, content_type="application/samlmetadata+xml")


def _choice(name: str | None, known: Mapping[str, str]) -> str:
    return name if name and name in known else ""


def create_portal_app(portal: Portal) -> Flask:
    """The WSGI application."""
    pages = Blueprint("pages", __name__)
    pages.add_url_rule("/", view_func=portal.overview)
    pages.add_url_rule("/tegel", view_func=portal.tile, methods=["POST"])
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
