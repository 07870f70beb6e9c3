"""Signed tokens that somebody presents to a simulated tenant."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from azuread_auth._protocol.jws import parse_compact
from azuread_auth._protocol.strict_json import parse_object
from azuread_auth.errors import TokenRejected

__all__ = ["PresentedToken", "presented_token"]

_HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = MappingProxyType(
    {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentedToken:
    """A token taken apart; its signature is yet to be verified."""

    header: Mapping[str, object]
    claims: Mapping[str, object] = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    def text(self, claim: str) -> str | None:
        """A claim that is text."""
        value = self.claims.get(claim)
        return value if isinstance(value, str) else None

    def number(self, claim: str) -> float | None:
        """A claim that is a number."""
        value = self.claims.get(claim)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def is_signed_by(self, key: object, *, algorithms: tuple[str, ...]) -> bool:
        """Whether the signature is good under an RSA key and one of the algorithms."""
        algorithm = self.header.get("alg")
        if algorithm not in algorithms or not isinstance(algorithm, str) or not isinstance(key, rsa.RSAPublicKey):
            return False
        digest = _HASHES[algorithm[2:]]
        scheme = (
            padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
            if algorithm.startswith("PS")
            else padding.PKCS1v15()
        )
        try:
            key.verify(self.signature, self.signing_input, scheme, digest)
        except InvalidSignature:
            return False
        return True


def presented_token(text: str) -> PresentedToken | None:
    """The token taken apart; None when it is no signed token in compact form."""
    try:
        jws = parse_compact(text.encode())
        segment = jws.header_segment
        header = parse_object(base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4)))
        claims = parse_object(jws.payload())
    except (TokenRejected, ValueError, RecursionError):
        return None
    return PresentedToken(header=header, claims=claims, signing_input=jws.signing_input, signature=jws.signature)
