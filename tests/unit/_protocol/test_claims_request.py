"""The `claims` parameter of a request for tokens."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.claims_request import claims_text, with_capabilities
from azuread_auth.errors import ConfigurationError

CP1 = ("CP1",)
NBF = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'
XMS_CC = {"xms_cc": {"values": ["CP1"]}}


@pytest.mark.parametrize(
    ("claims", "text"),
    [
        pytest.param(None, None, id="none"),
        pytest.param(NBF, NBF, id="text"),
        pytest.param(json.loads(NBF), NBF, id="a mapping"),
        pytest.param(json.dumps(json.loads(NBF), indent=2), NBF, id="text with white space"),
        pytest.param('{"b": 1, "a": {"d": 1, "c": 2}}', '{"a":{"c":2,"d":1},"b":1}', id="in another order"),
        pytest.param({}, "{}", id="an empty mapping"),
        pytest.param('{"a": "\u00e9\\ud800"}', '{"a":"\\u00e9\\ud800"}', id="beyond ASCII, and a lone surrogate"),
    ],
)
def test_equal_requests_are_equal_texts(claims, text):
    """The text is compact JSON in ASCII with its members in order, because cache keys are made of it."""
    assert claims_text(claims) == text


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        pytest.param("", "not JSON", id="empty"),
        pytest.param("secret-claim", "not JSON", id="no JSON"),
        pytest.param('{"a":', "not JSON", id="cut short"),
        pytest.param("[" * 100_000, "not JSON", id="nested without end"),
        pytest.param('{"a": ' + "9" * 5000 + "}", "not JSON", id="5000 digits"),
        pytest.param('{"a": NaN}', "not JSON", id="NaN, which is no JSON"),
        pytest.param('{"a": 1e999}', "not JSON", id="a number that becomes infinite"),
        pytest.param({"a": float("inf")}, "not JSON", id="infinity in a mapping"),
        pytest.param({"a": object()}, "not JSON", id="a value without a form in JSON"),
        pytest.param({1: "a", "b": "c"}, "not JSON", id="names of two types"),
        pytest.param(5, "not JSON", id="a number for a mapping"),
        pytest.param("[]", "not a JSON object", id="a list"),
        pytest.param("null", "not a JSON object", id="null"),
        pytest.param('"secret-claim"', "not a JSON object", id="a text"),
        pytest.param('{"a": "' + "x" * 8192 + '"}', "not a JSON object of at most 8192", id="too large for a header"),
    ],
)
def test_anything_but_an_object_is_refused(claims, told):
    """The message tells what was expected and repeats nothing of what was given."""
    with pytest.raises(ConfigurationError, match=told) as refused:
        claims_text(claims)
    assert "secret-claim" not in str(refused.value)


@pytest.mark.parametrize(
    ("claims", "capabilities", "request_of_claims"),
    [
        pytest.param(None, (), None, id="neither"),
        pytest.param(NBF, (), json.loads(NBF), id="claims alone"),
        pytest.param(None, CP1, {"access_token": XMS_CC}, id="capabilities alone"),
        pytest.param(NBF, CP1, {"access_token": {**json.loads(NBF)["access_token"], **XMS_CC}}, id="both"),
        pytest.param('{"id_token":{}}', CP1, {"id_token": {}, "access_token": XMS_CC}, id="claims of another token"),
        pytest.param('{"access_token":null}', CP1, {"access_token": XMS_CC}, id="access_token is null"),
        pytest.param('{"access_token":[1]}', CP1, {"access_token": XMS_CC}, id="access_token is a list"),
        pytest.param(
            '{"access_token":{"xms_cc":{"values":["CP9"]}}}', CP1, {"access_token": XMS_CC}, id="capabilities of others"
        ),
    ],
)
def test_capabilities_join_the_request(claims, capabilities, request_of_claims):
    """What a challenge asks for stays; what the client is able to do is its own word, whatever a challenge says."""
    text = with_capabilities(claims, capabilities)
    assert (json.loads(text) if text is not None else None) == request_of_claims


def test_capabilities_fit_beside_the_largest_request():
    """An API that asks for as much as it may cannot make the next request for a token fail before it is sent."""
    claims = claims_text({"access_token": {"a": "x" * 8165}})
    assert claims is not None
    assert len(claims) > 8180
    assert json.loads(with_capabilities(claims, CP1) or "")["access_token"]["xms_cc"] == {"values": ["CP1"]}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.text() | json_values.map(json.dumps) | st.dictionaries(st.text(max_size=3), json_values, max_size=3))
def test_arbitrary_claims_become_json_or_are_refused(claims):
    """What comes out is itself a request, reads strictly, and does not change when read again."""
    try:
        text = claims_text(claims)
    except ConfigurationError:
        return
    assert text is not None
    assert text.isascii()
    assert claims_text(text) == text
    assert "xms_cc" in json.loads(with_capabilities(text, CP1) or "")["access_token"]


def test_the_largest_request_is_one():
    """8,192 characters are, and one more is not."""
    largest = f'{{"a":"{"x" * 8_184}"}}'
    assert claims_text(largest) == largest
    with pytest.raises(ConfigurationError, match="8192"):
        claims_text(f'{{"a":"{"x" * 8_185}"}}')
