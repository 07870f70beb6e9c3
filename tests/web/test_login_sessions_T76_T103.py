"""Sessions against what comes late, at the same time, or without their cookie."""

import asyncio
import json

import pytest

from azuread_auth import asgi, wsgi
from azuread_auth.errors import ConfigurationError, StoreUnavailable
from azuread_auth.principal import Account
from azuread_auth.stores.memory import MemoryStore
from azuread_auth.web_login import WebLogin
from tests.web.login_browser import PUBLIC
from tests.web.login_sites import KEY

pytest_plugins = ("tests.web.login_fixtures",)

ADELE = "adele@contoso.onmicrosoft.com"


def keeping(clock, kind):
    """What the settings say of where sessions are kept."""
    return {"session_store": MemoryStore(monotonic=clock.monotonic)} if kind == "store" else {}


def is_nobody(browser):
    """Whether the browser has no session by any way to ask."""
    replies = browser.get("/"), browser.fetch("/auth/me"), browser.get("/"), browser.post("/")
    assert all(not reply.all("set-cookie") for reply in replies)
    return [reply.status for reply in replies] == [303, 401, 303, 401]


@pytest.mark.parametrize("kind", ["cookie", "store"])
@pytest.mark.parametrize("is_served_first", [True, False])
def test_T103_an_answer_that_comes_after_the_sign_out_revives_nothing(make_site, clock, kind, is_served_first):
    """T103: whether the request was served before the sign-out or waited until after it."""
    site = make_site(login=keeping(clock, kind))
    browser = site.browser()
    browser.sign_in()
    clock.advance(1000)
    request = browser.prepared("GET", "/", by=None)
    late = site.send(request) if is_served_first else None
    assert browser.post("/auth/logout").status == 303
    late = late or site.send(request)
    browser.jar.take(PUBLIC, late.all("set-cookie"))
    assert bool(browser.jar.named("session")) is (kind == "cookie" or is_served_first)
    assert is_nobody(browser)
    browser.sign_in()
    assert browser.get("/").text == ADELE


def test_T103_the_note_of_what_has_ended_is_a_cookie_like_the_session(browser):
    """T87, T103: out of reach of scripts, for this host alone, for as long as the session could have lasted."""
    browser.sign_in()
    browser.post("/auth/logout")
    (name,) = browser.jar.named("ended")
    assert browser.jar.cookies[name].flags == "Path=/; Max-Age=28800; HttpOnly; SameSite=Lax; Secure"
    assert not browser.jar.named("session")


def test_T88_a_foreign_note_signs_nobody_out(make_site):
    """T88: planted, of another application, of another browser."""
    site, other = make_site(), make_site(login={"base_url": [PUBLIC, "https://other.example.com"]})
    browser, stranger, elsewhere = site.browser(), site.browser(), other.browser()
    for each in (stranger, elsewhere):
        each.sign_in()
        each.post("/auth/logout")
    browser.sign_in()
    (name,) = stranger.jar.named("ended")
    (foreign,) = elsewhere.jar.named("ended")
    cookie = browser.jar.header(PUBLIC, is_cross_site=False, is_safe_navigation=True)
    for value in (stranger.jar.cookies[name].value, elsewhere.jar.cookies[foreign].value, "planted", ""):
        for planted in (f"{name}={value}; {cookie}", f"{cookie}; {name}={value}"):
            assert browser.get("/", cookie=planted).text == ADELE


def test_T76_a_late_answer_does_not_bring_the_earlier_user_back(make_site, clock):
    """T76: whoever signs in as somebody else is that one, or nobody, and never who was there before."""
    site = make_site()
    browser = site.browser()
    browser.sign_in()
    clock.advance(1000)
    late = site.send(browser.prepared("GET", "/", by=None))
    browser.user = "megan"
    browser.sign_in("/auth/login")
    assert browser.get("/").text == "megan@contoso.onmicrosoft.com"
    browser.jar.take(PUBLIC, late.all("set-cookie"))
    assert is_nobody(browser)


