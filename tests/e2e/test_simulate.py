"""The page of `azuread-auth simulate`, in a real browser, over TLS and without."""

import json
import os
import signal
import subprocess
import sys

import httpx2
import pytest

from azuread_auth import AzureAdClient, AzureAdSettings

pytestmark = pytest.mark.e2e

PROGRAM = (sys.executable, "-c", "import sys; from azuread_auth.cli.main import main; sys.exit(main())")
TLS = pytest.mark.parametrize("notice", ["http", "https"], indirect=True)


class Simulation:
    """`azuread-auth simulate` in a process of its own."""

    def __init__(self, *options):
        environ = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
        command = [*PROGRAM, "simulate", "--json", "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ)
        self.notice = json.loads(self.process.stdout.readline())

    def end(self):
        """Press Ctrl-C; gives the exit code and what was on standard error."""
        self.process.send_signal(signal.SIGINT)
        _, err = self.process.communicate(timeout=15)
        return self.process.returncode, err


@pytest.fixture(scope="module")
def simulations():
    """A simulation without TLS, and one with it."""
    started = {"http": Simulation(), "https": Simulation("--tls")}
    yield started
    assert [each.end() for each in started.values()] == [(0, ""), (0, "")]


@pytest.fixture
def notice(simulations, request):
    """What one of them printed; without TLS unless a test asks for it."""
    return simulations[getattr(request, "param", "http")].notice


class Visit:
    """The page, and what went wrong on it."""

    def __init__(self, page, notice):
        self.page = page
        self.notice = notice
        self.errors = []
        self.hosts = set()
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda asked: self.hosts.add(asked.url.split("/")[2]))
        page.goto(notice["url"])

    def mint(self, **choices):
        """Fill in the form, press the button; gives the token."""
        for name, value in choices.items():
            field = self.page.locator(f"#order [name={name}]")
            if field.evaluate("(element) => element.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        self.page.click("#order button.main")
        self.page.wait_for_selector("#minted:not([hidden])")
        return self.page.input_value("#token")


@pytest.fixture
def visit(browser, notice):
    """Open the page: `visit(width=390)`; without errors and foreign hosts, as every test wants it."""
    visits = []

    def open_page(*, width=1200, height=800, **options):
        # The certificate of this run is in no store of the browser's; whether it is good is tested elsewhere.
        context = browser.new_context(viewport={"width": width, "height": height}, ignore_https_errors=True, **options)
        context.set_default_timeout(10_000)
        visits.append(Visit(context.new_page(), notice))
        return visits[-1]

    yield open_page
    for each in visits:
        each.page.context.close()
        assert each.errors == []
        assert each.hosts == {notice["provider"].rpartition("/")[2]}


@TLS
def test_token_of_the_page_is_good(visit, notice):
    """What the form mints is what an application with the printed environment accepts."""
    token = visit().mint(user="megan", scopes="Files.Read", version="1", expires_in="120")
    with AzureAdClient(AzureAdSettings.from_env(notice["environ"]), environ={}) as client:
        caller = client.validate_token(token)
    assert (caller.name, caller.scopes, caller.token_version) == ("Megan Bowen", {"Files.Read"}, "1.0")


@TLS
def test_token_can_be_copied(visit, notice):
    """The button puts the token on the clipboard, and says so."""
    visited = visit(permissions=["clipboard-read", "clipboard-write"])
    token = visited.mint()
    visited.page.click("#minted .copy")
    visited.page.wait_for_selector("#minted [role=status]:has-text('Copied.')")
    assert visited.page.evaluate("navigator.clipboard.readText()") == token


def test_token_is_selected_where_copying_is_not_allowed(visit):
    """Without the clipboard the text is selected, for the keyboard."""
    visited = visit()
    token = visited.mint()
    visited.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    visited.page.click("#minted .copy")
    visited.page.wait_for_selector("#minted [role=status]:has-text('Selected')")
    assert visited.page.locator("#token").evaluate("(t) => t.value.slice(t.selectionStart, t.selectionEnd)") == token


def test_fault_that_spoils_the_form_is_said(visit):
    """A token that cannot be read is shown all the same."""
    visited = visit()
    assert visited.mint(fault="two-parts").count(".") == 1


def test_order_that_makes_no_sense_is_explained(visit):
    """What the tenant says of it is read out, and nothing is minted."""
    visited = visit()
    visited.page.fill("#order [name=expires_in]", "99999999999")
    # What is asked for and answered with 400 is in the console too.
    visited.page.click("#order button.main")
    visited.page.wait_for_selector("#problem:not([hidden])")
    assert "ten years" in visited.page.inner_text("#problem")
    assert not visited.page.is_visible("#minted")
    assert all("400" in error for error in visited.errors)
    visited.errors.clear()


def test_log_is_live(visit, notice):
    """What the tenant is asked appears without reloading, with what was answered."""
    visited = visit()
    visited.page.wait_for_selector("#log-state")
    environ = notice["environ"]
    url = f"{notice['provider']}/{environ['AZURE_TENANT_ID']}/oauth2/v2.0/token"
    form = {
        "grant_type": "client_credentials",
        "client_id": environ["AZURE_CLIENT_ID"],
        "client_secret": "a wrong one",
        "scope": "api://live/.default",
    }
    assert httpx2.post(url, data=form, trust_env=False).status_code == 401
    row = visited.page.locator("#log tbody tr", has_text="api://live/.default")
    row.wait_for()
    assert "AADSTS7000215" in row.inner_text()
    assert "a wrong one" not in visited.page.content()


def test_T131_page_of_another_origin_gets_nothing(browser, notice):
    """A script of another page can neither have a token minted nor read what was asked; nor can it frame the page."""
    context = browser.new_context()
    page = context.new_page()
    page.route("http://elsewhere.test/", lambda route: route.fulfill(body="<!doctype html><title>Elsewhere</title>"))
    page.goto("http://elsewhere.test/")
    attempt = """async ([url, mode, type]) => {
      try {
        const post = type && { method: "POST", mode, headers: { "content-type": type }, body: "{}" };
        return await (await fetch(url, post)).text();
      } catch { return "refused"; }
    }"""
    tokens, log = f"{notice['url']}simulation/tokens", f"{notice['url']}simulation/requests"
    assert page.evaluate(attempt, [tokens, "cors", "application/json"]) == "refused"
    assert page.evaluate(attempt, [tokens, "no-cors", "text/plain"]) in ("", "refused")
    assert page.evaluate(attempt, [log, None, None]) == "refused"
    context.close()


@pytest.mark.parametrize(("width", "height"), [(1200, 800), (390, 844), (320, 640)])
def test_nothing_sticks_out(visit, weak_contrasts, width, height):
    """The page fits, with a token and a log on it, and can be read."""
    visited = visit(width=width, height=height)
    visited.mint()
    httpx2.get(f"{visited.notice['provider']}/common/discovery/v2.0/keys", trust_env=False)
    visited.page.wait_for_selector("#log tbody tr")
    assert visited.page.evaluate("document.documentElement.scrollWidth") == width
    assert weak_contrasts(visited.page) == []
