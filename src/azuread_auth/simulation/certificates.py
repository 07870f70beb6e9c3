"""Throw-away certificates that prove applications."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from azuread_auth.simulation.apps import SimulatedApp

__all__ = ["SimulatedCertificate", "issued_certificate", "self_signed_certificate"]

_AUTHORITY_SECONDS: Final = 10 * 31_536_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedCertificate:
    """A certificate with its private key, in whichever form it is wanted."""

    private_key: rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate = field(repr=False)
    subject_name: str
    issuer: x509.Certificate | None = field(default=None, repr=False)

    @property
    def der(self) -> bytes:
        """The certificate alone, as it is registered."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def sha1_thumbprint(self) -> str:
        """The SHA-1 of the certificate in hexadecimal, as Azure shows it."""
        return hashlib.sha1(self.der, usedforsecurity=False).hexdigest().upper()

    @property
    def pem(self) -> bytes:
        """Key, certificate and chain as PEM."""
        return self.encrypted_pem(None)

    def encrypted_pem(self, password: str | bytes | None) -> bytes:
        """The same, with the key encrypted under the password."""
        key = self.private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, _encryption(password)
        )
        return key + b"".join(each.public_bytes(serialization.Encoding.PEM) for each in self._certificates)

    def pkcs12(self, password: str | bytes | None = None) -> bytes:
        """Key, certificate and chain as PKCS#12."""
        chain = None if self.issuer is None else [self.issuer]
        return pkcs12.serialize_key_and_certificates(
            self.subject_name.encode(), self.private_key, self.certificate, chain, _encryption(password)
        )

    @property
    def _certificates(self) -> tuple[x509.Certificate, ...]:
        return (self.certificate,) if self.issuer is None else (self.certificate, self.issuer)

    def registered_on(self, app: SimulatedApp) -> SimulatedApp:
        """The registration with this certificate, or with its name and issuer, added."""
        if self.issuer is None:
            return replace(app, certificates=(*app.certificates, self.der))
        return replace(app, trusted_chain=(self.subject_name, self.issuer.public_bytes(serialization.Encoding.DER)))


def _encryption(password: str | bytes | None) -> serialization.KeySerializationEncryption:
    if password is None:
        return serialization.NoEncryption()
    return serialization.BestAvailableEncryption(password.encode() if isinstance(password, str) else password)


def self_signed_certificate(subject_name: str, *, now: float, valid_seconds: float) -> SimulatedCertificate:
    """A certificate that vouches for itself."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = _certificate(subject_name, key, now=now, valid_seconds=valid_seconds)
    return SimulatedCertificate(private_key=key, certificate=certificate, subject_name=subject_name)


def issued_certificate(subject_name: str, *, now: float, valid_seconds: float) -> SimulatedCertificate:
    """A certificate of an authority that exists for it alone."""
    authority_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    authority = _certificate(
        "Simulated authority", authority_key, now=now, valid_seconds=_AUTHORITY_SECONDS, is_authority=True
    )
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = _certificate(
        subject_name, key, now=now, valid_seconds=valid_seconds, issuer=authority, issuer_key=authority_key
    )
    return SimulatedCertificate(private_key=key, certificate=certificate, subject_name=subject_name, issuer=authority)


def _certificate(
    subject_name: str,
    key: rsa.RSAPrivateKey,
    *,
    now: float,
    valid_seconds: float,
    is_authority: bool = False,
    issuer: x509.Certificate | None = None,
    issuer_key: rsa.RSAPrivateKey | None = None,
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject_name)])
    end = datetime.fromtimestamp(now, UTC) + timedelta(seconds=valid_seconds)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(datetime.fromtimestamp(now, UTC), end) - timedelta(days=1))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .sign(issuer_key or key, hashes.SHA256())
    )
