"""The pictures of pages in docs/images, taken anew.

`uv run --all-extras --with pillow tests/documentation/pictures.py`, with Chromium installed. The demo and the simulated
tenant are started as their commands start them. Ids of tenants and keys are new each time, so a picture is only worth
keeping when its page has changed.
"""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PROGRAM = (sys.executable, "-c", "import sys; from azuread_auth.cli.main import main; sys.exit(main())")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
COLOURS = 128  # the pages are flat: more can not be told apart
MAX_BYTES = 120_000
MARGIN = 20


@contextmanager
def running(*command: str) -> Iterator[dict[str, str]]:
    """Run a command of `azuread-auth`; gives the addresses that it prints."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    options = [*command, "--json", "--port", "0"]
    process = subprocess.Popen([*PROGRAM, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=15)


def keep(page: Page, name: str, *, height: float | None = None) -> None:
    """Write the page with few colours: so many pixels of it, or the whole."""
    shot = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    shown = shot.crop((0, 0, shot.width, min(shot.height, round(height or shot.height))))
    path = IMAGES / f"{name}.png"
    shown.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    sys.stdout.write(f"{path.name}: {shown.width} x {shown.height}, {size:,} bytes\n")
    assert size < MAX_BYTES, f"{path.name} is too large for a page"


def bottom_of(page: Page, selector: str) -> float:
    """Where an element ends, from the top of the page."""
    found: float = page.locator(selector).evaluate("(element) => element.getBoundingClientRect().bottom + scrollY")
    return found


def sign_in(page: Page, url: str) -> None:
    """Open a page that needs a session, as Adele."""
    page.goto(f"{url}/profile")
    page.get_by_role("button", name="Adele").click()
    page.wait_for_url(f"{url}/profile")


def picture_demo(page: Page, url: str) -> None:
    """The first page, with a token that is let in and one that is turned away."""
    page.set_viewport_size({"width": 1200, "height": 2600})  # nothing scrolls, so that the bar stays in its place
    sign_in(page, url)
    page.goto(url)
    for call in ("good", "expired"):
        page.locator(f"#run-{call}").click()
        page.locator(f"#case-{call}").get_by_role("button", name="Run again").wait_for()
    keep(page, "demo", height=bottom_of(page, "#case-expired") + MARGIN)


def picture_sign_in(page: Page, url: str) -> None:
    """From a page that needs a session to the choice of accounts, and out again."""
    page.set_viewport_size({"width": 900, "height": 320})
    page.goto(f"{url}/profile")
    page.get_by_role("button", name="Adele").wait_for()
    keep(page, "sign-in", height=640)
    sign_in(page, url)
    page.goto(f"{url}/admin")
    keep(page, "no-permission")
    page.goto(url)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{url}/auth/signed-out")
    keep(page, "signed-out")


def picture_error(page: Page, url: str) -> None:
    """An answer to a sign-in that this browser did not begin."""
    page.set_viewport_size({"width": 900, "height": 280})
    page.goto(f"{url}/auth/callback?code=none&state=none")
    keep(page, "sign-in-failed")


def picture_simulate(page: Page, url: str) -> None:
    """The form for tokens with one that was minted, and what an application is pointed at."""
    page.set_viewport_size({"width": 1200, "height": 800})
    page.goto(url)
    page.locator("#order button.main").click()
    page.locator("#minted:not([hidden])").wait_for()
    keep(page, "simulate", height=bottom_of(page, "#minted .copy") + MARGIN)


def visit(browser: Browser, take: Callable[[Page, str], None], url: str) -> None:
    """Take pictures in a profile of their own."""
    context = browser.new_context(color_scheme="light")
    context.set_default_timeout(15_000)
    take(context.new_page(), url)
    context.close()


def main() -> int:
    """Take all of them."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        with running("demo", "--no-browser") as demo:
            for take in (picture_sign_in, picture_error, picture_demo):
                visit(browser, take, demo["url"].rstrip("/"))
        with running("simulate") as simulation:
            visit(browser, picture_simulate, simulation["url"])
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
