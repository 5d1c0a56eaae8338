"""Attacks on encrypted tokens (security.md §6, A041 to A050): a JWE proves nothing about its sender."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from launch.errors import LaunchRefusedError
from launch.opening import TokenOpener
from launch.own_keys import OwnKey, OwnKeys
from launch.trust.model import Relaxation, RelaxationName
from sandbox.his.jwe import Jwe, encrypt_jwe, seal
from sandbox.his.tokens import SigningKey, mint_jwt, new_es256_key, sign_segments
from tests.attack.cases import Cases, Maker
from tests.attack.expected import expected
from tests.attack.jwe_makers import (
    CONTENT_KEY,
    agreed,
    bare_claims,
    compressed,
    directly,
    ec_jwk,
    flipped,
    fresh_point,
    genuine,
    header,
    holding,
    inner,
    kept_by_aes,
    longer_coordinate,
    nested,
    oaep_sha1,
    pkcs1,
    point,
    rsa_jwk,
    sealed,
    wrapped_by_pkcs1,
)
from tests.launch_stage import JWT_ISSUER, Stage, jwt_key
from tests.own_keys import ec_own_key, public_jwk, rsa_own_key

cases = Cases()
case = cases.add


def stranger() -> SigningKey:
    """Not registered, with the kid of a key that is."""
    return new_es256_key(jwt_key().kid)


def unsigned_inside(stage: Stage) -> bytes:
    head = b'{"alg":"none","kid":"his-2026-11","typ":"his-launch+jwt"}'
    return sign_segments(head, bare_claims(stage), b"", "none").encode()


def by_a_stranger(stage: Stage) -> bytes:
    return mint_jwt(stage.content(), stranger(), now=stage.now).encode()


def with_jws_header(stage: Stage) -> str:
    head, *_ = genuine(stage).decode().split(".")
    return f"{head}." + ".".join(seal(genuine(stage), rsa_jwk()).text.split(".")[1:])


def three_segments_of_a_jwe(stage: Stage) -> str:
    return ".".join(seal(genuine(stage), rsa_jwk()).text.split(".")[:3])


def cut(segment: str, length: int) -> Maker:
    return sealed(lambda jwe: jwe.changed(**{segment: getattr(jwe, segment)[:length]}))


def longer(segment: str) -> Callable[[Jwe], Jwe]:
    return lambda jwe: jwe.changed(**{segment: getattr(jwe, segment) + b"x"})


def with_text(place: int, text: str) -> Maker:
    """One segment's text replaced."""

    def make(stage: Stage) -> str:
        parts = seal(genuine(stage), rsa_jwk()).text.split(".")
        parts[place] = text
        return ".".join(parts)

    return make


def other_kid(stage: Stage) -> str:
    return sealed(header={"kid": ec_own_key().kid})(stage)


