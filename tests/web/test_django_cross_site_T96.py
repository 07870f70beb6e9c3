"""Unsafe requests with a session to views that Django's CSRF check leaves out: from the project's own pages alone."""

import pytest
from django.test import RequestFactory

pytest_plugins = ("tests.web.django_fixtures",)

EVIL = "https://evil.example"
TRUSTED = ["https://app.example.com", "https://*.friends.example"]
PATHS = ["/exempt", "/async/exempt"]


@pytest.fixture
def signed_in(make_visitor, configure, users):
    """Browsers with a session of either kind, whose requests Django checks."""
    configure(
        others={"CSRF_TRUSTED_ORIGINS": TRUSTED}, login={"base_url": ["http://localhost", "https://site.example"]}
    )
    by_entra, by_password = make_visitor(enforce_csrf_checks=True), make_visitor(enforce_csrf_checks=True)
    by_entra.sign_in("megan")
    by_password.client.force_login(
        users.objects.create_user("root"), backend="django.contrib.auth.backends.ModelBackend"
    )
    return by_entra, by_password


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": EVIL, "sec_fetch_site": "cross-site"}, 403),
        ({"origin": EVIL, "sec_fetch_site": "same-site"}, 403),
        ({"origin": "https://localhost"}, 403),
        ({"origin": "https://[", "sec_fetch_site": "same-origin"}, 403),
        ({"origin": "http://a.friends.example"}, 403),
        ({"origin": "null", "sec_fetch_site": "cross-site"}, 403),
        ({"origin": EVIL, "authorization": "Basic bWVnYW46eA=="}, 403),
        ({}, 403),
        ({"origin": "http://localhost"}, 200),
        ({"origin": "https://site.example"}, 200),
        ({"origin": "https://app.example.com"}, 200),
        ({"origin": "https://a.friends.example"}, 200),
        ({"sec_fetch_site": "same-origin"}, 200),
    ],
)
def test_T96_views_without_djangos_check(signed_in, path, headers, status):
    """T96: the decorator `csrf_exempt`, as on views of REST framework, does not open them to other sites' forms."""
    for visitor in signed_in:
        assert visitor.post(path, **headers).status_code == status
        assert visitor.get(path, **headers).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_programs_with_djangos_token(signed_in, path):
    """A program that tells no origin is asked for Django's CSRF token, which another site's page does not know."""
    for visitor in signed_in:
        visitor.client.cookies["csrftoken"] = "t" * 32
        assert visitor.post(path, x_csrftoken="t" * 32).status_code == 200
        assert visitor.post(path, x_csrftoken="u" * 32).status_code == 403
        assert visitor.post(path, x_csrftoken="t" * 32, origin=EVIL).status_code == 403


def test_callers_with_tokens_and_nobody(make_visitor):
    """A page of another site cannot send a token along; and where nobody is let in by a session, none counts."""
    visitor = make_visitor(enforce_csrf_checks=True)
    assert visitor.with_token("/exempt", method="post", user="adele").status_code == 200
    assert visitor.post("/public/exempt", origin=EVIL).status_code == 200
    assert visitor.post("/exempt", origin="http://localhost").status_code == 401


def test_hosts_that_are_not_allowed(django_project):
    """Then the addresses that are configured are the project's own, and no other."""
    from django.views.decorators.csrf import csrf_exempt  # noqa: PLC0415 - Django is set up only now

    from azuread_auth.django.cross_site import is_own_request  # noqa: PLC0415 - as above
    from azuread_auth.django.exchange import web_request  # noqa: PLC0415 - as above

    for origin in ("http://wrong.example", "http://localhost"):
        request = RequestFactory().post("/", headers={"host": "wrong.example", "origin": origin})
        assert not is_own_request(request, web_request(request), csrf_exempt(lambda: None), None)
