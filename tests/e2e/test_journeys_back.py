"""Steps back in a browser that keeps whole pages in memory, as people's browsers do and those for tests do not."""

import re

import pytest
from playwright.sync_api import expect

from azuread_auth.stores.memory import MemoryStore
from tests.e2e.journey_steps import ACCOUNTS, heading, sign_in, sign_out

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def browser_options():
    """Playwright switches that memory off."""
    return {"ignore_default_args": ["--disable-back-forward-cache"]}


@pytest.fixture(scope="module", params=["asgi", "wsgi"])
def kind(request):
    """Of each kind of server."""
    return request.param


@pytest.fixture(scope="module")
def site(kind, journey_site):
    """A site with our page after a sign-out."""
    return journey_site(kind, session_store=MemoryStore())


def marked(page):
    """Whether the page is the one that was marked, and not loaded anew; marks it."""
    return page.evaluate("[window.mark, (window.mark = true)][0]") is True


def test_public_pages_are_kept(site, page):
    """The memory is in use: a step back brings the very page that was left."""
    page.goto(f"{site.url}/public")
    assert not marked(page)
    page.goto(f"{site.url}/public?2")
    assert not marked(page)
    page.go_back(wait_until="commit")
    expect(page).to_have_url(f"{site.url}/public")
    assert marked(page)


def test_T100_signing_out_empties_the_memory(site, page):
    """A step back after a sign-out asks for the private page again, which leads to the provider."""
    sign_in(page, site)
    sign_out(page, site)
    page.go_back(wait_until="commit")
    expect(heading(page)).to_have_text(ACCOUNTS, timeout=2000)


@pytest.mark.parametrize("make_store", [MemoryStore, lambda: None])
def test_T100_so_does_a_page_of_the_application(kind, journey_site, page, make_store):
    """Where it comes after a sign-out in place of ours, for sessions in a store and in cookies."""
    site = journey_site(kind, session_store=make_store(), after_logout="/public")
    sign_in(page, site)
    marked(page)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{site.url}/public")
    page.go_back(wait_until="commit")
    expect(heading(page)).to_have_text(ACCOUNTS, timeout=2000)


def test_T98_T100_sign_out_elsewhere_empties_the_memory(site, page):
    """So does the front channel, although it changes no cookie."""
    sign_in(page, site)
    marked(page)
    with page.expect_response(re.compile("/auth/frontchannel-logout")) as called:
        page.goto(f"{site.tenant.authority_host}/common/oauth2/v2.0/logout")
        page.get_by_role("button", name="Sign out").click()
    called.value.finished()
    page.go_back(wait_until="commit")
    expect(heading(page)).to_have_text("Sign-out")  # the question, whose answer is no longer of interest
    page.go_back(wait_until="commit")
    expect(heading(page)).to_have_text(ACCOUNTS, timeout=2000)
