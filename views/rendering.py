"""From page models to HTML. A value that a template names and nobody gave is an error, not a gap."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import url_for
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from views.texts import TEMPLATES

_STATIC = Path(__file__).resolve().parent.parent / "static"


def render(template: str, **values: object) -> str:
    """The page as text, within a request (assets have URLs).

    :raises jinja2.UndefinedError: the template names a value that is not given.
    """
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = asset_url
    return environment


def asset_url(filename: str) -> str:
    """URL of an own static file with its fingerprint, so that it may be kept for a year."""
    return url_for("static", filename=filename, v=_fingerprint(filename))


@cache
def _fingerprint(filename: str) -> str:
    """The first 8 hex digits of the file's SHA-256."""
    return sha256((_STATIC / filename).read_bytes()).hexdigest()[:8]
