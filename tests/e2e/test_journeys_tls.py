"""Sites over TLS with a throw-away certificate, in a real browser: what Chromium keeps of their cookies."""

import re
import time

import pytest
from playwright.sync_api import expect

from azuread_auth.simulation.certificates import self_signed_certificate
from azuread_auth.simulation.identities.tls import server_context
from azuread_auth.stores.memory import MemoryStore
from tests.e2e.journey_steps import ACCOUNTS, asked, cookies, heading, is_seen_as, pick, sign_in, sign_out

pytestmark = pytest.mark.e2e

VARIANTS = {
    "asgi-query": ("asgi", "query", None),
    "asgi-form_post": ("asgi", "form_post", MemoryStore),
    "wsgi-query": ("wsgi", "query", MemoryStore),
    "wsgi-form_post": ("wsgi", "form_post", None),
}
TEN_MINUTES = 600


@pytest.fixture(scope="module")
def tls():
    """What servers show."""
    return server_context(self_signed_certificate("localhost", now=time.time(), valid_seconds=86_400))


@pytest.fixture(scope="module", params=VARIANTS)
def site(request, journey_site, tls):
    """A site over TLS; its provider is on another site, without."""
    kind, mode, make_store = VARIANTS[request.param]
    return journey_site(kind, tls=tls, response_mode=mode, session_store=make_store and make_store())


@pytest.fixture
def page(new_page):
    """A page of a browser that takes the certificate."""
    return new_page(ignore_https_errors=True)


def test_T83_T87_cookies(site, page):
    """All of them are for this host alone, over TLS alone, out of reach of scripts; the one of the way as it needs."""
    page.goto(f"{site.url}/private?of=May")
    expect(heading(page)).to_have_text(ACCOUNTS)
    (pending,) = cookies(page, site, "login")
    is_form = site.web_login.response_mode == "form_post"
    assert pending["sameSite"] == ("None" if is_form else "Lax")
    assert 0 < pending["expires"] - time.time() <= TEN_MINUTES
    pick(page, "Adele")
    page.wait_for_url(f"{site.url}/private?of=May")
    is_seen_as(page, "Adele Vance")

    kept = page.context.cookies(site.url)
    assert {re.match("__Host-azuread-[a-z]+", cookie["name"])[0].rpartition("-")[2] for cookie in kept} == {
        "session",
        "recent",
    }
    for cookie in (*kept, pending):
        # A leading dot would stand for a Domain attribute, and let every sub-domain have it.
        assert (cookie["domain"], cookie["path"]) == ("localhost", "/")
        assert (cookie["secure"], cookie["httpOnly"]) == (True, True)
    assert {cookie["sameSite"] for cookie in kept} == {"Lax"}
    assert [cookie["expires"] for cookie in kept if "-session-" in cookie["name"]] == [-1]
    assert page.evaluate("document.cookie") == ""


@pytest.mark.parametrize("site", ["asgi-form_post", "wsgi-query"], indirect=True)
def test_T87_whole_way_over_tls(site, page):
    """Downstream token, stronger sign-in, a form, another process, sign-out, and sign-out elsewhere."""
    sign_in(page, site, path="/orders")
    expect(page.locator("#scopes")).to_contain_text("Orders.Read")
    page.goto(f"{site.url}/payments")
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(f"{site.url}/payments")
    page.goto(f"{site.url}/notes")
    page.get_by_label("Note").fill("milk")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator("li")).to_have_text("milk")
    site.restart()
    before = asked(site)[0]
    page.goto(f"{site.url}/orders")
    expect(page.locator("#scopes")).to_contain_text("Orders.Read")
    assert asked(site)[0] == before + 1
    sign_out(page, site)
    assert cookies(page, site, "session") == []
    sign_in(page, site)
    with page.expect_response(re.compile("/auth/frontchannel-logout")) as called:
        page.goto(f"{site.tenant.authority_host}/common/oauth2/v2.0/logout")
        page.get_by_role("button", name="Sign out").click()
    assert called.value.status == 200
