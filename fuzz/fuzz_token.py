"""Bytes in place of a token are taken apart or refused with TokenRejected; what is taken apart has one spelling."""

import base64
import json

from azuread_auth._protocol.jws import MAX_HEADER_BYTES, MAX_TOKEN_BYTES, parse_compact
from azuread_auth.errors import TokenRejected

CANARY = "Zq7~Canary"  # what the seeds have for a secret
CHANGING = {"crit", "b64", "enc", "zip", "cty"}  # members that change what a token means


def encode(segment: bytes) -> bytes:
    """The one spelling that RFC 7515 section 2 allows."""
    return base64.urlsafe_b64encode(segment).rstrip(b"=")


def one_input(data: bytes) -> None:
    if data.startswith(b"\0"):
        # The fuzzer cannot be expected to find out base64 by itself: what follows is three segments in the clear.
        data = b".".join(encode(segment) for segment in data[1:].split(b"\0", 2))
    try:
        jws = parse_compact(data)
        payload = jws.payload()
    except TokenRejected as error:
        _assert_quiet(error)
        return
    header = data.partition(b".")[0]
    assert data == b".".join((header, encode(payload), encode(jws.signature))), "a second spelling was accepted"
    assert len(data) <= MAX_TOKEN_BYTES, "a token that is too large was accepted"
    assert len(header) <= MAX_HEADER_BYTES, "a header that is too large was accepted"
    members = json.loads(base64.urlsafe_b64decode(header + b"=" * (-len(header) % 4)))
    assert (members["alg"], members.get("kid")) == (jws.header.alg, jws.header.kid), "the header was read wrongly"
    assert CHANGING.isdisjoint(members), "a header that changes what the token means was accepted"
    assert CANARY not in repr(jws).replace(repr(jws.header), ""), "the token is shown"


def _assert_quiet(error: Exception) -> None:
    assert CANARY not in f"{error} {error!r}", "a refusal tells what is in the token"
