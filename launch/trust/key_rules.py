"""Which keys may speak for a vendor (security.md §3 "Key registration", attacks A016 to A018, A145).

The same rules run when trust changes and again at every launch, so that a rule that becomes stricter
also ends keys that are already stored. Nothing here repeats key material in an error.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from launch.trust.key_problems import KeyProblem, KeyRefusedError
from launch.trust.model import KeyKind
from launch.trust.pem import SigningKey, allows_signing, read_certificate, read_public_key, signing_key
from launch.trust.roca import has_roca_fingerprint, has_small_factor

ALGORITHMS = ("ES256", "ES384", "PS256", "RS256")
_CURVES = MappingProxyType({"secp256r1": "ES256", "secp384r1": "ES384"})
_RSA_MIN_BITS = 2048
_RSA_MAX_BITS = 4096
_RSA_EXPONENT = 65537


@dataclass(frozen=True, slots=True)
class CheckedKey:
    """A key that passed every rule.

    :param kid: as given, or the certificate's SHA-256 fingerprint in lower-case hex.
    :param pem: re-encoded, so that nothing but the key itself is kept.
    :param spki_sha256: hex SHA-256 of the DER SubjectPublicKeyInfo: equal for the same key in any coat.
    :param not_before, not_after: aware UTC, from the certificate; None for a bare public key.
    """

    kid: str
    kind: KeyKind
    algorithm: str
    pem: str
    spki_sha256: str
    not_before: datetime | None = None
    not_after: datetime | None = None


def check_public_key(kid: str, algorithm: str, text: str) -> CheckedKey:
    """A bare public key for JWS. :raises KeyRefusedError: with every reason at once."""
    problems = list(_algorithm_problems(algorithm))
    try:
        key = read_public_key(text)
    except KeyRefusedError as refused:
        raise KeyRefusedError((*problems, *refused.problems)) from None
    strength = list(_strength_problems(key))
    if not problems and not strength and algorithm not in _fitting_algorithms(key):
        problems.append(KeyProblem.ALGORITHM_MISFIT)
    if problems or strength:
        raise KeyRefusedError((*problems, *strength))
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
    return CheckedKey(kid, KeyKind.PUBLIC_KEY, algorithm, pem, _spki_sha256(key))


def check_certificate(text: str, now: datetime) -> CheckedKey:
    """A certificate to pin for XML signatures; it may begin after ``now``, for a planned rotation.

    Its algorithm is the one that its key fits: RS256 for RSA, ES256 for P-256, ES384 for P-384.

    :param now: aware.
    :raises KeyRefusedError: with every reason at once.
    """
    certificate = read_certificate(text)
    key = signing_key(certificate.public_key())
    problems = [*_certificate_problems(certificate, key), *_date_problems(certificate, now)]
    if problems:
        raise KeyRefusedError(problems)
    return CheckedKey(
        kid=certificate.fingerprint(SHA256()).hex(),
        kind=KeyKind.CERTIFICATE,
        algorithm=_fitting_algorithms(key)[0],
        pem=certificate.public_bytes(Encoding.PEM).decode("ascii"),
        spki_sha256=_spki_sha256(key),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def check_key_set(keys: Iterable[tuple[str, CheckedKey]]) -> Iterator[tuple[str, KeyProblem]]:
    """What is wrong with keys that are each right: the same certificate twice, or one bare key with
    two kids or algorithms. A renewed certificate around the same key is no fault.

    :param keys: the place to name in the answer, and the key.
    """
    listed = list(keys)
    # One key, one purpose: what a certificate pins for XML does not sign JWTs as well (security.md §3).
    seen = {key.spki_sha256 for _, key in listed if key.kind is KeyKind.CERTIFICATE}
    for place, key in listed:
        identity = key.kid if key.kind is KeyKind.CERTIFICATE else key.spki_sha256
        if identity in seen:
            yield place, KeyProblem.DUPLICATE_KEY
        seen.add(identity)


@lru_cache(maxsize=512)
def broken_rules(kind: KeyKind, algorithm: str, pem: str) -> tuple[KeyProblem, ...]:
    """What today's rules hold against a stored key; empty when it may be used.

    A pure function of the stored key, so its answer may be remembered: trust itself never is. Dates are
    left to the launch, which has its own code for them.
    """
    try:
        if kind is KeyKind.PUBLIC_KEY:
            check_public_key("stored", algorithm, pem)
            return ()
        certificate = read_certificate(pem)
        key = signing_key(certificate.public_key())
    except KeyRefusedError as refused:
        return refused.problems
    problems = tuple(_certificate_problems(certificate, key))
    if not problems and algorithm not in _fitting_algorithms(key)[:1]:
        return (KeyProblem.ALGORITHM_MISFIT,)
    return problems


def key_fingerprint(kind: KeyKind, pem: str) -> str:
    """Hex SHA-256 to compare by telephone: of the certificate, or of the DER SubjectPublicKeyInfo.

    :raises KeyRefusedError: the stored text cannot be read.
    """
    if kind is KeyKind.CERTIFICATE:
        return read_certificate(pem).fingerprint(SHA256()).hex()
    return _spki_sha256(read_public_key(pem))


@cache
def known_test_keys() -> frozenset[str]:
    """Hex SHA-256 of the SubjectPublicKeyInfo of keys that were published as examples or test keys."""
    text = files("launch.trust").joinpath("known_test_keys.txt").read_text(encoding="ascii")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return frozenset(line for line in lines if line)


def _algorithm_problems(algorithm: str) -> Iterator[KeyProblem]:
    if algorithm.upper().startswith("HS"):
        yield KeyProblem.ALGORITHM_SYMMETRIC
    elif algorithm not in ALGORITHMS:
        yield KeyProblem.ALGORITHM_UNSUPPORTED


def _fitting_algorithms(key: SigningKey) -> tuple[str, ...]:
    if isinstance(key, rsa.RSAPublicKey):
        return ("RS256", "PS256")
    fitting = _CURVES.get(key.curve.name)
    return (fitting,) if fitting else ()


def _strength_problems(key: SigningKey) -> Iterator[KeyProblem]:
    if isinstance(key, rsa.RSAPublicKey):
        yield from _rsa_problems(key)
    elif key.curve.name not in _CURVES:
        yield KeyProblem.CURVE
    if _spki_sha256(key) in known_test_keys():
        yield KeyProblem.PUBLISHED


def _rsa_problems(key: rsa.RSAPublicKey) -> Iterator[KeyProblem]:
    numbers = key.public_numbers()
    if key.key_size < _RSA_MIN_BITS:
        yield KeyProblem.RSA_TOO_SHORT
    if key.key_size > _RSA_MAX_BITS:
        yield KeyProblem.RSA_TOO_LONG
    if numbers.e != _RSA_EXPONENT:
        yield KeyProblem.RSA_EXPONENT
    if has_small_factor(numbers.n):
        yield KeyProblem.RSA_MODULUS
    if has_roca_fingerprint(numbers.n):
        yield KeyProblem.ROCA


def _certificate_problems(certificate: x509.Certificate, key: SigningKey) -> Iterator[KeyProblem]:
    yield from _strength_problems(key)
    if not allows_signing(certificate):
        yield KeyProblem.CERTIFICATE_USE


def _date_problems(certificate: x509.Certificate, now: datetime) -> Iterator[KeyProblem]:
    if certificate.not_valid_after_utc <= certificate.not_valid_before_utc:
        yield KeyProblem.CERTIFICATE_DATES
    if certificate.not_valid_after_utc <= now:
        yield KeyProblem.EXPIRED


def _spki_sha256(key: SigningKey) -> str:
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
