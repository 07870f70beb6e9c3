"""The Authorization header, read strictly (RFC 9110 11.6.2, RFC 6750 2.1)."""

from collections.abc import Sequence
from typing import Final

from azuread_auth._protocol.digest import digest_of
from azuread_auth._protocol.jws import MAX_TOKEN_BYTES
from azuread_auth._web.refusals import MalformedAuthorization

__all__ = ["bearer_token", "digest_of"]

_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_SCHEME_CHARACTERS: Final = _LETTERS + b"!#$%&'*+-.^_`|~"  # RFC 9110 5.6.2: token
_TOKEN_CHARACTERS: Final = _LETTERS + b"-._~+/"
_PRINTABLE: Final = bytes(range(0x20, 0x7F)) + b"\t"


def bearer_token(values: Sequence[bytes]) -> bytes | None:
    """The bearer token among the values of all Authorization headers of a request; None without bearer credentials.

    Raises MalformedAuthorization when there is no telling what was meant: two headers, or a broken one. Servers that
    join two headers by a comma are met too, since a token has none.
    """
    if not values:
        return None
    if len(values) > 1:
        raise MalformedAuthorization
    scheme, _, rest = values[0].partition(b" ")
    if scheme.translate(None, _SCHEME_CHARACTERS) or not scheme:
        raise MalformedAuthorization
    if scheme.lower() != b"bearer":
        if rest.translate(None, _PRINTABLE):
            raise MalformedAuthorization
        return None
    token = rest.lstrip(b" ")
    unpadded = token.rstrip(b"=")
    # The size is judged with the token's content: only what is small enough is worth a look at its characters.
    if not unpadded or (len(token) <= MAX_TOKEN_BYTES and unpadded.translate(None, _TOKEN_CHARACTERS)):
        raise MalformedAuthorization
    return token
