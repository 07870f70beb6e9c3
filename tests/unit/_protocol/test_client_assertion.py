"""The assertion that a certificate's key signs."""

import base64
import hashlib
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from azuread_auth._protocol.client_assertion import assertion_fields, client_assertion, signing_input
from azuread_auth.secret import Secret

KEY = rsa.generate_private_key(65537, 2048)
CLIENT = "6e74172b-be56-4843-9ff4-e66a39bb12e3"
URL = "https://login.microsoftonline.com/common/oauth2/v2.0/token"
NOW = 1_700_000_000.9
CHAIN = (b"\xff\xfeleaf", b"issuer")


def made(*, send_chain: bool = False, jti: bytes = b"\xfb\xff", now: float = NOW) -> str:
    """An assertion, as text."""
    return client_assertion(
        KEY, client_id=CLIENT, token_url=URL, certificates=CHAIN, send_chain=send_chain, jti=jti, now=now
    ).reveal()


def test_T120_claims_are_for_this_endpoint_and_five_minutes() -> None:
    """Audience, issuer, subject, a fresh name, and a life of 5 minutes from now in whole seconds."""
    claims = jwt.decode(made(), options={"verify_signature": False})
    assert claims == {
        "aud": URL,
        "iss": CLIENT,
        "sub": CLIENT,
        "jti": "-_8",
        "nbf": 1_700_000_000,
        "iat": 1_700_000_000,
        "exp": 1_700_000_300,
    }


def test_T120_header_names_algorithm_and_certificate() -> None:
    """PS256, and the SHA-256 of the certificate; the chain only where it is asked for."""
    header = jwt.get_unverified_header(made())
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(CHAIN[0]).digest()).rstrip(b"=").decode()
    assert header == {"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint}


def test_chain_is_standard_base64_leaf_first() -> None:
    """Unlike all else in a token, the chain has padding and the alphabet of e-mail."""
    assert jwt.get_unverified_header(made(send_chain=True))["x5c"] == ["//5sZWFm", "aXNzdWVy"]


def test_T120_signature_is_good() -> None:
    """Another implementation verifies it, and no longer when a claim was changed."""
    now = 4_000_000_000.0
    token = made(now=now)
    # Far in the future, so that no clock is in the way.
    options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    assert jwt.decode(token, KEY.public_key(), ["PS256"], audience=URL, options=options)["iat"] == int(now)
    header, payload, signature = token.split(".")
    changed = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"sub": "another"}
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b"=").decode()
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{header}.{forged}.{signature}", KEY.public_key(), ["PS256"], audience=URL, options=options)


def test_signing_input_is_what_is_signed() -> None:
    """Two segments, and the same for the same arguments: nothing in it comes from elsewhere."""
    arguments = {"client_id": CLIENT, "token_url": URL, "certificates": CHAIN, "send_chain": True, "now": NOW}
    text = signing_input(**arguments, jti=b"1")
    assert text == signing_input(**arguments, jti=b"1") != signing_input(**arguments, jti=b"2")
    assert text.count(b".") == 1


def test_assertion_is_sent_in_two_fields() -> None:
    """RFC 7521 4.2: the type and the assertion."""
    assert assertion_fields(Secret("a.b.c")) == {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "a.b.c",
    }


def test_segments_are_compact_and_cut_at_their_padding_alone() -> None:
    """No white space is signed, and nothing is taken from the end but what pads it."""
    header, claims = signing_input(
        client_id=CLIENT, token_url=URL, certificates=CHAIN, send_chain=False, jti=b"\0\0\x17", now=NOW
    ).split(b".")
    for segment in (header, claims):
        assert b" " not in base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
    assert b'"jti":"AAAX"' in base64.urlsafe_b64decode(claims + b"=" * (-len(claims) % 4))
