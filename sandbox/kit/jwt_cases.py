"""JWT launches: one golden, the others wrong in one way each."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sandbox.his.content import new_token_id
from sandbox.his.tokens import (
    encode_segment,
    jwt_claims,
    mint_jwt,
    object_with_duplicates,
    sign_segments,
)
from sandbox.kit.model import Cases, Speaker

Maker = Callable[[Speaker], str]
FIELD = "token"
TYPE = "his-launch+jwt"
_FAR = timedelta(minutes=10)
_CASES = Cases(FIELD)
_case = _CASES.add


def token(speaker: Speaker, *, later: timedelta = timedelta(), **changes: Any) -> str:
    """A genuine token of a click with ``changes``. :param later: when it was clicked, from now."""
    return _signed(speaker, _claims(speaker, later=later, **changes))


def _claims(speaker: Speaker, *, later: timedelta = timedelta(), **changes: Any) -> dict[str, Any]:
    return jwt_claims(speaker.click(**changes), speaker.now + later, speaker.dialect.name)


def _json(members: object) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode()


def _signed(speaker: Speaker, claims: dict[str, Any] | bytes, **options: Any) -> str:
    body = claims if isinstance(claims, bytes) else _json(claims)
    return mint_jwt(speaker.click(), speaker.signers.key, now=speaker.now, claims=body, **options)


def _clicked(**changes: Any) -> Maker:
    return lambda speaker: token(speaker, **changes)


def _header(**members: object) -> Maker:
    return lambda speaker: _signed(speaker, _claims(speaker), header=members)


def _without_header(*names: str) -> Maker:
    return lambda speaker: _signed(speaker, _claims(speaker), without_header=names)


def _claim(name: str, value: Callable[[Speaker], object]) -> Maker:
    return lambda speaker: _signed(speaker, _claims(speaker) | {name: value(speaker)})


def _without(name: str) -> Maker:
    return lambda speaker: _signed(
        speaker, {key: value for key, value in _claims(speaker).items() if key != name}
    )


def _body(change: Callable[[bytes], bytes]) -> Maker:
    """Sign what ``change`` makes of the good claims' bytes."""
    return lambda speaker: _signed(speaker, change(_json(_claims(speaker))))


def _text(change: Callable[[str], str]) -> Maker:
    """Change the finished token."""
    return lambda speaker: change(token(speaker))


def _by_hand(algorithm: str, secret: Callable[[Speaker], Any], how: str) -> Maker:
    """:param algorithm: what the header says. :param how: how it is really signed."""

    def make(speaker: Speaker) -> str:
        head = _json({"typ": TYPE, "alg": algorithm, "kid": speaker.signers.key.kid})
        return sign_segments(head, _json(_claims(speaker)), secret(speaker), how)

    return make


def _signature(forge: Callable[[bytes], bytes]) -> Maker:
    def change(good: str) -> str:
        signed, _, last = good.rpartition(".")
        return f"{signed}.{encode_segment(forge(base64.urlsafe_b64decode(last + '==')))}"

    return _text(change)


def _other_body(speaker: Speaker) -> str:
    head, _, signature = token(speaker).split(".")
    return f"{head}.{encode_segment(_json(_claims(speaker)))}.{signature}"


def _by_a_stranger(speaker: Speaker) -> str:
    kid = {"kid": speaker.signers.key.kid}
    return mint_jwt(
        speaker.click(), speaker.strangers.key, now=speaker.now, header=kid, claims=_json(_claims(speaker))
    )


def _with_own_key(speaker: Speaker) -> str:
    stranger = speaker.strangers.key
    head = {"kid": speaker.signers.key.kid, "jwk": dict(stranger.public_jwk)}
    return mint_jwt(speaker.click(), stranger, now=speaker.now, header=head, claims=_json(_claims(speaker)))


def _kid_twice(speaker: Speaker) -> str:
    kid = speaker.signers.key.kid
    pairs = [("typ", TYPE), ("alg", "ES256"), ("kid", kid), ("kid", kid)]
    return _signed(speaker, _claims(speaker), header=object_with_duplicates(pairs))


def _claim_twice(speaker: Speaker) -> str:
    claims = _claims(speaker)
    return _signed(speaker, object_with_duplicates([*claims.items(), ("iss", claims["iss"])]))


def _seconds(offset: int) -> Callable[[Speaker], int]:
    return lambda speaker: int(speaker.now.timestamp()) + offset


def _pem(speaker: Speaker) -> bytes:
    return speaker.signers.key.public_pem.encode()


