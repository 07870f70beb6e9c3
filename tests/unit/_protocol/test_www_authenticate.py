"""Challenges, as clients read them."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.www_authenticate import BearerChallenge


def test_without_credentials_there_is_nothing_to_say():
    """RFC 6750 3.1: no error where no token was sent."""
    assert BearerChallenge().header_value() == "Bearer"


def test_all_parameters():
    """Each parameter is quoted and named once; claims are base64 of their JSON text."""
    challenge = BearerChallenge(
        error="insufficient_scope",
        error_description="more is needed",
        scopes=("api://a/Files.Read", "api://a/Files.Write"),
        authorization_uri="https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        claims='{"access_token":{}}',
        resource_metadata="https://api.example.com/.well-known/oauth-protected-resource",
    )
    encoded = base64.b64encode(b'{"access_token":{}}').decode()
    assert challenge.header_value() == (
        'Bearer authorization_uri="https://login.microsoftonline.com/common/oauth2/v2.0/authorize", '
        'error="insufficient_scope", error_description="more is needed", '
        f'scope="api://a/Files.Read api://a/Files.Write", claims="{encoded}", '
        'resource_metadata="https://api.example.com/.well-known/oauth-protected-resource"'
    )


@pytest.mark.parametrize(
    "text",
    ['a"b', "a\\b", "a\r\nSet-Cookie: x=1", "a\x00b", "caf\u00e9", "\u202eb", "\ud800b"],
    ids=["quote", "backslash", "two lines", "null", "accent", "right to left", "surrogate"],
)
def test_T21_what_could_end_a_parameter_is_left_out(text):
    """RFC 6750 3: quotes, backslashes, control characters and everything beyond ASCII are dropped."""
    value = BearerChallenge(error="invalid_token", error_description=text).header_value()
    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') == 4
    assert "\\" not in value


def test_T21_nothing_stands_in_its_place():
    """What is left is what was there before."""
    assert BearerChallenge(error='a"\\\r\nb').header_value() == 'Bearer error="ab"'


@given(st.text(), st.lists(st.text()))
def test_arbitrary_text_makes_one_sane_header(text, scopes):
    """Whatever is put in, the header is one line of printable ASCII with paired quotes."""
    value = BearerChallenge(error_description=text, scopes=tuple(scopes), authorization_uri=text).header_value()
    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') % 2 == 0
