"""Scopes as tokens are requested with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.outbound_scopes import canonical, check_scopes, first_resource_scopes, resource_of
from azuread_auth.errors import ConfigurationError

GRAPH = "https://graph.microsoft.com"
ORDERS = "api://invoices"


def test_canonical_scopes_are_sorted_and_single():
    """Cache keys do not depend on the order in which scopes were asked for, nor on repetition."""
    assert canonical(("b", "a", "b")) == ("a", "b") == canonical(("a", "b"))


@pytest.mark.parametrize(
    ("scope", "resource"),
    [
        pytest.param("User.Read", GRAPH, id="a bare name is Graph's"),
        pytest.param(".default", GRAPH, id="a bare .default too"),
        pytest.param(f"{GRAPH}/User.Read", GRAPH, id="Graph by its address"),
        pytest.param("HTTPS://Graph.Microsoft.com/User.Read", GRAPH, id="Graph in another case"),
        pytest.param("https://graph.microsoft.us/User.Read", GRAPH, id="Graph of US Government"),
        pytest.param("00000003-0000-0000-c000-000000000000/.default", GRAPH, id="Graph by its application id"),
        pytest.param(f"{ORDERS}/Orders.Read", ORDERS, id="an API by its URI"),
        pytest.param(
            "https://vault.azure.net//.default", "https://vault.azure.net/", id="a URI with a slash at its end"
        ),
        pytest.param("openid", None, id="of OpenID Connect"),
        pytest.param("offline_access", None, id="of OpenID Connect, for a refresh token"),
    ],
)
def test_the_api_of_a_scope(scope, resource):
    """The API is what stands before the last slash; where nothing does it is Microsoft Graph."""
    assert resource_of(scope) == resource


@pytest.mark.parametrize(
    ("scopes", "is_app", "resource"),
    [
        pytest.param(("User.Read", f"{GRAPH}/Mail.Read"), False, GRAPH, id="two spellings of Graph"),
        pytest.param(
            (f"{ORDERS}/Orders.Read", "openid", "profile"), False, ORDERS, id="beside those of OpenID Connect"
        ),
        pytest.param((f"{ORDERS}/A", "API://Invoices/B"), False, "API://Invoices", id="one API in two cases"),
        pytest.param((f"{ORDERS}/.default",), True, ORDERS, id="all that an application was granted"),
        pytest.param((f"{ORDERS}/.default", f"{ORDERS}/.default"), True, ORDERS, id="the same twice"),
    ],
)
def test_scopes_of_one_api_are_good(scopes, is_app, resource):
    """A token is for one API."""
    assert check_scopes(scopes, is_app=is_app) == resource


@pytest.mark.parametrize(
    ("scopes", "is_app", "told"),
    [
        pytest.param((), False, "no scope of an API", id="none"),
        pytest.param(("openid", "profile"), False, "no scope of an API", id="OpenID Connect alone"),
        pytest.param(("User.Read", f"{ORDERS}/A"), False, "several APIs", id="two APIs"),
        pytest.param((f"{ORDERS}/Orders.Read",), True, "ends in /.default", id="a user's scope for an application"),
        pytest.param((f"{ORDERS}/.default", f"{ORDERS}/A"), True, "ends in /.default", id="more beside .default"),
        pytest.param((f"{ORDERS}/.default", "openid"), True, "ends in /.default", id="openid for an application"),
        pytest.param((".default",), True, "ends in /.default", id="a bare .default, which names no API"),
        pytest.param(("",), False, "a scope is empty", id="an empty scope"),
        pytest.param(("User.Read Mail.Read",), False, "spaces or quotes", id="two scopes in one text"),
        pytest.param(('User.Read"',), False, "spaces or quotes", id="a quote"),
        pytest.param(("User.Read\r\nX: y",), False, "spaces or quotes", id="T121 a line break"),
        pytest.param(("Usér.Read",), False, "spaces or quotes", id="beyond ASCII"),
        pytest.param((None,), False, "no text", id="no text at all"),
        pytest.param((["User.Read"],), False, "a scope is a list", id="a list in the arguments"),
    ],
)
def test_other_scopes_are_refused(scopes, is_app, told):
    """What no provider could serve is told before anything is sent, and not repeated."""
    with pytest.raises(ConfigurationError, match=told) as refused:
        check_scopes(scopes, is_app=is_app)
    assert "invoices" not in str(refused.value)


@pytest.mark.parametrize(
    ("scopes", "first"),
    [
        pytest.param((), (), id="none"),
        pytest.param(("openid", "email"), (), id="OpenID Connect alone"),
        pytest.param(("User.Read", f"{ORDERS}/A", "Mail.Read"), ("User.Read", "Mail.Read"), id="Graph first"),
        pytest.param(("openid", f"{ORDERS}/A", "User.Read"), (f"{ORDERS}/A",), id="another API first"),
        pytest.param(
            (f"{ORDERS}/A", "API://Invoices/B"), (f"{ORDERS}/A", "API://Invoices/B"), id="one API in two cases"
        ),
    ],
)
def test_the_scopes_of_the_api_that_is_named_first(scopes, first):
    """A sign-in may ask for several APIs; the one token that it brings is for the first."""
    assert first_resource_scopes(scopes) == first


def test_what_is_no_scope_is_refused_at_a_sign_in_too():
    """The rule about form is the same."""
    with pytest.raises(ConfigurationError, match="a scope is empty"):
        first_resource_scopes(("User.Read", ""))


@given(st.lists(st.text() | st.sampled_from(["openid", "User.Read", f"{ORDERS}/A"])).map(tuple), st.booleans())
def test_arbitrary_scopes_raise_nothing_but_configuration_errors(scopes, is_app):
    """What passes belongs to one API, and the first API's scopes are all of it."""
    try:
        resource = check_scopes(scopes, is_app=is_app)
    except ConfigurationError:
        return
    found = first_resource_scopes(scopes)
    assert {str(resource_of(scope)).lower() for scope in found} == {resource.lower()}
    assert set(scopes) - set(found) <= {"openid", "profile", "email", "offline_access"}


def test_a_scope_of_no_api_is_refused():
    """What stands before the slash is empty."""
    with pytest.raises(ConfigurationError, match="no scope of an API"):
        check_scopes(("/.default",), is_app=True)
