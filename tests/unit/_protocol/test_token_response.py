"""What the token endpoint answers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.token_response import ReceivedToken, received_token, seconds_in, sendable
from azuread_auth.errors import ProviderUnavailable

NOW = 1_800_000_000.0
SCOPES = ("api://orders/Orders.Read",)
ANSWER: dict[str, object] = {"token_type": "Bearer", "access_token": "canary", "expires_in": 3600}
DAY_AND_MORE = 100_000


def _received(**change: object) -> ReceivedToken:
    """The token of an answer with a change; `...` takes a member away."""
    document = {name: value for name, value in {**ANSWER, **change}.items() if value is not ...}
    return received_token(document, requested_scopes=SCOPES, received_at=NOW)


def test_an_answer_is_read():
    """The token, what came beside it, and when it ends."""
    token = _received(refresh_token="r", id_token="i", scope="openid  a b", refresh_in=600)
    assert token.access_token.reveal() == "canary"
    assert token.refresh_token is not None
    assert token.id_token is not None
    assert (token.refresh_token.reveal(), token.id_token.reveal()) == ("r", "i")
    assert (token.expires_at, token.refresh_at) == (NOW + 3600, NOW + 600)
    assert (token.scopes, token.token_type) == ({"openid", "a", "b"}, "Bearer")


@pytest.mark.parametrize("scope", [pytest.param(value, id=repr(value)) for value in (..., None, "", 7, ["a"])])
def test_scopes_are_those_that_were_asked_for_unless_others_are_named(scope):
    """RFC 6749 5.1: the member may be left out where nothing differs."""
    assert _received(scope=scope).scopes == set(SCOPES)


@pytest.mark.parametrize(
    ("change", "life"),
    [
        pytest.param({"expires_in": "3599"}, 3599, id="R34 text"),
        pytest.param({"expires_in": " 3599 "}, 3599, id="R34 text with blanks"),
        pytest.param({"expires_in": "3599.5"}, 3599.5, id="R34 a fraction as text"),
        pytest.param({"expires_in": 3599.5}, 3599.5, id="R34 a fraction"),
        pytest.param({"expires_in": ...}, 3600, id="R34 missing"),
        pytest.param({"expires_in": None}, 3600, id="R34 null"),
        pytest.param({"expires_in": 0}, 0, id="R34 0"),
        pytest.param({"expires_in": "0"}, 0, id="R34 0 as text"),
        pytest.param({"expires_in": -1}, 3600, id="R34 negative"),
        pytest.param({"expires_in": "-1"}, 3600, id="R34 negative, as text"),
        pytest.param({"expires_in": math.nan}, 3600, id="R34 NaN"),
        pytest.param({"expires_in": math.inf}, 3600, id="R34 infinite"),
        pytest.param({"expires_in": "NaN"}, 3600, id="R34 NaN as text"),
        pytest.param({"expires_in": "1e5"}, 3600, id="R34 an exponent as text"),
        pytest.param({"expires_in": "\u0661"}, 3600, id="R34 an Arabic digit"),
        pytest.param({"expires_in": "9" * 100_000}, 3600, id="R34 100,000 digits as text"),
        pytest.param({"expires_in": 10**400}, 3600, id="R34 401 digits"),
        pytest.param({"expires_in": 1e300}, DAY_AND_MORE, id="R34 huge"),
        pytest.param({"expires_in": "999999999999"}, DAY_AND_MORE, id="R34 huge, as text"),
        pytest.param({"expires_in": [3600]}, 3600, id="R34 a list"),
        pytest.param({"expires_in": {}}, 3600, id="R34 an object"),
        pytest.param({"expires_in": True}, 3600, id="R34 true"),
        pytest.param({"expires_in": 86_400}, 86_400, id="R34 a day, with continuous access evaluation"),
        pytest.param({"expires_in": ..., "expires_on": str(int(NOW) + 90)}, 90, id="R34 only a date, as text"),
        pytest.param({"expires_in": "", "expires_on": NOW + 90}, 90, id="R34 nonsense beside a date"),
        pytest.param({"expires_in": ..., "expires_on": NOW - 90}, 0, id="R34 a date that is past"),
        pytest.param({"expires_in": ..., "expires_on": "tomorrow"}, 3600, id="R34 a date that is none"),
        pytest.param({"expires_in": 60, "expires_on": NOW + 90}, 60, id="R34 both: the duration, free of clocks"),
    ],
)
def test_R34_the_life_of_a_token(change, life):
    """Numbers and their texts are understood, nonsense is as if it were absent, and nothing lives for ever."""
    token = _received(**change)
    assert token.expires_at - NOW == life
    assert NOW <= token.refresh_at <= token.expires_at


@pytest.mark.parametrize(
    ("expires_in", "refresh_in", "refresh_after"),
    [
        pytest.param(3600, ..., 3300, id="5 minutes before the end"),
        pytest.param(600, ..., 300, id="10 minutes: as well half of it"),
        pytest.param(700, ..., 400, id="a little more: 5 minutes before the end"),
        pytest.param(599, ..., 299.5, id="half of a short life"),
        pytest.param(0, ..., 0, id="none"),
        pytest.param(86_400, 43_200, 43_200, id="when the provider says so"),
        pytest.param(86_400, "43200", 43_200, id="when the provider says so, as text"),
        pytest.param(3600, 3600, 3300, id="not later than 5 minutes before the end"),
        pytest.param(3600, -1, 3300, id="negative"),
        pytest.param(3600, math.nan, 3300, id="NaN"),
        pytest.param(3600, 0, 0, id="at once"),
    ],
)
def test_when_a_token_is_renewed(expires_in, refresh_in, refresh_after):
    """Early enough that one always serves."""
    assert _received(expires_in=expires_in, refresh_in=refresh_in).refresh_at - NOW == refresh_after


UNSENDABLE = [
    pytest.param("a\r\nX-Admin: 1", id="T121 a header of its own"),
    pytest.param("a\n", id="T121 a line feed at the end"),
    pytest.param("a\x00b", id="T121 a zero byte"),
    pytest.param("a b", id="T121 a space"),
    pytest.param("a\u00e9", id="T121 beyond ASCII"),
    pytest.param("a\ud800", id="T121 a lone surrogate"),
    pytest.param("\x7f", id="T121 delete"),
    pytest.param(["a"], id="a list"),
    pytest.param({"a": 1}, id="an object"),
    pytest.param(7, id="a number"),
    pytest.param(True, id="true"),
]


@pytest.mark.parametrize("member", ["access_token", "refresh_token", "id_token"])
@pytest.mark.parametrize("value", UNSENDABLE)
def test_T121_a_token_that_no_header_can_carry_is_refused(member, value):
    """What would end a header or start another is never kept, let alone sent."""
    with pytest.raises(ProviderUnavailable, match=f"no {member} that could be sent on") as refused:
        _received(**{member: value})
    assert "Admin" not in str(refused.value)
    assert refused.value.__cause__ is refused.value.__context__ is None
    assert sendable(value) is None


@pytest.mark.parametrize("value", [pytest.param(value, id=repr(value)) for value in (..., None, "")])
def test_an_answer_without_a_token_is_none(value):
    """A refresh or ID token need not be there, an access token must."""
    with pytest.raises(ProviderUnavailable, match="no access_token"):
        _received(access_token=value)
    token = _received(refresh_token=value, id_token=value)
    assert token.refresh_token is token.id_token is None


@pytest.mark.parametrize("token_type", [pytest.param(value, id=repr(value)) for value in ("bearer", "BEARER", ...)])
def test_the_type_is_bearer_in_any_case(token_type):
    """RFC 6749 5.1: types are told without regard to case; managed identities may leave them out."""
    assert _received(token_type=token_type).token_type == "Bearer"


@pytest.mark.parametrize(
    "token_type",
    ["pop", "mac", "", "Bearer\r\nX: y", None, 7, ["Bearer"]],
    ids=["pop", "mac", "empty", "two lines", "null", "a number", "a list"],
)
def test_T121_a_token_of_another_type_is_refused(token_type):
    """The type stands before the token in a header; one that proves possession is no bearer token."""
    with pytest.raises(ProviderUnavailable, match="another type than Bearer"):
        _received(token_type=token_type)


def test_T112_no_token_shows():
    """Neither representation nor text of what was received has a token in it."""
    token = _received(refresh_token="canary-r", id_token="canary-i")
    assert "canary" not in repr(token)
    assert "canary" not in str(token)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
members = st.sampled_from(
    ["token_type", "access_token", "refresh_token", "id_token", "expires_in", "expires_on", "refresh_in", "scope"]
)


@given(st.dictionaries(members, json_values))
def test_arbitrary_answers_raise_nothing_but_unavailability(change):
    """T121, R34: whatever comes, a token can be sent and ends within 28 hours."""
    try:
        token = _received(**change)
    except ProviderUnavailable:
        return
    text = token.access_token.reveal()
    assert text.isascii()
    assert text.isprintable()
    assert " " not in text
    assert NOW <= token.refresh_at <= token.expires_at <= NOW + DAY_AND_MORE


@pytest.mark.parametrize("blank", [" ", "\t", "\n", "\x1c", "\x1f", "\x85", "\u00a0", "\u2003", "\u3000"], ids=range(9))
def test_R34_blanks_of_any_kind_are_around_a_number(blank):
    """What one part of Python counts as a blank, another may not: it must not raise."""
    assert seconds_in(f"{blank}3600{blank}") == 3600
    assert seconds_in(f"36{blank}00") is None
    assert seconds_in(blank) is None


@given(json_values)
def test_R34_seconds_are_finite_and_not_negative(value):
    """A duration or date can be computed with, or is none."""
    seconds = seconds_in(value)
    assert seconds is None or 0 <= seconds < math.inf
