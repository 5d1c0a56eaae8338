"""Opens a token that was encrypted to us (RFC 7516 compact, launch.md §12.1, attacks A041 to A050).

Encryption proves nothing about the sender: whoever has our public key can encrypt. What comes out must
be one signed token of the profile, which is then judged like any other.

Whatever is wrong, the answer is L207 and the work is the same: a token that cannot be opened for its
form goes through the same decryption as one that can, with stand-ins for what it lacks, and a content
key that does not unwrap is replaced by a random one (RFC 7516 §11.5).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc.jwa import JWEKeyAgreement, JWEKeyEncryption
from joserfc.jwe import CompactEncryption, JWERegistry, Recipient
from joserfc.jwk import ECKey, RSAKey

from context.codes import RefusalCode
from launch.errors import LaunchRefusedError
from launch.jose_decoder import PLAIN_TYPE, TOKEN_TYPE, decode_header, decode_segment
from launch.own_keys import ECDH_ES_A256KW, RSA_OAEP_256, OwnKey, OwnKeys, PrivateKey, fits

CONTENT_ENCRYPTION = "A256GCM"
HEADER_NAMES = frozenset({"alg", "enc", "kid", "cty", "typ", "epk"})

_REGISTRY = JWERegistry(algorithms=(RSA_OAEP_256, ECDH_ES_A256KW, CONTENT_ENCRYPTION))
_CONTENT = _REGISTRY.get_enc(CONTENT_ENCRYPTION)
_EPK_NAMES = frozenset({"kty", "crv", "x", "y"})
_IV_BYTES = 12
_TAG_BYTES = 16
_CONTENT_KEY_BYTES = 32
_WRAPPED_BY_AES_BYTES = 40
_SIGNED_TOKEN = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")
_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True, repr=False)
class _Envelope:
    """What goes through decryption.

    :param problem: why this token is refused whatever comes out; empty when its form is right.
    """

    problem: str
    key: OwnKey
    header: Mapping[str, object]
    wrapped: bytes
    iv: bytes
    ciphertext: bytes
    tag: bytes
    authenticated: bytes


def is_encrypted(text: str) -> bool:
    """Four dots make a compact JWE (RFC 7516 §9); nothing inside the token is asked."""
    return text.count(".") == 4


def open_jwe(text: str, keys: OwnKeys, now: datetime) -> str:
    """Decrypt with the one key of ours that the header names.

    :param text: of a size and alphabet that were checked, with four dots.
    :param now: aware; a key past its end opens nothing.
    :returns: the text of a compact JWS, of which nothing is proven.
    :raises LaunchRefusedError: L207.
    """
    own = keys.opening(now)
    if not own:
        raise _refused("no key of ours can open tokens")
    envelope = _read(text, own)
    plain = _decrypt(envelope)
    if envelope.problem or plain is None:
        raise _refused(envelope.problem or "does not open")
    if not _SIGNED_TOKEN.fullmatch(plain):
        raise _refused("what it holds is no signed token")
    return plain.decode("ascii")


def _read(text: str, own: tuple[OwnKey, ...]) -> _Envelope:
    head, *rest = text.split(".")
    header, problem = _read_header(head)
    fitting = [key for key in own if key.algorithm == header.get("alg")]
    named = [key for key in fitting if key.kid == header.get("kid")]
    key = (named or fitting or own)[0]
    problem = problem or ("" if named else "encrypted to no key of ours") or _header_problem(header)
    if isinstance(key.private, ec.EllipticCurvePrivateKey):
        # A point is read exactly once, that of a stand-in when there is nothing else to read.
        problem = problem or _epk_problem(header.get("epk"))
        point = _stand_in_header(key)["epk"] if problem else header["epk"]
        problem = _point_problem(point, key.private) or problem
    elif "epk" in header:
        problem = problem or "epk without key agreement"
    try:
        wrapped, iv, ciphertext, tag = map(decode_segment, rest)
    except LaunchRefusedError as fault:
        wrapped = iv = ciphertext = tag = b""
        problem = problem or fault.detail
    if not _fits(wrapped, key) or (len(iv), len(tag)) != (_IV_BYTES, _TAG_BYTES):
        problem = problem or "a segment of another size"
    if problem:
        wrapped, iv, tag = _stand_in_bytes(key), bytes(_IV_BYTES), bytes(_TAG_BYTES)
        return _Envelope(problem, key, _stand_in_header(key), wrapped, iv, ciphertext, tag, b"")
    return _Envelope("", key, header, wrapped, iv, ciphertext, tag, head.encode("ascii"))


def _read_header(segment: str) -> tuple[Mapping[str, object], str]:
    """The header, and what is wrong when it cannot be read."""
    try:
        return decode_header(segment), ""
    except LaunchRefusedError as fault:
        return _NOTHING, fault.detail


def _header_problem(header: Mapping[str, object]) -> str:
    if not HEADER_NAMES.issuperset(header):
        return "a header name that is not allowed"
    if header.get("enc") != CONTENT_ENCRYPTION:
        return "enc is not on the list"
    if header.get("cty") != "JWT":
        return "cty is not JWT"
    if header.get("typ", TOKEN_TYPE) not in (TOKEN_TYPE, PLAIN_TYPE):
        return "typ is not the profile's"
    return ""


def _epk_problem(epk: object) -> str:
    if not isinstance(epk, dict) or set(epk) != _EPK_NAMES or epk["kty"] != "EC":
        return "epk is no public key"
    return "" if all(isinstance(member, str) for member in epk.values()) else "epk is no public key"


def _point_problem(epk: Any, private: ec.EllipticCurvePrivateKey) -> str:
    """The library refuses a point off its curve; here it must also be whole and on our key's curve."""
    width = (private.key_size + 7) // 8
    try:
        if any(len(decode_segment(epk[name])) != width for name in ("x", "y")):
            return "epk is no whole point"
        if ECKey.import_key(epk).curve_name != _ec_key(private).curve_name:
            return "epk is on another curve"
    except Exception as fault:  # noqa: BLE001 - whatever the library stumbles on is a refusal
        return f"epk cannot be read: {type(fault).__name__}"
    return ""