_case("golden", "", None, token)
_case("alg-none", "alg none, no signature", "L201", _by_hand("none", lambda _: b"", "none"))
_case("alg-none-mixed-case", "alg nOnE", "L201", _by_hand("nOnE", lambda _: b"", "none"))
_case("alg-hs256", "HMAC keyed with the public key's PEM", "L201", _by_hand("HS256", _pem, "HS256"))
_case("alg-of-another-key", "alg is not the key's own", "L201", _header(alg="ES384"))
_case("alg-list", "alg is a list", "L201", _header(alg=["ES256"]))
_case("alg-missing", "no alg", "L201", _without_header("alg"))
_case("kid-unknown", "no key of this kid", "L202", _header(kid="somebody-else"))
_case("kid-missing", "no kid", "L202", _without_header("kid"))
_case("kid-number", "kid is a number", "L202", _header(kid=7))
_case("kid-path", "kid is a path", "L202", _header(kid="../../../../dev/null"))
_case("typ-missing", "no typ", "L209", _without_header("typ"))
_case("typ-other", "typ of an access token", "L209", _header(typ="at+jwt"))
_case("header-crit", "crit", "L209", _header(crit=["exp"]))
_case("header-jku", "jku", "L209", _header(jku="https://elsewhere.example/jwks.json"))
_case("header-x5u", "x5u", "L209", _header(x5u="https://elsewhere.example/certificate.pem"))
_case("header-x5c", "x5c", "L209", _header(x5c=["MIIC"]))
_case("header-x5t", "x5t", "L209", _header(x5t="AAAA"))
_case("header-jwk", "signed by the key that it brings in jwk", "L209", _with_own_key)
_case("header-b64", "b64 false (RFC 7797)", "L209", _header(b64=False))
_case("header-zip", "zip", "L209", _header(zip="DEF"))
_case("header-kid-twice", "kid stands there twice", "L209", _kid_twice)
_case("signature-of-a-stranger", "signed by a key that is not registered", "L203", _by_a_stranger)
_case("signature-empty", "no signature", "L203", _signature(lambda _: b""))
_case("signature-zeros", "r = s = 0", "L203", _signature(lambda raw: bytes(len(raw))))
_case("signature-short", "one byte short", "L203", _signature(lambda raw: raw[:-1]))
_case("signature-of-another-token", "the claims of another token", "L203", _other_body)
_case("two-segments", "no third segment", "L103", _text(lambda good: good.rpartition(".")[0]))
_case("four-segments", "a fourth segment", "L103", _text(lambda good: good + ".AAAA"))
_case("line-end", "a line end after it", "L103", _text(lambda good: good + "\n"))
_case("padding", "base64 padding", "L103", _text(lambda good: good + "="))
_case("no-token", "no token at all", "L103", lambda _: "launch")
_case("claims-list", "the claims are a list", "L103", _body(lambda good: b"[" + good + b"]"))
_case("claims-no-json", "the claims are no JSON", "L103", _body(lambda good: good[:-1]))
_case("claims-nan", "NaN among the claims", "L103", _body(lambda good: good[:-1] + b',"x":NaN}'))
_case("claims-utf16", "the claims in UTF-16", "L103", _body(lambda good: good.decode().encode("utf-16")))
_case("claim-twice", "iss stands there twice", "L501", _claim_twice)
_case("too-large", "more than 16 KiB", "L102", _claim("x", lambda _: "x" * 16_384))
_case("iss-missing", "no iss", "L501", _without("iss"))
_case("iss-number", "iss is a number", "L501", _claim("iss", lambda _: 7))
_case("iss-unknown", "an issuer that is not registered", "L301", _clicked(issuer="https://nobody.example"))
_case("aud-missing", "no aud", "L501", _without("aud"))
_case("aud-other", "another launch URL", "L502", _clicked(launch_url="https://elsewhere.example/launch"))
_case("aud-slash", "our launch URL with a slash at the end", "L502", _claim(
    "aud", lambda speaker: speaker.content.launch_url + "/"))  # fmt: skip
_case("iat-missing", "no iat", "L501", _without("iat"))
_case("iat-text", "iat is a text", "L501", _claim("iat", lambda speaker: f"{speaker.now.timestamp():.0f}"))
_case("iat-future", "issued ten minutes from now", "L403", _clicked(later=_FAR))
_case("exp-missing", "no exp", "L501", _without("exp"))
_case("exp-past", "expired eight minutes ago", "L401", _clicked(later=-_FAR))
_case("exp-before-iat", "expires before it is issued", "L401", _claim("exp", _seconds(-1)))
_case("exp-far", "valid for an hour", "L404", _clicked(lifetime_seconds=3600))
_case("nbf-future", "not yet valid", "L402", _claim("nbf", _seconds(110)))
_case("jti-missing", "no jti", "L406", _without("jti"))
_case("jti-short", "jti of 15 characters", "L406", _claim("jti", lambda _: new_token_id()[:15]))
_case("jti-repeating", "jti of one character repeated", "L406", _claim("jti", lambda _: "a" * 32))
_case("jti-number", "jti is a number", "L501", _claim("jti", lambda _: 1234567890123456))
_case("nonce-unasked", "a nonce that nobody asked for", "L407", _claim("nonce", lambda _: new_token_id()))


def cases() -> tuple[Any, ...]:
    """Every JWT case but those on content, which both forms share."""
    return _CASES.all()
