"""The address where a sign-in begins."""

import json

import pytest

from azuread_auth._web.sign_in_address import SignInAddress, claims_for_id_token


def test_an_address_has_what_is_asked_for_alone():
    """Encoded, and nothing that is not there."""
    assert SignInAddress(next="/a?b=c&d").location("/auth/login") == "/auth/login?next=%2Fa%3Fb%3Dc%26d"
    full = SignInAddress(next="/", prompt="none", login_hint="a b", scopes=("A", "B"), claims="{}")
    assert full.location("/in") == "/in?next=%2F&prompt=none&login_hint=a+b&scopes=A+B&claims=%7B%7D"


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"id_token": {"a": None}}, {"id_token": {"a": None}}),
        ({"access_token": {"a": 1}}, {"access_token": {"a": 1}, "id_token": {"a": 1}}),
        ({"access_token": {"a": 1}, "id_token": {"b": 2}}, {"access_token": {"a": 1}, "id_token": {"a": 1, "b": 2}}),
        ({"access_token": {"a": 1}, "id_token": "x"}, {"access_token": {"a": 1}, "id_token": {"a": 1}}),
        ({"access_token": ["a"]}, {"access_token": ["a"]}),
        ({}, {}),
    ],
)
def test_what_access_tokens_need_is_asked_of_the_id_token(claims, expected):
    """That is what a session is made of."""
    assert json.loads(claims_for_id_token(json.dumps(claims)) or "") == expected


@pytest.mark.parametrize("claims", ["", "x", "[]", "null", '"{}"', "[" * 100_000])
def test_what_is_no_object_cannot_be_asked_for(claims):
    """None, and no error."""
    assert claims_for_id_token(claims) is None
