"""How sign-in reads forms and changes answers in the terms of ASGI and WSGI."""

import asyncio
import io
from wsgiref.util import setup_testing_defaults

import pytest

from azuread_auth import wsgi
from azuread_auth._asgi.answer import for_one_person
from azuread_auth._asgi.request import form_body
from azuread_auth.errors import ClaimsChallenge, LoginFailed
from azuread_auth.web_login import WebLogin
from tests.web.login_browser import PUBLIC
from tests.web.login_sites import KEY

pytest_plugins = ("tests.web.login_fixtures",)

PART = {"type": "http.request", "body": b"a=1&", "more_body": True}
LAST = {"type": "http.request", "body": b"b=2"}
GONE = {"type": "http.disconnect"}


def received(*messages):
    """What `form_body` makes of the messages."""
    waiting = iter(messages)

    async def receive():
        return next(waiting)

    return asyncio.run(form_body(receive))


@pytest.mark.parametrize(
    ("messages", "body"),
    [
        ([LAST], b"b=2"),
        ([PART, LAST], b"a=1&b=2"),
        ([PART, GONE], b""),
        ([GONE], b""),
        ([{"type": "http.request"}], b""),
    ],
)
def test_a_form_comes_in_parts(messages, body):
    """Half of one is none."""
    assert received(*messages) == body


def test_a_form_that_goes_on_and_on_is_refused():
    """Before all of it has come."""
    many = [{**PART, "body": b"x" * 20_000}] * 10
    with pytest.raises(LoginFailed, match="too large"):
        received(*many)


@pytest.mark.parametrize(
    ("length", "status"),
    [
        (None, "303"),
        ("", "303"),
        ("3", "303"),
        ("x", "400"),
        ("-1", "400"),
        ("70000", "400"),
        ("9" * 5000, "400"),
        ("٣", "400"),
    ],
)
def test_a_form_is_as_long_as_it_says(directory, length, status):
    """What is no length, or too long, is refused without reading."""
    login = WebLogin(base_url=PUBLIC, cookie_keys=[KEY], response_mode="form_post")
    middleware = wsgi.AzureAdAuth(lambda environ, start_response: [], directory.settings(), login=login)
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/auth/callback", "HTTP_HOST": "app.example.com"}
    environ |= {"wsgi.input": io.BytesIO(b"a=1")} | ({} if length is None else {"CONTENT_LENGTH": length})
    setup_testing_defaults(environ)
    begun = []
    middleware(environ, lambda status, headers, error=None: begun.append(status))
    assert begun[0].startswith(status)


@pytest.mark.parametrize("own", [[], [(b"Cache-Control", b"private")]])
def test_T100_an_application_may_say_itself_what_is_kept(own):
    """Where it says nothing, nothing is; the session's cookies come once."""
    sent = []

    async def send(message):
        sent.append(message)

    async def body():
        wrapped = for_one_person(send, ("a=1", "b=2"))
        await wrapped({"type": "http.response.start", "status": 200, "headers": own})
        await wrapped({"type": "http.response.body", "body": b"x"})

    asyncio.run(body())
    cookies = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    assert sent[0]["headers"] == [*(own or [(b"cache-control", b"no-store")]), *cookies]
    assert sent[1] == {"type": "http.response.body", "body": b"x"}


@pytest.mark.parametrize("policy", ["public, max-age=86400", "max-age=60", "no-cache", "s-maxage=1, must-revalidate"])
def test_T100_a_session_is_not_renewed_by_an_answer_that_others_may_get(make_site, clock, policy):
    """T100: a cache that keeps the answer would give the session away: the next answer renews it."""
    site = make_site()

    async def cached(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", policy.encode())]})
        await send({"type": "http.response.body", "body": b""})

    def cached_too(environ, start_response):
        start_response("200 OK", [("Cache-Control", policy)])
        return [b""]

    browser = site.browser()
    browser.sign_in()
    clock.advance(400)
    plain, site.middleware.app = site.middleware.app, cached if site.kind == "asgi" else cached_too
    reply = browser.get("/logo.svg")
    assert (reply.header("cache-control"), reply.header("set-cookie")) == (policy, "")
    site.middleware.app = plain
    assert "session" in browser.get("/").header("set-cookie")


@pytest.mark.parametrize("is_page", [True, False])
def test_a_generator_that_refuses_is_answered_for_a_session(make_site, is_page):
    """Also where the application's answer has begun; on WSGI generators run late."""
    site = make_site()

    def generator(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        raise ClaimsChallenge(acrs="c1")
        yield b""

    async def coroutine(scope, receive, send):
        raise ClaimsChallenge(acrs="c1")

    site.middleware.app = coroutine if site.kind == "asgi" else generator
    browser = site.browser()
    browser.sign_in()
    reply = browser.get("/x") if is_page else browser.fetch("/x")
    assert reply.status == (303 if is_page else 401)
    assert reply.header("cache-control") == "no-store"


def test_the_middlewares_agree_on_cookies_that_they_renew(make_site, clock):
    """A renewed session is in the answer beside the application's own headers."""
    browser = make_site().browser()
    browser.sign_in()
    clock.advance(1000)
    reply = browser.get("/")
    assert (len(reply.all("set-cookie")), reply.header("content-type")) == (1, "text/plain")
    assert browser.get("/").all("set-cookie") == []
