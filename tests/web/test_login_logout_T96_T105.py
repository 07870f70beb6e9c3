"""Signing out: who may ask for it, where it leads, and what of the session is left."""

import asyncio
from urllib.parse import urlencode

import pytest

from azuread_auth.errors import ConfigurationError, StoreUnavailable
from azuread_auth.principal import Account
from azuread_auth.stores.memory import MemoryStore
from tests.web.login_browser import PUBLIC

pytest_plugins = ("tests.web.login_fixtures",)

EVIL = "https://evil.example"
PICTURE = {"sec_fetch_mode": "no-cors", "accept": "image/*"}


def everything(browser, address=PUBLIC):
    """All cookies, as an attacker would wish them to be sent."""
    return browser.jar.header(address, is_cross_site=False, is_safe_navigation=True)


@pytest.mark.parametrize(
    ("method", "how"),
    [
        pytest.param("GET", {"by": EVIL, **PICTURE}, id="picture of another site"),
        pytest.param("GET", {"by": "", **PICTURE}, id="picture that somebody put on our page"),
        pytest.param("GET", {"by": EVIL}, id="link on another site"),
        pytest.param("GET", {"by": "https://app.example.org", "sec_fetch_site": "same-site"}, id="sibling"),
        pytest.param("GET", {"by": None, "sec_fetch_site": "", "sec_fetch_mode": ""}, id="GET of an old browser"),
        pytest.param("GET", {"by": None, "sec_purpose": "prefetch"}, id="prefetch"),
        pytest.param("GET", {"by": "", "sec_purpose": "prefetch;prerender"}, id="prerender"),
        pytest.param("POST", {"by": EVIL}, id="form of another site"),
        pytest.param("POST", {"by": "null"}, id="sandboxed form"),
        pytest.param("POST", {"by": None, "sec_fetch_site": ""}, id="POST without an origin"),
    ],
)
def test_T96_others_are_asked_first(browser, method, how):
    """Nobody is signed out by another page: what comes is a page with a button, and the session goes on."""
    browser.sign_in()
    reply = browser.ask(method, "/auth/logout", cookie=everything(browser), **how)
    assert (reply.status, reply.all("set-cookie")) == (200, [])
    assert '<form method="post" action="/auth/logout">' in reply.text
    assert '<a href="/">Stay signed in</a>' in reply.text
    assert reply.header("clear-site-data") == ""
    assert reply.header("referrer-policy") == "same-origin"
    assert browser.get("/").status == 200


@pytest.mark.parametrize(
    ("method", "by"), [("GET", None), ("GET", ""), ("POST", ""), ("POST", "https://friend.example")]
)
def test_T96_who_means_it_is_signed_out(make_site, method, by):
    """The address bar, a link or a form of ours, a trusted origin."""
    browser = make_site(login={"trusted_origins": ["https://friend.example"]}).browser()
    browser.sign_in()
    reply = browser.ask(method, "/auth/logout", by=by, cookie=everything(browser))
    assert reply.status == 303
    assert not browser.jar.named("session")
    assert browser.get("/").status == 303


@pytest.mark.parametrize("method", ["HEAD", "PUT", "OPTIONS"])
def test_T105_other_methods_sign_nobody_out(browser, method):
    """HEAD of a scanner least of all."""
    browser.sign_in()
    assert browser.ask(method, "/auth/logout").status == 405
    assert browser.get("/").status == 200


@pytest.mark.parametrize("route", ["login", "callback", "frontchannel-logout"])
def test_T105_head_begins_nothing(browser, route):
    """No cookie, no code used."""
    reply = browser.ask("HEAD", f"/auth/{route}")
    assert (reply.status, reply.all("set-cookie"), reply.text) == (405, [], "")


@pytest.mark.parametrize("query", ["", "?post_logout_redirect_uri=https%3A%2F%2Fevil.example&next=//evil.example"])
def test_T97_the_way_back_from_the_provider_is_fixed(site, browser, query):
    """The provider is told which application and which user, and to come back to our page."""
    browser.sign_in()
    reply = browser.post(f"/auth/logout{query}")
    assert reply.location.startswith(f"https://login.azuread-auth.test/{site.tenant.tenant_id}/oauth2/v2.0/logout?")
    assert reply.asked["post_logout_redirect_uri"] == f"{PUBLIC}/auth/signed-out"
    assert reply.asked["client_id"] == site.tenant.client_id
    assert reply.asked["logout_hint"].startswith("O.")
    back = browser.get("/auth/signed-out?state=any", by="https://login.azuread-auth.test")
    assert (back.status, "Signed out" in back.text) == (200, True)
    assert reply.header("clear-site-data") == back.header("clear-site-data") == '"cache"'
    assert browser.post("/auth/signed-out").status == 405


