"""Throw-away RSA keys with certificates, made anew in every process and never shipped."""

import base64
import hashlib
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

__all__ = ["SimulatedKey", "base64url", "throwaway_key"]

_COMMON_NAME: Final = "accounts.azuread-auth.test"
_NOT_BEFORE: Final = datetime(2020, 1, 1, tzinfo=UTC)
_NOT_AFTER: Final = datetime(2120, 1, 1, tzinfo=UTC)  # nobody checks it: keys are trusted because metadata lists them
_HASHES: Final = {"RS256": hashes.SHA256(), "RS384": hashes.SHA384(), "RS512": hashes.SHA512()}
_GENERATING: Final = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedKey:
    """A signing key with its self-signed certificate. `kid` is the certificate's SHA-1 thumbprint, as with Entra."""

    private_key: rsa.RSAPrivateKey = field(repr=False)
    certificate_der: bytes = field(repr=False)
    kid: str

    def sign(self, signing_input: bytes, algorithm: str = "RS256") -> bytes:
        """The signature under RS256, RS384 or RS512."""
        return self.private_key.sign(signing_input, padding.PKCS1v15(), _HASHES[algorithm])

    def jwk(self) -> dict[str, object]:
        """The public key as Entra publishes it (RFC 7517), without the bindings: there is no `alg`."""
        numbers = self.private_key.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "x5t": self.kid,
            "n": base64url(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)),
            "e": base64url(numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8)),
            "x5c": [base64.b64encode(self.certificate_der).decode()],
        }

    def public_pem(self) -> bytes:
        """The public key as PEM text."""
        return self.private_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def public_der(self) -> bytes:
        """The public key as DER."""
        return self.private_key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )


def base64url(data: bytes) -> str:
    """base64url without padding (RFC 7515 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def throwaway_key(slot: int) -> SimulatedKey:
    """The key in a slot of this process's pool, made when first asked for.

    Tenants of one process share the pool, because a key takes 30 ms to make and a test run makes many tenants.
    """
    with _GENERATING:
        return _generated(slot)


@cache
def _generated(slot: int) -> SimulatedKey:  # noqa: ARG001 - the argument is what `cache` keeps the key under
    private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, _COMMON_NAME)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOT_BEFORE)
        .not_valid_after(_NOT_AFTER)
        .sign(private_key, hashes.SHA256())
    )
    der = certificate.public_bytes(serialization.Encoding.DER)
    thumbprint = hashlib.sha1(der, usedforsecurity=False).digest()
    return SimulatedKey(private_key=private_key, certificate_der=der, kid=base64url(thumbprint))
