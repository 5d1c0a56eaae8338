"""Why a key is refused, in words for the vendor who sent it. No key material is ever repeated."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType


class KeyProblem(StrEnum):
    """Why a key is refused. The value is a text key; ``EXPLANATIONS`` has the vendor's plain English."""

    PRIVATE_KEY = "private_key"
    NOT_A_PUBLIC_KEY = "not_a_public_key"
    NOT_A_CERTIFICATE = "not_a_certificate"
    UNREADABLE = "unreadable"
    KEY_TYPE = "key_type"
    CURVE = "curve"
    RSA_TOO_SHORT = "rsa_too_short"
    RSA_TOO_LONG = "rsa_too_long"
    RSA_EXPONENT = "rsa_exponent"
    RSA_MODULUS = "rsa_modulus"
    ROCA = "roca"
    ALGORITHM_SYMMETRIC = "algorithm_symmetric"
    ALGORITHM_UNSUPPORTED = "algorithm_unsupported"
    ALGORITHM_MISFIT = "algorithm_misfit"
    PUBLISHED = "published"
    EXPIRED = "expired"
    CERTIFICATE_DATES = "certificate_dates"
    CERTIFICATE_USE = "certificate_use"
    DUPLICATE_KID = "duplicate_kid"
    DUPLICATE_KEY = "duplicate_key"
    MIXED_SET = "mixed_set"


EXPLANATIONS: Mapping[KeyProblem, str] = MappingProxyType(
    {
        KeyProblem.PRIVATE_KEY: "holds a private key; treat that key as leaked, make a new pair"
        " and send its public half only",
        KeyProblem.NOT_A_PUBLIC_KEY: "is not exactly one PEM block 'PUBLIC KEY'; a shared secret, a JWK"
        " or several blocks are not accepted",
        KeyProblem.NOT_A_CERTIFICATE: "is not exactly one PEM block 'CERTIFICATE' that can be read",
        KeyProblem.UNREADABLE: "cannot be read as a key: its encoding or its numbers are not valid",
        KeyProblem.KEY_TYPE: "is neither an RSA nor an elliptic-curve key",
        KeyProblem.CURVE: "is on another curve than P-256 or P-384",
        KeyProblem.RSA_TOO_SHORT: "is an RSA key of less than 2048 bits",
        KeyProblem.RSA_TOO_LONG: "is an RSA key of more than 4096 bits",
        KeyProblem.RSA_EXPONENT: "is an RSA key whose public exponent is not 65537",
        KeyProblem.RSA_MODULUS: "is an RSA key whose modulus has a small factor",
        KeyProblem.ROCA: "was made by a library with the ROCA fault (CVE-2017-15361); make a new pair"
        " with other software",
        KeyProblem.ALGORITHM_SYMMETRIC: "names an algorithm with a shared secret; only signatures with"
        " a key pair are accepted",
        KeyProblem.ALGORITHM_UNSUPPORTED: "names an algorithm other than ES256, ES384, PS256 and RS256",
        KeyProblem.ALGORITHM_MISFIT: "names an algorithm that does not belong to this type of key",
        KeyProblem.PUBLISHED: "is a published example or test key, whose private half anyone can have",
        KeyProblem.EXPIRED: "has expired",
        KeyProblem.CERTIFICATE_DATES: "ends before it begins",
        KeyProblem.CERTIFICATE_USE: "is a certificate whose key usage does not allow signing",
        KeyProblem.DUPLICATE_KID: "has the same kid as another key",
        KeyProblem.DUPLICATE_KEY: "is the same key as another one; a key has one kid and one algorithm",
        KeyProblem.MIXED_SET: "is of another kind than the adapter reads: for JWT only public keys",
    }
)


class KeyRefusedError(Exception):
    """The key may not be used. :param problems: every reason, never empty, without key material."""

    def __init__(self, problems: Iterable[KeyProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(EXPLANATIONS[problem] for problem in self.problems))