def test_T97_without_a_session_the_provider_is_asked_all_the_same(browser):
    """A session that was idle for too long has ended here, and not there: the next sign-in would ask nobody."""
    asked = browser.post("/auth/logout").asked
    assert asked["post_logout_redirect_uri"] == f"{PUBLIC}/auth/signed-out"
    assert "logout_hint" not in asked


@pytest.mark.parametrize("after", ["/bye", "https://www.example.com/bye"])
def test_T97_the_application_may_have_a_page_of_its_own(make_site, after):
    """It comes after ours, which is the one that is registered."""
    browser = make_site(login={"after_logout": after}).browser()
    browser.sign_in()
    assert browser.post("/auth/logout").asked["post_logout_redirect_uri"] == f"{PUBLIC}/auth/signed-out"
    back = browser.get("/auth/signed-out")
    assert (back.location, back.header("clear-site-data")) == (after, '"cache"')


@pytest.mark.parametrize("after", [None, "/bye"])
def test_T100_a_picture_empties_no_memory(make_site, after):
    """T100: nor a script of another site, which could have this address asked for over and over."""
    browser = make_site(login={"after_logout": after}).browser()
    for how in (PICTURE, {"sec_fetch_mode": "cors"}):
        assert browser.get("/auth/signed-out", by=EVIL, **how).header("clear-site-data") == ""
    assert browser.get("/auth/signed-out", sec_fetch_mode="").header("clear-site-data") == '"cache"'


def test_a_provider_that_cannot_be_asked_keeps_nobody_signed_in(make_site, directory):
    """Who signs out meanwhile is signed out here."""
    first = make_site()
    browser = first.browser()
    browser.sign_in()
    browser.site = make_site()
    directory.go_down()
    assert browser.post("/auth/logout").location == "/auth/signed-out"
    assert not browser.jar.named("session")


def test_a_sign_out_drops_the_tokens(make_site):
    """What the sign-in brought for other APIs is gone with the session."""
    site = make_site(login={"scopes": ["User.Read"]})

    async def page(visit):
        return (await visit.token("Mail.Read")).token_type

    site.pages["/mail"] = page
    browser, other = site.browser(), site.browser()
    browser.sign_in()
    other.sign_in()
    assert browser.get("/mail").text == "Bearer"
    browser.post("/auth/logout")
    site.pages["/files"] = page_for("Files.Read")
    assert other.fetch("/files").status == 401


def page_for(scope):
    """A page that needs a token."""

    async def page(visit):
        return (await visit.token(scope)).token_type

    return page


def front_channel(browser, url, **how):
    """As the provider's page frames it: without cookies, from another site."""
    return browser.get(url, by="https://login.azuread-auth.test", cookie="", sec_fetch_mode="navigate", **how)


def test_T98_the_provider_ends_the_sessions_that_it_names(make_site, directory):
    """Without any cookie; other sign-ins of the same user, and other users, stay."""
    directory.set_front_channel_logout(f"{PUBLIC}/auth/frontchannel-logout")
    site = make_site(login={"session_store": MemoryStore()})
    browser, other = site.browser(), site.browser("megan")
    browser.sign_in()
    other.sign_in()
    (url,) = directory.sign_out("adele")
    reply = front_channel(browser, url)
    assert (reply.status, reply.header("cache-control")) == (200, "no-store")
    assert "frame-ancestors" not in reply.header("content-security-policy")
    assert reply.header("clear-site-data") == '"cache"'
    assert front_channel(browser, url).header("clear-site-data") == ""
    assert browser.get("/").status == 303
    assert other.get("/").status == 200


