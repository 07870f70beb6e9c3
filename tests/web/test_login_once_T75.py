"""A code is sent once, whatever goes wrong: slips of the application, interruptions, several event loops."""

import asyncio
import io
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlencode
from wsgiref.util import setup_testing_defaults

import pytest

from azuread_auth.errors import InteractionRequired
from tests.web.login_browser import PUBLIC
from tests.web.login_sites import KEY, AsgiSite, WsgiSite

pytest_plugins = ("tests.web.login_fixtures",)


class Interruption(BaseException):
    """What ends a request from outside, such as a time-out of gevent."""


def failing(principal):
    """An application whose database is down."""
    message = "the database is down"
    raise LookupError(message)


def put(site, request):
    """Put the request to the middleware itself: gives the status, or what it raises."""
    return put_on_asgi(site.app, request) if isinstance(site, AsgiSite) else put_on_wsgi(site.app, request)


def put_on_asgi(app, request):
    """On an event loop of its own."""
    started = []

    async def receive():
        return {"type": "http.request", "body": request.content, "more_body": False}

    async def send(message):
        started.append(message)

    scope = {
        "type": "http",
        "method": request.method,
        "path": request.url.path,
        "root_path": "",
        "query_string": request.url.query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
    }
    asyncio.run(app(scope, receive, send))
    return started[0]["status"]


def put_on_wsgi(app, request):
    """In this thread."""
    started = []
    environ = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.url.path,
        "QUERY_STRING": request.url.query.decode(),
        "wsgi.input": io.BytesIO(request.content),
        "CONTENT_LENGTH": str(len(request.content)),
    }
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}
    setup_testing_defaults(environ)
    app(environ, lambda status, headers, error=None: started.append(int(status[:3])))
    return started[0]


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_T75_a_slip_of_the_application_does_not_send_the_code_again(make_site, mode):
    """The server answers the first with 500; a reload ends on our page, with the way to begin again."""
    site = make_site(login={"on_login": failing, "response_mode": mode})
    browser = site.browser()
    request = browser.answer(browser.begin("/orders"))
    with pytest.raises(LookupError):
        put(site, request)
    for _ in range(2):
        reply = site.send(request)
        browser.jar.take(PUBLIC, reply.all("set-cookie"))
        assert not browser.jar.named("login")
    if mode == "form_post":
        assert (reply.status, reply.location) == (303, "/auth/callback?signed_in=1")
        assert browser.get(reply.location).status == 400
    else:
        assert reply.status == 400
        assert "answered before" in reply.text
        assert 'href="/auth/login?next=%2Forders"' in reply.text
    assert site.tenant.request_count("token") == 1


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_T75_who_is_signed_in_is_sent_on_by_a_late_reload(make_site, mode, clock):
    """The answer is not repeated any more, the code is not sent again, and nobody gets an error page."""
    site = make_site(login={"response_mode": mode})
    browser = site.browser()
    request = browser.answer(browser.begin("/orders"))
    browser.come_back(request)
    clock.advance(61)
    request.headers["cookie"] += f"; {browser.jar.header(PUBLIC, is_cross_site=False, is_safe_navigation=True)}"
    reply = browser.come_back(request)
    assert (reply.status, reply.location) == (303, "/orders")
    assert site.tenant.request_count("token") == 1


def test_T75_who_waits_for_an_interrupted_request_gets_503(directory, clock):
    """A double click whose first half is ended: the other half may try again, and the code is not sent again."""

    def slow(principal):
        entered.append(principal)
        while len(waiting) < 2:
            time.sleep(0.01)
        time.sleep(0.2)
        raise Interruption

    entered, waiting = [], []
    site = WsgiSite(directory, clock, login={"base_url": PUBLIC, "cookie_keys": [KEY], "on_login": slow})
    browser = site.browser()
    request = browser.answer(browser.begin())

    def click():
        waiting.append(1)
        try:
            return put(site, request)
        except Interruption:
            return "interrupted"

    with ThreadPoolExecutor(2) as pool:
        outcomes = [each.result() for each in [pool.submit(click) for _ in range(2)]]
    assert sorted(map(str, outcomes)) in (["503", "interrupted"], ["400", "interrupted"])
    assert site.send(request).status == 400
    assert (len(entered), directory.request_count("token")) == (1, 1)


def test_T75_cancelled_work_is_503_for_all(directory, clock):
    """An application whose own task is cancelled in the middle of a sign-in."""

    async def cancelled(principal):
        raise asyncio.CancelledError

    site = AsgiSite(directory, clock, login={"base_url": PUBLIC, "cookie_keys": [KEY], "on_login": cancelled})
    browser = site.browser()
    request = browser.answer(browser.begin())
    replies = site.send_all([request] * 3)
    assert [reply.status for reply in replies] == [503] * 3
    assert {reply.header("retry-after") for reply in replies} == {"1"}
    assert (site.send(request).status, directory.request_count("token")) == (400, 1)


