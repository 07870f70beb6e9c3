"""Authorization headers of any bytes yield a token of RFC 6750's alphabet, nothing, or MalformedAuthorization."""

import re

from azuread_auth._protocol.jws import MAX_TOKEN_BYTES
from azuread_auth._web.bearer import bearer_token
from azuread_auth._web.refusals import MalformedAuthorization

# RFC 6750 2.1, b64token. Larger ones are refused unread, by whoever gets them.
TOKEN = re.compile(rb"[A-Za-z0-9\-._~+/]+=*")


def one_input(data: bytes) -> None:
    values = data.split(b"\n")
    try:
        token = bearer_token(values)
    except MalformedAuthorization:
        return
    if token is None or len(token) > MAX_TOKEN_BYTES:
        return
    assert len(values) == 1, "one of several headers was believed"
    assert values[0].lower().startswith(b"bearer "), "another scheme was taken for bearer"
    assert TOKEN.fullmatch(token), "something that is no bearer token was taken for one"
