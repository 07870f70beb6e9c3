"""A session store that fails or hangs, over HTTP: nobody is half signed out, and no error escapes to the server."""

import time

import anyio
import pytest

from azuread_auth.errors import ConfigurationError, StoreUnavailable, Throttled
from azuread_auth.stores.memory import MemoryStore
from tests.web.login_browser import PUBLIC
from tests.web.login_sites import KEY, AsgiSite

pytest_plugins = ("tests.web.login_fixtures",)

ERRORS = [StoreUnavailable("down"), ConfigurationError("wrong"), Throttled("busy", error="x", retry_after=3), OSError()]
OF_EACH_KIND = pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)


class FaultyStore(MemoryStore):
    """Fails from one operation on, counted from 1."""

    def __init__(self) -> None:
        super().__init__()
        self.fail(OSError(), first=1_000_000)

    def fail(self, error, *, first=1, last=1_000_000):
        self.done, self.error, self.failing = 0, error, range(first, last + 1)

    def _begin(self):
        self.done += 1
        if self.done in self.failing:
            raise self.error

    async def get(self, key):
        self._begin()
        return await super().get(key)

    async def put(self, key, value, *, ttl_seconds):
        self._begin()
        await super().put(key, value, ttl_seconds=ttl_seconds)

    async def delete(self, key):
        self._begin()
        await super().delete(key)


@pytest.fixture
def store():
    """The store of the site."""
    return FaultyStore()


@OF_EACH_KIND
def test_R18_a_failing_store_is_503_on_every_route(make_site, store, is_told, error):
    """R18: whatever it raises; the front channel answers as ever, and the operator is told."""
    browser = make_site(login={"session_store": store}).browser()
    browser.sign_in()
    request = browser.answer(browser.begin("/auth/login"))
    store.fail(error)
    unknown = browser.get("/auth/callback?state=x")
    for reply in (
        browser.get("/"),
        browser.fetch("/"),
        browser.fetch("/auth/me"),
        browser.post("/auth/logout"),
        unknown,
    ):
        assert (reply.status, reply.header("retry-after"), reply.all("set-cookie")) == (503, "1", [])
    front = browser.get("/auth/frontchannel-logout?iss=x&sid=y", by="https://login.azuread-auth.test", cookie="")
    assert (front.status, front.header("clear-site-data")) == (200, "")
    assert is_told("sessions could not be ended for the provider")
    assert browser.come_back(request).status == 503
    store.fail(error, first=1_000_000)
    assert browser.get("/").status == 200


@OF_EACH_KIND
def test_T103_a_sign_out_is_whole_once_the_session_is_gone(make_site, store, is_told, error):
    """T103: a store that fails after that is no reason to keep cookies or tokens, or not to call `on_logout`."""
    left = []
    options = {"session_store": store, "on_logout": lambda user: left.append(user.username), "scopes": ["User.Read"]}
    site = make_site(login=options)

    async def page(visit):
        return (await visit.token("User.Read")).token_type

    site.pages["/mail"] = page
    browser = site.browser()
    browser.sign_in()
    browser.get("/mail")
    store.fail(error, first=3)
    reply = browser.post("/auth/logout")
    store.fail(error, first=1_000_000)
    assert reply.status == 303
    assert left == ["adele@contoso.onmicrosoft.com"]
    assert not browser.jar.named("session")
    assert is_told("a list still names sessions that have ended")
    browser.sign_in("/auth/login")
    assert site.tenant.request_count("token") == 2
    assert browser.get("/mail").text == "Bearer"


@OF_EACH_KIND
def test_T76_a_second_sign_in_that_fails_leaves_the_first_session(make_site, store, error):
    """T76: at whichever operation the store goes down, the browser has one session that is alive."""
    site = make_site(login={"session_store": store})
    browser = site.browser()
    browser.sign_in()
    outcomes = set()
    for first in (*range(1, 19), 30):
        request = browser.answer(browser.begin("/auth/login?prompt=login"))
        store.fail(error, first=first)
        reply = browser.come_back(request)
        store.fail(error, first=1_000_000)
        outcomes.add(reply.status)
        assert browser.get("/").text == "adele@contoso.onmicrosoft.com"
        for counted in browser.jar.named("recent"):
            del browser.jar.cookies[counted]
    assert outcomes == {303, 503}


class HangingStore(MemoryStore):
    """Does not answer while it is told so."""

    is_hanging = False

    async def get(self, key):
        if self.is_hanging:
            await anyio.sleep(60)
        return await super().get(key)


def test_R18_a_store_that_hangs_is_503_after_two_seconds(directory, clock):
    """R18: on an event loop; a thread waits as long as the store lets it."""
    store = HangingStore()
    site = AsgiSite(directory, clock, login={"base_url": PUBLIC, "cookie_keys": [KEY], "session_store": store})
    browser = site.browser()
    browser.sign_in()
    store.is_hanging = True
    began = time.monotonic()
    reply = browser.get("/")
    assert (reply.status, reply.header("retry-after")) == (503, "1")
    assert 1.9 < time.monotonic() - began < 10
    store.is_hanging = False
    assert browser.get("/").status == 200