@pytest.mark.parametrize("kind", ["cookie", "store"])
@pytest.mark.parametrize("mode", ["query", "form_post"])
@pytest.mark.parametrize("is_asked_after", [True, False])
def test_T75_a_repeated_callback_signs_nobody_in_after_the_sign_out(make_site, clock, kind, mode, is_asked_after):
    """T75, T103: the answer to a second click that comes after the sign-out, or is only asked for then."""
    site = make_site(login={"response_mode": mode, **keeping(clock, kind)})
    browser = site.browser()
    request = browser.answer(browser.begin())
    browser.come_back(request)
    again = None if is_asked_after else site.send(request)
    assert browser.get("/").text == ADELE
    browser.post("/auth/logout")
    again = again or site.send(request)
    assert (again.status, site.tenant.request_count("token")) == (303, 1)
    browser.jar.take(PUBLIC, again.all("set-cookie"))
    assert browser.jar.named("session")
    assert is_nobody(browser)


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_T76_a_sign_in_ends_the_earlier_session_in_a_store(make_site, clock, mode):
    """T76: also where the provider's page sends a form, to which the browser adds no cookie of the session."""
    site = make_site(login={"response_mode": mode, **keeping(clock, "store")})
    browser = site.browser()
    browser.sign_in()
    (name,) = browser.jar.named("session")
    before = f"{name}={browser.jar.cookies[name].value}"
    url = browser.begin("/auth/login")
    assert browser.get("/", cookie=before).text == ADELE
    assert browser.come_back(browser.answer(url)).status == 303
    assert browser.get("/", cookie=before).status == 303
    assert browser.get("/").text == ADELE


def test_T76_a_sign_in_that_fails_ends_nothing(make_site, clock):
    """T76: the session that a browser has is its own until there is another."""
    site = make_site(login={"response_mode": "form_post", **keeping(clock, "store")})
    browser = site.browser()
    browser.sign_in()
    assert browser.come_back(browser.answer(browser.begin("/auth/login"), code="wrong")).status == 403
    assert browser.get("/").text == ADELE


def test_T76_a_silent_sign_in_that_goes_on_with_a_page_ends_it_too(make_site, clock, directory):
    """T76: the second way to the provider begins with a form of its own, without the session's cookie."""
    site = make_site(login={"response_mode": "form_post", **keeping(clock, "store")})
    browser = site.browser()
    browser.sign_in()
    (name,) = browser.jar.named("session")
    before = f"{name}={browser.jar.cookies[name].value}"
    silent = browser.begin("/auth/login?prompt=none")
    state = browser.get("/auth/login?prompt=none").asked["state"]
    again = browser.come_back(browser.callback(f"error=interaction_required&state={state}", silent))
    assert again.location.startswith("https://login.")
    assert browser.get("/", cookie=before).text == ADELE
    browser.come_back(browser.answer(again.location))
    assert browser.get("/", cookie=before).status == 303
    assert browser.get("/").text == ADELE


def test_T89_what_is_noted_of_the_session_is_small(make_site, clock):
    """T89: and only where it is needed."""
    sizes = {}
    for mode in ("query", "form_post"):
        site = make_site(login={"response_mode": mode, **keeping(clock, "store")})
        browser = site.browser()
        for has_session in (False, True):
            browser.begin("/auth/login")
            (name,) = browser.jar.named("login")
            sizes[mode, has_session] = len(browser.jar.cookies[name].value)
            del browser.jar.cookies[name]
            browser.sign_in("/auth/login")
    growth = {mode: sizes[mode, True] - sizes[mode, False] for mode in ("query", "form_post")}
    assert growth["query"] < 40  # the count of sign-ins
    assert 30 < growth["form_post"] - growth["query"] < 90


class FailingStore(MemoryStore):
    """A store that cannot be asked for a while."""

    is_down = False

    async def get(self, key):
        if self.is_down:
            message = "down"
            raise StoreUnavailable(message)
        return await super().get(key)


