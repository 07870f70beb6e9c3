"""What a person is told when a sign-in fails."""

from dataclasses import replace

import pytest

from azuread_auth._web.login_context import Place
from azuread_auth._web.login_problems import problem_for
from azuread_auth._web.pending_logins import PendingLogin
from azuread_auth.errors import (
    AzureAdError,
    ClientRejected,
    ConfigurationError,
    CredentialUnavailable,
    InteractionRequired,
    LoginFailed,
    ProviderUnavailable,
    StoreUnavailable,
    Throttled,
    TokenRejected,
    TokenRequestFailed,
)
from azuread_auth.rejection import RejectionReason
from azuread_auth.web_login import WebLogin

PLACE = Place("https://app.example.com/portal")
PENDING = PendingLogin(
    state="s",
    nonce="n",
    code_verifier="v",
    next="/portal/orders?a=1",
    tenant="t",
    redirect_uri="https://app.example.com/portal/auth/callback",
    scopes=("User.Read",),
    started_at=0.0,
)


def told(error, pending=PENDING):
    """The problem, and when to try again."""
    return problem_for(error, place=PLACE, web_login=WebLogin(), pending=pending)


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (ProviderUnavailable("down", retry_after=7), 503, 7),
        (Throttled("busy", error="x", retry_after=9), 503, 9),
        (StoreUnavailable("down"), 503, 1.0),
        (ClientRejected("secret", error="invalid_client", correlation_id="c"), 500, None),
        (CredentialUnavailable("file"), 500, None),
        (InteractionRequired("mfa", error="interaction_required"), 403, None),
        (TokenRequestFailed("no", error="invalid_request"), 400, None),
        (LoginFailed("not today"), 400, None),
        (LoginFailed("secret AADSTS65004", error="access_denied", aadsts=65004), 400, None),
        (ConfigurationError("secret detail"), 500, None),
    ],
)
def test_each_error_has_its_page(error, status, retry_after):
    """Nothing of how it was judged is on it, but what LoginFailed says, which is for people."""
    problem, after = told(error)
    assert (problem.status, after) == (status, retry_after)
    assert (problem.detail == "not today") == (str(error) == "not today")
    assert "secret" not in problem.detail
    assert "AADSTS" not in problem.detail
    assert problem.correlation_id == getattr(error, "correlation_id", None)
    assert problem.retry_url == "/portal/auth/login?next=%2Fportal%2Forders%3Fa%3D1"


def test_without_a_sign_in_the_way_back_is_the_beginning():
    """Nobody knows where it was to lead."""
    problem, _ = told(LoginFailed("unknown"), pending=None)
    assert (problem.retry_url, problem.redirect_uri, problem.scopes) == ("/portal/auth/login", None, ())


def test_a_way_back_that_is_too_long_for_a_link_is_left_out():
    """Half an address would lead somewhere else."""
    problem, _ = told(LoginFailed("no"), pending=replace(PENDING, next="/" + "?" * 1_000))
    assert problem.retry_url == "/portal/auth/login"


@pytest.mark.parametrize("aadsts", [50011, 500112, 900971])
def test_an_address_that_is_not_registered_is_named(aadsts):
    """As it has to be entered."""
    error: AzureAdError = TokenRequestFailed("no", error="invalid_request", aadsts=aadsts)
    assert told(error)[0].redirect_uri == PENDING.redirect_uri
    assert told(error, pending=None)[0].redirect_uri is None


@pytest.mark.parametrize(
    ("error", "scopes"),
    [
        (InteractionRequired("no", error="invalid_grant", aadsts=65001), ("User.Read",)),
        (InteractionRequired("no", error="consent_required"), ("User.Read",)),
        (InteractionRequired("no", error="invalid_grant", aadsts=50076), ()),
    ],
)
def test_what_lacks_consent_is_named(error, scopes):
    """For the administrator who has to give it."""
    assert told(error)[0].scopes == scopes
    assert told(error, pending=None)[0].scopes == ()


def test_T21_T82_how_an_answer_was_judged_is_not_for_people():
    """T21, T82: which check refused the ID token, and which tenants are admitted, is in the log alone."""
    error = LoginFailed("the ID token was refused")
    error.__cause__ = TokenRejected(RejectionReason.WRONG_TENANT, claim="tid")
    problem, _ = told(error)
    assert problem.status == 400
    assert not [word for word in ("tid", "tenant", "ID token") if word in problem.detail]


@pytest.mark.parametrize(("aadsts", "scopes"), [(65004, ()), (None, ()), (90094, ("User.Read",))])
def test_who_cancelled_knows_why(aadsts, scopes):
    """No administrator has to see a list of permissions for that; who may not consent needs one."""
    problem, _ = told(LoginFailed("declined", error="access_denied", aadsts=aadsts))
    assert problem.scopes == scopes
    is_cancelled = problem.detail == "you cancelled the sign-in, or did not accept what this application asks for"
    assert is_cancelled is (aadsts == 65004)
