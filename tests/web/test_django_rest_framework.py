"""Django REST framework: its authentication class, beside its own for sessions."""

import pytest

from azuread_auth.django.caller import RequestAuth

pytest_plugins = ("tests.web.django_fixtures",)


@pytest.mark.parametrize("path", ["/api", "/public/api"])
def test_callers_with_tokens(visitor, path):
    """A user is Django's user, an application one of its own kind; both are authenticated, on public paths too."""
    user = visitor.with_token(path, user="adele").json()
    assert user["user"].endswith(f".{visitor.tenant.tenant_id}")
    assert user["auth"].startswith("<Principal user")
    assert user["azuread"] == f"<RequestAuth of {user['auth']}>"
    application = visitor.with_token(path, kind="app", roles=["access_as_app"]).json()
    assert application["auth"].startswith("<Principal app")
    assert application["user"].endswith(f".{visitor.tenant.tenant_id}")
    assert "sessionid" not in visitor.cookies
    vary = visitor.with_token(path, user="adele")["Vary"]
    assert {"Authorization", "Cookie"} <= set(vary.replace(" ", "").split(","))


@pytest.mark.parametrize(
    ("headers", "status", "challenge"),
    [
        ({}, 401, "Bearer"),
        ({"authorization": "Basic bWVnYW46eA=="}, 401, "Bearer"),
        ({"authorization": "Bearer a b"}, 400, 'Bearer error="invalid_request"'),
        ({"authorization": "Bearer none"}, 401, 'Bearer error="invalid_token"'),
    ],
)
def test_refusals_of_public_paths(visitor, headers, status, challenge):
    """Where the middleware does not look, the class refuses as it would."""
    answer = visitor.get("/public/api", **headers)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
    assert answer["WWW-Authenticate"].startswith(challenge)


def test_a_provider_that_is_away(visitor):
    """Keys that cannot be had are a 503 there too, with the time to wait."""
    token = visitor.tenant.headers()
    visitor.tenant.go_down()
    visitor.client.raise_request_exception = False
    answer = visitor.get("/public/api", **token)
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) >= 1


def test_sessions_are_for_the_other_class(make_visitor):
    """A session of the sign-in is authenticated by SessionAuthentication, which asks for Django's CSRF token."""
    visitor = make_visitor(enforce_csrf_checks=True)
    visitor.sign_in("megan")
    assert visitor.get("/api").json()["user"].endswith(f".{visitor.tenant.tenant_id}")
    assert visitor.post("/api").status_code == 403


@pytest.mark.parametrize(("path", "status"), [("/api", 403), ("/public/api", 401)])
def test_users_who_are_not_active(visitor, users, path, status):
    """A good token of a user whom Django's administrator has deactivated is refused, by the middleware or the class."""
    visitor.with_token(path, user="adele")
    users.objects.update(is_active=False)
    refused = visitor.with_token(path, user="adele")
    assert refused.status_code == status
    assert refused["WWW-Authenticate"].startswith("Bearer")


def test_T96_views_for_tokens_alone(make_visitor):
    """A session's request to a view without SessionAuthentication needs the CSRF token all the same."""
    visitor = make_visitor(enforce_csrf_checks=True)
    visitor.sign_in("megan")
    own = {"origin": "http://localhost", "sec_fetch_site": "same-origin"}
    assert visitor.get("/api/tokens").json()["user"] == "AnonymousUser"
    assert visitor.post("/api/tokens", **own).status_code == 403
    assert visitor.with_token("/api/tokens", method="post", user="adele").status_code == 200


def test_applications_have_no_rights(entra):
    """An application counts as authenticated, under its identity, and has none of Django's rights."""
    from azuread_auth.django.rest_framework import ApplicationUser  # noqa: PLC0415 - Django is set up only now

    principal = entra.principal(kind="app", roles=["access_as_app"])
    user = ApplicationUser(principal)
    assert (user.is_authenticated, user.is_anonymous, user.is_staff) == (True, False, False)
    assert user.pk == user.get_username() == str(user) == principal.identity
    assert not user.has_perm("auth.view_user")


def test_without_the_middleware(configure, entra):
    """A view that the middleware does not stand before says so to its programmer."""
    from django.test import RequestFactory  # noqa: PLC0415 - Django is set up only now

    from tests.web.django_site.urls import Api  # noqa: PLC0415 - as above

    with pytest.raises(RuntimeError, match="MIDDLEWARE"):
        Api.as_view()(RequestFactory().get("/api"))
    assert RequestAuth.__slots__
