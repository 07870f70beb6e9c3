"""What ends by itself: tokens, sessions, and redirects that would go on for ever."""

import pytest

from azuread_auth.stores.memory import MemoryStore
from tests.web.login_sites import KEY

pytest_plugins = ("tests.web.login_fixtures",)


def token_page(*scopes):
    """A page that needs a token."""

    async def page(visit):
        return (await visit.token(*scopes)).token_type

    return page


@pytest.fixture
def mail_site(make_site):
    """A site with a page that needs a token."""
    site = make_site(login={"scopes": ["Mail.Read"]})
    site.pages["/mail"] = token_page("Mail.Read")
    return site


def test_T101_fifty_requests_at_expiry_make_one_refresh(mail_site, clock):
    """All of them are answered with the one new token."""
    browser = mail_site.browser()
    browser.sign_in()
    assert browser.get("/mail").text == "Bearer"
    clock.advance(3599)
    browser.sign_in("/auth/login")
    before = mail_site.tenant.request_count("token")
    for _ in range(3):
        clock.advance(1700)
        assert browser.get("/").status == 200
    clock.advance(600)
    mail_site.tenant.slow_down(0.1, "token")
    replies = mail_site.send_all([browser.prepared("GET", "/mail", by=None) for _ in range(50)])
    assert {(reply.status, reply.text) for reply in replies} == {(200, "Bearer")}
    assert mail_site.tenant.request_count("token") == before + 1


@pytest.mark.parametrize("store", [False, True], ids=["cookie", "store"])
def test_T103_a_session_ends_when_nobody_uses_it(make_site, clock, store):
    """After an hour without a request."""
    keeping = {"session_store": MemoryStore(monotonic=clock.monotonic)} if store else {}
    browser = make_site(login=keeping).browser()
    browser.sign_in()
    clock.advance(3500)
    assert browser.get("/").status == 200
    clock.advance(3601)
    assert browser.get("/").status == 303


@pytest.mark.parametrize("store", [False, True], ids=["cookie", "store"])
def test_T103_a_session_slides_and_has_an_end(make_site, clock, store):
    """Requests renew it, with a new cookie now and then, but never beyond its lifetime."""
    keeping = {"session_store": MemoryStore(monotonic=clock.monotonic)} if store else {}
    browser = make_site(login={"session_lifetime_seconds": 7200, **keeping}).browser()
    browser.sign_in()
    renewed = 0
    for _ in range(7):
        clock.advance(1000)
        reply = browser.get("/")
        assert reply.status == 200
        renewed += bool(reply.all("set-cookie"))
    assert renewed >= 2
    clock.advance(201)
    assert browser.get("/").status == 303
    assert browser.fetch("/auth/me").status == 401


def test_T103_the_session_route_renews_too(browser, clock):
    """A page that only asks who it is keeps the session alive."""
    browser.sign_in()
    clock.advance(1000)
    assert browser.fetch("/auth/me").all("set-cookie")


def test_T104_a_session_cookie_that_is_always_lost_ends_in_a_page(browser):
    """A browser that keeps the other cookies, and not this one, is told after five rounds."""
    browser.jar.drops = lambda name: "-session-" in name
    reply = browser.visit("/")
    assert (reply.status, "does not help" in reply.text) == (400, True)
    assert browser.site.tenant.request_count("token") == 5


def test_T104_a_browser_that_keeps_no_cookie_ends_in_a_page(browser):
    """Its answer is to nothing that it asked."""
    browser.jar.drops = lambda _name: True
    assert browser.visit("/").status == 400
    assert browser.site.tenant.request_count("token") == 0


def test_T104_tokens_that_are_always_lost_end_in_a_page(make_site):
    """A page that finds no tokens after each sign-in does not go round for ever."""

    class Forgetful(MemoryStore):
        async def put(self, key, value, *, ttl_seconds):
            """Nothing is kept."""

    site = make_site(login={"scopes": ["User.Read"]}, store=Forgetful())
    site.pages["/mail"] = token_page("Mail.Read")
    browser = site.browser()
    reply = browser.visit("/mail")
    assert reply.status == 400
    assert browser.site.tenant.request_count("token") <= 10


