"""Sign-ins that nobody finishes: what is needed to finish them is in the browsers, so the server keeps nothing."""

import asyncio
import gc
import tracemalloc
from wsgiref.util import setup_testing_defaults

import pytest

from azuread_auth import MemoryStore
from tests.web.login_sites import AsgiSite

pytest_plugins = ("tests.web.login_fixtures",)

WARM_UP = 500
SIGN_INS = 2_000
MOST_BYTES = 6 * SIGN_INS
"""Not even a reference for each of them."""
MOST_OBJECTS = 200


def begin_on_asgi(middleware, count):
    """Put so many requests of browsers without cookies to the login route."""
    statuses = set()

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.add(message["status"])

    async def body():
        for _ in range(count):
            scope = {
                "type": "http",
                "method": "GET",
                "scheme": "https",
                "root_path": "",
                "path": "/auth/login",
                "raw_path": b"/auth/login",
                "query_string": b"next=/reports",
                "headers": [(b"host", b"app.example.com"), (b"accept", b"text/html")],
            }
            await middleware(scope, receive, send)

    asyncio.run(body())
    assert statuses == {303}


def begin_on_wsgi(middleware, count):
    """The same."""
    statuses = set()

    def start_response(status, headers, error=None):
        statuses.add(status)
        return lambda data: None

    for _ in range(count):
        environ = {
            "PATH_INFO": "/auth/login",
            "QUERY_STRING": "next=/reports",
            "HTTP_HOST": "app.example.com",
            "HTTP_ACCEPT": "text/html",
            "wsgi.url_scheme": "https",
        }
        setup_testing_defaults(environ)
        for _ in middleware(environ, start_response):
            pass
    assert {status[:3] for status in statuses} == {"303"}


@pytest.fixture
def begin(site):
    """Begins so many sign-ins at the site, each in a browser of its own, and finishes none."""
    put = begin_on_asgi if isinstance(site, AsgiSite) else begin_on_wsgi
    return lambda count: put(site.middleware, count)


@pytest.fixture
def traced():
    """Gives the bytes and the objects that are alive in this process."""
    tracemalloc.start()

    def alive():
        gc.collect()
        return tracemalloc.get_traced_memory()[0], len(gc.get_objects())

    yield alive
    tracemalloc.stop()


def test_R30_unfinished_sign_ins_leave_memory_flat(site, begin, traced):
    """After the first few, two thousand more add neither bytes nor objects, and who finishes is still let in."""
    begin(WARM_UP)
    bytes_before, objects_before = traced()
    begin(SIGN_INS)
    bytes_after, objects_after = traced()
    assert bytes_after - bytes_before < MOST_BYTES
    assert objects_after - objects_before < MOST_OBJECTS
    assert site.browser().sign_in().status == 303


class WatchedStore(MemoryStore):
    def __init__(self):
        super().__init__()
        self.put_keys = []

    async def put(self, key, value, *, ttl_seconds):
        self.put_keys.append(key)
        await super().put(key, value, ttl_seconds=ttl_seconds)


def test_R30_unfinished_sign_ins_are_put_into_no_store(make_site):
    """Neither into that of sessions nor into that of tokens; one that is finished is put into both."""
    sessions, tokens = WatchedStore(), WatchedStore()
    site = make_site(login={"session_store": sessions, "scopes": ["User.Read"]}, store=tokens)
    for _ in range(10):
        site.browser().begin()
    assert sessions.put_keys == tokens.put_keys == []
    site.browser().sign_in()
    assert sessions.put_keys
    assert tokens.put_keys
