"""Opens what was encrypted to us, for both token forms, with this process's keys."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml.etree import _Element

from launch.jose_decoder import check_characters
from launch.jwe import is_encrypted, open_jwe
from launch.leniency import Leniency
from launch.own_keys import NO_KEYS, RSA_OAEP_256, OwnKeys
from launch.saml_encryption import STAND_IN, SealedAssertion, SealFormError, open_sealed, read_sealed
from launch.trust.model import RelaxationName

MAX_REFUSED = 10_000
_MAX_KEYS_TRIED = 3


@dataclass(frozen=True, slots=True, repr=False)
class OpenedAssertion:
    """What came out of an EncryptedAssertion.

    :param plain: bytes of which nothing is proven; None when it did not open.
    :param problem: why it did not; empty when it did.
    :param fingerprint: of the ciphertext, to refuse it by.
    """

    plain: bytes | None
    problem: str
    fingerprint: bytes


class RefusedCiphertexts:
    """Remembers what was refused, so that the same ciphertext is never tried twice (launch.md §2).

    In the memory of one process and bounded: an attacker who probes a cipher changes the ciphertext each
    time, so this only keeps anyone from asking the same question again to average the answers' times.
    Each worker answers once, and 10 000 other refusals later once more.
    """

    def __init__(self, limit: int = MAX_REFUSED) -> None:
        self._limit = limit
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, fingerprint: bytes) -> None:
        """Remember one; beyond the limit the oldest is forgotten."""
        with self._lock:
            self._known[fingerprint] = None
            if len(self._known) > self._limit:
                self._known.popitem(last=False)

    def __contains__(self, fingerprint: bytes) -> bool:
        with self._lock:
            return fingerprint in self._known


class TokenOpener:
    """:param keys: our own; without any, whatever is encrypted is refused."""

    def __init__(self, keys: OwnKeys = NO_KEYS) -> None:
        self._keys = keys
        self.refused = RefusedCiphertexts()

    def jws_of(self, text: str, now: datetime) -> str:
        """The signed token: ``text`` itself, or what it holds when it is encrypted.

        :raises LaunchRefusedError: L102 or L103 for the text as a whole, L207.
        """
        check_characters(text)
        return open_jwe(text, self._keys, now) if is_encrypted(text) else text

    def open_assertion(
        self, encrypted: _Element, issuer: str, leniency: Leniency, now: datetime
    ) -> OpenedAssertion:
        """Decrypt with our RSA keys, the first three that count at ``now`` (aware).

        Never raises for what was sent; the caller answers every failure alike.

        :param issuer: in whose name it came. What was refused in one name is not held against another's,
            or whoever saw a ciphertext could have it refused in advance.
        """
        keys = [
            key.private
            for key in self._keys.opening(now)
            if key.algorithm == RSA_OAEP_256 and isinstance(key.private, rsa.RSAPrivateKey)
        ][:_MAX_KEYS_TRIED]
        sealed, problem = _read(encrypted)
        named = sha256(issuer.encode("utf-8", "surrogatepass")).digest()
        fingerprint = sha256(named + sealed.wrapped + sealed.content).digest()
        problem = problem or self._reason_not_to_try(sealed, fingerprint, leniency)
        plain = open_sealed(STAND_IN if problem else sealed, keys)
        if plain is None:
            problem = problem or ("does not open" if keys else "no key of ours can open assertions")
        return OpenedAssertion(plain, problem, fingerprint)

    def _reason_not_to_try(self, sealed: SealedAssertion, fingerprint: bytes, leniency: Leniency) -> str:
        if sealed.is_weak and not leniency.permits(RelaxationName.AES_CBC_AND_OAEP_SHA1):
            return "encrypted by an algorithm that the grant does not relax"
        return "the same ciphertext was refused before" if fingerprint in self.refused else ""


def _read(encrypted: _Element) -> tuple[SealedAssertion, str]:
    """The form, and what is wrong when it is another one."""
    try:
        return read_sealed(encrypted), ""
    except SealFormError as fault:
        return STAND_IN, str(fault)
    except Exception as fault:  # noqa: BLE001 - whatever a document makes it stumble on is a refusal
        return STAND_IN, type(fault).__name__
