"""The pages of `azuread-auth demo` as the command starts it: beside its API, on a telephone, by keyboard."""

import httpx2
import pytest
from playwright.sync_api import expect

from tests.e2e.demo_pages import fact, picture, sign_in

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def plain_demo(demo_app):
    """One as the command starts it."""
    return demo_app()


def test_guests_and_many_groups_are_told(plain_demo, new_page):
    """Robin is a guest; Gale is in more groups than a token lists."""
    page = new_page()
    sign_in(page, plain_demo, "Robin")
    expect(fact(page, "Guest")).to_have_text("yes")
    page = new_page()
    sign_in(page, plain_demo, "Gale")
    expect(fact(page, "Groups")).to_have_text("more than a token lists")


def test_api_and_pages_are_one_application(plain_demo, page):
    """A session has no scopes, so it opens no route of the API; a bearer token does, and is not sent to sign in."""
    sign_in(page, plain_demo, "Adele")
    status = "fetch('/files').then((answer) => answer.status)"
    assert page.evaluate(status) == 403
    page.context.clear_cookies()
    assert page.evaluate(status) == 401
    headers = plain_demo.tenant.headers(scopes=["Files.Read"])
    with httpx2.Client(base_url=plain_demo.url, headers=headers, trust_env=False) as http:
        assert http.get("/files").json()["for"] == "Adele Vance"
        assert http.get("/inbox").json()["scopes"] == ["Mail.Read"]
        assert http.get("/mailbox/messages").status_code == 401  # another API's audience


def test_played_outage_signs_nobody_out(plain_demo, page):
    """The calls of the first page let hours pass for keys, not for sessions or tokens."""
    sign_in(page, plain_demo, "Adele")
    page.goto(plain_demo.url)
    page.locator("#run-all").click()
    page.locator("#status.done").wait_for()
    asked = plain_demo.tenant.request_count("authorize")
    page.goto(f"{plain_demo.url}/mail")
    expect(fact(page, "Messages of")).to_have_text("Adele Vance")
    assert plain_demo.tenant.request_count("authorize") == asked


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_can_be_read(plain_demo, new_page, weak_contrasts, scheme):
    """Every page fits a telephone, has enough contrast, one heading of the first level, and a name."""
    page = new_page(color_scheme=scheme)
    sign_in(page, plain_demo, "Megan", "/admin")
    page.goto(f"{plain_demo.url}/payslip")
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(f"{plain_demo.url}/payslip")
    for path in ("/profile", "/mail", "/payslip", "/admin", ""):
        page.goto(f"{plain_demo.url}{path}")
        if not path:
            page.locator("#run-good").wait_for()
        picture(page, f"{path[1:] or 'home'}-{scheme}")
        assert weak_contrasts(page) == []
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert "azuread-auth demo" in page.title()
        assert page.get_attribute("html", "lang") == "en"


def test_keyboard_is_enough(plain_demo, page):
    """Tab begins with the link to the page's content, and comes to the button that signs out, by Enter."""
    sign_in(page, plain_demo, "Adele")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Sign out"
    page.keyboard.press("Enter")
    page.wait_for_url(f"{plain_demo.url}/auth/signed-out")
