"""Key sets as a provider could publish them, and tokens that their keys signed."""

import base64
import json
import time
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from azuread_auth.client import AzureAdClient
from azuread_auth.errors import ProviderUnavailable, TokenRejected
from azuread_auth.rejection import RejectionReason as Reason
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.keys import SimulatedKey, base64url, throwaway_key

GOOD, OTHER = throwaway_key(0), throwaway_key(1)
STRANGER = throwaway_key(4)


def _key(private_key: rsa.RSAPrivateKey, kid: str) -> SimulatedKey:
    return SimulatedKey(private_key=private_key, certificate_der=b"", kid=kid)


WEAK = _key(rsa.generate_private_key(65537, 1024), "weak")
SMALL_EXPONENT = _key(rsa.generate_private_key(3, 2048), "small-exponent")


class Provider:
    """A tenant that publishes whatever key set it is given."""

    def __init__(self) -> None:
        self.tenant = SimulatedTenant()

    def publish(self, *keys: dict[str, object]) -> None:
        """Answer requests for keys with these."""
        url = f"{self.tenant.authority_host}/{self.tenant.tenant_id}/discovery/v2.0/keys"
        self.tenant.route(url, {"keys": list(keys)})

    def token(self, key: SimulatedKey, algorithm: str = "RS256", **header: object) -> str:
        """A good token but for who signed it."""
        signing_input = self.signing_input({"alg": algorithm, "kid": key.kid, **header})
        return f"{signing_input}.{base64url(key.sign(signing_input.encode(), algorithm))}"

    def signing_input(self, header: dict[str, object]) -> str:
        """Header and payload of a good token."""
        claims = self.tenant.mint_token().split(".")[1]
        return f"{base64url(json.dumps(header).encode())}.{claims}"

    def verdict(self, token: str, **settings: object) -> Reason | None:
        """Why an application that has not seen the provider before refuses the token; None when it does not."""
        client = AzureAdClient(self.tenant.settings(**settings))  # type: ignore[arg-type]
        try:
            client.validate_token(token)
        except TokenRejected as refused:
            return refused.reason
        return None


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider with nothing published yet."""
    made = Provider()
    with made.tenant:
        yield made


@pytest.mark.parametrize(
    "key", [pytest.param(WEAK, id="T44 1024 bits"), pytest.param(SMALL_EXPONENT, id="T44 exponent 3")]
)
def test_T44_weak_keys_open_nothing(provider, key):
    """T44: a published key that is too weak is no key: its tokens are refused, those of strong ones are not."""
    provider.publish(key.jwk(), GOOD.jwk())
    assert provider.verdict(provider.token(key)) is Reason.KEY_UNKNOWN
    assert provider.verdict(provider.token(GOOD)) is None
    provider.publish(key.jwk())
    with pytest.raises(ProviderUnavailable, match="no usable signing key"):
        provider.verdict(provider.token(key))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"use": "enc"}, id="T45 for encryption"),
        pytest.param({"key_ops": ["encrypt"]}, id="T45 not for verifying"),
        pytest.param({"d": "AQAB"}, id="T45 with a private member"),
        pytest.param({"kty": "oct", "k": "AAAA"}, id="T45 symmetric"),
        pytest.param({"alg": "HS256"}, id="T25 T45 named for HMAC"),
        pytest.param({"n": None}, id="T46 broken"),
    ],
)
def test_T45_keys_for_something_else_open_nothing(provider, change):
    """T45, T46: a key that is not for verifying is as if it were not there."""
    provider.publish({**GOOD.jwk(), **change}, OTHER.jwk())
    assert provider.verdict(provider.token(GOOD)) is Reason.KEY_UNKNOWN
    assert provider.verdict(provider.token(OTHER)) is None


def test_T46_bad_entries_do_not_take_good_ones_along(provider):
    """T46: null, text, lists, unknown types and curves beside a good key."""
    bad = [None, "key", [], {}, {"kty": "EC", "crv": ["P-256"]}, {"kty": "XYZ"}, {"kty": "RSA", "n": 1, "e": []}]
    url = f"{provider.tenant.authority_host}/{provider.tenant.tenant_id}/discovery/v2.0/keys"
    provider.tenant.route(url, {"keys": [*bad, GOOD.jwk(), *bad]})
    assert provider.verdict(provider.token(GOOD)) is None


def test_T26_the_keys_own_algorithm_binds(provider):
    """T26: a key published for RS256 verifies nothing else, though the settings would allow it."""
    provider.publish({**GOOD.jwk(), "alg": "RS256"})
    assert provider.verdict(provider.token(GOOD)) is None
    assert provider.verdict(provider.token(GOOD, "RS512")) is Reason.ALGORITHM_NOT_ALLOWED
    provider.publish(GOOD.jwk())
    assert provider.verdict(provider.token(GOOD, "RS512")) is None


def test_T26_the_settings_bind_too(provider):
    """T26: with PS256 in the settings only PS256 counts, and the other way round."""
    provider.publish(GOOD.jwk())
    signing_input = provider.signing_input({"alg": "PS256", "kid": GOOD.kid})
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    signature = GOOD.private_key.sign(signing_input.encode(), scheme, hashes.SHA256())
    token = f"{signing_input}.{base64url(signature)}"
    assert provider.verdict(token, algorithms=("PS256",)) is None
    assert provider.verdict(token) is Reason.ALGORITHM_NOT_ALLOWED
    assert provider.verdict(provider.token(GOOD), algorithms=("PS256",)) is Reason.ALGORITHM_NOT_ALLOWED


def test_T29_duplicate_kids_are_all_tried(provider):
    """T29: two keys under one kid, in either order, each with its own tokens."""
    for keys in ([GOOD, OTHER], [OTHER, GOOD]):
        provider.publish(*({**key.jwk(), "kid": "same"} for key in keys))
        for key in keys:
            assert provider.verdict(provider.token(key, kid="same")) is None
        assert provider.verdict(provider.token(STRANGER, kid="same")) is Reason.BAD_SIGNATURE


def test_T31_a_token_without_kid_needs_a_single_key(provider):
    """T31: one key leaves no doubt, two do."""
    token = provider.token(GOOD, kid=None)
    provider.publish(GOOD.jwk())
    assert provider.verdict(token) is None
    provider.publish(GOOD.jwk(), OTHER.jwk())
    assert provider.verdict(token) is Reason.KEY_ID_MISSING


def test_T60_a_key_of_another_tenant_signs_for_nobody_else(provider):
    """T60: keys with a literal issuer, and with none, in one set."""
    host = provider.tenant.authority_host
    provider.publish({**GOOD.jwk(), "issuer": f"{host}/e7d6c5b4-a392-4817-8f60-5e4d3c2b1a09/v2.0"}, OTHER.jwk())
    assert provider.verdict(provider.token(GOOD)) is Reason.KEY_ISSUER_MISMATCH
    assert provider.verdict(provider.token(OTHER)) is None


def test_T61_a_key_of_another_cloud_signs_for_nobody_here(provider):
    """T61: the public cloud really publishes such keys, under its own issuer."""
    provider.publish({**GOOD.jwk(), "cloud_instance_name": "microsoftonline.us"}, OTHER.jwk())
    assert provider.verdict(provider.token(GOOD)) is Reason.KEY_OF_ANOTHER_CLOUD


EC_KEY = ec.generate_private_key(ec.SECP256R1())


def _ec_jwk() -> dict[str, object]:
    numbers = EC_KEY.public_key().public_numbers()
    x, y = base64url(numbers.x.to_bytes(32)), base64url(numbers.y.to_bytes(32))
    return {"kty": "EC", "crv": "P-256", "kid": "ec", "x": x, "y": y}


def _raw(der: bytes) -> bytes:
    return b"".join(number.to_bytes(32) for number in decode_dss_signature(der))


@pytest.mark.parametrize(
    ("spell", "expected"),
    [
        pytest.param(_raw, None, id="T48 as RFC 7518 says"),
        pytest.param(lambda der: der, Reason.BAD_SIGNATURE, id="T48 in DER form"),
        pytest.param(lambda _der: bytes(64), Reason.BAD_SIGNATURE, id="T48 r and s are 0"),
        pytest.param(lambda der: bytes(32) + _raw(der)[32:], Reason.BAD_SIGNATURE, id="T48 r is 0"),
        pytest.param(lambda der: _raw(der)[:32] + bytes(32), Reason.BAD_SIGNATURE, id="T48 s is 0"),
    ],
)
def test_T48_ecdsa(provider, spell, expected):
    """T48: with settings for ES256, one form of signature counts (CVE-2022-21449)."""
    provider.publish(_ec_jwk(), GOOD.jwk())
    signing_input = provider.signing_input({"alg": "ES256", "kid": "ec"})
    signature = spell(EC_KEY.sign(signing_input.encode(), ec.ECDSA(hashes.SHA256())))
    token = f"{signing_input}.{base64url(signature)}"
    assert provider.verdict(token, algorithms=("ES256",)) is expected
    assert provider.verdict(provider.token(GOOD), algorithms=("ES256",)) is Reason.ALGORITHM_NOT_ALLOWED


def test_T47_a_thousand_keys_do_not_hold_up_a_request(provider):
    """T47: the largest set that is allowed loads in a moment, and 1,001 keys are an outage."""
    keys = [{**OTHER.jwk(), "kid": str(index), "x5c": [], "n": OTHER.jwk()["n"]} for index in range(999)]
    provider.publish(*keys, GOOD.jwk())
    started_at = time.perf_counter()
    assert provider.verdict(provider.token(GOOD)) is None
    assert time.perf_counter() - started_at < 2
    provider.publish(*keys, GOOD.jwk(), OTHER.jwk())
    with pytest.raises(ProviderUnavailable, match="more than 1000 keys"):
        provider.verdict(provider.token(GOOD))


def test_T25_the_public_key_is_nobodys_secret(provider):
    """T25: a symmetric key in the set, even with the right kid, verifies nothing."""
    secret = base64.urlsafe_b64encode(GOOD.public_pem()).rstrip(b"=").decode()
    provider.publish({"kty": "oct", "k": secret, "kid": GOOD.kid, "alg": "HS256"}, OTHER.jwk())
    assert provider.verdict(provider.tenant.mint_token(fault="hs256-with-public-key")) is Reason.ALGORITHM_NOT_ALLOWED
