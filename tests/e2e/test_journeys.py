"""The journeys of people who sign in, in a real browser: the site on localhost, the provider on 127.0.0.1.

On ASGI with the code in the address of the callback, on WSGI with the code in a form; sessions are in a store.
"""

import re

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
    sign_in,
    sign_out,
)

pytestmark = pytest.mark.e2e

MODES = {"asgi": "query", "wsgi": "form_post"}


@pytest.fixture(scope="module", params=MODES)
def site(request, journey_site):
    """A site of each kind."""
    kind = request.param
    return journey_site(kind, response_mode=MODES[kind], session_store=MemoryStore())


def test_public_pages_ask_nobody(site, page):
    """A public page is shown without a session and with one, but knows of none; an optional one tells who is there."""
    page.goto(f"{site.url}/public")
    is_seen_as(page, "nobody")
    page.goto(site.url)
    is_seen_as(page, "nobody")
    sign_in(page, site)
    page.goto(site.url)
    is_seen_as(page, "Adele Vance")
    page.goto(f"{site.url}/public")
    is_seen_as(page, "nobody")


def test_cancelled_sign_in_can_be_tried_again(site, page):
    """Who cancels at the provider is told so, and the link on that page leads to where they wanted to go."""
    page.goto(f"{site.url}/private?item=7")
    page.get_by_role("button", name="Cancel").click()
    expect(heading(page)).to_have_text(FAILED)
    expect(page.locator("main")).to_contain_text("You cancelled the sign-in")
    assert cookies(page, site, "login") == []
    page.get_by_role("link", name="Try again").click()
    pick(page, "Adele")
    arrive(page, site, "/private?item=7")


def test_blocked_account_may_pick_another(site, page):
    """The provider says on its own page that an account is blocked, and takes another one."""
    page.goto(f"{site.url}/private")
    pick(page, "Blake")
    expect(page.get_by_role("alert")).to_contain_text("AADSTS50057")
    pick(page, "Adele")
    arrive(page, site, "/private")
    is_seen_as(page, "Adele Vance")


def test_second_factor_is_asked_for(site, page):
    """Who has to confirm does so, and arrives."""
    page.goto(f"{site.url}/private")
    pick(page, "Morgan")
    expect(heading(page)).to_have_text("Confirm that it is you")
    page.get_by_role("button", name="Confirm").click()
    arrive(page, site, "/private")
    is_seen_as(page, "Morgan Lee")


def test_T123_consent_and_then_more_of_it(site, page):
    """The sign-in asks for what every user needs, and a page for what it alone needs; each is asked for once."""
    site.tenant.require_consent(site.mail_scope, user="casey")
    page.goto(f"{site.url}/orders")
    pick(page, "Casey")
    expect(page.locator("main")).to_contain_text("Orders.Read")
    expect(page.locator("main")).not_to_contain_text("Mail.Read")
    page.get_by_role("button", name="Accept").click()
    arrive(page, site, "/orders")
    expect(page.locator("#scopes")).to_contain_text("Orders.Read")

    page.goto(f"{site.url}/mail")
    expect(page.locator("main")).to_contain_text("Mail.Read")
    page.get_by_role("button", name="Accept").click()
    arrive(page, site, "/mail")
    expect(page.locator("#scopes")).to_contain_text("Mail.Read")
    before = asked(site)
    page.goto(f"{site.url}/orders")
    page.goto(f"{site.url}/mail")
    is_seen_as(page, "Casey Doyle")
    assert asked(site)[0] == before[0]


def test_T71_stronger_sign_in_comes_back_to_the_page(site, page):
    """A page that wants an authentication context sends the user to confirm, and shows itself after that."""
    sign_in(page, site)
    before = cookies(page, site, "session")[0]["value"]
    page.goto(f"{site.url}/payments?of=May")
    expect(heading(page)).to_have_text("Confirm that it is you")
    page.get_by_role("button", name="Confirm").click()
    arrive(page, site, "/payments?of=May")
    expect(page.locator("main")).to_contain_text("Confirmed.")
    assert cookies(page, site, "session")[0]["value"] != before
    counted = asked(site)
    page.reload()
    expect(page.locator("main")).to_contain_text("Confirmed.")
    assert asked(site) == counted


def test_role_that_is_missing_is_told(site, page):
    """Signing in again would not help who lacks a role: a page says so, and the session goes on.

    Who has another account with that role comes back to the page with it.
    """
    sign_in(page, site)
    answer = page.goto(f"{site.url}/admin")
    assert answer.status == 403
    expect(heading(page)).to_have_text("Forbidden")
    page.goto(f"{site.url}/private")
    is_seen_as(page, "Adele Vance")
    page.goto(f"{site.url}/admin")
    page.get_by_role("link", name="Sign in with another account").click()
    pick(page, "Megan")
    arrive(page, site, "/admin")
    expect(heading(page)).to_have_text("Administration")


