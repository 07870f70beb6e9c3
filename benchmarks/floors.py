"""The least that has to be done for a token: what nobody can leave out without being wrong."""

import binascii
import json
import time
from collections.abc import Callable, Iterable, MutableMapping
from hashlib import sha256
from typing import Any

import jwt
from apps import Asgi, Receive, Send
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from peers import Trust

__all__ = ["LookUpMiddleware", "VerifyMiddleware", "looking_up", "split", "verifying", "verifying_and_reading"]

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_LAST = {0: frozenset(_ALPHABET), 2: frozenset(b"AQgw"), 3: frozenset(b"AEIMQUYcgkosw048")}
_PADDING = (b"", b"", b"==", b"=")


def looking_up(tokens: Iterable[bytes]) -> Callable[[bytes], object]:
    """For a token seen before: SHA-256, a dictionary, and whether it has expired."""
    known: dict[bytes, tuple[float, object]] = {sha256(token).digest(): (time.time() + 3600, {}) for token in tokens}
    get, now = known.get, time.time

    def look_up(token: bytes) -> object:
        entry = get(sha256(token).digest())
        if entry is None or now() >= entry[0]:
            raise KeyError
        return entry[1]

    return look_up


class LookUpMiddleware:
    """What a cache of tokens costs at the least in a server: it believes each token the first time, so only look."""

    def __init__(self, app: Asgi) -> None:
        self.app = app
        self._known: dict[bytes, float] = {}

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for name, value in scope["headers"]:
                if name == b"authorization":
                    digest = sha256(value).digest()
                    if self._known.setdefault(digest, time.time() + 3600) <= time.time():
                        raise KeyError
        await self.app(scope, receive, send)


class VerifyMiddleware:
    """What a new token costs in a server at the least."""

    def __init__(self, app: Asgi, trust: Trust) -> None:
        self.app = app
        self._verify = verifying_and_reading(trust)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for name, value in scope["headers"]:
                if name == b"authorization":
                    self._verify(value[7:])
        await self.app(scope, receive, send)


def verifying(trust: Trust) -> Callable[[tuple[bytes, bytes]], object]:
    """For a new token: the signature alone, of what was taken apart before."""
    key = _public_key(trust)
    scheme, algorithm = padding.PKCS1v15(), hashes.SHA256()

    def verify(parts: tuple[bytes, bytes]) -> object:
        return key.verify(parts[1], parts[0], scheme, algorithm)

    return verify


def verifying_and_reading(trust: Trust) -> Callable[[bytes], object]:
    """For a new token: the signature, base64 read strictly (alphabet, no padding, no stray bits) and JSON."""
    key = _public_key(trust)
    scheme, algorithm = padding.PKCS1v15(), hashes.SHA256()

    def verify_and_read(token: bytes) -> object:
        if token.translate(None, _ALPHABET) != b"..":
            raise ValueError
        signing_input, _, signature = token.rpartition(b".")
        header, _, payload = signing_input.partition(b".")
        json.loads(_decoded(header))
        key.verify(_decoded(signature), signing_input, scheme, algorithm)
        return json.loads(_decoded(payload))

    return verify_and_read


def _decoded(segment: bytes) -> bytes:
    remainder = len(segment) % 4
    if segment[-1] not in _LAST[remainder]:
        raise ValueError
    return binascii.a2b_base64(segment.translate(_TO_STANDARD) + _PADDING[remainder])


def split(token: bytes) -> tuple[bytes, bytes]:
    """What is signed, and the signature."""
    signing_input, _, signature = token.rpartition(b".")
    return signing_input, _decoded(signature)


def _public_key(trust: Trust) -> RSAPublicKey:
    key: RSAPublicKey = jwt.PyJWK(trust.key_set["keys"][0]).key
    return key
