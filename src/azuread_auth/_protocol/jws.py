"""JSON Web Signature in compact form (RFC 7515), read strictly: every token has one spelling.

But for ECDSA, where whoever has a signature can compute a second one that is as good (s and n - s): so a digest tells
which token was judged, and is no ground for a list of tokens that must not come again.
"""

import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from azuread_auth._protocol.jwk import SigningKey
from azuread_auth._protocol.strict_json import parse_object
from azuread_auth.errors import TokenRejected
from azuread_auth.rejection import RejectionReason

__all__ = ["MAX_HEADER_BYTES", "MAX_TOKEN_BYTES", "CompactJws", "JoseHeader", "parse_compact", "verifying_key"]

MAX_TOKEN_BYTES: Final = 256_000  # what Microsoft.IdentityModel accepts
MAX_HEADER_BYTES: Final = 16_000
_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_PADDING: Final = (b"", None, b"==", b"=")
_LAST_OF_TWO: Final = frozenset(b"AQgw")  # RFC 4648 3.5: the bits that carry nothing must be zero
_LAST_OF_THREE: Final = frozenset(b"AEIMQUYcgkosw048")
_JWS_DOTS: Final = b".."
_JWE_DOTS: Final = b"...."
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})  # RFC 8725 3.11, RFC 9068 2.1


@dataclass(frozen=True, slots=True)
class JoseHeader:
    """The members of a header that matter. `jwk`, `jku`, `x5c` and `x5u` never do: a token cannot vouch for itself."""

    alg: str
    kid: str | None


@dataclass(slots=True)
class CompactJws:
    """A token taken apart; nothing in it is to be believed before its signature was verified."""

    header: JoseHeader
    header_segment: bytes = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    payload_segment: bytes = field(repr=False)

    def payload(self) -> bytes:
        """The payload's bytes."""
        return _decode(self.payload_segment)


def parse_compact(token: bytes, known_headers: Mapping[bytes, JoseHeader] = MappingProxyType({})) -> CompactJws:
    """Take apart a token, size before syntax before content. Raises TokenRejected.

    `known_headers` spares the parsing of header segments that were read before: a provider's are few.
    """
    if len(token) > MAX_TOKEN_BYTES:
        raise TokenRejected(RejectionReason.TOKEN_TOO_LARGE)
    rest = token.translate(None, _ALPHABET)
    if rest != _JWS_DOTS:
        # Five parts are a JWE (RFC 7516): said apart from plain nonsense, because an administrator can mend it.
        raise TokenRejected(RejectionReason.ENCRYPTED if rest == _JWE_DOTS else RejectionReason.MALFORMED)
    signing_input, _, signature = token.rpartition(b".")
    header, _, payload = signing_input.partition(b".")
    if len(header) > MAX_HEADER_BYTES:
        raise TokenRejected(RejectionReason.TOKEN_TOO_LARGE)
    parsed = known_headers.get(header) or parse_header(header)
    return CompactJws(parsed, header, signing_input, _decode(signature), payload)


def parse_header(segment: bytes) -> JoseHeader:
    """Read the first segment of a token. Raises TokenRejected."""
    try:
        members = parse_object(_decode(segment))
    except (ValueError, RecursionError) as error:
        raise TokenRejected(RejectionReason.MALFORMED, claim="header") from error
    # RFC 7797 6: what has b64 must list it in crit, and changes what is signed.
    if not {"crit", "b64"}.isdisjoint(members):
        raise TokenRejected(RejectionReason.CRITICAL_HEADER)
    if not {"enc", "zip", "cty"}.isdisjoint(members):
        raise TokenRejected(RejectionReason.ENCRYPTED)
    typ, alg, kid = members.get("typ", "JWT"), members.get("alg"), members.get("kid")
    if not isinstance(typ, str) or typ.lower() not in _TYPES:
        raise TokenRejected(RejectionReason.WRONG_TYPE, claim="typ")
    if not isinstance(alg, str):
        raise TokenRejected(RejectionReason.ALGORITHM_NOT_ALLOWED, claim="alg")
    if kid is not None and not isinstance(kid, str):
        raise TokenRejected(RejectionReason.MALFORMED, claim="kid")
    return JoseHeader(alg, kid)


def verifying_key(jws: CompactJws, keys: Iterable[SigningKey]) -> SigningKey:
    """The one of `keys` under which the signature is good. Raises TokenRejected when there is none.

    The algorithm must be one that the key allows: the token's own word only chooses among those (RFC 8725 3.1).
    """
    alg = jws.header.alg
    is_tried = False
    for key in keys:
        algorithm = key.algorithms.get(alg)
        if algorithm is None:
            continue
        if algorithm.verify(jws.signing_input, key.public_key, jws.signature):
            return key
        is_tried = True
    if is_tried:
        raise TokenRejected(RejectionReason.BAD_SIGNATURE)
    raise TokenRejected(RejectionReason.ALGORITHM_NOT_ALLOWED, claim="alg")


def _decode(segment: bytes) -> bytes:
    """base64url without padding (RFC 7515 2). The alphabet was checked before."""
    remainder = len(segment) % 4
    padding = _PADDING[remainder]
    if (
        padding is None
        or (remainder == 2 and segment[-1] not in _LAST_OF_TWO)
        or (remainder == 3 and segment[-1] not in _LAST_OF_THREE)
    ):
        raise TokenRejected(RejectionReason.MALFORMED)
    if b"-" in segment or b"_" in segment:  # seldom where ASCII is encoded, and sooner looked for than replaced
        segment = segment.translate(_TO_STANDARD)
    return binascii.a2b_base64(segment + padding)
