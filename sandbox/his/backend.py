"""What the HIS's own server sends to the hospital, without a browser: tickets and context-ended calls."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from urllib.parse import urlencode, urlsplit

from sandbox.his.content import LaunchContent, SigningKey, new_token_id
from sandbox.his.dialects import Dialect
from sandbox.his.tokens import sign_segments

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
BSN_SYSTEM = "http://fhir.nl/fhir/NamingSystem/bsn"
PATIENT_CLOSED = "patient-closed"
USER_LOGGED_OUT = "user-logged-out"
_SECONDS = 10
_NOTHING: Mapping[str, object] = MappingProxyType({})
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Answer:
    """:param content: the JSON object, empty when there was none."""

    status: int
    content: Mapping[str, object]


def client_assertion(
    issuer: str, audience: str, key: SigningKey, now: datetime, changes: Mapping[str, object] = _NOTHING
) -> str:
    """``private_key_jwt`` (RFC 7523).

    :param now: aware.
    :param changes: other claims; None leaves one out.
    """
    issued = int(now.timestamp())
    claims = {
        "iss": issuer,
        "sub": issuer,
        "aud": audience,
        "jti": new_token_id(),
        "iat": issued,
        "exp": issued + 60,
    }
    return sign_message(key, "JWT", {**claims, **changes})


def ended_message(
    content: LaunchContent,
    dialect: Dialect,
    audience: str,
    event: str,
    key: SigningKey,
    now: datetime,
    changes: Mapping[str, object] = _NOTHING,
) -> str:
    """What ended, as a signed message.

    :param content: the launch whose user, practice, session and patient it is about.
    :param dialect: how this vendor's launches name them.
    :param event: ``patient-closed`` or ``user-logged-out``.
    :param now: aware.
    :param changes: other claims; None leaves one out.
    """
    issued = int(now.timestamp())
    claims: dict[str, object] = {
        "iss": content.issuer,
        "aud": audience,
        "jti": new_token_id(),
        "iat": issued,
        "exp": issued + 60,
        "event": event,
        "sub": dialect.fill(dialect.ended_user, content),
        "practice": content.practice_ura,
        "sid": content.session if dialect.tells_session else None,
    }
    if event == PATIENT_CLOSED:
        claims["patient"] = {"system": BSN_SYSTEM, "value": content.bsn}
    return sign_message(key, "his-context-ended+jwt", {**claims, **changes})


def sign_message(key: SigningKey, kind: str, claims: Mapping[str, object]) -> str:
    """A compact JWS. :param kind: ``typ``; empty for none."""
    header = {"alg": key.algorithm, "kid": key.kid} | ({"typ": kind} if kind else {})
    said = {name: value for name, value in claims.items() if value is not None}
    return sign_segments(_json(header), _json(said), key.private, key.algorithm)


def ticket_fields(token: Mapping[str, str], assertion: str) -> dict[str, str]:
    """The form that asks for a ticket. :param token: the launch's own field."""
    return {**token, "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}


def post_form(url: str, fields: Mapping[str, str]) -> Answer:
    """POST a form from server to server.

    :param url: http, of a sandbox or a test.
    :raises OSError: nobody answers.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_SECONDS)
    try:
        connection.request("POST", parts.path, urlencode(fields), {"Content-Type": _FORM})
        answer = connection.getresponse()
        raw = answer.read()
    finally:
        connection.close()
    try:
        content = json.loads(raw)
    except ValueError:
        content = {}
    return Answer(answer.status, content if isinstance(content, dict) else {})


def _json(members: Mapping[str, object]) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode()
