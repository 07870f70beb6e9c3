"""Which of a provider's keys are believed, and for what."""

import base64
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.jwk import MAX_KEYS, KeySet, parse_key_set
from azuread_auth._protocol.roca import has_roca_fingerprint
from azuread_auth.errors import ProviderUnavailable
from azuread_auth.simulation.keys import throwaway_key

ALL = ("RS256", "RS384", "RS512")
GOOD = throwaway_key(0).jwk()
OTHER = throwaway_key(1).jwk()


def _number(value: int) -> str:
    data = value.to_bytes((value.bit_length() + 7) // 8 or 1)
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _rsa_jwk(modulus: int, exponent: int = 65537) -> dict[str, object]:
    return {"kty": "RSA", "use": "sig", "kid": "weak", "n": _number(modulus), "e": _number(exponent)}


def _modulus_of(bits: int, exponent: int = 65537) -> int:
    return rsa.generate_private_key(exponent, bits).public_key().public_numbers().n


def _roca_modulus() -> int:
    """A modulus as the faulty generator's: each factor is k * M + (65537 ** a mod M), and so is their product."""
    product = 1
    for prime in range(3, 168, 2):
        if all(prime % divisor for divisor in range(3, prime, 2)):
            product *= prime
    k = 1 << (1025 - product.bit_length())
    first, second = (pow(65537, exponent, product) for exponent in (1_234_567, 7_654_321))
    return _odd(k, product, first) * _odd(k, product, second)


def _odd(k: int, product: int, residue: int) -> int:
    factor = k * product + residue
    return factor if factor % 2 else factor + product


def _ec_jwk(curve: ec.EllipticCurve, name: str) -> dict[str, str]:
    numbers = ec.generate_private_key(curve).public_key().public_numbers()
    size = (curve.key_size + 7) // 8
    x, y = (_coordinate(each, size) for each in (numbers.x, numbers.y))
    return {"kty": "EC", "kid": name, "crv": name, "x": x, "y": y}


def _coordinate(value: int, size: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes(size)).rstrip(b"=").decode()


def _p256_whose_x_begins_with_zero() -> ec.EllipticCurvePublicNumbers:
    numbers = (ec.derive_private_key(value, ec.SECP256R1()).public_key().public_numbers() for value in range(1, 10**6))
    return next(each for each in numbers if each.x.bit_length() <= 248)


def _parsed(*entries: object, algorithms: tuple[str, ...] = ALL) -> KeySet:
    return parse_key_set({"keys": list(entries)}, algorithms=algorithms)


GOOD_MODULUS = throwaway_key(0).private_key.public_key().public_numbers().n
P256 = _ec_jwk(ec.SECP256R1(), "P-256")
SHORT = _p256_whose_x_begins_with_zero()

SKIPPED = [
    pytest.param(_rsa_jwk(_modulus_of(1024)), id="T44 1024 bits"),
    pytest.param(_rsa_jwk(GOOD_MODULUS >> 1 | 1), id="T44 2047 bits"),
    pytest.param(_rsa_jwk(1 << 8192 | 1), id="T44 8193 bits"),
    pytest.param(_rsa_jwk(1 << 8999 | 1), id="T44 9000 bits"),
    pytest.param(_rsa_jwk(1 << 500_000 | 1), id="T44 half a million bits"),
    pytest.param(_rsa_jwk(GOOD_MODULUS, 1), id="T44 exponent 1"),
    pytest.param(_rsa_jwk(GOOD_MODULUS, 3), id="T44 exponent 3"),
    pytest.param(_rsa_jwk(GOOD_MODULUS, 17), id="T44 exponent 17"),
    pytest.param(_rsa_jwk(GOOD_MODULUS, 65535), id="T44 exponent 65535"),
    pytest.param(_rsa_jwk(GOOD_MODULUS, 65538), id="T44 even exponent"),
    pytest.param(_rsa_jwk(GOOD_MODULUS, 1 << 64 | 1), id="T44 exponent of 65 bits"),
    pytest.param(_rsa_jwk(GOOD_MODULUS - 1), id="T44 even modulus"),
    pytest.param(_rsa_jwk(_roca_modulus()), id="T44 ROCA"),
    pytest.param({"kty": "oct", "k": "c2VjcmV0", "kid": "s", "alg": "HS256"}, id="T45 symmetric"),
    pytest.param({**GOOD, "d": "AQAB"}, id="T45 private exponent"),
    pytest.param({**GOOD, "p": "AQAB", "q": "AQAB"}, id="T45 private factors"),
    *(pytest.param({**GOOD, name: "AQAB"}, id=f"T45 {name}") for name in ("p", "q", "dp", "dq", "qi", "oth", "k")),
    pytest.param({**GOOD, "use": "enc"}, id="T45 for encryption"),
    pytest.param({**GOOD, "use": None}, id="T45 null use"),
    pytest.param({**GOOD, "key_ops": ["sign"]}, id="T45 key_ops without verify"),
    pytest.param({**GOOD, "key_ops": []}, id="T45 empty key_ops"),
    pytest.param({**GOOD, "key_ops": "verify"}, id="T45 key_ops is text"),
    pytest.param({**GOOD, "kty": "XYZ"}, id="T46 unknown kty"),
    pytest.param({**GOOD, "kty": ["RSA"]}, id="T46 kty is a list"),
    pytest.param({**P256, "crv": "secp256k1"}, id="T46 unknown curve"),
    pytest.param({**P256, "crv": ["P-256"]}, id="T46 curve is a list"),
    pytest.param({**P256, "crv": {}}, id="T46 curve is an object"),
    pytest.param({**P256}, id="T46 a curve that no algorithm of the settings uses"),
    pytest.param({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}, id="T46 OKP"),
    pytest.param({**GOOD, "n": "!!!"}, id="T46 n is not base64"),
    pytest.param({**GOOD, "n": f"{GOOD['n']}!!!!"}, id="T46 n and more"),
    pytest.param({**GOOD, "n": f"!!!!{GOOD['n']}"}, id="T46 more and n"),
    pytest.param({**GOOD, "e": "AQAB=AAA"}, id="T46 e goes on after its end"),
    pytest.param({**GOOD, "n": 5}, id="T46 n is a number"),
    pytest.param({**GOOD, "n": None}, id="T46 n is null"),
    pytest.param({name: value for name, value in GOOD.items() if name != "n"}, id="T46 no n"),
    pytest.param({name: value for name, value in GOOD.items() if name != "e"}, id="T46 no e"),
    pytest.param({**GOOD, "kid": 7}, id="T46 kid is a number"),
    pytest.param({**GOOD, "issuer": {}}, id="T60 issuer is an object"),
    pytest.param({**GOOD, "cloud_instance_name": 1}, id="T61 cloud is a number"),
    pytest.param({**GOOD, "alg": "HS256"}, id="T26 alg of another family"),
    pytest.param({**GOOD, "alg": "ES256"}, id="T26 alg of another type of key"),
    pytest.param({**GOOD, "alg": "PS256"}, id="T26 alg that the settings do not list"),
    pytest.param({**GOOD, "alg": "none"}, id="T26 alg none"),
    pytest.param({**GOOD, "alg": ["RS256"]}, id="T26 alg is a list"),
    pytest.param(None, id="T46 null"),
    pytest.param("key", id="T46 text"),
    pytest.param([], id="T46 a list"),
    pytest.param({}, id="T46 nothing in it"),
]


@pytest.mark.parametrize("bad", SKIPPED)
def test_a_bad_key_is_skipped_and_good_ones_work(bad):
    """T44 to T46: a key that is weak, private, broken or for something else never takes the good ones along."""
    keys = _parsed(bad, GOOD, bad)
    assert ([key.kid for key in keys.keys], keys.skipped) == ([GOOD["kid"]], 2)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"x": _coordinate(SHORT.x, 31), "y": _coordinate(SHORT.y, 32)}, id="x is a byte short"),
        pytest.param({"x": P256["x"][:-2]}, id="x is cut"),
        pytest.param({"y": "AAAA" + P256["y"]}, id="y has leading zeros"),
        pytest.param({"y": P256["x"]}, id="not on the curve"),
        pytest.param({"x": "A" * 43, "y": "A" * 43}, id="zero"),
        pytest.param({"crv": "P-384"}, id="numbers of another curve"),
        pytest.param({"x": None}, id="x is null"),
        pytest.param({"y": 5}, id="y is a number"),
        pytest.param({"x": "\xe9" * 43}, id="x is not ASCII"),
    ],
)
def test_T46_a_broken_elliptic_key_is_skipped(change):
    """RFC 7518 6.2.1: both coordinates are as long as those of the curve, and a point of it."""
    keys = _parsed({**P256, **change}, P256, algorithms=("ES256", "ES384"))
    assert ([key.kid for key in keys.keys], keys.skipped) == (["P-256"], 1)


