"""Reading a JSON Web Key Set (RFC 7517): one bad key refuses the whole set (attacks A016 to A018, A119).

A set in which somebody else could have put one key is trusted in none. Keys for another purpose, or for
an algorithm that is not accepted here, are no fault: they are held against the rules for secrets and
then left out.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from launch.strict_json import StrictJsonError, decode_object
from launch.trust.key_problems import EXPLANATIONS, KeyProblem, KeyRefusedError
from launch.trust.key_rules import ALGORITHMS, CheckedKey, check_key_set, check_public_key
from launch.trust.pem import SigningKey

MAX_KEYS = 50

_KID = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
_PRIVATE_NAMES = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_CURVES: Mapping[str, tuple[ec.EllipticCurve, str, int]] = {
    "P-256": (ec.SECP256R1(), "ES256", 32),
    "P-384": (ec.SECP384R1(), "ES384", 48),
}
_MAX_INTEGER_CHARACTERS = 1400
ALWAYS, FOREVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class KeySetRefusedError(Exception):
    """The whole set may not be used. :param problems: readable lines, without key material."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """One key of a set that may verify.

    :param not_before, not_after: aware UTC, from ``nbf`` and ``exp``, which OpenID Federation adds to a
        JWK for its historical keys; the ends of time when absent. A key that says ``revoked`` is left out.
    """

    key: CheckedKey
    not_before: datetime = ALWAYS
    not_after: datetime = FOREVER


def parse_key_set(raw: bytes) -> tuple[PublishedKey, ...]:
    """Every usable key of a set, possibly none: a vendor that empties its set withdraws its keys.

    :raises KeySetRefusedError: with every reason.
    """
    entries = _read_entries(raw)
    problems: list[str] = list(_repeated_kids(entries))
    keys: list[PublishedKey] = []
    places: list[tuple[str, CheckedKey]] = []
    for number, entry in enumerate(entries, start=1):
        try:
            found = _read_key(entry)
        except KeyRefusedError as refused:
            problems += [f"keys[{number}] {EXPLANATIONS[problem]}" for problem in refused.problems]
            continue
        if found is not None:
            keys.append(found)
            places.append((f"keys[{number}]", found.key))
    problems += [f"{place} {EXPLANATIONS[problem]}" for place, problem in check_key_set(places)]
    if problems:
        raise KeySetRefusedError(problems)
    return tuple(keys)


def _read_entries(raw: bytes) -> list[dict[str, object]]:
    try:
        entries = decode_object(raw).get("keys")
    except StrictJsonError as error:
        raise KeySetRefusedError([f"the key set is no strict JSON: {error}"]) from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise KeySetRefusedError(["the key set has no list of keys"])
    if len(entries) > MAX_KEYS:
        raise KeySetRefusedError([f"the key set has more than {MAX_KEYS} keys"])
    return entries


def _repeated_kids(entries: Iterable[Mapping[str, object]]) -> Iterator[str]:
    seen: set[str] = set()
    for number, entry in enumerate(entries, start=1):
        kid = entry.get("kid")
        if isinstance(kid, str):
            if kid in seen:
                yield f"keys[{number}] {EXPLANATIONS[KeyProblem.DUPLICATE_KID]}"
            seen.add(kid)


def _read_key(entry: Mapping[str, object]) -> PublishedKey | None:
    """None for a key that is right, but not for our use."""
    algorithm = _optional_text(entry, "alg")
    if not _PRIVATE_NAMES.isdisjoint(entry) and entry.get("kty") != "oct":
        raise KeyRefusedError([KeyProblem.PRIVATE_KEY])
    if entry.get("kty") == "oct" or algorithm.upper().startswith(("HS", "NONE")):
        raise KeyRefusedError([KeyProblem.ALGORITHM_SYMMETRIC])
    if not isinstance(entry.get("kty"), str):
        raise KeyRefusedError([KeyProblem.UNREADABLE])
    kid = _optional_text(entry, "kid")
    if "revoked" in entry or not _is_for_signatures(entry) or not kid:
        return None
    if algorithm and algorithm not in ALGORITHMS:
        return None
    read = _READERS.get(str(entry["kty"]))
    found = read(entry) if read else None
    if found is None:
        return None
    key, default = found
    if not _KID.fullmatch(kid):
        raise KeyRefusedError([KeyProblem.UNREADABLE])
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
    not_before, not_after = _moment(entry, "nbf", ALWAYS), _moment(entry, "exp", FOREVER)
    if not_after <= not_before:
        raise KeyRefusedError([KeyProblem.CERTIFICATE_DATES])
    return PublishedKey(check_public_key(kid, algorithm or default, pem), not_before, not_after)


def _is_for_signatures(entry: Mapping[str, object]) -> bool:
    """``use`` and ``key_ops``, each decisive when present (RFC 7517 sections 4.2 and 4.3)."""
    operations = entry.get("key_ops", ["verify"])
    if not isinstance(operations, list) or not all(isinstance(each, str) for each in operations):
        raise KeyRefusedError([KeyProblem.UNREADABLE])
    if len(set(operations)) != len(operations):
        raise KeyRefusedError([KeyProblem.UNREADABLE])
    return _optional_text(entry, "use") in ("", "sig") and "verify" in operations


def _read_rsa(entry: Mapping[str, object]) -> tuple[SigningKey, str]:
    """RFC 7518 section 6.3.1. Without ``alg`` the key is for RS256 alone."""
    modulus, exponent = _integer(entry, "n"), _integer(entry, "e")
    try:
        return rsa.RSAPublicNumbers(exponent, modulus).public_key(), "RS256"
    except ValueError:
        raise KeyRefusedError([KeyProblem.UNREADABLE]) from None


def _read_ec(entry: Mapping[str, object]) -> tuple[SigningKey, str] | None:
    """RFC 7518 section 6.2.1. None for a curve that is not accepted here."""
    known = _CURVES.get(_optional_text(entry, "crv"))
    if known is None:
        return None
    curve, algorithm, length = known
    x, y = _octets(entry, "x"), _octets(entry, "y")
    if len(x) != length or len(y) != length:
        raise KeyRefusedError([KeyProblem.UNREADABLE])
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), curve)
    try:
        return numbers.public_key(), algorithm
    except ValueError:
        raise KeyRefusedError([KeyProblem.UNREADABLE]) from None


_READERS = {"RSA": _read_rsa, "EC": _read_ec}


def _integer(entry: Mapping[str, object], name: str) -> int:
    """Base64urlUInt: the shortest octets, big-endian (RFC 7518 section 2)."""
    octets = _octets(entry, name)
    if octets[0] == 0:
        raise KeyRefusedError([KeyProblem.UNREADABLE])
    return int.from_bytes(octets)


def _octets(entry: Mapping[str, object], name: str) -> bytes:
    text = _optional_text(entry, name)
    if not 0 < len(text) <= _MAX_INTEGER_CHARACTERS:
        raise KeyRefusedError([KeyProblem.UNREADABLE])
    try:
        octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise KeyRefusedError([KeyProblem.UNREADABLE]) from None
    if base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii") != text:
        raise KeyRefusedError([KeyProblem.UNREADABLE])
    return octets


def _moment(entry: Mapping[str, object], name: str, absent: datetime) -> datetime:
    if name not in entry:
        return absent
    value = entry[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise KeyRefusedError([KeyProblem.UNREADABLE])
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise KeyRefusedError([KeyProblem.UNREADABLE]) from None


def _optional_text(entry: Mapping[str, object], name: str) -> str:
    value = entry.get(name, "")
    if not isinstance(value, str):
        raise KeyRefusedError([KeyProblem.UNREADABLE])
    return value
