"""What visitors of the journeys do and see."""

from playwright.sync_api import expect

ACCOUNTS = "Pick an account"
FAILED = "You could not be signed in"
FORM = '<form method="post" action="{}"><input name="note" value="planted"><button>Win</button></form>'


def heading(page):
    """The page's heading, to be waited for."""
    return page.get_by_role("heading", level=1)


def pick(page, name):
    """Choose an account at the provider, which is another site."""
    expect(heading(page)).to_have_text(ACCOUNTS)
    assert page.url.startswith("http://127.0.0.1:")
    page.get_by_role("button", name=name).click()


def sign_in(page, site, name="Adele", path="/private"):
    """Open a page, and pick who wants to see it; ends where it began."""
    page.goto(f"{site.url}{path}")
    pick(page, name)
    arrive(page, site, path)


def arrive(page, site, path):
    """Be on a page of the site."""
    page.wait_for_url(f"{site.url}{path}")
    assert "code=" not in page.evaluate("document.referrer")


def is_seen_as(page, name):
    """The page is shown to this user."""
    expect(page.locator("#who")).to_have_text(name)


def sign_out(page, site):
    """By the button, on a page of the site; ends on the page after that."""
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{site.url}/auth/signed-out")
    expect(heading(page)).to_have_text("Signed out")


def cookies(page, site, purpose):
    """The site's cookies for a purpose, as Chromium keeps them."""
    kept = page.context.cookies(site.url)
    return [cookie for cookie in kept if f"azuread-{purpose}-" in cookie["name"]]


def forget_provider(page):
    """The provider's session is over, as far as this browser goes."""
    page.context.clear_cookies(domain="127.0.0.1")


def asked(site):
    """How often the authorization endpoint was asked, and the token endpoint."""
    return site.tenant.request_count("authorize"), site.tenant.request_count("token")


def planted(page, origin, action):
    """Open a page of another origin with a form that somebody else made, and send it."""
    html = f"<!doctype html><title>Elsewhere</title>{FORM.format(action)}"
    page.context.route(f"{origin}/win", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{origin}/win")
    with page.expect_response(action) as sent:
        page.get_by_role("button", name="Win").click()
    page.wait_for_load_state()
    return sent.value