def test_a_coordinate_that_begins_with_zero_is_read():
    """RFC 7518 6.2.1.2: at its full length."""
    entry = {**P256, "x": _coordinate(SHORT.x, 32), "y": _coordinate(SHORT.y, 32)}
    (key,) = _parsed(entry, algorithms=("ES256",)).keys
    assert key.numbers == SHORT


def test_T60_a_second_name_for_a_point_is_none():
    """A key has one spelling, so that it is found again under all of its bindings: 0 <= x < p."""
    entry = _ec_jwk(ec.SECP521R1(), "P-521")
    x = int.from_bytes(base64.urlsafe_b64decode(entry["x"] + "=="))
    again = {**entry, "x": _coordinate(x + 2**521 - 1, 66)}
    keys = _parsed(again, entry, algorithms=("ES512",))
    assert (len(keys.keys), keys.skipped, keys.keys[0].numbers.x) == (1, 1, x)


def test_roca_fingerprint():
    """T44: the faulty generator's moduli are recognised, ordinary ones are not."""
    assert _roca_modulus().bit_length() >= 2048
    assert has_roca_fingerprint(_roca_modulus())
    assert not any(has_roca_fingerprint(_modulus_of(1024)) for _ in range(3))
    assert not has_roca_fingerprint(GOOD_MODULUS)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        pytest.param({}, "no keys member", id="T46 no keys"),
        pytest.param({"keys": None}, "no keys member", id="T46 keys is null"),
        pytest.param({"keys": {"a": GOOD}}, "no keys member", id="T46 keys is an object"),
        pytest.param({"keys": []}, "no usable signing key", id="T46 nothing in keys"),
        pytest.param({"keys": [None, {}]}, "no usable signing key", id="T46 no good key"),
        pytest.param({"keys": [GOOD] * (MAX_KEYS + 1)}, "more than 1000 keys", id="T47 1,001 keys"),
    ],
)
def test_a_set_without_usable_keys_is_no_set(document, told):
    """T46, T47: such an answer is an outage, so that the keys before it stay."""
    with pytest.raises(ProviderUnavailable, match=told):
        parse_key_set(document, algorithms=ALL)


