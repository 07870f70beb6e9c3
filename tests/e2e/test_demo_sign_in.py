"""The pages of `azuread-auth demo` behind its sign-in, in a real browser: the application and its tenant are two sites.

Who walks through does so for each way that the code comes back, and with sessions in cookies as well as in a store;
the journeys show the rest of what depends on that.
"""

import functools
import re

import pytest
from playwright.sync_api import expect

from tests.e2e.demo_pages import fact, pick, picture, sign_in

pytestmark = pytest.mark.e2e

VARIANTS = {
    "query": {},
    "form_post": {"response_mode": "form_post"},
    "store": {"session_store": "client"},
}


@pytest.fixture(scope="module")
def demos(demo_app):
    """The demonstration of a variant: one for all tests of this file."""
    return functools.cache(lambda variant: demo_app(**VARIANTS[variant]))


@pytest.fixture
def demo(demos):
    """A demonstration as it is without options."""
    return demos("query")


@pytest.fixture(params=VARIANTS)
def each_demo(request, demos):
    """A demonstration, once for each variant."""
    return demos(request.param)


@pytest.fixture
def stored_demo(demos):
    """One with its sessions in a store."""
    return demos("store")


def test_member_walks_through(each_demo, page):
    """Sign-in from the first page, profile, another API, a stronger sign-in, no administration, and out again."""
    page.goto(each_demo.url)
    page.get_by_role("link", name="Sign in", exact=True).click()
    pick(page, "Adele")
    page.wait_for_url(f"{each_demo.url}/profile")
    expect(fact(page, "User name")).to_have_text("adele@contoso.onmicrosoft.com")
    expect(fact(page, "Tenant")).to_have_text(f"Contoso, {each_demo.tenant.tenant_id}")
    expect(fact(page, "Session ends")).to_contain_text(" UTC")

    page.get_by_role("link", name="Mail").click()
    expect(page.locator(".items")).to_contain_text("Lunch on Thursday?")
    expect(fact(page, "Messages of")).to_have_text("Adele Vance")
    expect(fact(page, "Scopes")).to_have_text("Mail.Read")
    expect(fact(page, "Called by application")).to_have_text(each_demo.tenant.client_id)

    page.get_by_role("link", name="Payslip").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm that it is you")
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(f"{each_demo.url}/payslip")
    expect(page.locator(".granted")).to_have_text("You have confirmed that it is you.")
    expect(fact(page, "Authentication contexts")).to_have_text("c1")
    page.reload()
    expect(page.locator(".granted")).to_be_visible()

    assert page.goto(f"{each_demo.url}/admin").status == 403
    page.goto(each_demo.url)
    expect(page.locator(".who")).to_contain_text("Adele Vance")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{each_demo.url}/auth/signed-out")
    expect(page.get_by_role("heading", level=1)).to_have_text("Signed out")
    page.goto(each_demo.url)
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def test_T100_back_button_shows_nothing_private(demo, page):
    """After signing out no step back brings a page of the session, and the provider asks who it is."""
    sign_in(page, demo, "Adele")
    page.get_by_role("link", name="Mail").click()
    expect(page.locator(".items")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{demo.url}/auth/signed-out")
    for _ in range(4):
        page.go_back(wait_until="load")
        if page.url.startswith(demo.url):
            shown = page.locator("body").inner_text()
            assert "Adele" not in shown
            assert "Thursday" not in shown
    page.goto(f"{demo.url}/mail")
    pick(page, "Adele")
    page.wait_for_url(f"{demo.url}/mail")


def test_T91_tabs_in_reverse_order(demo, page):
    """Two tabs that both began to sign in end where each wanted to be, the later one first."""
    other = page.context.new_page()
    page.goto(f"{demo.url}/profile")
    other.goto(f"{demo.url}/mail")
    pick(other, "Adele")
    other.wait_for_url(f"{demo.url}/mail")
    pick(page, "Adele")
    page.wait_for_url(f"{demo.url}/profile")
    for tab in (page, other):
        tab.reload()
        expect(tab.locator(".who")).to_contain_text("Adele Vance")


def test_T75_callback_that_comes_again(demo, page):
    """The same answer, sent again by the same browser, finds the session, and asks the provider for nothing."""
    answers = []
    page.on("request", lambda request: answers.append(request) if "/auth/callback" in request.url else None)
    sign_in(page, demo, "Adele")
    asked = demo.tenant.request_count("token")
    (answer,) = answers
    page.goto(answer.url)
    page.wait_for_url(re.compile(f"{demo.url}/(profile)?$"))
    expect(page.locator(".who")).to_contain_text("Adele Vance")
    page.reload()
    expect(page.locator(".who")).to_contain_text("Adele Vance")
    page.go_back(wait_until="load")
    page.goto(f"{demo.url}/profile")
    expect(page.locator(".who")).to_contain_text("Adele Vance")
    assert demo.tenant.request_count("token") == asked


def test_T75_double_click(demo, page):
    """Who clicks twice on the account signs in once."""
    page.goto(f"{demo.url}/profile")
    page.get_by_role("button", name="Adele").dblclick()
    page.wait_for_url(f"{demo.url}/profile")
    expect(page.locator(".who")).to_contain_text("Adele Vance")


def test_administrator_reads_the_log(demo, page):
    """The app role opens the page, where sign-ins are to be seen as the operator sees them."""
    sign_in(page, demo, "Megan", "/admin")
    lines = page.locator(".operator li")
    expect(lines.first).to_contain_text("login.completed a user signed in")
    expect(lines.first).to_contain_text(f"tenant_id={demo.tenant.tenant_id}")
    assert "eyJ" not in page.content()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{demo.url}/auth/signed-out")
    sign_in(page, demo, "Megan", "/admin")
    expect(page.locator(".operator")).to_contain_text("logout.completed a user signed out")


def test_second_factor_is_asked_for(demo, page):
    """Morgan confirms, and arrives."""
    page.goto(f"{demo.url}/profile")
    pick(page, "Morgan")
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(f"{demo.url}/profile")
    expect(page.locator(".who")).to_contain_text("Morgan Lee")


def test_consent_is_asked_for(demo, page):
    """Casey sees what is asked for: to say no ends on a page that offers to try again, to say yes in the mail."""
    page.goto(f"{demo.url}/mail")
    pick(page, "Casey")
    expect(page.locator("main")).to_contain_text("Mail.Read")
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You could not be signed in")
    picture(page, "declined")
    page.get_by_role("link", name="Try again").click()
    if page.get_by_role("button", name="Casey").is_visible():
        pick(page, "Casey")
    page.get_by_role("button", name="Accept").click()
    page.wait_for_url(f"{demo.url}/mail")
    expect(page.locator(".items")).to_be_visible()


def test_second_tenant_is_welcome(demo, page):
    """Nina comes from Fabrikam, and is asked for as such also by the API behind."""
    sign_in(page, demo, "Nina")
    expect(fact(page, "Tenant")).to_contain_text("Fabrikam")
    page.get_by_role("link", name="Mail").click()
    expect(fact(page, "Messages of")).to_have_text("Nina Berg")


def test_blocked_account_gets_nowhere(demo, page):
    """The tenant says so on its own page, and the application never hears of it."""
    page.goto(f"{demo.url}/profile")
    pick(page, "Blake")
    expect(page.get_by_role("alert")).to_contain_text("AADSTS50057")
    page.goto(demo.url)
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def test_personal_account_is_turned_away(demo, page):
    """Pat's tenant is not welcome, so the application refuses what the provider granted."""
    page.goto(f"{demo.url}/profile")
    pick(page, "Pat")
    expect(page.get_by_role("heading", level=1)).to_have_text("You could not be signed in")
    assert page.url.startswith(f"{demo.url}/auth/callback")
    picture(page, "refused")
    page.goto(demo.url)
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


def test_sign_out_elsewhere_ends_the_session(stored_demo, page):
    """Who signs out at the provider is signed out here, too: its page calls the front channel."""
    sign_in(page, stored_demo, "Adele")
    other = page.context.new_page()
    with other.expect_response(re.compile("/auth/frontchannel-logout")) as called:
        other.goto(f"{stored_demo.tenant.authority_host}/common/oauth2/v2.0/logout")
        other.get_by_role("button", name="Sign out").click()
    assert called.value.status == 200
    page.reload()
    pick(page, "Adele")
    page.wait_for_url(f"{stored_demo.url}/profile")
