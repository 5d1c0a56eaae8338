"""The OAuth 2 and OpenID Connect messages that we send, built by authlib (D12).

``authlib.jose`` takes no part in it: tokens are verified elsewhere, by joserfc.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey, RSAKey

from launch.own_keys import OwnKey
from launch.requests.model import OutgoingRequest

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 120
"""How long a client assertion lives; SMART allows five minutes."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are at a vendor. :param redirect_uri: where its answer must go."""

    client_id: str
    redirect_uri: str


def authentication_url(
    endpoint: str, client: Client, request: OutgoingRequest, hints: Mapping[str, str]
) -> str:
    """Where the browser goes for a two-hop launch (OpenID Connect Core §3.2.2.1, Form Post Response Mode).

    :param endpoint: the authorization endpoint that hospital IT registered.
    :param hints: handed back to the issuer as it gave them (``login_hint``, ``lti_message_hint``).
    """
    return _url(
        endpoint,
        client,
        request,
        scope="openid",
        response_type="id_token",
        response_mode="form_post",
        prompt="none",
        **hints,
    )


def authorization_url(
    endpoint: str, client: Client, request: OutgoingRequest, scope: str, verifier: str, **more: str
) -> str:
    """Where the browser goes for a SMART launch (SMART App Launch 2.2 §2.1.5, RFC 7636 with S256).

    :param more: ``aud`` and ``launch``.
    """
    return _url(endpoint, client, request, scope=scope, response_type="code", code_verifier=verifier, **more)


def token_fields(
    client: Client, code: str, verifier: str, authentication: Mapping[str, str]
) -> dict[str, str]:
    """The form for the token endpoint (RFC 6749 §4.1.3).

    :param authentication: how we say who we are.
    """
    body = prepare_token_request(
        "authorization_code",
        redirect_uri=client.redirect_uri,
        code=code,
        code_verifier=verifier,
        **authentication,
    )
    return dict(parse_qsl(body, strict_parsing=True))


def public_client(client: Client) -> dict[str, str]:
    """A client without a secret; PKCE alone ties the code to us (RFC 7636)."""
    return {"client_id": client.client_id}


def signing_client(client: Client, token_endpoint: str, key: OwnKey, now: datetime) -> dict[str, str]:
    """``private_key_jwt`` (RFC 7523 §2.2), signed with our own key.

    :param now: aware.
    """
    private = key.private
    assertion = private_key_jwt_sign(
        ECKey.import_key(private)
        if isinstance(private, ec.EllipticCurvePrivateKey)
        else RSAKey.import_key(private),
        client_id=client.client_id,
        token_endpoint=token_endpoint,
        alg=key.algorithm,
        issued_at=int(now.timestamp()),
        expires_in=ASSERTION_SECONDS,
        header={"typ": "JWT", "kid": key.kid},
    )
    return {
        "client_id": client.client_id,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }


def _url(endpoint: str, client: Client, request: OutgoingRequest, **parameters: str) -> str:
    builder = OAuth2Client(
        None, client.client_id, redirect_uri=client.redirect_uri, code_challenge_method="S256"
    )
    url, _ = builder.create_authorization_url(
        endpoint, state=request.state, nonce=request.nonce, **parameters
    )
    return str(url)
