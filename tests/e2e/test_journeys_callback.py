"""The way back from the provider in a real browser, for each kind of server, way of the code and kind of session."""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from azuread_auth.stores.memory import MemoryStore
from tests.e2e.journey_steps import (
    ACCOUNTS,
    FAILED,
    arrive,
    asked,
    cookies,
    forget_provider,
    heading,
    is_seen_as,
    pick,
    planted,
    sign_in,
)

pytestmark = pytest.mark.e2e

VARIANTS = {
    "asgi-query-cookie": ("asgi", "query", None),
    "asgi-form_post-store": ("asgi", "form_post", MemoryStore),
    "wsgi-query-store": ("wsgi", "query", MemoryStore),
    "wsgi-form_post-cookie": ("wsgi", "form_post", None),
}
ONE_EACH = pytest.mark.parametrize("site", ["asgi-query-cookie", "wsgi-form_post-cookie"], indirect=True)
OTHER_EACH = pytest.mark.parametrize("site", ["asgi-form_post-store", "wsgi-query-store"], indirect=True)
SEND = """([action, fields]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  for (const [name, value] of new URLSearchParams(fields)) {
    const field = document.createElement("input");
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}"""


@pytest.fixture(scope="module", params=VARIANTS)
def site(request, journey_site):
    """A site of each kind, in two of the four ways to run it."""
    kind, mode, make_store = VARIANTS[request.param]
    return journey_site(kind, response_mode=mode, session_store=make_store and make_store())


def test_T83_T84_T108_deep_link(site, page):
    """The page that was asked for comes, with its query; the cookie of the way is as the way needs it, and goes."""
    deep = "/private?item=7&name=%C3%A4%20b"
    page.goto(f"{site.url}{deep}")
    expect(heading(page)).to_have_text(ACCOUNTS)
    (pending,) = cookies(page, site, "login")
    is_form = site.web_login.response_mode == "form_post"
    assert (pending["sameSite"], pending["secure"]) == (("None", True) if is_form else ("Lax", False))
    pick(page, "Adele")
    arrive(page, site, deep)
    is_seen_as(page, "Adele Vance")
    assert cookies(page, site, "login") == []
    (session,) = cookies(page, site, "session")
    assert (session["sameSite"], session["httpOnly"], session["path"]) == ("Lax", True, "/")
    assert page.evaluate("document.cookie") == ""


@OTHER_EACH
def test_T91_tabs_in_reverse_order(site, page):
    """Two tabs that both began to sign in end where each wanted to be, the later one first."""
    other = page.context.new_page()
    page.goto(f"{site.url}/private?tab=1")
    other.goto(f"{site.url}/private?tab=2")
    pick(other, "Adele")
    arrive(other, site, "/private?tab=2")
    pick(page, "Adele")
    arrive(page, site, "/private?tab=1")
    other.reload()
    is_seen_as(other, "Adele Vance")
    assert cookies(page, site, "login") == []


def test_T75_answer_that_comes_again(site, page):
    """An answer sent again, steps back and a second choice of the account end in the site, without an error page.

    The answer is redeemed once.
    """
    answers, failures = [], []
    page.on("request", lambda request: answers.append(request) if "/auth/callback" in request.url else None)
    page.on("response", lambda response: failures.append(response.url) if response.status >= 400 else None)
    sign_in(page, site)
    redeemed = asked(site)[1]
    answer = answers[0]
    if answer.method == "GET":
        page.goto(answer.url)
    else:
        page.goto(f"{site.tenant.authority_host}/devicelogin")  # any page of the provider's
        page.evaluate(SEND, [answer.url, answer.post_data])
    page.wait_for_url(f"{site.url}/")
    is_seen_as(page, "Adele Vance")
    for _ in range(3):
        page.go_back(wait_until="load")
        assert FAILED not in page.content()
    page.goto(f"{site.url}/private")
    is_seen_as(page, "Adele Vance")
    assert asked(site)[1] == redeemed
    assert failures == []


