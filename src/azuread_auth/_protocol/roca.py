"""Recognises RSA keys made by a faulty generator (CVE-2017-15361, "ROCA"), which can be factored.

Such primes have the form k * M + (65537 ** a mod M), where M is the product of the first primes. So the modulus is,
for each small prime p, a power of 65537 modulo p; an ordinary modulus is so for all of them once in 10**8 keys.
Source: Nemec et al., "The Return of Coppersmith's Attack", section 3.
"""

from functools import cache

__all__ = ["has_roca_fingerprint"]

_GENERATOR = 65537
_SMALL_PRIMES = (
    *(3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79),
    *(83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167),
)


def has_roca_fingerprint(modulus: int) -> bool:
    """Whether the modulus has the shape that only the faulty generator makes."""
    return all(modulus % prime in _powers(prime) for prime in _SMALL_PRIMES)


@cache
def _powers(prime: int) -> frozenset[int]:
    return frozenset(pow(_GENERATOR, exponent, prime) for exponent in range(prime - 1))
