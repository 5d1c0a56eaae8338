"""Makers of bad JWTs: each signs for real what is wrong with it, unless the signature itself is."""

import base64
import json
from collections.abc import Callable
from typing import Any

from sandbox.his.tokens import encode_segment, jwt_claims, mint_jwt, sign_segments
from tests.attack.cases import Maker
from tests.launch_stage import Stage, jwt_key, rsa_key


def minted(**options: Any) -> Maker:
    """A good token but for these options of ``mint_jwt``."""
    return lambda stage: mint_jwt(stage.content(), jwt_key(), now=stage.now, **options)


def header(**changes: object) -> Maker:
    return minted(header=changes)


def claims(**changes: object) -> Maker:
    return minted(claims=changes)


def without(*names: str) -> Maker:
    return minted(without_claims=names)


def payload(change: Callable[[bytes], bytes]) -> Maker:
    """Sign a payload that ``change`` made from the good one's bytes."""

    def make(stage: Stage) -> str:
        good = json.dumps(jwt_claims(stage.content(), stage.now)).encode()
        return mint_jwt(stage.content(), jwt_key(), now=stage.now, claims=change(good))

    return make


def raw_header(raw: bytes) -> Maker:
    return minted(header=raw)


def text(change: Callable[[str], str]) -> Maker:
    """Change the finished token."""
    return lambda stage: change(mint_jwt(stage.content(), jwt_key(), now=stage.now))


def times(offset: int, name: str = "exp") -> Maker:
    return lambda stage: mint_jwt(
        stage.content(), jwt_key(), now=stage.now, claims={name: int(stage.now.timestamp()) + offset}
    )


def unsigned(algorithm: str) -> Maker:
    def make(stage: Stage) -> str:
        head = json.dumps({"typ": "his-launch+jwt", "alg": algorithm, "kid": jwt_key().kid}).encode()
        return sign_segments(head, _good_payload(stage), b"", "none")

    return make


def hmac_signed(secret: bytes) -> Maker:
    def make(stage: Stage) -> str:
        head = json.dumps({"typ": "his-launch+jwt", "alg": "HS256", "kid": jwt_key().kid}).encode()
        return sign_segments(head, _good_payload(stage), secret, "HS256")

    return make


def signature(forge: Callable[[bytes], bytes], genuine: str | None = None) -> Maker:
    """Replace the signature, of ``genuine`` or of a fresh good token, by what ``forge`` makes of it."""

    def change(token: str) -> str:
        signed, _, last = token.rpartition(".")
        raw = base64.urlsafe_b64decode(last + "=" * (-len(last) % 4))
        return f"{signed}.{encode_segment(forge(raw))}"

    return text(change) if genuine is None else lambda _: change(genuine)


def _good_payload(stage: Stage) -> bytes:
    return json.dumps(jwt_claims(stage.content(), stage.now)).encode()


def _with_iua(**changes: object) -> Callable[[Stage], dict[str, Any]]:
    def make(stage: Stage) -> dict[str, Any]:
        whole = jwt_claims(stage.content(), stage.now)
        extensions: Any = whole["extensions"]
        extensions["ihe_iua"].update(changes)
        return {"extensions": extensions}

    return make


def iua(**changes: object) -> Maker:
    return lambda stage: mint_jwt(
        stage.content(), jwt_key(), now=stage.now, claims=_with_iua(**changes)(stage)
    )


def patient(**changes: object) -> Maker:
    def make(stage: Stage) -> str:
        whole: dict[str, Any] = jwt_claims(stage.content(), stage.now)
        return mint_jwt(
            stage.content(), jwt_key(), now=stage.now, claims={"patient": whole["patient"] | changes}
        )

    return make


def by_the_wrong_rsa_scheme(stage: Stage) -> str:
    head = json.dumps({"typ": "his-launch+jwt", "alg": "RS256", "kid": rsa_key().kid}).encode()
    return sign_segments(head, _good_payload(stage), rsa_key().private, "RS256")


def flattened(*, protected: bool = True, signatures: str = "") -> Maker:
    def change(token: str) -> str:
        head, body, last = token.split(".")
        outer: dict[str, object] = {"payload": body}
        if signatures:
            outer["signatures"] = json.loads(signatures)
        else:
            outer |= {"signature": last, "header": {"alg": "ES256"}}
        if protected:
            outer["protected"] = head
        return json.dumps(outer)

    return text(change)
