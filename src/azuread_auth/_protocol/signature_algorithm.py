"""The signatures of RFC 7518 3.1, by the name that a token's `alg` gives them. The arithmetic is cryptography's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, AsymmetricPadding, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

__all__ = ["SIGNATURE_ALGORITHMS", "SignatureAlgorithm"]


class SignatureAlgorithm(Protocol):
    """How a signature is verified."""

    # Any: each algorithm has its own type of key, and a SigningKey holds only algorithms that suit its key.
    def verify(self, signed: bytes, key: Any, signature: bytes) -> bool:  # noqa: ANN401
        """Whether `key` made `signature` over `signed`."""
        ...


@dataclass(frozen=True, slots=True)
class _Rsa:
    """RFC 7518 3.3 and 3.5. A signature is as long as the modulus (RFC 8017 8.1.2), so that it has one spelling."""

    padding: AsymmetricPadding
    digest: HashAlgorithm

    def verify(self, signed: bytes, key: Any, signature: bytes) -> bool:  # noqa: ANN401
        if len(signature) != (key.key_size + 7) // 8:
            return False
        try:
            key.verify(signature, signed, self.padding, self.digest)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class _Ecdsa:
    """RFC 7518 3.4: two numbers beside each other, each as long as those of the curve."""

    number_bytes: int
    algorithm: ECDSA

    def verify(self, signed: bytes, key: Any, signature: bytes) -> bool:  # noqa: ANN401
        size = self.number_bytes
        if len(signature) != 2 * size:
            return False
        r, s = int.from_bytes(signature[:size]), int.from_bytes(signature[size:])
        try:
            key.verify(encode_dss_signature(r, s), signed, self.algorithm)
        except InvalidSignature:
            return False
        return True


SIGNATURE_ALGORITHMS: Final[Mapping[str, SignatureAlgorithm]] = {
    **{f"RS{digest.digest_size * 8}": _Rsa(PKCS1v15(), digest) for digest in (SHA256(), SHA384(), SHA512())},
    # RFC 7518 3.5: the salt is as long as the digest, and MGF1 uses the same hash function.
    **{
        f"PS{digest.digest_size * 8}": _Rsa(PSS(MGF1(digest), digest.digest_size), digest)
        for digest in (SHA256(), SHA384(), SHA512())
    },
    "ES256": _Ecdsa(32, ECDSA(SHA256())),
    "ES384": _Ecdsa(48, ECDSA(SHA384())),
    "ES512": _Ecdsa(66, ECDSA(SHA512())),
}
"""Our own table, from which a token's word only chooses (RFC 8725 3.1)."""
