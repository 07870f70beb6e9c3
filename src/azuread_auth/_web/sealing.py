"""What a browser keeps for us and can neither read, nor change, nor present for something else."""

import json
import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadData, TimestampSigner
from itsdangerous.encoding import base64_decode, base64_encode

from azuread_auth.secret import Secret

__all__ = ["Sealer", "sealed_members"]

_VERSION: Final = b"1"
# In the last character of a signature only four bits count: with others it would be a second text for the same thing.
_SIGNATURE: Final = re.compile(r"\.[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", re.ASCII)
_SIGNATURE_CHARACTERS: Final = 44
# NIST SP 800-38D 8.3: with random nonces of 96 bits a key may seal 2**32 times.
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
# The clocks of machines differ.
_EARLY_SECONDS: Final = 60.0


class _Signer(TimestampSigner):
    """Signs by HMAC-SHA256, at the time that it is told. The last key signs, all of them count."""

    def __init__(self, keys: Sequence[Secret], salt: bytes, *, now: float = 0) -> None:
        revealed = [key.reveal_bytes() for key in keys]
        super().__init__(revealed, salt=salt, key_derivation="hmac", digest_method=sha256)
        self._now = int(now)

    def get_timestamp(self) -> int:
        """Seconds since the epoch."""
        return self._now


class Sealer:
    """Seals for one purpose of one application: signed and timed, and unreadable inside.

    `keys` are in order, newest last: the last one seals, all of them open. `random_bytes` gives so many bytes that
    nobody can guess. What signs and what seals is derived for the purpose and the application, so that nothing opens as
    something else or elsewhere. Raises ValueError without a key.
    """

    def __init__(self, keys: Sequence[Secret], *, purpose: str, app: str, random_bytes: Callable[[int], bytes]) -> None:
        if not keys:
            message = "there is no key to seal with; expected at least one of 32 bytes"
            raise ValueError(message)
        self._keys = tuple(keys)
        self._context = f"azuread-auth cookie, version 1: {purpose}\0{app}".encode()
        self._random_bytes = random_bytes
        self._reader = _Signer(self._keys, self._context)
        self._ciphers = tuple(AESGCM(self._derived(key)) for key in self._keys)

    def seal(self, data: bytes, *, now: float) -> str:
        """The sealed data, as text for a cookie or a URL. `now` is in seconds since the epoch."""
        nonce = self._random_bytes(_NONCE_BYTES)
        sealed = nonce + self._ciphers[-1].encrypt(nonce, data, self._context)
        signer = _Signer(self._keys, self._context, now=now)
        return signer.sign(_VERSION + base64_encode(sealed)).decode()

    def open(self, text: str, *, now: float, max_age_seconds: float) -> bytes | None:
        """The data; None for what was not sealed so, not lately enough, or more than a minute ahead of `now`."""
        if not _SIGNATURE.fullmatch(text[-_SIGNATURE_CHARACTERS:]):
            return None
        try:
            # The signature is compared in constant time, and before anything is made of the rest.
            signed, sealed_at = self._reader.unsign(text, return_timestamp=True)
            age_seconds = now - sealed_at.timestamp()
            is_current = -_EARLY_SECONDS <= age_seconds <= max_age_seconds
            if not is_current or not signed.startswith(_VERSION):
                return None
            return self._decrypted(base64_decode(signed[len(_VERSION) :]))
        except (BadData, ValueError, OverflowError):  # the latter two: no text, or no time that there is
            return None

    def _decrypted(self, sealed: bytes) -> bytes | None:
        for cipher in reversed(self._ciphers):
            try:
                return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self._context)
            except InvalidTag:
                continue
        return None

    def _derived(self, key: Secret) -> bytes:
        hkdf = HKDF(SHA256(), _KEY_BYTES, salt=None, info=self._context)
        return hkdf.derive(key.reveal_bytes())


def sealed_members(data: bytes | None) -> object:
    """What was sealed as JSON; None for nothing, and for what another release of this package has sealed."""
    try:
        return json.loads(data or b"null")
    except (ValueError, RecursionError):
        return None
