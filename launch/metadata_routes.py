"""What a vendor fetches before its first launch: our keys, our SAML metadata and what is accepted."""

from collections.abc import Sequence

from flask import Blueprint, Response, json, request

from context.hospital import Hospital
from context.ports import Clock
from launch.own_jwks import published_keys
from launch.own_keys import OwnKeys
from launch.saml_metadata import build_metadata
from launch.self_description import describe_door
from launch.trust.model import LaunchGrade

MAX_AGE_SECONDS = 14_400
"""How long a vendor may keep what it fetched (AORTA's number, launch.md §8); plan a rotation by it."""

JWKS_ENDPOINT = "metadata.jwks"
"""The one route here that is the same for every host, and needs no hospital."""


def make_blueprint(keys: OwnKeys, clock: Clock, grades: Sequence[LaunchGrade]) -> Blueprint:
    """:param keys: only their public halves are shown. :param grades: those that have a door."""
    blueprint = Blueprint("metadata", __name__)

    def jwks() -> Response:
        """``GET /.well-known/jwks.json`` (RFC 7517), below any hospital's base URL or none."""
        return _public(json.dumps({"keys": published_keys(keys, clock.now())}), "application/jwk-set+json")

    def metadata() -> Response:
        """``GET /saml/metadata`` of one hospital; its URL is our entity id there (D10)."""
        content = build_metadata(_hospital(), keys, clock.now())
        return _public(content, "application/samlmetadata+xml")

    def his_launch() -> Response:
        """``GET /.well-known/his-launch`` of one hospital."""
        described = describe_door(_hospital(), keys, grades, clock.now())
        return _public(json.dumps(described), "application/json")

    blueprint.add_url_rule("/.well-known/jwks.json", view_func=jwks)
    blueprint.add_url_rule("/saml/metadata", view_func=metadata)
    blueprint.add_url_rule("/.well-known/his-launch", view_func=his_launch)
    return blueprint


def _hospital() -> Hospital:
    hospital: Hospital = request.environ["zorgtegel.hospital"]
    return hospital


def _public(content: str | bytes, media_type: str) -> Response:
    response = Response(content, mimetype=media_type)
    response.cache_control.public = True
    response.cache_control.max_age = MAX_AGE_SECONDS
    return response