def test_T104_a_loop_is_over_after_a_minute(browser, clock):
    """Who waits may try again."""
    for _ in range(5):
        browser.sign_in("/auth/login")
    assert browser.get("/auth/login").status == 400
    clock.advance(61)
    assert browser.sign_in("/auth/login").status == 303


def test_T104_a_silent_sign_in_that_fails_asks_once_with_a_page(browser):
    """`prompt=none` for somebody whom the provider does not know."""
    silent = browser.begin("/auth/login?prompt=none&next=/orders")
    assert "prompt=none" in silent
    again = browser.come_back(browser.answer(silent))
    assert again.location.startswith("https://login.")
    assert "prompt" not in again.asked
    done = browser.come_back(browser.answer(again.location))
    assert (done.status, done.location) == (303, "/orders")
    assert not browser.jar.named("login")


def test_T104_a_page_that_fails_too_is_the_end(browser, directory):
    """The second attempt is no silent one, so its failure is a page."""
    silent = browser.begin("/auth/login?prompt=none")
    again = browser.come_back(browser.answer(silent))
    directory.fail("authorize", error="interaction_required")
    url = again.location
    state = again.asked["state"]
    reply = browser.come_back(browser.callback(f"error=interaction_required&state={state}", url))
    assert reply.status == 403


@pytest.mark.parametrize("sessions", ["cookie", "store"])
def test_a_worker_without_the_tokens_gets_them_by_one_silent_redirect(make_site, clock, sessions):
    """Two workers share keys, and perhaps sessions; tokens are in the memory of one. Nobody sees a page."""
    store = MemoryStore(monotonic=clock.monotonic) if sessions == "store" else None
    login = {"scopes": ["User.Read"], "session_store": store}
    first, second = make_site(login=login), make_site(login=login)
    for each in (first, second):
        each.pages["/mail"] = token_page("Mail.Read")
    browser = first.browser()
    browser.sign_in()
    assert browser.get("/mail").text == "Bearer"
    browser.site = second
    assert browser.get("/").text == "adele@contoso.onmicrosoft.com"
    assert browser.fetch("/mail").status == 401
    reply = browser.get("/mail?x=1")
    assert (reply.status, reply.asked["prompt"], reply.asked["next"]) == (303, "none", "/mail?x=1")
    assert reply.asked["login_hint"].startswith("O.")
    reply = browser.get(reply.location)
    done = browser.come_back(browser.answer(reply.location))
    assert (done.status, done.location) == (303, "/mail?x=1")
    assert browser.get("/mail").text == "Bearer"


def test_R31_a_restart_and_a_key_rotation_keep_users_signed_in(make_site):
    """Two workers, then a restart without tokens, then a new key: tokens come back silently, nobody signs in again."""
    login = {"scopes": ["User.Read"]}
    browser = make_site(login=login).browser()
    browser.sign_in()
    new = b"n" * 32
    for keys in ([KEY], [new, KEY], [KEY, new]):
        browser.site = make_site(login={**login, "cookie_keys": keys})
        browser.site.pages["/mail"] = token_page("Mail.Read")
        assert browser.get("/").status == 200
        assert browser.visit("/mail").text == "Bearer"


def test_tokens_in_memory_are_told_to_the_operator_of_a_public_site(make_site, is_told):
    """On this machine alone it is as it should be."""
    make_site(login={"base_url": "http://localhost:8000", "scopes": ["User.Read"]})
    assert not is_told("memory of this process alone")
    make_site(login={"scopes": ["User.Read"]})
    assert is_told("memory of this process alone")


def test_T104_a_loop_ends_where_the_provider_posts_the_answer(make_site):
    """T104: the cookie that counts is not sent with a form of another site; the pending sign-in has the count."""
    browser = make_site(login={"response_mode": "form_post"}).browser()
    browser.jar.drops = lambda name: "-session-" in name
    reply = browser.visit("/")
    assert (reply.status, "does not help" in reply.text) == (400, True)
    assert browser.site.tenant.request_count("token") == 5