def test_T75_event_loops_of_one_process_send_one_code(directory, clock):
    """Servers may have threads with an event loop each: a double click on two of them is one sign-in."""
    site = AsgiSite(directory, clock, login={"base_url": PUBLIC, "cookie_keys": [KEY]})
    browser = site.browser()
    request = browser.answer(browser.begin("/orders"))
    directory.slow_down(0.2, "token")
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: put(site, request), range(8))) == [303] * 8
    assert directory.request_count("token") == 1


@pytest.mark.parametrize(
    "error_page",
    [failing, lambda problem: None, lambda problem: b"<p>", lambda problem: "\ud800"],
    ids=["raises", "nothing", "bytes", "no characters"],
)
def test_a_page_of_its_own_that_cannot_be_made_is_one_of_ours(make_site, error_page, is_told):
    """On each of the routes, with our own headers; a reload gets the same and sends no code again."""
    site = make_site(login={"error_page": error_page})
    browser = site.browser()
    replies = [browser.get("/auth/callback?state=x&code=y"), browser.get("/auth/login?prompt=zzz")]
    replies.append(browser.get("/auth/login", host="evil.example"))
    request = browser.answer(browser.begin())
    site.tenant.fail("token", aadsts=65001)
    again = [site.send(request) for _ in range(3)]
    assert [reply.status for reply in replies + again] == [400, 400, 400, 403, 403, 403]
    for reply in replies + again:
        assert reply.text.startswith("<!doctype html>")
        assert "default-src 'none'" in reply.header("content-security-policy")
    assert site.tenant.request_count("token") == 1
    assert is_told("error_page")
    assert not is_told("the database is down")


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_T112_no_code_and_no_state_in_the_locals(make_site, mode):
    """A slip of the application finds neither in our frames, but for the request as the server gave it."""
    site = make_site(login={"on_login": failing, "response_mode": mode})
    browser = site.browser()
    request = browser.answer(browser.begin("/orders"))
    answer = parse_qs(request.url.query.decode() or request.content.decode())
    with pytest.raises(LookupError) as raised:
        put(site, request)
    secrets = [answer["code"][0], answer["state"][0], *(cookie.value for cookie in browser.jar.cookies.values())]
    shown, frames, traceback = [], 0, raised.value.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        if "/azuread_auth/" in frame.f_code.co_filename:
            frames += 1
            given = {name: value for name, value in frame.f_locals.items() if name not in ("scope", "environ")}
            shown += [name for name, value in given.items() if any(secret in repr(value) for secret in secrets)]
        traceback = traceback.tb_next
    assert shown == []
    assert frames >= 4


def test_T104_silent_sign_ins_that_need_a_page_are_counted(make_site):
    """Tokens that are lost at once: without a page, then with one, and so on, until it is too much."""
    for mode in ("query", "form_post"):
        site = make_site(login={"response_mode": mode})

        async def losing(visit):
            message = "the tokens were lost"
            raise InteractionRequired(message, error="login_required", scopes=("User.Read",))

        site.pages["/"] = losing
        browser, sign_ins = site.browser(), 0
        reply = browser.get("/")
        for _ in range(60):
            if not reply.location:
                break
            if not reply.location.startswith("https://login."):
                reply = browser.get(reply.location)
            elif reply.asked.get("prompt") == "none":
                query = urlencode({"error": "interaction_required", "state": reply.asked["state"]})
                reply = browser.come_back(browser.callback(query, reply.location))
            else:
                sign_ins += 1
                reply = browser.come_back(browser.answer(reply.location))
        assert (reply.status, sign_ins) == (400, 5)
        assert "does not help" in reply.text


def test_an_error_of_ours_that_is_not_foreseen_is_a_page(directory, clock, is_told):
    """Such as a callable that waits for an event loop where there is none: the operator is told, the person not."""

    async def waiting(principal):
        await asyncio.sleep(0)

    site = WsgiSite(directory, clock, login={"base_url": PUBLIC, "cookie_keys": [KEY], "on_login": waiting})
    browser = site.browser()
    request = browser.answer(browser.begin())
    reply = site.send(request)
    assert (reply.status, "event loop" in reply.text) == (500, False)
    assert is_told("a sign-in route failed: a blocking client was given something that waits for an event loop")
    assert (site.send(request).status, directory.request_count("token")) == (400, 1)
