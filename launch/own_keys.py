"""The service's own key pairs: what a HIS encrypts to, and what we sign with.

``app`` reads them from the secrets file. A key works and is published as long as it is in the file and
not past its end. One that begins later is published behind the others, so that a HIS may learn the next
key early; it already opens what was encrypted to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

RSA_OAEP_256 = "RSA-OAEP-256"
ECDH_ES_A256KW = "ECDH-ES+A256KW"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class OwnKey:
    """One key pair with exactly one algorithm and one purpose.

    :param kid: unique among all our own keys.
    :param algorithm: JOSE name: ``RSA-OAEP-256``, ``ECDH-ES+A256KW``, ``ES256`` or ``RS256``.
    :param certificate: self-signed, for SAML metadata; None for a key that SAML cannot use.
    :param not_before, not_after: aware UTC; first choice from the one, useless from the other.
    """

    kid: str
    algorithm: str
    private: PrivateKey = field(repr=False)
    certificate: x509.Certificate | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None

    def has_begun(self, now: datetime) -> bool:
        """:param now: aware."""
        return self.not_before is None or self.not_before <= now

    def is_over(self, now: datetime) -> bool:
        """:param now: aware."""
        return self.not_after is not None and self.not_after <= now


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """All own key pairs; in each tuple the first that has begun is the current one.

    :param decrypt: open tokens. Empty: encrypted tokens are refused.
    :param sign: sign our requests and assertions. Empty: nothing that needs them is offered.
    """

    decrypt: tuple[OwnKey, ...] = ()
    sign: tuple[OwnKey, ...] = ()

    def opening(self, now: datetime) -> tuple[OwnKey, ...]:
        """Keys that open tokens at ``now`` (aware), the current ones first."""
        return _current_first(self.decrypt, now)

    def signing(self, now: datetime) -> tuple[OwnKey, ...]:
        """Keys whose signatures count at ``now`` (aware), the current one first."""
        return _current_first(self.sign, now)

    def signer(self, now: datetime) -> OwnKey | None:
        """The key to sign with at ``now`` (aware); None when there is none."""
        return next((key for key in self.signing(now) if key.has_begun(now)), None)


NO_KEYS = OwnKeys()


def fits(wrapped: bytes, key: rsa.RSAPrivateKey) -> bool:
    """Whether RSA would be tried on these bytes at all: as long as the modulus, and a smaller number."""
    return len(wrapped) == key.key_size // 8 and int.from_bytes(wrapped, "big") < _modulus(key)


@lru_cache(maxsize=64)
def _modulus(key: rsa.RSAPrivateKey) -> int:
    return key.public_key().public_numbers().n


def _current_first(keys: Iterable[OwnKey], now: datetime) -> tuple[OwnKey, ...]:
    live = [key for key in keys if not key.is_over(now)]
    return tuple(sorted(live, key=lambda key: not key.has_begun(now)))
