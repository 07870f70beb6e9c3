"""Tokens as bytes, for stores."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.token_record import refresh_token_bytes, refresh_token_in, token_bytes, token_in
from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.secret import Secret

TOKEN = ReceivedToken(
    access_token=Secret("canary"),
    expires_at=1_800_003_600.5,
    refresh_at=1_800_003_300.0,
    scopes=frozenset({"b", "a"}),
    refresh_token=Secret("canary-r"),
    id_token=Secret("canary-i"),
)
RECORD = json.loads(token_bytes(TOKEN))


def _data(**change: object) -> bytes:
    return json.dumps({**RECORD, **change}).encode()


def test_an_access_token_is_kept_without_what_came_beside_it():
    """Refresh tokens have a place of their own, and ID tokens none."""
    data = token_bytes(TOKEN)
    assert b"canary-" not in data
    found = token_in(data)
    assert found is not None
    assert (found.access_token, found.expires_at, found.refresh_at) == (
        TOKEN.access_token,
        1_800_003_600.5,
        1_800_003_300,
    )
    assert (found.scopes, found.token_type) == (TOKEN.scopes, "Bearer")
    assert found.refresh_token is found.id_token is None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\x00", id="no text"),
        pytest.param(b"{", id="cut short"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(_data(format=2), id="of another release"),
        pytest.param(_data(format=None), id="of no release"),
        pytest.param(_data(access_token=None), id="no token"),
        pytest.param(_data(access_token=""), id="an empty token"),
        pytest.param(_data(access_token=["a"]), id="a list for a token"),
        pytest.param(_data(access_token="a\r\nX-Admin: 1"), id="T121 a header of its own"),
        pytest.param(_data(access_token="\u00e9"), id="T121 beyond ASCII"),
        pytest.param(_data(access_token="\ud800"), id="T121 a lone surrogate"),
        pytest.param(_data(token_type="Basic"), id="T121 of another scheme"),
        pytest.param(_data(token_type="Bearer\r\nX: y"), id="T121 a line break in the scheme"),
        pytest.param(_data(token_type=None), id="no scheme"),
        pytest.param(_data(expires_at="soon"), id="an end that is no number"),
        pytest.param(_data(expires_at=None), id="no end"),
        pytest.param(_data(expires_at=float("inf")), id="a token for ever"),
        pytest.param(_data(expires_at=float("nan")), id="an end that is NaN"),
        pytest.param(_data(expires_at=10**400), id="an end of 401 digits"),
        pytest.param(_data(refresh_at=-1), id="a renewal before time began"),
        pytest.param(_data(refresh_at=10**400), id="a renewal of 401 digits"),
        pytest.param(_data(scopes="a b"), id="scopes are text"),
        pytest.param(_data(scopes=None), id="no scopes"),
    ],
)
def test_R17_what_cannot_be_used_is_not_there(data):
    """A store that was written by another release, or by a stranger, costs a request for a token and no failure."""
    assert token_in(data) is None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param(b'"canary"', id="a text"),
        pytest.param(b'{"refresh_token":"a"}', id="of no release"),
        pytest.param(b'{"format":2,"refresh_token":"a"}', id="of another release"),
        pytest.param(b'{"format":1}', id="no token"),
        pytest.param(b'{"format":1,"refresh_token":["a"]}', id="a list"),
        pytest.param(b'{"format":1,"refresh_token":"\\ud800"}', id="a lone surrogate"),
        pytest.param(token_bytes(TOKEN), id="an access token"),
    ],
)
def test_R17_a_refresh_token_that_cannot_be_used_is_not_there(data):
    """The user signs in again, and nothing else happens."""
    assert refresh_token_in(data) is None


def test_the_two_kinds_are_not_taken_for_each_other():
    """A record of a refresh token is no access token."""
    assert token_in(refresh_token_bytes(Secret("canary"))) is None


seconds = st.floats(min_value=0, max_value=1e12, allow_nan=False)
tokens = st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)


@given(tokens, seconds, seconds, st.frozensets(st.text(st.characters())))
def test_tokens_come_back_as_they_were(text, expires_at, refresh_at, scopes):
    """Whatever a provider may have issued."""
    token = ReceivedToken(access_token=Secret(text), expires_at=expires_at, refresh_at=refresh_at, scopes=scopes)
    assert token_in(token_bytes(token)) == token
    assert refresh_token_in(refresh_token_bytes(Secret(text))) == Secret(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.binary() | st.dictionaries(st.sampled_from(sorted(RECORD)), json_values).map(lambda change: _data(**change)))
def test_arbitrary_data_raise_nothing(data):
    """R17: a store fails no request, whatever is in it."""
    found = token_in(data)
    assert found is None or found.token_type == "Bearer"
    assert refresh_token_in(data) is None


def test_records_are_compact():
    """Stores are paid for by the byte."""
    records = token_bytes(TOKEN) + refresh_token_bytes(Secret("r"))
    assert b" " not in records.replace(b"Bearer ", b"")
