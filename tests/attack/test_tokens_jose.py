"""Attacks on a JWT's header, signature and encoding (security.md §6, A001 to A050)."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from launch.errors import LaunchRefusedError
from sandbox.his.tokens import SigningKey, encode_segment, mint_jwt, object_with_duplicates
from tests.attack.cases import Cases, Maker
from tests.attack.expected import expected
from tests.attack.jose_makers import (
    by_the_wrong_rsa_scheme,
    claims,
    flattened,
    header,
    hmac_signed,
    minted,
    payload,
    raw_header,
    signature,
    text,
    unsigned,
)
from tests.launch_stage import JWT_ISSUER, SAML_ISSUER, Stage, certificate, jwt_key, other_jwt_key, rsa_key

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
TYPE, KID = ("typ", "his-launch+jwt"), ("kid", "his-2026-11")

cases = Cases()
case = cases.add


def by_a_certificates_kid(stage: Stage) -> str:
    head = {"kid": certificate().fingerprint}
    return mint_jwt(stage.content(SAML_ISSUER), jwt_key(), now=stage.now, header=head)


def by_a_certificates_key(stage: Stage) -> str:
    """A certificate pinned for XML must not verify a JWT, however genuine its signature."""
    stage.add_key(JWT_ISSUER, certificate())
    key = SigningKey(certificate().fingerprint, "RS256", certificate().private)
    return mint_jwt(stage.content(), key, now=stage.now)


def with_own_jwk(stage: Stage) -> str:
    head = {"kid": jwt_key().kid, "jwk": dict(other_jwt_key().public_jwk)}
    return mint_jwt(stage.content(), other_jwt_key(), now=stage.now, header=head)


def by_another_issuers_key(stage: Stage) -> str:
    return mint_jwt(stage.content(), other_jwt_key(), now=stage.now)


def with_rsa_signature_of_zeros(stage: Stage) -> str:
    genuine = mint_jwt(stage.content(), rsa_key(), now=stage.now)
    return f"{genuine.rpartition('.')[0]}.{encode_segment(bytes(256))}"


def as_der(raw: bytes) -> bytes:
    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


def changed_payload(old: bytes, new: bytes) -> Maker:
    return payload(lambda good: good.replace(old, new, 1))


def added_member(member: bytes) -> Maker:
    return payload(lambda good: good[:-1] + b"," + member + b"}")


def appended(tail: str) -> Maker:
    return text(lambda token: token + tail)


def prepended(front: str) -> Maker:
    return text(lambda token: front + token)


def payload_in(codec: str) -> Maker:
    return payload(lambda good: good.decode().encode(codec))


PEM = jwt_key().public_pem.encode()
case("A001", "alg none, empty signature", unsigned("none"))
case("A001", "alg none, unknown kid", header(alg="none", kid="nobody's"))
case("A002", "alg nOnE", unsigned("nOnE"))
case("A002", "alg NONE", unsigned("NONE"))
case("A003", "HS256 keyed with the public PEM", hmac_signed(PEM))
case("A004", "the PEM stripped", hmac_signed(PEM.strip()))
case("A004", "the PEM with a leading newline", hmac_signed(b"\n" + PEM))
case("A004", "the JWK as JSON", hmac_signed(json.dumps(dict(jwt_key().public_jwk)).encode()))
case("A005", "RS256 under a PS256 key", by_the_wrong_rsa_scheme)
case("A006", "kid of a certificate", by_a_certificates_kid)
case("A006-purpose", "signed by a certificate's key", by_a_certificates_key)
case("A007", "alg is a list", header(alg=["ES256"]))
case("A007", "alg is null", header(alg=None))
case("A007", "alg is a number", header(alg=256))
case("A007", "alg of 300 characters", header(alg="E" * 300))
case("A008", "own key in jwk", with_own_jwk)
case("A009", "jku to loopback", header(jku="http://127.0.0.1:9/jwks"))
case("A009", "x5u to cloud metadata", header(x5u="http://169.254.169.254/x"))
case("A010", "x5c", header(x5c=["MIIC"]))
case("A011", "x5t", header(x5t="AAAA"))
case("A011", "x5t#S256", header(**{"x5t#S256": "AAAA"}))
for kid in ("../../../../dev/null", "/etc/passwd", "a\x00b"):
    case("A012", repr(kid), header(kid=kid))
for kid in ("' OR 1=1 --", "*)(uid=*", "{{7*7}}", "$(id)", "<script>"):
    case("A013", kid, header(kid=kid))
case("A014", "another issuer's key", by_another_issuers_key)
case("A015", "kid is a number", header(kid=7))
case("A015", "kid is a list", header(kid=["his-2026-11"]))
case("A015", "kid is empty", header(kid=""))
case("A015", "kid of 200 characters", header(kid="k" * 200))
case("A015", "no kid", minted(without_header={"kid"}))
case("A015-long", "400 bytes", header(kid="k" * 400))
case("A019", "r = s = 0", signature(lambda _: bytes(64)))
case("A019", "r = n", signature(lambda raw: P256_ORDER.to_bytes(32, "big") + raw[32:]))
case("A019", "s = n", signature(lambda raw: raw[:32] + P256_ORDER.to_bytes(32, "big")))
case("A019", "too long", signature(lambda raw: raw + b"\0"))
case("A019", "DER", signature(as_der))
case("A019", "none", signature(lambda _: b""))
case("A020", "RSA signature of zeros", with_rsa_signature_of_zeros)
case("A021", "EdDSA", header(alg="EdDSA"))
case("A022", "crit names bork", header(crit=["bork"], bork=1))
for crit in ([], ["alg"], "alg", ["exp"]):
    case("A023", f"crit is {crit}", header(crit=crit))
case("A024", "b64 with crit", header(b64=False, crit=["b64"]))
case("A024", "b64 without crit", header(b64=False))
for junk in (" ", "\n", "=", "+", "/", "é", "%2E"):
    case("A025", f"{junk!r} at the end", appended(junk))
    case("A025", f"{junk!r} at the start", prepended(junk))
case("A026", "spare bits of the signature", text(lambda token: token[:-1] + chr(ord(token[-1]) + 1)))
case("A027", "good last", raw_header(object_with_duplicates([TYPE, ("alg", "none"), ("alg", "ES256"), KID])))
case("A027", "good first", raw_header(object_with_duplicates([TYPE, ("alg", "ES256"), ("alg", "none"), KID])))
case("A028", "sub twice", added_member(b'"sub":"x"'))
case("A028", "sub twice by escape", added_member(rb'"\u0073ub":"x"'))
case("A028", "bsn twice", changed_payload(b'"value":', b'"value":"123456782","value":'))
for number in ("NaN", "Infinity", "-Infinity", "1e999", "-0", "9" * 5000):
    case("A029", number[:10], added_member(b'"x":' + number.encode()))
case("A030", "payload is a list", payload(lambda good: b"[" + good + b"]"))
case("A030", "payload is a text", payload(lambda _: b'"x"'))
case("A030", "header is a list", raw_header(b'["ES256"]'))
for codec in ("utf-16", "utf-16-le", "utf-32", "utf-8-sig"):
    case("A031", codec, payload_in(codec))
    case("A031", f"header in {codec}", raw_header('{"alg":"ES256"}'.encode(codec)))
case("A031", "overlong UTF-8", changed_payload(b"L. Arts", b"L.\xc0\xafArts"))
case("A031", "Latin-1", changed_payload(b"L. Arts", b"L. \xe9"))
case("A032", "a lone surrogate", changed_payload(b"L. Arts", rb"L. \ud800"))
case("A032", "a lone surrogate as name", added_member(rb'"\udc00":1'))
case("A033", "2000 deep", added_member(b'"x":' + b"[" * 2000 + b"]" * 2000))
case("A033", "nine deep", added_member(b'"x":' + b"[" * 8 + b"]" * 8))
case("A033", "3000 opened", payload(lambda _: b"[" * 3000))
case("A033-deep", "100000 opened", payload(lambda _: b"[" * 100_000))
case("A033-header", "header 300 deep", raw_header(b'{"alg":' + b"[" * 300 + b"]" * 300 + b"}"))
case("A034", "Sub for sub", minted(claims={"Sub": "1"}, without_claims={"sub"}))
case("A034", "AUD for aud", minted(claims={"AUD": "1"}, without_claims={"aud"}))
case("A035", "flattened JSON", flattened())
case("A036", "general JSON without signatures", flattened(signatures="[]"))
case("A037", "alg in the unprotected header alone", flattened(protected=False))
case("A038", "one good and one bad signature", flattened(signatures='[{"signature":"AA"},{}]'))
case("A039", "six segments", appended(".AA.AA.AA"))
case("A039", "four segments", appended(".AA"))
case("A039", "two segments", text(lambda token: token.rpartition(".")[0]))
case("A039", "empty segments", text(lambda _: ".."))
case("A039-flood", "ten million dots", text(lambda _: "." * 10_000_000))
case("A040", "header of 300 kB", header(kid="k" * 300_000))
case("A040", "signature of 5 MB", signature(lambda _: bytes(5_000_000)))
case("A040", "payload of 1 MiB", claims(x="x" * 1_048_576))
case("A040", "signature of 2 kB", signature(lambda _: bytes(2000)))
case("A040", "payload of 9 kB", claims(x="x" * 8192))
case("A050", "five segments", appended(".AA.AA"))


@pytest.mark.parametrize(("row", "maker"), cases.params())
def test_bad_jwt_gets_its_code(row: str, maker: Maker) -> None:
    stage = Stage()
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(maker(stage))
    assert refused.value.code == expected(row).code


def test_good_jwt_of_the_same_stage_is_accepted() -> None:
    stage = Stage()
    assert stage.verify(mint_jwt(stage.content(), jwt_key(), now=stage.now)).user.identifier == "177578"


@pytest.mark.proves("attack:A026")
def test_other_signature_over_the_same_token_keeps_its_replay_id() -> None:
    stage = Stage()
    genuine = mint_jwt(stage.content(), jwt_key(), now=stage.now)

    def mirrored(raw: bytes) -> bytes:
        r, s = decode_dss_signature(as_der(raw))
        return r.to_bytes(32, "big") + (P256_ORDER - s).to_bytes(32, "big")

    twin = signature(mirrored, genuine)(stage)
    assert twin != genuine
    assert stage.verify(twin).token_id == stage.verify(genuine).token_id
