"""Throw-away keys and certificates."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from tests.unit.credentials.conftest import NOW

DAY = 86_400.0
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key that takes no time to make."""
    return rsa.generate_private_key(65537, bits)


def issued(
    key: Key,
    *,
    name: str = "orders",
    issuer: "tuple[str, Key] | None" = None,
    begins_in: float = -DAY,
    ends_in: float = 300 * DAY,
) -> x509.Certificate:
    """A certificate for the key; without an issuer it is self-signed. Times are seconds from NOW."""
    begin = datetime.fromtimestamp(NOW, UTC)
    issuer_name, issuer_key = issuer or (name, key)
    builder = x509.CertificateBuilder(issuer_name=named(issuer_name), subject_name=named(name))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(begin + timedelta(seconds=begins_in))
    return builder.not_valid_after(begin + timedelta(seconds=ends_in)).sign(issuer_key, hashes.SHA256())


def named(name: str) -> x509.Name:
    """A name of one part."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def pem(*parts: x509.Certificate | Key, password: bytes | None = None) -> bytes:
    """The parts as PEM, in this order."""
    encryption = NoEncryption() if password is None else BestAvailableEncryption(password)
    return b"".join(
        part.public_bytes(Encoding.PEM)
        if isinstance(part, x509.Certificate)
        else part.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
        for part in parts
    )


def der(certificate: x509.Certificate) -> bytes:
    """As an assertion names it."""
    return certificate.public_bytes(Encoding.DER)


def pfx(key: Key | None, certificate: x509.Certificate | None, *others: x509.Certificate, password: bytes) -> bytes:
    """As PKCS#12; without a key, a store of certificates."""
    return pkcs12.serialize_key_and_certificates(
        b"orders", key, certificate, list(others), BestAvailableEncryption(password)
    )


@dataclass(frozen=True)
class Family:
    """A leaf, the authority that issued it, and the root above."""

    key: rsa.RSAPrivateKey
    leaf: x509.Certificate
    middle: x509.Certificate
    root: x509.Certificate


def family() -> Family:
    """Three generations."""
    root_key, middle_key, key = (rsa_key() for _ in range(3))
    return Family(
        key=key,
        leaf=issued(key, issuer=("middle", middle_key)),
        middle=issued(middle_key, name="middle", issuer=("root", root_key)),
        root=issued(root_key, name="root"),
    )
