"""The ROCA fingerprint: RSA moduli made by a faulty smart-card library (CVE-2017-15361).

Nemec, Sys, Svenda, Klinec, Matyas: "The Return of Coppersmith's Attack", ACM CCS 2017, sections 2 and
3. That library made primes of the form ``k * M + (65537 ** a mod M)``, with M the product of the first
primes, so a modulus N of two such primes is a power of 65537 modulo M. Keys of every length share the
primes up to 167, and a random modulus has this property with probability below 2 ** -150.
"""

from math import gcd

_GENERATOR = 65537
_PRIMES = (
    *(2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97),
    *(101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167),
)


def has_roca_fingerprint(modulus: int) -> bool:
    """True when ``modulus`` is a power of 65537 modulo every prime up to 167, by one shared exponent."""
    exponent, period = 0, 1
    for prime in _PRIMES:
        powers = _powers(prime)
        residue = modulus % prime
        if residue not in powers:
            return False
        joined = _join(exponent, period, powers.index(residue), len(powers))
        if joined is None:
            return False
        exponent, period = joined
    return True


def has_small_factor(modulus: int) -> bool:
    """True when a prime up to 167 divides ``modulus``: no honest key."""
    return any(modulus % prime == 0 for prime in _PRIMES)


def _powers(prime: int) -> list[int]:
    """The powers of 65537 modulo ``prime``, exponent 0 first, each once."""
    powers = [1 % prime]
    while (following := powers[-1] * _GENERATOR % prime) != powers[0]:
        powers.append(following)
    return powers


def _join(first: int, first_period: int, second: int, second_period: int) -> tuple[int, int] | None:
    """The exponents that satisfy both congruences (Chinese remainder), or None when none does."""
    shared = gcd(first_period, second_period)
    if (second - first) % shared:
        return None
    step = second_period // shared
    turns = (second - first) // shared * pow(first_period // shared, -1, step) % step if step > 1 else 0
    period = first_period * step
    return (first + first_period * turns) % period, period
