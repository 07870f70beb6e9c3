"""One entry of a store, sealed with one key."""

import hmac
import os
import struct
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from azuread_auth.secret import Secret

__all__ = ["SealingKey", "Unreadable"]

_CHANGED: Final = "changed"
_OTHER_KEY: Final = "other_key"
_EXPIRED: Final = "expired"
_VERSION: Final = b"\x01"
_KEY_ID_BYTES: Final = 8
# NIST SP 800-38D 8.3: with random nonces of 96 bits a key may seal 2**32 times.
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_EXPIRY: Final = struct.Struct(">d")
_OVERHEAD: Final = len(_VERSION) + _KEY_ID_BYTES + _NONCE_BYTES + _TAG_BYTES + _EXPIRY.size
# The clocks of machines differ: within a minute of its end an entry is only late.
_LATE_SECONDS: Final = 60.0


class Unreadable(Exception):
    """An entry does not open. `reason` is "changed", "other_key" or "expired"; the text explains it."""

    def __init__(self, reason: str, explanation: str) -> None:
        self.reason = reason
        super().__init__(explanation)


class SealingKey:
    """Seals entries by AES-256-GCM and gives them names by HMAC-SHA256, with a key of its own for each purpose.

    An entry is version, key id, nonce, and sealed: expiry and value. Its name is authenticated with it, so that it
    opens nowhere else.
    """

    def __init__(self, key: Secret) -> None:
        self._header = _VERSION + _derived(key, b"key id", _KEY_ID_BYTES)
        self._cipher = AESGCM(_derived(key, b"sealing", 32))
        self._naming = Secret(_derived(key, b"names", 32))

    def name(self, key: str) -> str:
        """Where the entry is kept: it says nothing about the key to who has not this one."""
        return hmac.digest(self._naming.reveal_bytes(), _encoded(key), "sha256").hex()

    def seal(self, key: str, value: bytes, *, expires_at: float) -> bytes:
        """The entry, which counts until `expires_at`, in seconds since the epoch."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, _EXPIRY.pack(expires_at) + value, self._header + _encoded(key))
        return self._header + nonce + sealed

    def open(self, key: str, entry: bytes, *, now: float) -> bytes | None:
        """The value; None when it has just expired. Raises Unreadable."""
        header, rest = entry[: len(self._header)], entry[len(self._header) :]
        if len(entry) < _OVERHEAD or header[:1] != _VERSION:
            raise Unreadable(_CHANGED, "it is cut or was not written by this package")
        if header != self._header:
            raise Unreadable(_OTHER_KEY, "it is sealed with a key that is not among those given")
        try:
            opened = self._cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], header + _encoded(key))
        except InvalidTag:
            raise Unreadable(_CHANGED, "it was changed, or moved here from another name") from None
        (expires_at,) = _EXPIRY.unpack_from(opened)
        if now < expires_at:
            return opened[_EXPIRY.size :]
        if now < expires_at + _LATE_SECONDS:
            return None
        raise Unreadable(_EXPIRED, "its time was over long ago; an old copy was put back, or clocks differ")


def _derived(key: Secret, purpose: bytes, length: int) -> bytes:
    hkdf = HKDF(SHA256(), length, salt=None, info=b"azuread-auth store, version 1: " + purpose)
    return hkdf.derive(key.reveal_bytes())


def _encoded(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")
