"""Throw-away keys: shape, randomness, sharing."""

import base64
import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
from cryptography import x509

from azuread_auth.simulation.key_ring import KeyRing
from azuread_auth.simulation.keys import throwaway_key

PRINT_A_KID = "from azuread_auth.simulation.keys import throwaway_key; print(throwaway_key(0).kid)"


def test_key_is_named_after_its_certificate():
    """The kid is the SHA-1 thumbprint of a real certificate of the very key, as with Entra."""
    key = throwaway_key(0)
    certificate = x509.load_der_x509_certificate(key.certificate_der)
    thumbprint = base64.urlsafe_b64encode(hashlib.sha1(key.certificate_der).digest()).rstrip(b"=").decode()
    assert key.kid == thumbprint
    assert certificate.public_key() == key.private_key.public_key()


def test_jwk_has_the_members_that_entra_publishes():
    """A published key has no alg, and PyJWT can read it."""
    key = throwaway_key(0)
    document = key.jwk()
    assert set(document) == {"kty", "use", "kid", "x5t", "n", "e", "x5c"}
    assert document["x5t"] == document["kid"] == key.kid
    assert document["e"] == "AQAB"
    assert jwt.PyJWK(document).key == key.private_key.public_key()


def test_repr_shows_no_private_key():
    """A key that is printed tells its name only."""
    assert repr(throwaway_key(0)) == f"SimulatedKey(kid={throwaway_key(0).kid!r})"


def test_T124_no_two_runs_share_a_key():
    """Keys are made anew in each process: no token of one run can open anything in another."""
    kids = {
        subprocess.run([sys.executable, "-c", PRINT_A_KID], check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    }
    assert len(kids) == 2
    assert throwaway_key(0).kid not in kids


def test_threads_that_race_get_the_same_key():
    """A slot has one key, however many threads ask for it first."""
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: throwaway_key(9_000).kid, range(16)))
    assert len(keys) == 1


def test_key_set_has_keys_of_each_binding():
    """Two keys sign for any tenant; one is bound to personal accounts and one to another cloud."""
    ring = KeyRing()
    assert [each.binding for each in ring.published()] == [
        "any-tenant",
        "any-tenant",
        "personal-accounts",
        "another-cloud",
    ]
    kids = {each.key.kid for each in ring.published()}
    assert len(kids) == 4
    assert ring.signing.kid in kids
    assert ring.unpublished.kid not in kids


def test_published_key_is_the_next_to_sign():
    """A planned rollover uses the key that was published ahead, once."""
    ring = KeyRing()
    before = ring.signing.kid
    ring.publish()
    ring.publish()
    kids = [each.key.kid for each in ring.published()]
    assert len(kids) == 5
    assert ring.signing.kid == before
    ring.rotate(keep_old=True)
    assert [each.key.kid for each in ring.published()] == kids
    assert ring.signing.kid in kids
    assert ring.signing.kid != before


@pytest.mark.parametrize("keep_old", [True, False])
def test_rotation_keeps_or_drops_the_old_keys(keep_old):
    """Old keys stay published after a planned rotation, and are gone after an emergency."""
    ring = KeyRing()
    before = ring.signing.kid
    ring.rotate(keep_old=keep_old)
    kids = [each.key.kid for each in ring.published()]
    assert ring.signing.kid in kids
    assert (before in kids) is keep_old
    assert len(kids) == (5 if keep_old else 3)
