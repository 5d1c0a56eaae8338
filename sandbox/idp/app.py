"""The provider's pages: a tile's click, the sign-on service, the token endpoint and the FHIR server."""

import base64
import json
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.his.portal import new_flask_app
from sandbox.his.vendors import USERS, Hospital
from sandbox.idp.faults import IdpFault, applies
from sandbox.idp.keys import IdpKeys
from sandbox.idp.resources import patient_id, practitioner_id, resources, role_bundle
from sandbox.idp.sign_on import SignOn
from sandbox.idp.smart import Smart
from sandbox.idp.vendors import fhir_base_url, sign_on_issuer
from sandbox.idp.visits import Visit, Visits
from sandbox.patients import Persona

SLOW_SECONDS = 30.0
_DISCOVERY = frozenset({IdpFault.FOREIGN_ENDPOINT, IdpFault.REDIRECTED_DISCOVERY, IdpFault.WITHOUT_PKCE})


class IdentityProvider:
    """The pages.

    :param url: called per request; the provider as browsers and the service see it.
    :param personas: by BSN.
    :param now: aware time for the tokens.
    :param stopping: ends every delay.
    """

    def __init__(
        self,
        url: Callable[[], str],
        keys: IdpKeys,
        hospitals: Mapping[str, Hospital],
        personas: Mapping[str, Persona],
        now: Callable[[], datetime],
        stopping: threading.Event,
    ) -> None:
        self._url = url
        self._keys = keys
        self._hospitals = hospitals
        self._personas = personas
        self._now = now
        self._stopping = stopping
        self._discovery_fault: IdpFault | None = None
        self.visits = Visits()
        self._sign_on = SignOn(url, keys, self.visits, now)
        self._smart = Smart(url, keys, self.visits, now)

    def tile(self) -> AnyResponse:
        """``POST /tegel``: ``patient`` (BSN), ``hospital``, ``grade`` (``two_hop`` or ``smart``), optional
        ``user`` and ``fault``. Sends the browser to the service; 400 when a name is unknown."""
        form = request.form
        persona, hospital = (
            self._personas.get(form.get("patient", "")),
            self._hospitals.get(form.get("hospital", "")),
        )
        user = USERS.get(form.get("user") or next(iter(USERS)))
        grade, fault = form.get("grade", ""), form.get("fault", "")
        if persona is None or hospital is None or user is None or grade not in ("two_hop", "smart"):
            abort(400)
        if fault and not applies(fault, grade):
            abort(400)
        visit = Visit(persona, user, hospital, IdpFault(fault) if fault else None)
        self._discovery_fault = visit.fault if visit.fault in _DISCOVERY else None
        return redirect(self.launch_url(visit, grade), 303)

    def launch_url(self, visit: Visit, grade: str) -> str:
        """Where the service is asked to ask back."""
        handle = self.visits.new_handle(visit)
        if grade == "smart":
            return f"{visit.hospital.launch_url}/smart?{self._query(iss=self._fhir(), launch=handle)}"
        issuer = sign_on_issuer(self._url())
        segment = base64.urlsafe_b64encode(issuer.encode()).rstrip(b"=").decode("ascii")
        hints = self._query(iss=issuer, login_hint=handle, target_link_uri=visit.hospital.launch_url)
        return f"{visit.hospital.launch_url}/start/{segment}?{hints}"

    def sign_on(self) -> Response | str:
        """``GET /oidc/authorize``: the form that posts itself to the service."""
        answered = self._sign_on.authorize(request.args)
        if answered is None:
            abort(400)
        visit, fields = answered
        return render_template("post.html", hospital=visit.hospital, fields=fields)

    def smart_configuration(self) -> AnyResponse:
        """``GET /fhir/.well-known/smart-configuration``"""
        if self._discovery_fault is IdpFault.REDIRECTED_DISCOVERY:
            return redirect(f"{self._fhir()}/elsewhere", 302)
        return _json(self._smart.configuration(self._discovery_fault))

    def smart_authorize(self) -> AnyResponse:
        """``GET /smart/authorize``: the code, at once."""
        back = self._smart.authorize(request.args)
        if back is None:
            abort(400)
        return redirect(back, 302)

    def smart_token(self) -> AnyResponse:
        """``POST /smart/token``"""
        answer, status = self._smart.token(request.form)
        return _json(answer, status)

    def smart_keys(self) -> AnyResponse:
        """``GET /smart/jwks.json``"""
        return _json({"keys": [dict(self._keys.smart.public_jwk)]})

    def read(self, kind: str, identity: str) -> AnyResponse:
        """``GET /fhir/<type>/<id>``, for who has this patient's access token."""
        visit = self._visit()
        found = resources(visit, self._url(), self._now()).get(kind)
        asked = {"Patient": patient_id(visit), "Practitioner": practitioner_id(visit)}
        if found is None or identity not in (found["id"], asked.get(kind)):
            abort(404)
        if kind == "Patient":
            self._misbehave(visit)
        if kind == "Patient" and visit.fault is IdpFault.REDIRECTED_ANSWER:
            return redirect(f"{self._fhir()}/{kind}/elsewhere", 302)
        return _json(found, media_type="application/fhir+json")

    def search_roles(self) -> AnyResponse:
        """``GET /fhir/PractitionerRole?practitioner=Practitioner/<id>``"""
        visit = self._visit()
        if request.args.get("practitioner") != f"Practitioner/{practitioner_id(visit)}":
            abort(404)
        role = resources(visit, self._url(), self._now())["PractitionerRole"]
        return _json(role_bundle(visit, role), media_type="application/fhir+json")

    def _visit(self) -> Visit:
        visit = self.visits.of_token(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if visit is None:
            abort(401)
        return visit

    def _misbehave(self, visit: Visit) -> None:
        if visit.fault is IdpFault.SLOW_ANSWER:
            self._stopping.wait(SLOW_SECONDS)

    def _fhir(self) -> str:
        return fhir_base_url(self._url())

    @staticmethod
    def _query(**parameters: str) -> str:
        return urlencode(parameters)


def create_idp_app(provider: IdentityProvider) -> Flask:
    """The WSGI application."""
    pages = Blueprint("pages", __name__)
    pages.add_url_rule("/tegel", view_func=provider.tile, methods=["POST"])
    pages.add_url_rule("/oidc/authorize", view_func=provider.sign_on)
    pages.add_url_rule("/fhir/.well-known/smart-configuration", view_func=provider.smart_configuration)
    pages.add_url_rule("/smart/authorize", view_func=provider.smart_authorize)
    pages.add_url_rule("/smart/token", view_func=provider.smart_token, methods=["POST"])
    pages.add_url_rule("/smart/jwks.json", view_func=provider.smart_keys)
    pages.add_url_rule("/fhir/PractitionerRole", view_func=provider.search_roles)
    pages.add_url_rule("/fhir/<kind>/<identity>", view_func=provider.read)
    return new_flask_app(pages)


def _json(content: Mapping[str, Any], status: int = 200, media_type: str = "application/json") -> Response:
    return Response(json.dumps(content), status, content_type=media_type)
