"""Whatever we accept, PyJWT accepts too: a second opinion on tokens that nobody thought of."""

import base64
import json
import time

import jwt
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from azuread_auth.client import AzureAdClient
from azuread_auth.errors import TokenRejected
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.keys import throwaway_key
from azuread_auth.simulation.signing import json_bytes, sign_bytes

TENANT = SimulatedTenant()
CLIENT = AzureAdClient(TENANT.settings())
KEY = throwaway_key(0)  # the one that the tenant signs with
ALGORITHMS = ("RS256", "RS384", "RS512")
AUDIENCES = [TENANT.client_id, f"api://{TENANT.client_id}"]
ISSUERS = [f"{TENANT.authority_host}/{TENANT.tenant_id}/v2.0", f"{TENANT.authority_host}/{TENANT.tenant_id}/"]
LEEWAY = 61.0  # a second more than ours: PyJWT cuts fractions off, and asks the clock a moment later
NOW = int(time.time())

GOOD = TENANT.mint_token(scopes=["Files.Read"], expires_in=36_000)
HEADER, CLAIMS = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in GOOD.split(".")[:2])


def _second_opinion(token: str) -> dict[str, object]:
    """What PyJWT reads from the token; raises when it would not accept it."""
    algorithm = jwt.get_unverified_header(token)["alg"]
    key = jwt.PyJWK(KEY.jwk(), algorithm=algorithm)
    claims: dict[str, object] = jwt.decode(
        token, key, algorithms=list(ALGORITHMS), audience=AUDIENCES, issuer=ISSUERS, leeway=LEEWAY
    )
    return claims


def _agree(token: str) -> bool:
    """Whether we accept the token; if so, PyJWT must, and must read the same."""
    try:
        principal = CLIENT.validate_token(token)
    except TokenRejected:
        return False
    assert _second_opinion(token) == principal.claims
    return True


def test_a_good_token_is_good_for_both():
    """The comparison compares something."""
    assert _agree(GOOD)
    assert _agree(TENANT.mint_token(version=1))
    assert _agree(TENANT.mint_token(kind="app", roles=["Files.Read.All"]))


@settings(max_examples=400)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.binary(max_size=2), st.integers(0, 3)), max_size=3))
@example([])
def test_tokens_with_changed_bytes(changes):
    """Bytes replaced, put in and taken out, anywhere: only the token itself is accepted."""
    data = bytearray(GOOD.encode())
    for position, new, length in changes:
        data[position : position + length] = new
    token = data.decode("latin-1")
    assert _agree(token) is (token == GOOD)


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(NOW - 4000, NOW + 4000),
    st.floats(NOW - 100, NOW + 100),
    st.floats(),
    st.text(max_size=10),
    st.sampled_from(
        [*AUDIENCES, *ISSUERS, TENANT.tenant_id, "1.0", "2.0", "app", "user", "JWT", "at+jwt", *ALGORITHMS]
    ),
    st.lists(st.sampled_from(AUDIENCES) | st.integers() | st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
names = st.sampled_from([*CLAIMS, "jti", "nonce", "cnf", "roles", "idtyp", "acct", "idp", "iat", "nbf", "appid", "b64"])
header_names = st.sampled_from(
    ["alg", "typ", "kid", "crit", "b64", "cty", "zip", "jwk", "jku", "x5c", "x5u", "x", "nonce"]
)


def _json(members: dict[str, object], style: int) -> bytes:
    """One of several ways to write the same."""
    if style == 0:
        return json_bytes(members)
    if style == 1:
        return json.dumps(members, indent=1).encode()
    if style == 2:
        return json.dumps(members, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return json_bytes(dict(reversed(members.items())))


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.dictionaries(header_names, values, max_size=2),
    st.dictionaries(names, values, max_size=3),
    st.integers(0, 3),
    st.sampled_from(ALGORITHMS),
)
@example({}, {}, 1, "RS512")
@example({"b64": False}, {}, 0, "RS256")
@example({}, {"sub": 5}, 0, "RS256")
@example({}, {"jti": 5}, 0, "RS256")
@example({}, {"iat": NOW + 3600}, 0, "RS256")
@example({}, {"exp": NOW - 30, "nbf": NOW + 30}, 0, "RS256")
@example({}, {"aud": [AUDIENCES[0], 5]}, 0, "RS256")
def test_anything_that_the_good_key_signed(header, claims, style, algorithm):
    """Headers and claims of any sort under a good signature, in several spellings."""
    members = {**HEADER, "alg": algorithm, **header}
    _agree(sign_bytes(_json(members, style), _json({**CLAIMS, **claims}, style), KEY, algorithm))


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.sampled_from(list(CLAIMS)), max_size=3), st.dictionaries(st.text(max_size=4), values, max_size=4))
def test_tokens_that_lack_claims_and_have_others(absent, more):
    """Nothing that both need can be missing, and what nobody knows changes nothing."""
    claims = {name: value for name, value in CLAIMS.items() if name not in absent}
    _agree(sign_bytes(json_bytes(HEADER), json_bytes({**more, **claims}), KEY))


@pytest.mark.parametrize("part", [0, 1])
@given(data=st.binary(max_size=60) | st.text(alphabet='{}[]":,aud\\\n 0123.eE-', max_size=60).map(str.encode))
def test_arbitrary_bytes_under_a_good_signature(part, data):
    """A header or payload of any bytes, signed as if the provider had gone mad."""
    parts = [json_bytes(HEADER), json_bytes(CLAIMS)]
    parts[part] = data
    assert not _agree(sign_bytes(parts[0], parts[1], KEY))