def test_T47_a_thousand_keys_are_read():
    """The largest set that is allowed takes a moment, and so does its renewal."""
    entries = [{**GOOD, "kid": str(index)} for index in range(MAX_KEYS)]
    keys = parse_key_set({"keys": entries}, algorithms=("RS256",))
    renewed = parse_key_set({"keys": entries[::-1]}, algorithms=("RS256",))
    started_at = time.perf_counter()
    kept = renewed.succeeding(keys)
    assert time.perf_counter() - started_at < 0.2
    assert set(map(id, kept.keys)) == set(map(id, keys.keys))
    assert keys.candidates("999") == (keys.keys[999],)


@pytest.mark.parametrize(
    ("entry", "algorithms", "expected"),
    [
        pytest.param(GOOD, ALL, ["RS256", "RS384", "RS512"], id="no alg: what the settings list"),
        pytest.param(GOOD, ("RS512",), ["RS512"], id="no alg: nothing that they do not list"),
        pytest.param({**GOOD, "alg": "RS256"}, ALL, ["RS256"], id="T26 alg binds"),
        pytest.param(GOOD, ("PS256",), ["PS256"], id="PSS with the same key"),
        pytest.param(GOOD, ("PS512", "PS384"), ["PS384", "PS512"], id="PSS with longer hashes"),
        pytest.param(_rsa_jwk(1 << 8191 | 1), ("RS256",), ["RS256"], id="T44 8192 bits, the most that are read"),
        pytest.param(_rsa_jwk(GOOD_MODULUS, 1 << 63 | 1), ("RS256",), ["RS256"], id="T44 exponent of 64 bits"),
        pytest.param(P256, ("ES256", "ES384", "ES512"), ["ES256"], id="T48 P-256"),
        pytest.param(_ec_jwk(ec.SECP384R1(), "P-384"), ("ES256", "ES384"), ["ES384"], id="T48 P-384"),
        pytest.param(_ec_jwk(ec.SECP521R1(), "P-521"), ("ES512",), ["ES512"], id="T48 P-521"),
        pytest.param({**GOOD, "key_ops": ["verify"]}, ALL, list(ALL), id="T45 key_ops with verify"),
        pytest.param({k: v for k, v in GOOD.items() if k != "use"}, ALL, list(ALL), id="T45 no use"),
    ],
)
def test_T26_a_key_allows_the_algorithms_of_its_type(entry, algorithms, expected):
    """What verifies is decided by the key and the settings, never by a token."""
    (key,) = _parsed(entry, algorithms=algorithms).keys
    assert list(key.algorithms) == expected


def test_bindings_are_kept():
    """T60, T61: the issuer and cloud that a key is published for stay with it; keys without are bound to nothing."""
    bound, free = _parsed(
        {**GOOD, "issuer": "https://a/{tenantid}/v2.0", "cloud_instance_name": "a"},
        {k: v for k, v in OTHER.items() if k != "kid"},
    ).keys
    assert (bound.issuer, bound.cloud_instance_name) == ("https://a/{tenantid}/v2.0", "a")
    assert (free.kid, free.issuer, free.cloud_instance_name) == (None, None, None)