@ONE_EACH
def test_T75_double_click(site, page):
    """Who clicks twice on the account signs in once."""
    before = asked(site)[1]
    page.goto(f"{site.url}/private")
    page.get_by_role("button", name="Adele").dblclick()
    page.wait_for_url(f"{site.url}/private")
    is_seen_as(page, "Adele Vance")
    page.reload()
    is_seen_as(page, "Adele Vance")
    assert asked(site)[1] <= before + 2  # one for each code that the provider gave


def test_T104_tokens_of_another_process(site, page):
    """A new process knows the session and has none of the user's tokens: once through the provider, without a page.

    Where the provider has forgotten the browser too, it asks who it is, once.
    """
    sign_in(page, site, path="/orders")
    before = asked(site)[0]
    site.restart()
    page.goto(f"{site.url}/private")
    is_seen_as(page, "Adele Vance")
    assert asked(site)[0] == before
    page.goto(f"{site.url}/orders?again")
    arrive(page, site, "/orders?again")
    expect(page.locator("#scopes")).to_contain_text("Orders.Read")
    page.reload()
    expect(page.locator("#scopes")).to_contain_text("Orders.Read")
    assert asked(site)[0] == before + 1

    forget_provider(page)
    site.restart()
    page.goto(f"{site.url}/orders")
    pick(page, "Adele")
    arrive(page, site, "/orders")
    expect(page.locator("#scopes")).to_contain_text("Orders.Read")


@ONE_EACH
def test_form_that_is_ours_and_those_that_are_not(site, page):
    """A form of the site is taken; one of another site comes without the session; one of another port is refused."""
    site.pages.notes.clear()
    sign_in(page, site, path="/notes")
    page.get_by_label("Note").fill("milk & honey")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator("li")).to_have_text("milk & honey")
    assert planted(page, "http://127.0.0.1:9", f"{site.url}/notes").status == 401
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
    neighbour = planted(page, "http://localhost:9", f"{site.url}/notes")
    assert neighbour.status == 403
    expect(page.locator("main")).to_contain_text("Requests of other sites are not accepted here.")
    assert neighbour.request.all_headers()["origin"] == "http://localhost:9"
    assert site.pages.notes == ["milk & honey"]
    page.goto(f"{site.url}/notes")
    is_seen_as(page, "Adele Vance")


@ONE_EACH
def test_T96_sign_out_by_another_site(site, page):
    """A form or a link elsewhere leads to a question, a picture to nothing; the button of that question is ours."""
    sign_in(page, site)
    for origin in ("http://127.0.0.1:9", "http://localhost:9"):
        planted(page, origin, f"{site.url}/auth/logout")
        expect(heading(page)).to_have_text("Sign out?")
    page.get_by_role("link", name="Stay signed in").click()
    page.wait_for_url(f"{site.url}/")
    is_seen_as(page, "Adele Vance")
    page.goto(f"{site.url}/public")
    page.evaluate("new Promise((end) => { const i = new Image(); i.onerror = end; i.src = '/auth/logout' })")
    page.goto(f"{site.url}/private")
    is_seen_as(page, "Adele Vance")
    planted(page, "http://127.0.0.1:9", f"{site.url}/auth/logout")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{site.url}/auth/signed-out")
    assert cookies(page, site, "session") == []


@ONE_EACH
def test_T73_T74_answer_for_another_browser(site, new_page):
    """The address of somebody else's callback signs nobody in: the browser that began it is another one."""
    attacker, victim = new_page(), new_page()
    attacker.goto(f"{site.url}/private")
    answer = urlencode(site.tenant.sign_in(attacker.url, "megan"))
    callback = f"{site.url}/auth/callback"
    if site.web_login.response_mode == "query":
        victim.goto(f"{callback}?{answer}")
    else:
        victim.goto(f"{site.tenant.authority_host}/devicelogin")
        victim.evaluate(SEND, [callback, answer])
    expect(heading(victim)).to_have_text(FAILED)
    assert cookies(victim, site, "session") == []
    victim.get_by_role("link", name="Try again").click()
    pick(victim, "Adele")
    victim.wait_for_url(f"{site.url}/")
    is_seen_as(victim, "Adele Vance")
