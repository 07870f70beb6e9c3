"""The assertion by which a certificate proves an application (RFC 7523 2.2; Microsoft, "Certificate credentials")."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from azuread_auth.secret import Secret

__all__ = ["ASSERTION_TYPE", "assertion_fields", "client_assertion", "signing_input"]

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFE_SECONDS: Final = 300  # Microsoft asks for 5 to 10 minutes; each request has one of its own


def assertion_fields(assertion: Secret) -> dict[str, str]:
    """The form fields that an assertion is sent in."""
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion.reveal()}


def client_assertion(
    key: RSAPrivateKey,
    *,
    client_id: str,
    token_url: str,
    certificates: Sequence[bytes],
    send_chain: bool,
    jti: bytes,
    now: float,
) -> Secret:
    """A signed assertion that `client_id` asks at `token_url`, good for 5 minutes from `now`.

    `certificates` are DER, that of the key first; `jti` are random bytes, never used before.
    """
    text = signing_input(
        client_id=client_id,
        token_url=token_url,
        certificates=certificates,
        send_chain=send_chain,
        jti=jti,
        now=now,
    )
    # RFC 7518 3.5: the salt is as long as the hash.
    padding = PSS(mgf=MGF1(hashes.SHA256()), salt_length=PSS.DIGEST_LENGTH)
    return Secret(text + b"." + _base64url(key.sign(text, padding, hashes.SHA256())))


def signing_input(
    *, client_id: str, token_url: str, certificates: Sequence[bytes], send_chain: bool, jti: bytes, now: float
) -> bytes:
    """Header and claims, as they are signed; the arguments are those of `client_assertion`."""
    header: dict[str, object] = {
        "alg": "PS256",
        "typ": "JWT",
        "x5t#S256": _base64url(hashlib.sha256(certificates[0]).digest()).decode(),
    }
    if send_chain:
        # RFC 7515 4.1.6: standard base64, unlike all else in a token.
        header["x5c"] = [base64.b64encode(certificate).decode() for certificate in certificates]
    issued_at = int(now)
    claims: dict[str, object] = {
        "aud": token_url,
        "iss": client_id,
        "sub": client_id,
        "jti": _base64url(jti).decode(),
        "nbf": issued_at,
        "iat": issued_at,
        "exp": issued_at + _LIFE_SECONDS,
    }
    return _segment(header) + b"." + _segment(claims)


def _segment(members: Mapping[str, object]) -> bytes:
    return _base64url(json.dumps(members, separators=(",", ":")).encode())


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
