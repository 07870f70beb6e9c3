"""The examples with a sign-in, in a real browser: the application on localhost, the provider on 127.0.0.1."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e

EXAMPLES = Path(__file__).parents[2] / "examples"
MODES = ["query", "form_post"]
WEB_PROGRAMS = [
    *((program, mode) for program in ("fastapi_web.py", "flask_web.py", "django_web.py") for mode in MODES),
    # Their sign-in is outside of them, in the same middleware: one of the ways shows that it is.
    ("litestar_web.py", "query"),
    ("quart_web.py", "form_post"),
]
ELSEWHERE = re.compile(r"^(?!http://(?:127\.0\.0\.1|localhost)[:/]|data:|blob:)")
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def running(program, *options):
    """The example in a process of its own; ends with its generator."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLES / program), "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
    )
    line = process.stdout.readline()
    yield re.search(r"http://localhost:\d+", line)[0]
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=15)
    assert process.returncode == 0
    assert "Traceback" not in err
    assert "eyJ" not in err


@pytest.fixture(scope="module", params=WEB_PROGRAMS, ids="-".join)
def web_app(request):
    """The address of an example with pages of its own, for each way that the code comes back."""
    program, mode = request.param
    yield from running(program, "--response-mode", mode)


@pytest.fixture(scope="module")
def single_page():
    """The address of the page that signs in by itself."""
    yield from running("spa_api.py")


@pytest.fixture
def page(browser):
    """An empty page with a profile of its own, which reaches this machine alone."""
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    context.set_default_timeout(10_000)
    context.route(ELSEWHERE, lambda route: route.abort())
    opened = context.new_page()
    script_errors = []
    opened.on("pageerror", lambda error: script_errors.append(str(error)))
    yield opened
    context.close()
    assert script_errors == []


def pick(page, name):
    """Choose an account on the page of the simulated tenant."""
    expect(page.locator("header")).to_contain_text("Simulated tenant")
    assert page.url.startswith("http://127.0.0.1:")
    page.get_by_role("button", name=name).click()


def picture(page, name):
    """Keep a picture of the page at both widths where SCREENSHOTS names a folder; it never scrolls sideways."""
    folder = os.environ.get("SCREENSHOTS")
    for width in (1200, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(OVERFLOW) == 0
        if folder is not None:
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1200, "height": 800})


def test_member_signs_in_and_out(web_app, page, request):
    """Name, another API, a stronger sign-in, no administration; after signing out nothing private comes back."""
    page.goto(web_app)
    picture(page, f"{request.node.callspec.id}-home")
    page.get_by_role("link", name="Sign in").click()
    picture(page, f"{request.node.callspec.id}-accounts")
    pick(page, "Adele Vance")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Adele Vance")
    assert page.url == f"{web_app}/"

    page.get_by_role("link", name="Profile").click()
    expect(page.locator("main")).to_contain_text("adele@contoso.onmicrosoft.com")
    picture(page, f"{request.node.callspec.id}-profile")

    page.get_by_role("link", name="Orders").click()
    expect(page.locator("main")).to_contain_text("A book for Adele Vance")

    page.get_by_role("link", name="Payments").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("main")).to_contain_text("You have confirmed that it is you")
    assert page.url == f"{web_app}/payments"

    assert page.goto(f"{web_app}/admin/").status == 403
    picture(page, f"{request.node.callspec.id}-forbidden")

    page.goto(f"{web_app}/profile")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{web_app}/auth/signed-out")
    picture(page, f"{request.node.callspec.id}-signed-out")
    assert [cookie["name"] for cookie in page.context.cookies(web_app) if "session" in cookie["name"]] == []
    page.go_back()  # to the profile, of which nothing was kept
    expect(page.get_by_role("heading", level=1)).to_have_text("Pick an account")


def test_administrator_signs_in(web_app, page, request):
    """Who opens a page without a session comes back to it, and the app role opens the administration."""
    page.goto(f"{web_app}/admin/")
    pick(page, "Megan Bowen")
    page.wait_for_url(f"{web_app}/admin/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("dministration")
    expect(page.locator("body")).to_contain_text("Megan Bowen" if "django" not in request.node.callspec.id else "Megan")
    picture(page, f"{request.node.callspec.id}-admin")


def test_second_factor_and_consent_are_asked_for(web_app, page):
    """Accounts that have to do more do it, and arrive; who cancels is told so."""
    page.goto(f"{web_app}/profile")
    pick(page, "Morgan Lee")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("main")).to_contain_text("Morgan Lee")

    page.context.clear_cookies()
    page.goto(f"{web_app}/profile")
    pick(page, "Casey Doyle")
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You could not be signed in")


def test_page_without_a_server_of_its_own(single_page, page):
    """It signs in by PKCE, calls the API of another origin, answers a claims challenge, and signs out."""
    page.goto(single_page)
    picture(page, "spa-home")
    page.get_by_role("button", name="Sign in").click()
    pick(page, "Adele Vance")
    expect(page.locator("#who")).to_have_text("Adele Vance")
    assert page.url == f"{single_page}/"

    page.get_by_role("button", name="Orders").click()
    expect(page.locator("#answer")).to_contain_text("A book for Adele Vance")
    picture(page, "spa-orders")
    page.get_by_role("button", name="Administration").click()
    expect(page.get_by_role("status")).to_contain_text("403 from")

    page.get_by_role("button", name="Payments").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("#answer")).to_contain_text('"confirmed": "Adele Vance"')

    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name=re.compile("sign out", re.IGNORECASE)).click()
    expect(page.locator("#who")).to_have_text("Nobody is signed in")
    page.go_back()
    expect(page.locator("#who")).to_have_text("Nobody is signed in")
    assert "Adele" not in page.content()
    assert page.evaluate("[sessionStorage.length, localStorage.length, document.cookie]") == [0, 0, ""]


def test_administrator_calls_from_the_page(single_page, page):
    """The token of an administrator opens what the member's did not."""
    page.goto(single_page)
    page.get_by_role("button", name="Sign in").click()
    pick(page, "Megan Bowen")
    expect(page.locator("#who")).to_have_text("Megan Bowen")
    page.get_by_role("button", name="Administration").click()
    expect(page.locator("#answer")).to_contain_text('"administrator": "Megan Bowen"')


def test_sign_in_that_was_not_begun_here_is_refused(single_page, page):
    """A callback with somebody else's state is not finished."""
    page.goto(f"{single_page}/?code=planted&state=planted")
    expect(page.get_by_role("status")).to_have_text("this sign-in was not begun here")
    assert page.url == f"{single_page}/"
