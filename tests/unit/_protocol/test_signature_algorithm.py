"""Each algorithm against PyJWT's, which signs here: what one accepts the other does, and nothing else."""

import itertools
from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.signature_algorithm import SIGNATURE_ALGORITHMS

SIGNED = b"header.payload"
RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEYS = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
}
NAMES = tuple(SIGNATURE_ALGORITHMS)
THEIRS = {name: jwt.get_algorithm_by_name(name) for name in NAMES}
PUBLIC = {name: EC_KEYS.get(name, RSA_KEY).public_key() for name in NAMES}
SIGNATURES = {name: THEIRS[name].sign(SIGNED, EC_KEYS.get(name, RSA_KEY)) for name in NAMES}


def test_T26_the_table_holds_asymmetric_algorithms_alone():
    """No name stands for a shared secret, or for no signature."""
    kinds, sizes = ("RS", "PS", "ES"), ("256", "384", "512")
    assert set(NAMES) == {kind + size for kind in kinds for size in sizes}


@pytest.mark.parametrize("name", NAMES)
def test_a_signature_of_another_library_is_good(name):
    """What PyJWT signs is good under the same name; over anything else it is not."""
    algorithm = SIGNATURE_ALGORITHMS[name]
    assert algorithm.verify(SIGNED, PUBLIC[name], SIGNATURES[name])
    assert not algorithm.verify(SIGNED + b"!", PUBLIC[name], SIGNATURES[name])


@pytest.mark.parametrize("name", [name for name in NAMES if name not in EC_KEYS])
def test_T26_a_signature_counts_under_its_own_name_alone(name):
    """With one RSA key, what one algorithm made is bad under every other."""
    verifying = {other for other, each in SIGNATURES.items() if other not in EC_KEYS}
    good = {other for other in verifying if SIGNATURE_ALGORITHMS[name].verify(SIGNED, PUBLIC[name], SIGNATURES[other])}
    assert good == {name}


@pytest.mark.parametrize("digest", [SHA256(), SHA384(), SHA512()], ids=lambda digest: digest.name)
@pytest.mark.parametrize("salt_length", [0, 20, 31, 33, 63, 65, padding.PSS.MAX_LENGTH])
def test_a_salt_of_another_length_is_refused(digest, salt_length):
    """RFC 7518 3.5: the salt is as long as the digest."""
    signature = RSA_KEY.sign(SIGNED, padding.PSS(padding.MGF1(digest), salt_length), digest)
    name = f"PS{digest.digest_size * 8}"
    assert not SIGNATURE_ALGORITHMS[name].verify(SIGNED, PUBLIC[name], signature)


@pytest.mark.parametrize("name", ["RS256", "PS256"])
def test_T36_a_signature_without_its_leading_zero_is_refused(name):
    """RFC 8017 8.1.2 and 8.2.2: it is as long as the modulus. cryptography by itself takes a shorter one under PSS."""
    signed, signature = _signed_until(name, lambda signature: signature[0] == 0)
    assert SIGNATURE_ALGORITHMS[name].verify(signed, PUBLIC[name], signature)
    assert not SIGNATURE_ALGORITHMS[name].verify(signed, PUBLIC[name], signature[1:])


@pytest.mark.parametrize("name", EC_KEYS)
def test_T36_numbers_without_their_leading_zeros_are_refused(name):
    """RFC 7518 3.4: each is as long as those of the curve."""
    half = len(SIGNATURES[name]) // 2
    signed, signature = _signed_until(name, lambda signature: signature[half] == 0)
    assert SIGNATURE_ALGORITHMS[name].verify(signed, PUBLIC[name], signature)
    assert not SIGNATURE_ALGORITHMS[name].verify(signed, PUBLIC[name], signature[:half] + signature[half + 1 :])


def test_T36_nor_are_two_that_are_equally_short():
    """The length is that of the curve's numbers, and not half of whatever there is."""
    signed, signature = _signed_until("ES512", lambda signature: signature[0] == signature[66] == 0)
    assert SIGNATURE_ALGORITHMS["ES512"].verify(signed, PUBLIC["ES512"], signature)
    assert not SIGNATURE_ALGORITHMS["ES512"].verify(signed, PUBLIC["ES512"], signature[1:66] + signature[67:])


def _signed_until(name: str, is_wanted: Callable[[bytes], bool]) -> tuple[bytes, bytes]:
    texts = (b"%d" % number for number in itertools.count())
    signatures = ((text, THEIRS[name].sign(text, EC_KEYS.get(name, RSA_KEY))) for text in texts)
    return next((text, signature) for text, signature in signatures if is_wanted(signature))


@given(
    st.sampled_from(NAMES).flatmap(
        lambda name: st.tuples(
            st.just(name),
            st.binary(max_size=300)
            | st.integers(0, len(SIGNATURES[name]) * 8 - 1).map(lambda bit: _flipped(SIGNATURES[name], bit))
            | st.integers(0, len(SIGNATURES[name])).map(lambda length: SIGNATURES[name][:length])
            | st.binary(min_size=1, max_size=3).map(lambda more: SIGNATURES[name] + more),
        )
    )
)
def test_T35_T48_both_libraries_agree_on_any_signature(case):
    """Broken, cut, extended and made-up signatures get the same verdict from PyJWT and from us."""
    name, signature = case
    ours = SIGNATURE_ALGORITHMS[name].verify(SIGNED, PUBLIC[name], signature)
    assert ours == THEIRS[name].verify(SIGNED, PUBLIC[name], signature) == (signature == SIGNATURES[name])


def _flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