@pytest.mark.parametrize(
    "asked", [{}, {"sid": "x"}, {"iss": "x"}, {"sid": "x", "iss": "y"}, {"sid": "x" * 600, "iss": "y"}]
)
def test_T98_a_call_that_names_nothing_ends_nothing(make_site, asked):
    """Always the same answer, whoever frames it."""
    site = make_site(login={"session_store": MemoryStore()})
    browser = site.browser()
    browser.sign_in()
    reply = front_channel(browser, f"/auth/frontchannel-logout?{urlencode(asked)}")
    assert (reply.status, reply.header("clear-site-data")) == (200, "")
    assert front_channel(browser, "/auth/frontchannel-logout?sid=1&sid=2").status == 200
    assert browser.post("/auth/frontchannel-logout").status == 405
    assert browser.get("/").status == 200


def test_T98_sessions_in_cookies_cannot_be_ended_from_elsewhere(make_site, directory):
    """The answer is the same; the session ends in its own browser only."""
    directory.set_front_channel_logout(f"{PUBLIC}/auth/frontchannel-logout")
    site = make_site()
    browser = site.browser()
    browser.sign_in()
    (url,) = directory.sign_out("adele")
    reply = front_channel(browser, url)
    assert (reply.status, reply.header("clear-site-data")) == (200, "")
    assert browser.get("/").status == 200


class FailingStore(MemoryStore):
    is_down = False

    async def get(self, key):
        if self.is_down:
            message = "down"
            raise StoreUnavailable(message)
        return await super().get(key)

    async def delete(self, key):
        await self.get(key)
        await super().delete(key)


def test_a_store_that_is_down_is_503_and_signs_nobody_out(make_site, directory, is_told):
    """Pages, scripts, routes and the callback; afterwards the session is what it was."""
    directory.set_front_channel_logout(f"{PUBLIC}/auth/frontchannel-logout")
    store = FailingStore()
    site = make_site(login={"session_store": store})
    browser = site.browser()
    browser.sign_in()
    (url,) = directory.sign_out("adele")
    request = browser.answer(browser.begin("/auth/login"))
    store.is_down = True
    for reply in (browser.get("/"), browser.fetch("/"), browser.fetch("/auth/me"), browser.post("/auth/logout")):
        assert (reply.status, reply.header("retry-after"), reply.all("set-cookie")) == (503, "1", [])
    assert front_channel(browser, url).status == 200
    assert is_told("sessions could not be ended for the provider")
    assert browser.come_back(request).status == 503
    store.is_down = False
    assert browser.get("/").status == 200


def end_sessions(site, account):
    """End all sessions of a user with the site's client."""
    if site.kind == "asgi":
        asyncio.run(site.client.end_sessions(account))
    else:
        site.client.end_sessions(account)


def test_T103_the_operator_ends_all_sessions_of_a_user(make_site):
    """In all browsers, at once; with sessions in cookies that is not possible, and said."""
    site = make_site(login={"session_store": "client"}, store=MemoryStore())
    browsers = [site.browser(), site.browser(), site.browser("megan")]
    for each in browsers:
        each.sign_in()
        each.get("/")
    account = Account(site.tenant.tenant_id, site.visits[0].principal.object_id)
    end_sessions(site, account)
    assert [each.get("/").status for each in browsers] == [303, 303, 200]
    with pytest.raises(ConfigurationError, match="session_store"):
        end_sessions(make_site(), account)


def refusing(principal):
    """Fail."""
    message = "the list of sign-outs is full"
    raise OSError(message)


async def noting(principal):
    """Note who it is."""
    NOTED.append(principal.username)


NOTED = []


@pytest.mark.parametrize("on_logout", [refusing, noting, lambda principal: NOTED.append(principal.username)])
def test_on_logout_is_told_and_keeps_nobody_signed_in(make_site, on_logout, is_told):
    """Sync or async; what goes wrong in it is in the log, and the user is signed out."""
    NOTED.clear()
    browser = make_site(login={"on_logout": on_logout}).browser()
    browser.sign_in()
    assert browser.post("/auth/logout").status == 303
    assert not browser.jar.named("session")
    if on_logout is refusing:
        assert is_told("on_logout failed with OSError")
    else:
        assert NOTED == ["adele@contoso.onmicrosoft.com"]


def test_the_confirming_page_has_a_button_that_works(browser):
    """Its form is a form of ours, Origin and all."""
    browser.sign_in()
    page = browser.get("/auth/logout", by=EVIL)
    assert page.status == 200
    assert browser.post("/auth/logout").status == 303