def _fits(wrapped: bytes, key: OwnKey) -> bool:
    if isinstance(key.private, rsa.RSAPrivateKey):
        return fits(wrapped, key.private)
    return len(wrapped) == _WRAPPED_BY_AES_BYTES


def _stand_in_bytes(key: OwnKey) -> bytes:
    is_rsa = isinstance(key.private, rsa.RSAPrivateKey)
    return b"\x01" * (key.private.key_size // 8 if is_rsa else _WRAPPED_BY_AES_BYTES)


@lru_cache(maxsize=64)
def _stand_in_header(key: OwnKey) -> Mapping[str, object]:
    """For key agreement our own public point, so that there is something to agree with."""
    epk = {"epk": _jose_key(key.private).as_dict(private=False)} if key.algorithm == ECDH_ES_A256KW else {}
    return {"alg": key.algorithm, "enc": CONTENT_ENCRYPTION} | epk


def _jose_key(private: PrivateKey) -> ECKey | RSAKey:
    return _ec_key(private) if isinstance(private, ec.EllipticCurvePrivateKey) else _rsa_key(private)


@lru_cache(maxsize=64)
def _ec_key(private: ec.EllipticCurvePrivateKey) -> ECKey:
    return ECKey.import_key(private)


@lru_cache(maxsize=64)
def _rsa_key(private: rsa.RSAPrivateKey) -> RSAKey:
    return RSAKey.import_key(private)


def _decrypt(envelope: _Envelope) -> bytes | None:
    """The plaintext; None when it does not open."""
    content_key = _unwrap(envelope)
    if len(content_key) != _CONTENT_KEY_BYTES:
        content_key = _CONTENT.generate_cek()
    try:
        return _CONTENT.decrypt(
            envelope.ciphertext, envelope.tag, content_key, envelope.iv, envelope.authenticated
        )
    except Exception:  # noqa: BLE001 - whatever the library stumbles on is a refusal
        return None


def _unwrap(envelope: _Envelope) -> bytes:
    """The content key; empty when it does not unwrap."""
    recipient: Recipient[Any] = Recipient(CompactEncryption(dict(envelope.header)))
    recipient.recipient_key = _jose_key(envelope.key.private)
    recipient.encrypted_key = envelope.wrapped
    algorithm = _REGISTRY.get_alg(envelope.key.algorithm)
    try:
        if isinstance(algorithm, JWEKeyAgreement):
            agreed = algorithm.decrypt_agreed_upon_key(_CONTENT, recipient)
            return algorithm.unwrap_cek_with_auk(envelope.wrapped, agreed)
        return algorithm.decrypt_cek(recipient) if isinstance(algorithm, JWEKeyEncryption) else b""
    except Exception:  # noqa: BLE001 - whatever the library stumbles on is a refusal
        return b""


def _refused(detail: str) -> LaunchRefusedError:
    return LaunchRefusedError(RefusalCode.DECRYPTION_FAILED, detail)
