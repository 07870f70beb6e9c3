"""What a request is, as far as decisions depend on it."""

import pytest

from azuread_auth._web.web_request import WebRequest


@pytest.mark.parametrize(
    ("changes", "is_page"),
    [
        ({"accept": "text/html,*/*"}, True),
        ({"method": "HEAD", "accept": "text/html"}, True),
        ({"fetch_mode": "navigate"}, True),
        ({"fetch_mode": "cors", "accept": "text/html"}, False),
        ({"accept": "application/json"}, False),
        ({}, False),
        ({"method": "POST", "accept": "text/html"}, False),
        ({"authorization": [b"Bearer x"], "accept": "text/html"}, False),
        ({"is_websocket": True, "accept": "text/html"}, False),
    ],
)
def test_a_page_is_what_a_person_looks_at(changes, is_page):
    """A navigation, or HTML where the browser does not say; never with a token."""
    request = WebRequest(**{"method": "GET", "path": "/", "authorization": (), **changes})
    assert request.is_page is is_page


@pytest.mark.parametrize(
    ("changes", "wants_page"),
    [
        ({"fetch_mode": "navigate"}, True),
        ({"accept": "text/html"}, True),
        ({"fetch_mode": "cors", "accept": "text/html"}, False),
        ({"accept": "*/*"}, False),
        ({"authorization": [b"Basic x"], "accept": "text/html"}, True),
        ({"is_websocket": True, "accept": "text/html"}, False),
    ],
)
def test_a_form_is_answered_with_a_page_too(changes, wants_page):
    """What a person waits for, by any method."""
    request = WebRequest(**{"method": "POST", "path": "/", "authorization": (), **changes})
    assert request.wants_page is wants_page


@pytest.mark.parametrize(
    ("changes", "is_preflight"),
    [
        ({}, True),
        ({"method": "GET"}, False),
        ({"origin": None}, False),
        ({"preflight_method": None}, False),
        ({"authorization": [b"Bearer x"]}, False),
    ],
)
def test_a_preflight_asks_and_carries_no_credentials(changes, is_preflight):
    """Fetch 4.8."""
    usual = {"method": "OPTIONS", "path": "/", "authorization": (), "origin": "https://a", "preflight_method": "PUT"}
    assert WebRequest(**usual | changes).is_cors_preflight is is_preflight


def test_nothing_secret_is_shown():
    """Neither tokens, nor cookies, nor queries."""
    request = WebRequest(
        method="GET", path="/", authorization=[b"Bearer secret"], cookies=[b"a=secret"], query="code=secret"
    )
    assert "secret" not in repr(request)
