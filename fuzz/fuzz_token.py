"""Bytes in place of a token are taken apart or refused with TokenRejected; what is taken apart has one spelling."""

import base64
import sys

import atheris

with atheris.instrument_imports():
    from azuread_auth._protocol.jws import parse_compact
    from azuread_auth.errors import TokenRejected


def encode(segment: bytes) -> bytes:
    """The one spelling that RFC 7515 section 2 allows."""
    return base64.urlsafe_b64encode(segment).rstrip(b"=")


def one_token(data: bytes) -> None:
    if data.startswith(b"\0"):
        # The fuzzer cannot be expected to find out base64 by itself: what follows is three segments in the clear.
        data = b".".join(encode(segment) for segment in data[1:].split(b"\0", 2))
    try:
        jws = parse_compact(data)
        payload = jws.payload()
    except TokenRejected:
        return
    header = data.partition(b".")[0]
    if data != b".".join((header, encode(payload), encode(jws.signature))):
        message = "a token with a second spelling was accepted"
        raise AssertionError(message)


atheris.Setup(sys.argv, one_token)
atheris.Fuzz()
