"""Makers of bad JWEs. Whatever is wrong, the inner token is genuine unless it is what the attack is about."""

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from sandbox.his.jwe import Jwe, public_point, public_rsa_key, seal
from sandbox.his.tokens import encode_segment, jwt_claims, mint_jwt
from tests.attack.cases import Maker
from tests.launch_stage import Stage, jwt_key
from tests.own_keys import ec_own_key, public_jwk, rsa_own_key

CONTENT_KEY = bytes(range(32))


def rsa_jwk() -> Mapping[str, Any]:
    return public_jwk(rsa_own_key())


def ec_jwk() -> Mapping[str, Any]:
    return public_jwk(ec_own_key())


def genuine(stage: Stage, **options: Any) -> bytes:
    """A signed token that the stage accepts, unless ``options`` of ``mint_jwt`` spoil it."""
    return mint_jwt(stage.content(), jwt_key(), now=stage.now, **options).encode()


def sealed(change: Callable[[Jwe], Jwe] | None = None, **options: Any) -> Maker:
    """A good JWE by RSA but for ``options`` of ``seal``, and for what ``change`` makes of it."""

    def make(stage: Stage) -> str:
        made = seal(genuine(stage), rsa_jwk(), **options)
        return (change(made) if change else made).text

    return make


def agreed(change: Callable[[Jwe], Jwe] | None = None, **options: Any) -> Maker:
    """The same by key agreement."""

    def make(stage: Stage) -> str:
        made = seal(genuine(stage), ec_jwk(), **options)
        return (change(made) if change else made).text

    return make


def header(**members: object) -> Maker:
    return sealed(header=members)


def holding(plain: Callable[[Stage], bytes]) -> Maker:
    """Well encrypted, holding something else than a signed token."""
    return lambda stage: seal(plain(stage), rsa_jwk()).text


def inner(**options: Any) -> Maker:
    """Well encrypted around a token that ``options`` of ``mint_jwt`` spoil."""
    return holding(lambda stage: genuine(stage, **options))


def bare_claims(stage: Stage) -> bytes:
    return json.dumps(jwt_claims(stage.content(), stage.now)).encode()


def nested(times: int) -> Maker:
    def make(stage: Stage) -> str:
        text = genuine(stage)
        for _ in range(times):
            text = seal(text, rsa_jwk()).text.encode()
        return text.decode()

    return make


def compressed(plain: Callable[[Stage], bytes]) -> Maker:
    """``zip`` DEF: raw deflate (RFC 7516 §4.1.3)."""

    def make(stage: Stage) -> str:
        deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        small = deflater.compress(plain(stage)) + deflater.flush()
        return seal(small, rsa_jwk(), header={"zip": "DEF"}).text

    return make


def flipped(segment: str, place: int = 0) -> Callable[[Jwe], Jwe]:
    """One bit of a segment turned."""

    def change(jwe: Jwe) -> Jwe:
        raw = bytearray(getattr(jwe, segment))
        raw[place] ^= 1
        return jwe.changed(**{segment: bytes(raw)})

    return change


def wrapped_by_pkcs1(jwe: Jwe) -> Jwe:
    """The content key by RSA1_5, of which the header says nothing."""
    return jwe.changed(encrypted_key=public_rsa_key(rsa_jwk()).encrypt(CONTENT_KEY, padding.PKCS1v15()))


def pkcs1(stage: Stage) -> str:
    """Rightly made by RSA1_5: the library could open it."""
    return wrapped_by_pkcs1(
        seal(genuine(stage), rsa_jwk(), header={"alg": "RSA1_5"}, content_key=CONTENT_KEY)
    ).text


def oaep_sha1(stage: Stage) -> str:
    made = seal(genuine(stage), rsa_jwk(), header={"alg": "RSA-OAEP"}, content_key=CONTENT_KEY)
    oaep = padding.OAEP(padding.MGF1(SHA1()), SHA1(), None)  # noqa: S303 - what a wrong sender does
    return made.changed(encrypted_key=public_rsa_key(rsa_jwk()).encrypt(CONTENT_KEY, oaep)).text


def directly(stage: Stage) -> str:
    """``dir``: an empty encrypted key."""
    return seal(genuine(stage), rsa_jwk(), header={"alg": "dir"}).changed(encrypted_key=b"").text


def kept_by_aes(stage: Stage) -> str:
    """A256KW under a key that anyone can read in the set."""
    made = seal(genuine(stage), ec_jwk(), header={"alg": "A256KW"}, content_key=CONTENT_KEY)
    return made.changed(encrypted_key=aes_key_wrap(ec_jwk()["x"][:32].encode(), CONTENT_KEY)).text


def point(change: Callable[[dict[str, Any]], object]) -> Maker:
    """``epk`` changed after the key was agreed upon, and authenticated as it is sent."""

    def spoil(protected: dict[str, Any]) -> None:
        protected["epk"] = change(protected["epk"]) or protected["epk"]

    return agreed(header=spoil)


def longer_coordinate(epk: dict[str, Any]) -> None:
    """A zero in front: the same number, one octet more than the curve has."""
    raw = base64.urlsafe_b64decode(epk["x"] + "=" * (-len(epk["x"]) % 4))
    epk["x"] = encode_segment(b"\x00" + raw)


def fresh_point(curve: ec.EllipticCurve) -> dict[str, str]:
    return public_point(ec.generate_private_key(curve))