def test_T100_signed_out_means_gone(site, page):
    """The button ends the session here and at the provider; nothing private comes back, by no step back."""
    sign_in(page, site, path="/private?secret=4711")
    page.goto(f"{site.url}/orders")
    old = page.context.cookies(site.url)
    sign_out(page, site)
    assert cookies(page, site, "session") == []
    for _ in range(3):
        page.go_back(wait_until="load")
        if page.url.startswith(site.url):
            assert "Adele" not in page.content()
            assert "4711" not in page.locator("body").inner_text()
    page.goto(f"{site.url}/auth/signed-out")
    page.get_by_role("link", name="Sign in again").click()
    expect(heading(page)).to_have_text(ACCOUNTS)
    page.context.add_cookies(old)  # what somebody copied before
    page.goto(f"{site.url}/private")
    expect(heading(page)).to_have_text(ACCOUNTS)


def test_T98_sign_out_elsewhere_ends_the_session(site, page):
    """Who signs out at the provider is signed out here: its page calls the front channel, without our cookie."""
    sign_in(page, site)
    other = page.context.new_page()
    with other.expect_response(re.compile("/auth/frontchannel-logout")) as called:
        other.goto(f"{site.tenant.authority_host}/common/oauth2/v2.0/logout")
        other.get_by_role("button", name="Sign out").click()
    assert called.value.status == 200
    assert "cookie" not in called.value.request.all_headers()
    assert cookies(page, site, "session") != []
    page.reload()
    expect(heading(page)).to_have_text(ACCOUNTS)


def test_T103_session_that_was_idle_has_ended(site, page):
    """After an hour without a request the provider is asked again; while somebody works it is not."""
    sign_in(page, site)
    site.clock.advance(3000)
    page.reload()
    site.clock.advance(3000)
    before = asked(site)
    page.reload()
    is_seen_as(page, "Adele Vance")
    assert asked(site) == before
    site.clock.advance(3700)
    page.goto(f"{site.url}/private?later=1")
    arrive(page, site, "/private?later=1")
    assert asked(site) == (before[0] + 1, before[1] + 1)
    forget_provider(page)
    site.clock.advance(3700)
    page.reload()
    expect(heading(page)).to_have_text(ACCOUNTS)


def test_another_account_takes_the_place(site, page):
    """`prompt=select_account` and `prompt=login` ask who it is, although the provider knows the browser."""
    sign_in(page, site)
    page.goto(f"{site.url}/auth/login?prompt=select_account&next=/private")
    pick(page, "Megan")
    arrive(page, site, "/private")
    is_seen_as(page, "Megan Bowen")
    page.goto(f"{site.url}/admin")
    expect(heading(page)).to_have_text("Administration")
    page.goto(f"{site.url}/auth/login?prompt=login&login_hint=megan@contoso.onmicrosoft.com&next=/admin")
    expect(page.get_by_role("button").first).to_contain_text("Megan Bowen")
    expect(page.get_by_role("button").first).to_be_focused()
    pick(page, "Adele")
    page.wait_for_url(f"{site.url}/admin")
    expect(heading(page)).to_have_text("Forbidden")


def test_administrator_consents_for_everybody(site, page):
    """The way to the provider and back: to say no ends on a page that offers to try again, to say yes in the site."""
    page.goto(f"{site.url}/auth/consent")
    page.get_by_role("button", name="Decline").click()
    expect(heading(page)).to_have_text("The application has no consent")
    page.get_by_role("link").click()
    page.get_by_role("button", name="Accept as Megan Bowen").click()
    page.wait_for_url(f"{site.url}/")
    assert cookies(page, site, "login") == []
    page.goto(f"{site.url}/auth/consent?admin_consent=True&state=planted")
    expect(heading(page)).to_have_text("The application has no consent")


def test_scripts_are_told_where_to_sign_in(site, page):
    """A fetch without a session gets 401 and the address, never the provider's page; the address leads back."""
    page.goto(f"{site.url}/public")
    ask = "fetch('/api/notes').then(async (answer) => [answer.status, answer.url, await answer.json()])"
    status, url, problem = page.evaluate(ask)
    assert (status, url) == (401, f"{site.url}/api/notes")
    page.goto(f"{site.url}{problem['sign_in_url']}")
    pick(page, "Adele")
    page.wait_for_url(f"{site.url}/")
    assert page.evaluate(ask)[0] == 200
    assert page.evaluate("fetch('/auth/me').then((answer) => answer.json())")["name"] == "Adele Vance"