@pytest.mark.parametrize(
    ("kids", "kid", "found"),
    [
        pytest.param(["a"], None, 1, id="T31 no kid and one key"),
        pytest.param(["a", "b"], None, 0, id="T31 no kid and several keys"),
        pytest.param([None], None, 1, id="T31 no kid on either side"),
        pytest.param(["a", "a", "b"], "a", 2, id="T29 duplicate kids"),
        pytest.param(["a", "b"], "A", 0, id="T29 case counts"),
        pytest.param(["a", "b"], "c", 0, id="T30 unknown"),
        pytest.param([None, "a"], "", 0, id="T29 empty"),
    ],
)
def test_candidates(kids, kid, found):
    """RFC 7515 4.1.4: kid is a hint that several keys may share; without one there is no guessing."""
    keys = _parsed(*({**GOOD, "kid": each} for each in kids))
    assert len(keys.candidates(kid)) == found


def test_T51_keys_that_stay_are_the_same_and_those_that_left_are_marked():
    """A renewed set holds the objects from before, so that what they signed stays remembered; the rest is withdrawn."""
    old = _parsed(GOOD, OTHER)
    new = _parsed({**OTHER}, throwaway_key(2).jwk()).succeeding(old)
    assert new.keys[0] is old.keys[1]
    assert [key.is_current for key in old.keys] == [False, True]
    assert all(key.is_current for key in new.keys)
    assert _parsed(GOOD, {}).succeeding(old).skipped == 1
    twins = _parsed(GOOD, GOOD)
    assert [key is twins.keys[0] for key in _parsed(GOOD, GOOD).succeeding(twins).keys] == [True, True]
    assert twins.keys[0].is_current
    assert _parsed(GOOD).succeeding(None).keys[0].is_current


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"kid": "renamed"}, id="another kid"),
        pytest.param({"issuer": "https://other"}, id="T60 another issuer"),
        pytest.param({"cloud_instance_name": "other"}, id="T61 another cloud"),
        pytest.param({"alg": "RS256"}, id="T26 other algorithms"),
        pytest.param({"n": OTHER["n"]}, id="another key under the same kid"),
    ],
)
def test_T51_a_key_that_changed_is_another(change):
    """A key whose name, binding, algorithms or substance changed is withdrawn in its old form."""
    old = _parsed(GOOD)
    _parsed({**GOOD, **change}).succeeding(old)
    assert not old.keys[0].is_current


def test_a_key_that_comes_back_is_current_again():
    """What left and returned is a new key object; the old one stays withdrawn."""
    first = _parsed(GOOD)
    second = _parsed(OTHER).succeeding(first)
    third = _parsed(GOOD, OTHER).succeeding(second)
    assert not first.keys[0].is_current
    assert third.keys[0].is_current
    assert third.keys[1] is second.keys[0]


scalars = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["RSA", "EC", "AQAB", "sig"])
)
entries = st.dictionaries(
    st.sampled_from(["kty", "use", "key_ops", "kid", "alg", "n", "e", "crv", "x", "y", "d", "issuer"]),
    scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.text(max_size=3), scalars, max_size=2),
)


@given(
    st.lists(entries | entries.map(lambda entry: GOOD | entry) | entries.map(lambda entry: P256 | entry), max_size=4)
)
def test_arbitrary_key_sets_raise_nothing_but_unavailability(keys):
    """T46: whatever a provider answers, keys are read or it counts as an outage."""
    try:
        found = parse_key_set({"keys": keys}, algorithms=(*ALL, "ES256"))
    except ProviderUnavailable:
        return
    assert len(found.keys) + found.skipped == len(keys)


def test_T60_the_twin_of_a_key_is_the_same_substance():
    """By whatever name and for whomever it is published: what makes it the same key is the key."""
    (key,) = _parsed(GOOD).keys
    published = _parsed(OTHER, {**GOOD, "kid": "renamed", "issuer": "https://other"})
    assert published.twin_of(key) is published.keys[1]
    assert _parsed(OTHER).twin_of(key) is None


def test_T47_the_largest_set_is_one():
    """1,000 entries are read, whatever they are, and one more is not."""
    entries = [*({} for _ in range(MAX_KEYS - 1)), GOOD]
    assert (_parsed(*entries).skipped, len(_parsed(*entries).keys)) == (999, 1)
    with pytest.raises(ProviderUnavailable, match="more than 1000"):
        _parsed({}, *entries)
