"""What visitors of the demonstration do and see, for its tests."""

import os
import re

from playwright.sync_api import expect

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def pick(page, name):
    """Choose an account on the page of the simulated tenant, which says what it is."""
    expect(page.locator("header")).to_contain_text("Simulated tenant")
    assert page.url.startswith("http://127.0.0.1:")
    page.get_by_role("button", name=name).click()


def sign_in(page, demo, name, path="/profile"):
    """Open a page, and pick who wants to see it; ends where it began."""
    page.goto(f"{demo.url}{path}")
    pick(page, name)
    page.wait_for_url(f"{demo.url}{path}")


def fact(page, name):
    """What a page says beside a name."""
    return page.locator(".facts > div", has=page.locator("dt", has_text=re.compile(f"^{name}$"))).locator("dd")


def picture(page, name):
    """The page never scrolls sideways; SCREENSHOTS may name a folder that keeps it, at both widths."""
    for width in (1200, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(OVERFLOW) == 0
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=f"{folder}/demo-{name}-{width}.png", full_page=True)
