"""Whatever anybody sends, there is an answer, and it comes quickly."""

import contextlib
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.jws import MAX_TOKEN_BYTES
from azuread_auth._web.bearer import bearer_token
from azuread_auth._web.paths import Access, PathRules
from azuread_auth._web.refusals import MalformedAuthorization
from azuread_auth.client import AzureAdClient
from azuread_auth.errors import ConfigurationError, TokenRejected
from azuread_auth.simulation import SimulatedTenant

CLIENT = AzureAdClient(SimulatedTenant().settings())
B64TOKEN = re.compile(rb"[A-Za-z0-9\-._~+/]+=*")  # RFC 6750 2.1


@given(st.text() | st.text(alphabet="eyJ.-_= AB0\u0660\ud800"))
def test_tokens(token):
    """T34, T36, T42: text of any sort is no token, and no other error."""
    with pytest.raises(TokenRejected):
        CLIENT.validate_token(token)


@given(st.lists(st.binary() | st.sampled_from([b"Bearer abc", b"Basic abc", b"bearer  a.b-c_d~e+f/g="]), max_size=3))
def test_authorization_headers(values):
    """T01 to T06, T10: a token of RFC 6750's alphabet, nothing, or a malformed request."""
    with contextlib.suppress(MalformedAuthorization):
        token = bearer_token(values)
        assert token is None or (len(values) == 1 and B64TOKEN.fullmatch(token))


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(b"Bearer " + b"a" * 100_000, id="T50 letters"),
        pytest.param(b"Bearer " + b" " * 100_000, id="T50 blanks"),
        pytest.param(b"Bearer " + b"=" * 100_000, id="T50 padding"),
        pytest.param(b"Bearer " + b"a=" * 50_000, id="T50 letters and padding"),
        pytest.param(b"Bearer " + b"." * 1_000_000, id="T11 T50 a million dots"),
        pytest.param(b"B" * 100_000, id="T50 a scheme without end"),
        pytest.param(b"Basic " + b"\xff" * 100_000, id="T50 bytes"),
    ],
)
def test_T50_hostile_headers_take_linear_time(header):
    """T11, T50: 20 milliseconds for a hundred kilobytes."""
    seconds = []
    for _ in range(3):
        started_at = time.perf_counter()
        with contextlib.suppress(MalformedAuthorization):
            token = bearer_token([header])
            assert token is None or len(token) > MAX_TOKEN_BYTES or B64TOKEN.fullmatch(token)
        seconds.append(time.perf_counter() - started_at)
    assert min(seconds) < 0.02


paths = st.text() | st.text(alphabet="/.%2eEfF5cC\\;a\x00public").map(lambda text: f"/{text}")
RULES = PathRules(public_paths=["/healthz", "/public/*"], optional_paths=["/optional", "/shop/*"])


@given(paths)
def test_paths(path):
    """T16: what is not plainly public or optional is protected."""
    access = RULES.access(path)
    if access is Access.PUBLIC:
        assert path == "/healthz" or (path.startswith("/public/") and ".." not in path.split("/"))
    elif access is Access.OPTIONAL:
        assert path == "/optional" or (path.startswith("/shop/") and ".." not in path.split("/"))


@given(st.lists(paths, max_size=3), st.lists(paths, max_size=3), paths)
def test_path_rules(public, optional, path):
    """T16: rules of any text are refused with ConfigurationError or understood."""
    with contextlib.suppress(ConfigurationError):
        rules = PathRules(public_paths=public, optional_paths=optional)
        assert rules.access(path) in Access
