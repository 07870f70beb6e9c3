"""Errors that an application raises to refuse a caller, and lets the middleware answer."""

import base64
import json

import pytest

from azuread_auth.errors import ClaimsChallenge, CredentialUnavailable, PermissionDenied
from azuread_auth.requirements import AppRole, AuthContext, Role, Scope

FORBIDDEN = "the access token does not carry the permission that this resource needs"


def checking(requirement):
    """An application that lets in whoever meets the requirement."""
    return lambda visit: requirement.check(visit.principal)


def raising(error):
    """An application that raises."""

    def behave(visit):
        raise error

    return behave


@pytest.mark.parametrize("repeats", [1, 2])
def test_T65_a_missing_scope_is_named_as_clients_request_it(door, tenant, repeats):
    """PermissionDenied is 403 insufficient_scope with the full name of the scope; whoever has it passes."""
    door.behave = checking(Scope("Files.Write"))
    token = tenant.mint_token(scopes=["Files.ReadWrite", "Files.Writer", "files.write"])

    for _ in range(repeats):
        answer = door.ask_with(token)
        assert answer.status == 403
        assert answer.header("www-authenticate") == (
            f'Bearer error="insufficient_scope", error_description="{FORBIDDEN}", '
            f'scope="api://{tenant.client_id}/Files.Write"'
        )
        assert answer.header("cache-control") == "no-store"
        assert json.loads(answer.body)["detail"] == FORBIDDEN
    door.ask_with(tenant.mint_token(scopes=["Files.Write"])).assert_is("OK")


@pytest.mark.parametrize(
    ("requirement", "wishes", "code"),
    [
        pytest.param(Role("Admin"), {"roles": ["Admin"]}, "OK", id="user with the role"),
        pytest.param(Role("Admin"), {"roles": ["Administrator"]}, "403s", id="T66 user with a longer role"),
        pytest.param(Role("Admin"), {"roles": ["Admin"], "kind": "app"}, "403s", id="T64 app on a user route"),
        pytest.param(AppRole("Admin"), {"roles": ["Admin"], "kind": "app"}, "OK", id="app with the role"),
        pytest.param(AppRole("Admin"), {"roles": ["Admin"]}, "403s", id="T64 user on an app route"),
    ],
)
def test_roles_are_of_users_or_of_applications(door, tenant, requirement, wishes, code):
    """A role challenge names no scope, because no scope would help."""
    door.behave = checking(requirement)

    door.ask_with(tenant.mint_token(**wishes)).assert_is(code)


def test_the_log_names_the_requirement(door, tenant, caplog):
    """The operator reads which requirement was not met, and not the token."""
    door.behave = checking(Role("Admin"))
    with caplog.at_level("INFO", logger="azuread_auth"):
        door.ask_with(tenant.mint_token(), "/reports")

    (record,) = (record for record in caplog.records if getattr(record, "azuread_event", None) == "request.refused")
    assert (record.azuread_requirement, record.azuread_path) == ("Role('Admin')", "/reports")


def test_a_requirement_cannot_break_out_of_its_header(door, tenant):
    """Quotes, line breaks and what is not ASCII are left out of the challenge."""
    door.behave = raising(PermissionDenied(Scope('x",realm="y\r\nX-Injected:é')))

    answer = door.ask_with(tenant.mint_token())

    assert answer.header("www-authenticate").endswith('/x,realm=yX-Injected:"')
    assert answer.header("x-injected") is None


@pytest.mark.parametrize("capability", ["cp1", "CP1", ["cp1"], ["other", "cp1"]])
def test_T71_a_claims_challenge_reaches_a_client_that_can_answer_it(door, tenant, capability):
    """401 insufficient_claims with the claims in base64, and where to get a token (Microsoft, "Claims challenges")."""
    door.behave = checking(AuthContext("c1"))

    answer = door.ask_with(tenant.mint_token(claims={"xms_cc": capability}))

    assert answer.status == 401
    prefix, _, rest = answer.header("www-authenticate").partition(', error="insufficient_claims", claims="')
    assert prefix == f'Bearer authorization_uri="{tenant.authority_host}/{tenant.tenant_id}/oauth2/v2.0/authorize"'
    claims = json.loads(base64.b64decode(rest.removesuffix('"'), validate=True))
    assert claims == {"access_token": {"acrs": {"essential": True, "value": "c1"}}}
    assert answer.header("cache-control") == "no-store"


@pytest.mark.parametrize("capability", [None, "", "cp2", [], ["cp10"], [1], {"cp1": 1}])
def test_T71_a_claims_challenge_is_403_for_a_client_that_cannot_answer_it(door, tenant, capability):
    """A client that did not say cp1 would ask for the same token for ever: it is forbidden, and told nothing to try."""
    door.behave = checking(AuthContext("c1"))

    door.ask_with(tenant.mint_token(claims={"xms_cc": capability})).assert_is("403s")


def test_T71_claims_of_the_application_are_passed_on(door, tenant):
    """`raise ClaimsChallenge(claims=...)` asks for exactly those."""
    wanted = {"access_token": {"nbf": {"essential": True, "value": "1700000000"}}}
    door.behave = raising(ClaimsChallenge(claims=json.dumps(wanted)))

    answer = door.ask_with(tenant.mint_token(claims={"xms_cc": ["cp1"]}))

    encoded = answer.header("www-authenticate").rpartition('claims="')[2].removesuffix('"')
    assert json.loads(base64.b64decode(encoded)) == wanted


@pytest.mark.parametrize("error", [PermissionDenied(Scope("Files.Read")), ClaimsChallenge(acrs="c1")])
def test_an_anonymous_caller_is_asked_for_credentials(make_door, error):
    """Who has no credentials lacks those first: 401 without an error (RFC 6750 3.1)."""
    door = make_door(allow_anonymous=True)
    door.behave = raising(error)

    door.ask("/").assert_is("401c")


@pytest.mark.parametrize("error", [ValueError("x"), CredentialUnavailable("x"), KeyError("x")])
def test_other_errors_are_the_applications(door, tenant, error):
    """What is no refusal goes on to the server, which logs it."""
    door.behave = raising(error)

    with pytest.raises(type(error)):
        door.ask_with(tenant.mint_token())


def test_a_refusal_of_HEAD_has_no_body(door, tenant):
    """T13 for refusals by the application."""
    door.behave = checking(Role("Admin"))

    answer = door.ask_with(tenant.mint_token(), method="HEAD")

    answer.assert_is("403s")
    assert answer.body == b""
