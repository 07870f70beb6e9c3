"""Challenges of other APIs."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.claims_request import claims_text
from azuread_auth._protocol.received_challenge import claims_in_challenge
from azuread_auth._protocol.www_authenticate import BearerChallenge

CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'
ENCODED = base64.b64encode(CLAIMS.encode()).decode()
URL_SAFE = '{"a":"~~~???"}'
WANTED = 'error="insufficient_claims"'


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(f'Bearer {WANTED}, claims="{ENCODED}"', id="as Microsoft's APIs say it"),
        pytest.param(f'Bearer realm="", {WANTED}, claims="{ENCODED}"', id="beside an empty realm"),
        pytest.param(f'bearer ERROR="insufficient_claims", Claims="{ENCODED}"', id="in another case"),
        pytest.param(f'Bearer claims="{ENCODED}", {WANTED}', id="in another order"),
        pytest.param(f'Bearer  {WANTED} ,\tclaims = "{ENCODED}"', id="with blanks"),
        pytest.param(f'Bearer {WANTED} claims="{ENCODED}"', id="without a comma"),
        pytest.param(f"Bearer error=insufficient_claims, claims={ENCODED}", id="without quotes"),
        pytest.param(f'Bearer {WANTED}, claims="{ENCODED.rstrip("=")}"', id="base64 without padding"),
        pytest.param(f"Bearer {WANTED}, claims={json.dumps(CLAIMS)}", id="JSON in an escaped text"),
        pytest.param(f'Basic realm="a, Bearer b=c", Bearer {WANTED}, claims="{ENCODED}"', id="after another scheme"),
        pytest.param(f'Negotiate, Bearer {WANTED}, claims="{ENCODED}"', id="after a scheme without parameters"),
        pytest.param(
            f'Negotiate YWJjZA==, Bearer {WANTED}, claims="{ENCODED}"', id="after a scheme with a padded token"
        ),
        pytest.param(f'Bearer error="invalid_token", Bearer {WANTED}, claims="{ENCODED}"', id="the second of two"),
        pytest.param(f'Bearer {WANTED}, claims="{ENCODED}", claims="e30="', id="the first of two parameters"),
        pytest.param(f', ,Bearer {WANTED}, claims="{ENCODED}"', id="after empty members of the list"),
    ],
)
def test_claims_that_are_asked_for(header):
    """The request of claims, as it is sent on, whatever the spelling of the challenge."""
    assert claims_in_challenge(header) == CLAIMS


def test_base64_of_either_alphabet():
    """Some APIs use the alphabet of URLs."""
    standard, url_safe = base64.b64encode(URL_SAFE.encode()), base64.urlsafe_b64encode(URL_SAFE.encode())
    assert standard != url_safe
    for encoded in (standard, url_safe):
        assert claims_in_challenge(f'Bearer {WANTED}, claims="{encoded.decode()}"') == URL_SAFE


def _challenge(claims: str) -> str:
    return f'Bearer {WANTED}, claims="{base64.b64encode(claims.encode()).decode()}"'


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="nothing"),
        pytest.param("Bearer", id="a scheme alone"),
        pytest.param(f"Bearer {WANTED}", id="no claims"),
        pytest.param(f'Bearer {WANTED}, claims=""', id="empty claims"),
        pytest.param(f'Bearer claims="{ENCODED}"', id="no error"),
        pytest.param(f'Bearer error="invalid_token", claims="{ENCODED}"', id="another error"),
        pytest.param(f'Bearer error="Insufficient_Claims", claims="{ENCODED}"', id="the error in another case"),
        pytest.param(f'Basic {WANTED}, claims="{ENCODED}"', id="another scheme"),
        pytest.param(f'XBearer {WANTED}, claims="{ENCODED}"', id="a scheme that ends in Bearer"),
        pytest.param(f'Basic realm="Bearer {WANTED}, claims={ENCODED}"', id="within a text of another scheme"),
        pytest.param(f'Bearer {WANTED}, claims="{ENCODED}', id="a text without an end"),
        pytest.param(f'Bearer {WANTED}, claims="%%%"', id="no base64"),
        pytest.param(f'Bearer {WANTED}, claims="\u00e9"', id="beyond ASCII"),
        pytest.param(f'Bearer {WANTED}, claims="//8="', id="base64 of no text"),
        pytest.param(f'Bearer {WANTED}, claims="{{"', id="no JSON"),
        pytest.param(_challenge("[]"), id="a list"),
        pytest.param(_challenge('{"a": NaN}'), id="NaN"),
        pytest.param(_challenge("[" * 9000), id="nested without end"),
        pytest.param(_challenge('{"a":' * 1500 + "1" + "}" * 1500), id="objects nested without end"),
        pytest.param(_challenge(json.dumps({"a": "x" * 8192})), id="larger than a request may be"),
        pytest.param(" " * 16_384 + _challenge(CLAIMS), id="beyond what is read of a header"),
    ],
)
def test_what_asks_for_nothing(header):
    """An API that asks for nothing, or not in a form that can be sent on, is answered with no second request."""
    assert claims_in_challenge(header) is None


HOSTILE = [
    pytest.param("", " ", '"', id="blanks"),
    pytest.param('Bearer a="b"', " ", '"', id="blanks after a parameter"),
    pytest.param('Bearer a="b"', " \t", ",", id="blanks and tabs after a parameter"),
    pytest.param('Bearer a="b",', " ", "=", id="blanks after a comma"),
    pytest.param("Bearer a", " ", "x", id="blanks after a name"),
    pytest.param("Bearer a=", " ", ",", id="blanks before a value"),
    pytest.param("Bearer ", "a", "", id="a name without end"),
    pytest.param('Bearer a="', '\\"', "", id="escaped quotes without end"),
    pytest.param('Bearer a="', "\\", "", id="backslashes"),
    pytest.param("Bearer ", 'a="', "", id="quotes that open"),
    pytest.param("Bearer ", 'a="",', "", id="parameters"),
    pytest.param("", "a ", "", id="schemes"),
    pytest.param("", "Bearer,", "", id="challenges"),
    pytest.param("", ",", "", id="commas"),
    pytest.param("Bearer a=", "=", "", id="padding"),
    pytest.param(f'Bearer {WANTED}, claims="', "e", '"', id="base64"),
    pytest.param(f'Bearer {WANTED}, claims="', "[", '"', id="brackets"),
    pytest.param(f'Bearer {WANTED}, claims="{{', " ", '"', id="JSON of blanks"),
]


@pytest.mark.parametrize("size", [16_000, 100_000])
@pytest.mark.parametrize(("before", "piece", "after"), HOSTILE)
def test_T50_hostile_headers_come_to_an_end(before, piece, after, size):
    """An API that is hostile can ask for nothing and hold nobody up."""
    assert claims_in_challenge(before + piece * (size // len(piece)) + after) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
requests = st.dictionaries(st.text(max_size=5), json_values, max_size=3)


@given(requests, st.none() | st.text(max_size=20), st.lists(st.text(max_size=5), max_size=2))
def test_challenges_of_this_package_are_understood(claims, description, scopes):
    """What one service asks for, the next one with this package brings."""
    challenge = BearerChallenge(
        error="insufficient_claims",
        error_description=description,
        scopes=tuple(scopes),
        authorization_uri="https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        claims=json.dumps(claims, ensure_ascii=False),
    )
    assert claims_in_challenge(challenge.header_value()) == claims_text(claims)
    behind_another = f'Basic realm="x", {challenge.header_value()}, Digest qop="auth"'
    assert claims_in_challenge(behind_another) == claims_text(claims)


pieces = st.sampled_from(
    ["Bearer", "Basic", " ", ",", "=", '"', "\\", "error", "insufficient_claims", "claims", WANTED, ENCODED, CLAIMS]
)


@given(st.text() | st.lists(pieces | st.text(max_size=3)).map("".join))
def test_arbitrary_headers_raise_nothing(header):
    """What is found is a request that can be sent on; all else is nothing."""
    found = claims_in_challenge(header)
    assert found is None or claims_text(found) == found


@pytest.mark.parametrize("size", range(24))
def test_base64_with_or_without_its_end(size):
    """Whatever the length: padding is there, left out, or too much of it."""
    claims = f'{{"id_token":{{"{"x" * size}":null}}}}'
    encoded = base64.b64encode(claims.encode()).decode()
    for spelling in (encoded, encoded.rstrip("="), f"{encoded}=="):
        assert claims_in_challenge(f'Bearer {WANTED}, claims="{spelling}"') == claims


def test_plain_json_after_a_blank():
    """Claims that are no base64 may have white space before them."""
    assert claims_in_challenge(f'Bearer {WANTED}, claims=" {{\\"id_token\\":{{}}}}"') == '{"id_token":{}}'