def problem(reply):
    """The problem document that a reply is."""
    assert reply.header("content-type") == "application/problem+json"
    assert reply.header("cache-control") == "no-store"
    return json.loads(reply.text)


def test_scripts_get_documents_and_people_pages(make_site):
    """Of what goes wrong at the routes of the sign-in: by how the browser asks, as anywhere else."""
    store = FailingStore()
    site = make_site(login={"session_store": store})
    browser = site.browser()
    assert problem(browser.fetch("/auth/me")) == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "nobody is signed in here",
    }
    browser.sign_in()
    store.is_down = True
    reply = browser.fetch("/auth/me")
    told = problem(reply)
    assert (reply.status, told["status"], told["title"]) == (503, 503, "Service Unavailable")
    assert (told["detail"], reply.header("retry-after")) == ("sessions cannot be looked up; try again", "1")
    assert browser.get("/auth/me").header("content-type") == "text/html; charset=utf-8"
    assert problem(browser.fetch("/auth/logout", method="POST"))["status"] == 503
    assert browser.post("/auth/logout").header("content-type") == "text/html; charset=utf-8"
    for address, how in (
        ("/auth/me", {"host": "evil.example"}),
        ("/auth/login?scopes=%00", {}),
        ("/auth/login?prompt=nonsense", {}),
        ("/auth/callback?state=x&state=y", {}),
        ("/auth/callback?state=x&code=y", {}),
    ):
        store.is_down = False
        assert problem(browser.fetch(address, cookie="x=y", **how))["status"] == 400
        page = browser.get(address, cookie="x=y", **how)
        assert (page.status, page.header("content-type")) == (400, "text/html; charset=utf-8")


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_a_form_that_the_provider_sends_is_answered_with_a_page(make_site, mode):
    """A person looks at it, although it is no GET."""
    site = make_site(login={"response_mode": mode})
    browser = site.browser()
    reply = browser.come_back(browser.answer(browser.begin(), code="wrong"))
    assert (reply.status, reply.header("content-type")) == (403, "text/html; charset=utf-8")


def test_documents_have_the_style_of_the_house(make_site):
    """`render_problem` words those of the sign-in's routes too."""
    site = make_site(render_problem=lambda problem: ("application/json", f'{{"code": {problem.status}}}'.encode()))
    reply = site.browser().fetch("/auth/me")
    assert (reply.status, reply.header("content-type"), reply.text) == (401, "application/json", '{"code": 401}')


def end_sessions(site, account):
    """End all sessions of a user with the site's client."""
    if site.kind == "asgi":
        asyncio.run(site.client.end_sessions(account))
    else:
        site.client.end_sessions(account)


@pytest.mark.parametrize("first", ["cookie", "store"])
def test_T103_one_client_ends_what_can_be_ended(make_site, clock, first):
    """T103: of two middlewares that share it, whichever has the store and whichever was made first."""
    login = {"cookie": {}, "store": keeping(clock, "store")}
    site = make_site(login=login[first])
    second = "store" if first == "cookie" else "cookie"
    others_login = WebLogin(base_url=PUBLIC, cookie_keys=[KEY], **login[second])
    middleware = asgi.AzureAdAuth if site.kind == "asgi" else wsgi.AzureAdAuth
    apps = {first: site.app, second: middleware(site.middleware.app, client=site.client, login=others_login)}
    browsers = {}
    for kind, app in apps.items():
        site.app, browsers[kind] = app, site.browser()
        browsers[kind].sign_in()
        told = json.loads(browsers[kind].fetch("/auth/me").text)
    end_sessions(site, Account(told["tenant_id"], told["object_id"]))
    for kind, status in (("store", 303), ("cookie", 200)):
        site.app = apps[kind]
        assert (kind, browsers[kind].get("/").status) == (kind, status)


def test_T103_without_any_store_that_is_said(make_site):
    """T103: nobody believes to have signed somebody out."""
    site = make_site()
    with pytest.raises(ConfigurationError, match="give its WebLogin a session_store"):
        end_sessions(site, Account(site.tenant.tenant_id, site.tenant.tenant_id))
