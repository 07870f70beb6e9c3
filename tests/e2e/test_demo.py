"""The page of `azuread-auth demo`, in a real browser."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import azuread_auth.cli.demo_app.api
import azuread_auth.cli.demo_app.mailbox
import azuread_auth.cli.demo_app.pages
from azuread_auth.cli.demo_app.cases import CASES
from tests.e2e.demo_pages import OVERFLOW

pytestmark = pytest.mark.e2e

PROGRAM = (sys.executable, "-c", "import sys; from azuread_auth.cli.main import main; sys.exit(main())")


class Demonstration:
    """`azuread-auth demo` in a process of its own."""

    def __init__(self):
        environ = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
        self.process = subprocess.Popen(
            [*PROGRAM, "demo", "--json", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environ,
        )
        self.address = json.loads(self.process.stdout.readline())["url"]

    def end(self):
        """Press Ctrl-C; gives the exit code and what was on standard error."""
        self.process.send_signal(signal.SIGINT)
        _, err = self.process.communicate(timeout=15)
        return self.process.returncode, err


@pytest.fixture(scope="module")
def address():
    """Where a demonstration runs."""
    demonstration = Demonstration()
    yield demonstration.address
    code, err = demonstration.end()
    assert code == 0
    assert "Traceback" not in err


class Visit:
    """The page, and what went wrong on it."""

    def __init__(self, page, address):
        self.page = page
        self.address = address
        self.errors = []
        self.hosts = set()
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))
        page.goto(address)
        page.wait_for_selector(f"#run-{list(CASES)[-1]}")

    def run_all(self):
        self.page.click("#run-all")
        self.page.wait_for_selector("#status.done, #status.trouble")

    def unfold(self):
        self.page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")

    def assert_nothing_went_wrong(self):
        assert self.errors == []
        assert self.hosts == {self.address.split("/")[2]}


@pytest.fixture
def visit(browser, address):
    """Open the page: `visit(width=360)`; without errors and foreign hosts, as every test wants it."""
    visits = []

    def open_page(**options):
        width = options.pop("width", 1200)
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        visits.append((context, Visit(context.new_page(), address)))
        return visits[-1][1]

    yield open_page
    for context, visited in visits:
        visited.assert_nothing_went_wrong()
        context.close()


@pytest.fixture(scope="module")
def played(browser, address):
    """The page after all calls were made, for the tests that only look at it."""
    with browser.new_context(viewport={"width": 1200, "height": 900}) as context:
        visited = Visit(context.new_page(), address)
        visited.run_all()
        yield visited
        visited.assert_nothing_went_wrong()


def test_all_calls_end_as_expected(played):
    """Run all fills every card: the status on the caller's side, the reason on the operator's."""
    assert played.page.inner_text("#status") == f"{len(CASES)} of {len(CASES)} calls ended as expected."
    for name, case in CASES.items():
        card = played.page.locator(f"#case-{name}")
        assert card.locator(".caller strong").inner_text().startswith(str(case.expected_status))
        assert "as expected" in card.locator(".badge").inner_text()
        reasons = card.locator(".operator .reason code").all_inner_texts()
        assert case.expected_reason is None or case.expected_reason in reasons
        if case.expected_status in (401, 403):
            assert "www-authenticate" in card.locator(".caller .headers").inner_text()
            assert "What to do: " in card.locator(".operator").inner_text()


def test_two_sides_are_told_apart(visit):
    """What only the operator sees is marked so, and is not in what the caller gets."""
    visited = visit()
    visited.page.click("#run-wrong-audience")
    card = visited.page.locator("#case-wrong-audience")
    card.locator(".result").wait_for()
    assert card.locator(".operator h4").inner_text().startswith("Only in the operator")
    assert "wrong_audience" in card.locator(".operator").inner_text()
    assert "wrong_audience" not in card.locator(".caller").inner_text()
    assert "retry-after" not in card.locator(".caller").inner_text()


def test_request_and_token_can_be_looked_at(played):
    """The curl command and the decoded claims unfold; a call without a token has no claims to show."""
    card = played.page.locator("#case-expired")
    card.locator(".request summary").click()
    assert card.locator(".request pre").inner_text().startswith("curl -i http://localhost:")
    card.locator(".token summary").click()
    claims = json.loads(card.locator(".token .claims").inner_text())
    assert claims["scp"] == "Files.Read"
    assert 'fault="expired"' in card.locator(".minted").inner_text().replace("'", '"')
    assert played.page.locator("#case-none .token").is_hidden()


def test_request_can_be_copied(visit):
    """The button beside the curl command copies all of it."""
    visited = visit(permissions=["clipboard-read", "clipboard-write"])
    visited.page.click("#run-good")
    visited.page.click("#case-good .request summary")
    visited.page.click("#case-good .copy")
    visited.page.get_by_text("Copied").wait_for()
    copied = visited.page.evaluate("navigator.clipboard.readText()")
    assert copied == visited.page.inner_text("#case-good .request pre")


def test_keyboard_is_enough(visit):
    """Tab reaches the buttons in order, with a visible focus that survives the run; Enter and Space press them."""
    page = visit().page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the calls"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "run-all"
    outline = (
        "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth"
    )
    assert page.evaluate(outline) == "solid3px"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "run-good"
    page.keyboard.press("Space")
    page.wait_for_selector("#case-good .badge.kind-good")
    assert page.evaluate("document.activeElement.id") == "run-good"
    assert page.inner_text("#status") == "A good token: 200 OK, as expected."
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("#case-good details.request").get_attribute("open") is not None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_the_window(visit, scheme):
    """No width makes the page scroll sideways, before the calls and after them, folded or unfolded."""
    visited = visit(color_scheme=scheme)

    def assert_that_it_fits():
        for width in (360, 768, 1440):
            visited.page.set_viewport_size({"width": width, "height": 900})
            assert visited.page.evaluate(OVERFLOW) == 0, width

    assert_that_it_fits()
    visited.run_all()
    assert_that_it_fits()
    visited.unfold()
    assert_that_it_fits()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_sufficient(visit, weak_contrasts, scheme):
    """All text has a contrast of at least 4.5 to what is behind it (WCAG 2.2, 1.4.3)."""
    visited = visit(color_scheme=scheme, reduced_motion="reduce")
    visited.run_all()
    visited.unfold()
    assert weak_contrasts(visited.page) == []


def test_everything_has_a_name(played):
    """Buttons and regions have names, ids are unique, headings do not skip a level, the language is told."""
    page = played.page
    assert page.get_attribute("html", "lang") == "en"
    assert page.title() == "azuread-auth demo"
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map((h) => Number(h.tagName[1]))")
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((element) => element.id)")
    assert len(ids) == len(set(ids))
    for button in page.get_by_role("button").all():
        assert button.inner_text().strip()
    described = page.evaluate(
        "[...document.querySelectorAll('[aria-labelledby],[aria-describedby]')]"
        ".map((e) => e.getAttribute('aria-labelledby') ?? e.getAttribute('aria-describedby'))"
    )
    assert set(described) <= set(ids)
    assert page.locator("#status").get_attribute("role") == "status"


def test_motion_is_left_out_on_request(visit):
    """Who asked for less motion gets none."""
    visited = visit(reduced_motion="reduce")
    visited.page.click("#run-good")
    visited.page.wait_for_selector("#case-good .result:not([hidden])")
    style = "getComputedStyle(document.querySelector('#case-good .result')).animationName"
    assert visited.page.evaluate(style) == "none"


def test_shown_code_is_the_code_that_runs(visit):
    """The highlighted lines stand, word for word, in the sample application or its set-up."""
    demo_app = azuread_auth.cli.demo_app
    sources = [Path(module.__file__) for module in (demo_app.api, demo_app.mailbox, demo_app.pages)]
    source = "".join(each.read_text(encoding="utf-8") for each in sources)
    # There with the client that the page listens to, and more of the sign-in.
    source += "app.add_middleware(AzureAdAuth) app.add_middleware(AzureAdAuth, login=WebLogin(scopes=[MAIL_READ]))"
    visited = visit()
    visited.unfold()
    lines = visited.page.locator(".line.new").all_inner_texts()
    assert len(lines) == 6
    for line in lines:
        code = re.sub(r"(?<=\)|:|\])\s+#.*", "", line).rstrip(":").strip()
        assert code in source


def test_ended_demonstration_is_told(browser):
    """Ctrl-C ends it cleanly while a page is open; the page then says what happened and how to start again."""
    demonstration = Demonstration()
    context = browser.new_context()
    page = context.new_page()
    page.goto(demonstration.address)
    page.click("#run-good")
    page.wait_for_selector("#case-good .badge.kind-good")
    code, err = demonstration.end()
    assert code == 0
    assert "Traceback" not in err
    assert "ERROR" not in err
    page.click("#run-good")
    page.wait_for_selector("#status.trouble")
    assert "azuread-auth demo" in page.inner_text("#status")
    context.close()
