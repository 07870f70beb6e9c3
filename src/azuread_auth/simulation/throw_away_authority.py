"""A certificate authority for one run: it vouches for loopback names, once, and then its key is gone."""

import ipaddress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["LOOPBACK_NAMES", "LoopbackCertificate", "loopback_certificate"]

LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost")
_ADDRESS: Final = ipaddress.IPv4Address("127.0.0.1")
_LIFETIME: Final = timedelta(days=30)
_BEFORE: Final = timedelta(days=1)  # clients whose clock is behind


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopbackCertificate:
    """What a server on a loopback address shows, and whom its clients have to trust for that."""

    pem: bytes = field(repr=False)
    """Key and certificate of the server."""
    authority_pem: bytes
    """The authority's certificate, which is good for loopback names alone."""


def loopback_certificate(*, now: float) -> LoopbackCertificate:
    """A certificate for 127.0.0.1 and localhost, good for 30 days, of an authority that exists for it alone.

    The authority's key is kept nowhere, and its certificate says that it vouches for no other names: trusting it
    lets nobody pass for anybody else. `now` is in seconds since the epoch.
    """
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _authority(authority_key, now)
    certificate = _server(key, authority, authority_key, now)
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return LoopbackCertificate(pem=key_pem + _pem(certificate), authority_pem=_pem(authority))


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, now: float
) -> x509.CertificateBuilder:
    moment = datetime.fromtimestamp(now, UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - _BEFORE)
        .not_valid_after(moment + _LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _authority(key: ec.EllipticCurvePrivateKey, now: float) -> x509.Certificate:
    name = _name("azuread-auth simulation, trusted for this machine alone")
    permitted = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.IPv4Network(_ADDRESS))]
    return (
        _builder(name, name, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def _server(
    key: ec.EllipticCurvePrivateKey, authority: x509.Certificate, authority_key: ec.EllipticCurvePrivateKey, now: float
) -> x509.Certificate:
    # RFC 5280 4.2.1.1 and 4.2.1.3: what Python 3.13 and others that check strictly want to see.
    authority_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    names = x509.SubjectAlternativeName([x509.IPAddress(_ADDRESS), x509.DNSName("localhost")])
    return (
        _builder(_name("Simulated tenant"), authority.subject, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(authority_id, critical=False)
        .add_extension(names, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
