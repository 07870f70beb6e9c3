"""SHA-256 without a pause."""

from hashlib import sha256
from typing import Final

__all__ = ["digest_of"]

# hashlib, "Changed in version 3.1": the interpreter goes to another thread while more than 2,047 bytes are hashed.
_PIECE: Final = 2047


def digest_of(data: bytes) -> bytes:
    """The SHA-256 digest, taken in pieces: a token's takes 2 µs, and a busy thread keeps the interpreter for 5 ms."""
    digest, start = sha256(data[:_PIECE]), _PIECE
    while start < len(data):
        digest.update(data[start : start + _PIECE])
        start += _PIECE
    return digest.digest()
