"""Bytes in place of a JWKS document are keys that may verify, or ProviderUnavailable; a key stays what it was."""

import json

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from azuread_auth._protocol.http import HttpResponse, json_object
from azuread_auth._protocol.jwk import MAX_KEYS, KeySet, SigningKey, parse_key_set
from azuread_auth.errors import ProviderUnavailable

CANARY = "Zq7~Canary"  # what the seeds have for a secret
ALLOWED = ("RS256", "PS256", "ES256")
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


def one_input(data: bytes) -> None:
    try:
        document = json_object(HttpResponse(status=200, body=data), what="the key set", now=0.0)
        found = parse_key_set(document, algorithms=ALLOWED)
    except ProviderUnavailable as error:
        _assert_quiet(error)
        return
    entries = json.loads(data)["keys"]
    assert len(entries) <= MAX_KEYS, "too many keys were accepted"
    assert found.skipped + len(found.keys) == len(entries), "a key was lost"
    for key in found.keys:
        _assert_sound(key)
        assert any(_may_be(entry, key) for entry in entries), "a key came from nowhere"
        _assert_hint(found, key)
    again = parse_key_set(document, algorithms=ALLOWED).succeeding(found)
    assert {key.identity for key in again.keys} == {key.identity for key in found.keys}, "keys change from look to look"
    verifying = {key.identity: key for key in reversed(found.keys)}
    assert all(key.is_current for key in verifying.values()), "a key that is published counts as withdrawn"


def _assert_sound(key: SigningKey) -> None:
    assert key.algorithms, "a key without use was accepted"
    assert set(key.algorithms) <= set(ALLOWED), "an algorithm was let in"
    if isinstance(key.public_key, RSAPublicKey):
        assert key.public_key.key_size >= 2048, "a weak key was accepted"
        assert "ES256" not in key.algorithms, "an RSA key was taken for another"
    else:
        assert key.public_key.curve.name == "secp256r1", "a key of another curve was accepted"
        assert set(key.algorithms) == {"ES256"}, "a key of a curve was taken for another"
    written = jwt.get_algorithm_by_name(next(iter(key.algorithms))).to_jwk(key.public_key, as_dict=True)
    again = parse_key_set({"keys": [written | {"use": "sig"}]}, algorithms=ALLOWED)
    assert again.keys[0].numbers == key.numbers, "what was read is not what is written"


def _may_be(entry: object, key: SigningKey) -> bool:
    """Whether PyJWT, too, reads that key there."""
    if not isinstance(entry, dict) or entry.get("kid") != key.kid or not PRIVATE.isdisjoint(entry):
        return False
    if entry.get("use", "sig") != "sig" or entry.get("issuer") != key.issuer:
        return False
    try:
        second = jwt.PyJWK(entry, algorithm=next(iter(key.algorithms))).key
    except jwt.PyJWTError:
        return False
    return second.public_numbers() == key.public_key.public_numbers()


def _assert_hint(found: KeySet, key: SigningKey) -> None:
    candidates = found.candidates(key.kid)
    assert (key in candidates) or (key.kid is None and len(found.keys) > 1), "a key is not found by its name"
    assert all(each.kid == key.kid for each in candidates), "a key is found by another's name"


def _assert_quiet(error: Exception) -> None:
    assert CANARY not in f"{error} {error!r}", "a refusal tells what is in the document"