def opened_by_a_shorter_key(bits: int) -> Maker:
    return sealed(content_key=CONTENT_KEY[: bits // 8])


case("A041", "claims without a signature", holding(bare_claims))
case("A041", "nothing", holding(lambda stage: b""))
case("A041", "a signed token and a line", holding(lambda stage: genuine(stage) + b"\n"))
case("A041", "bytes", holding(lambda stage: b"\xff\x00" * 40))
case("A042", "unsigned inside", holding(unsigned_inside))
case("A042-signed", "signed by a stranger", holding(by_a_stranger))
case("A042-kid", "of no registered key", inner(header={"kid": "nobody"}))
case("A043", "compressed", compressed(genuine))
case("A043", "10 MB of zeros", compressed(lambda stage: bytes(10_000_000)))
case("A043-large", "50 MB of zeros", compressed(lambda stage: bytes(50_000_000)))
case("A044", "twice", nested(2))
case("A044", "three times", nested(3))
case("A044", "cty of a JWE", header(cty="JWE"))
case("A044", "no cty", sealed(without_header=["cty"]))
case("A045", "RSA1_5", pkcs1)
case("A045", "RSA1_5 under an OAEP header", sealed(wrapped_by_pkcs1, content_key=CONTENT_KEY))
case("A045", "content key of 16 bytes", opened_by_a_shorter_key(128))
case("A045", "content key of 24 bytes", opened_by_a_shorter_key(192))
case("A046", "RSA-OAEP with SHA-1", oaep_sha1)
case("A046", "A256KW", kept_by_aes)
case("A046", "A256GCMKW", sealed(header={"alg": "A256GCMKW", "iv": "AAAAAAAAAAAAAAAA", "tag": "AA"}))
case("A046", "dir", directly)
case("A046", "ECDH-ES", agreed(header={"alg": "ECDH-ES"}))
case("A046", "ECDH-ES+A128KW", agreed(header={"alg": "ECDH-ES+A128KW"}))
case("A046", "the other key's kid", other_kid)
case("A046", "no kid", sealed(without_header=["kid"]))
case("A046", "kid of another", header(kid="nobody"))
case("A046", "A128GCM", header(enc="A128GCM"))
case("A046", "A256CBC-HS512", header(enc="A256CBC-HS512"))
case("A046", "alg is a list", header(alg=["RSA-OAEP-256"]))
case("A047", "p2c 2e8", header(alg="PBES2-HS256+A128KW", p2s="AAAAAAAAAAAAAAAA", p2c=200_000_000))
case("A048", "off the curve", point(lambda epk: epk.update(x=epk["y"])))
case("A048", "the point at infinity", point(lambda epk: epk.update(x="A" * 43, y="A" * 43)))
case("A048", "of another curve", point(lambda epk: fresh_point(ec.SECP384R1())))
case("A048", "another curve's name", point(lambda epk: epk.update(crv="P-384")))
case("A048", "Montgomery", point(lambda epk: {"kty": "OKP", "crv": "X25519", "x": epk["x"]}))
case("A048", "with a private half", point(lambda epk: epk.update(d=epk["x"])))
case("A048", "another point", point(lambda epk: fresh_point(ec.SECP256R1())))
case("A048", "a number", point(lambda epk: epk.update(x=7)))
case("A048", "a coordinate too long", point(longer_coordinate))
case("A048", "with another name", point(lambda epk: epk.update(kid="x")))
case("A048", "text", point(lambda epk: "point"))
case("A048", "none", agreed(without_header=["epk"]))
case("A048", "with RSA", sealed(header={"epk": fresh_point(ec.SECP256R1())}))
for name, size in (("tag", 16), ("iv", 12), ("encrypted_key", 256)):
    case("A049", f"{name} cut short", cut(name, size - 1))
    case("A049", f"{name} empty", cut(name, 0))
    case("A049", f"{name} longer", sealed(longer(name)))
    case("A049", f"{name} changed", sealed(flipped(name)))
    case("A049", f"{name} changed, by agreement", agreed(flipped(name)))
case("A049", "ciphertext changed", sealed(flipped("ciphertext")))
case("A049", "ciphertext empty", cut("ciphertext", 0))
case("A049", "a space in the header", sealed(lambda jwe: jwe.changed(header=jwe.header + b" ")))
case("A049", "spare bits", with_text(4, "A" * 21 + "B"))
case("A049", "half a base64 group", with_text(3, "AAAAA"))
case("A050", "a JWS header on five segments", with_jws_header)
case("A050-header", "a JWE header on three segments", three_segments_of_a_jwe)
case("A050", "header name twice", sealed(header=b'{"alg":"RSA-OAEP-256","alg":"RSA-OAEP-256"}'))
case("A050", "header too long", header(kid="k" * 600))
case("A050", "header no object", sealed(header=b"[]"))
for forbidden in ("crit", "b64", "jwk", "jku", "x5u", "x5c", "x5t", "apu", "apv", "p2c"):
    case("A050", f"{forbidden} in the header", header(**{forbidden: "AAAA"}))
case("A050", "typ of another profile", header(typ="at+jwt"))


@pytest.mark.parametrize(("row", "maker"), cases.params())
def test_bad_encrypted_token_gets_its_code(row: str, maker: Maker) -> None:
    stage = Stage()
    token = maker(stage)
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(token)
    assert refused.value.code == expected(row).code


@pytest.mark.proves("attack:A043")
@pytest.mark.proves("attack:A047")
@pytest.mark.parametrize(
    "maker",
    [
        compressed(lambda stage: bytes(10_000_000)),
        header(alg="PBES2-HS256+A128KW", p2s="AAAAAAAAAAAAAAAA", p2c=200_000_000),
    ],
    ids=["bomb", "p2c"],
)
def test_bomb_in_a_jwe_costs_less_than_50_ms(maker: Maker) -> None:
    stage = Stage()
    token = maker(stage)
    began = time.process_time()
    with pytest.raises(LaunchRefusedError):
        stage.verify(token)
    assert time.process_time() - began < 0.05


@pytest.mark.parametrize("jwk", [rsa_jwk, ec_jwk])
@pytest.mark.parametrize("members", [{}, {"typ": "JWT"}])
def test_signed_token_in_a_jwe_is_accepted(
    jwk: Callable[[], Mapping[str, Any]], members: dict[str, object]
) -> None:
    stage = Stage()
    launch = stage.verify(seal(genuine(stage), jwk(), header=members).text)
    assert launch.bsn.reveal() == "999911120"
    assert launch.relaxations == ()


def test_typ_of_the_envelope_may_be_absent() -> None:
    stage = Stage()
    assert stage.verify(sealed(without_header=["typ"])(stage)).issuer == JWT_ISSUER


def test_key_agreement_on_p384_is_accepted() -> None:
    stage = Stage()
    own = OwnKey("own-p384", "ECDH-ES+A256KW", ec.generate_private_key(ec.SECP384R1()))
    stage.opener = TokenOpener(OwnKeys(decrypt=(own,)))
    assert stage.verify(encrypt_jwe(genuine(stage).decode(), public_jwk(own))).issuer == JWT_ISSUER


@pytest.mark.proves("attack:A050")
def test_signed_token_where_encryption_is_required_is_refused() -> None:
    stage = Stage()
    stage.change_grant(JWT_ISSUER, require_encryption=True)
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(genuine(stage).decode())
    assert refused.value.code == expected("A050-plain").code
    assert stage.verify(sealed()(stage)).relaxations == ()


def test_relaxed_encryption_lets_a_signed_token_through_and_is_counted() -> None:
    stage = Stage()
    name, day = RelaxationName.NO_ENCRYPTION, timedelta(days=1)
    relaxed = Relaxation(name, stage.now - day, stage.now + day, "HIS not ready")
    stage.change_grant(JWT_ISSUER, require_encryption=True, relaxations=(relaxed,))
    assert stage.verify(genuine(stage).decode()).relaxations == ("no_encryption",)
    assert stage.verify(sealed()(stage)).relaxations == ()
    stage.change_grant(JWT_ISSUER, relaxations=(replace(relaxed, until=stage.now),))
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(genuine(stage).decode())
    assert refused.value.code == expected("A050-plain").code


def test_grant_that_asks_for_no_encryption_does_not_use_up_a_relaxation() -> None:
    stage = Stage()
    day = timedelta(days=1)
    relaxed = Relaxation(RelaxationName.NO_ENCRYPTION, stage.now - day, stage.now + day, "")
    stage.change_grant(JWT_ISSUER, relaxations=(relaxed,))
    assert stage.verify(genuine(stage).decode()).relaxations == ()


@pytest.mark.proves("attack:A118")
def test_old_key_opens_until_its_end_and_a_removed_one_never() -> None:
    stage = Stage()
    token = sealed()(stage)
    following = rsa_own_key("own-next")
    for until, opens in ((stage.now + timedelta(seconds=1), True), (stage.now, False)):
        ending = replace(rsa_own_key(), not_after=until)
        stage.opener = TokenOpener(OwnKeys(decrypt=(following, ending)))
        if opens:
            assert stage.verify(token).issuer == JWT_ISSUER
            continue
        with pytest.raises(LaunchRefusedError) as refused:
            stage.verify(token)
        assert refused.value.code == expected("A118-own").code
    stage.opener = TokenOpener(OwnKeys(decrypt=(following,)))
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(token)
    assert refused.value.code == expected("A118-own").code


@pytest.mark.proves("attack:A118")
def test_new_key_under_the_kid_of_an_old_one_opens_nothing_old() -> None:
    stage = Stage()
    token = sealed()(stage)
    reused = replace(rsa_own_key("own-next"), kid=rsa_own_key().kid)
    stage.opener = TokenOpener(OwnKeys(decrypt=(reused,)))
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(token)
    assert refused.value.code == expected("A118-own").code


def test_service_without_keys_opens_nothing() -> None:
    stage = Stage(opener=TokenOpener())
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(sealed()(stage))
    assert refused.value.code == "L207"
    assert stage.verify(genuine(stage).decode()).issuer == JWT_ISSUER


def test_refusal_tells_the_audit_what_was_wrong_and_holds_nothing_of_the_token() -> None:
    stage = Stage()
    details = set()
    for maker in (header(kid="nobody"), holding(bare_claims), cut("tag", 3), sealed(flipped("ciphertext"))):
        token = maker(stage)
        with pytest.raises(LaunchRefusedError) as refused:
            stage.verify(token)
        assert not any(segment in refused.value.detail for segment in token.split(".") if segment)
        details.add(refused.value.detail)
    assert len(details) == 4
