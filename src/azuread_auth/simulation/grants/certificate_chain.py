"""Chains of certificates that vouch for themselves, for registrations by subject name and issuer."""

import base64
import binascii

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from azuread_auth.simulation.refusals import Refused

__all__ = ["chain_leaf", "common_name"]


def common_name(certificate: x509.Certificate) -> str | None:
    """The name of whom a certificate is for."""
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value) if names else None


def chain_leaf(chain: object, subject_name: str, issuer_der: bytes) -> bytes:
    """The first certificate of `x5c` (base64 of DER, the leaf first), as DER.

    Raises Refused unless it bears the name and was issued by the registered issuer.
    """
    try:
        certificates = [x509.load_der_x509_certificate(each) for each in _ders(chain)]
        issuer = x509.load_der_x509_certificate(issuer_der)
        leaf = certificates[0]
        leaf.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, IndexError, InvalidSignature):
        raise Refused(700030) from None
    if common_name(leaf) != subject_name or issuer not in certificates[1:]:
        raise Refused(700030)
    return leaf.public_bytes(serialization.Encoding.DER)


def _ders(chain: object) -> list[bytes]:
    if not isinstance(chain, list):
        message = "x5c is no list"
        raise TypeError(message)
    try:
        # MSAL for Python leaves the line breaks of PEM in.
        return [base64.b64decode(str(each).replace("\n", ""), validate=True) for each in chain]
    except binascii.Error as error:
        message = "x5c is not in base64"
        raise ValueError(message) from error
