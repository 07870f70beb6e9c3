"""A real browser, and real servers for it to visit. Nothing leaves this machine."""

import os
import re
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from azuread_auth.cli.demo_app.application import build_application, origin_at
from azuread_auth.simulation import SimulatedTenant
from tests.e2e.journey_site import SITES, JourneySite
from tests.e2e.journey_wsgi import ServedByThreads

ELSEWHERE = re.compile(r"^(?!http://127\.0\.0\.1[:/]|data:|blob:)")
BEYOND = re.compile(r"^(?!https?://(?:127\.0\.0\.1|localhost)[:/]|data:|blob:)")
FLAGS = [
    "--no-sandbox",  # containers that run tests have no user namespaces to make one of
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 10.0


@pytest.fixture(scope="module")
def browser_options() -> dict[str, Any]:
    """How Chromium is started, beside what all tests need; a file may say otherwise."""
    return {}


@pytest.fixture(scope="module")
def browser(browser_options: dict[str, Any]) -> Iterator[Browser]:
    """Chromium without a window, for the tests of one file.

    Not longer: as long as it is there, its event loop counts as running in this thread, which other tests would notice.
    """
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        missing = "no Chromium on the PATH; install it (Debian: apt-get install chromium) or name it in CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=FLAGS, **browser_options)
        yield launched
        launched.close()


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """An empty page with a profile of its own, which reaches loopback addresses only; waits 10 seconds at most.

    A script error on a page fails the test.
    """
    context = browser.new_context()
    context.set_default_timeout(10_000)
    context.route(ELSEWHERE, lambda route: route.abort())
    page = context.new_page()
    script_errors: list[str] = []
    page.on("pageerror", lambda error: script_errors.append(str(error)))
    yield page
    context.close()
    assert script_errors == []


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page with a profile of its own, which reaches this machine alone. Blocked or broken scripts fail it."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A status that is an error is what some tests are about.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            errors.append(message.text)

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**({"viewport": {"width": 1200, "height": 800}} | options))
        context.set_default_timeout(10_000)
        context.route(BEYOND, lambda route: route.abort())
        context.on("console", note)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """One such page."""
    return new_page()


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """Serves ASGI applications by uvicorn on free ports of 127.0.0.1 until the test ends; gives their addresses."""
    running: list[Served] = []

    def start(app: Any) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        running.append(Served(app, listener))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for served in running:
        served.end()


class Served:
    """An ASGI application that uvicorn serves in a thread."""

    def __init__(self, app: Any, listener: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        self.listener = listener
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2)
        if tls is not None:
            config.load()  # made once, and from files alone: so the context is put into what is made
            config.ssl = tls
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listener]}, daemon=True)
        self.thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self.server.started:
            assert self.thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline, "the server takes too long to start"
            time.sleep(0.01)

    def end(self) -> None:
        """Stop, and see that nothing is left."""
        self.server.should_exit = True
        self.thread.join(START_SECONDS)
        self.listener.close()
        assert not self.thread.is_alive(), "a server does not stop"


@dataclass(frozen=True)
class Demo:
    """The application of `azuread-auth demo` at its address, with the tenant to look into."""

    url: str
    tenant: SimulatedTenant


@pytest.fixture(scope="module")
def demo_app() -> Iterator[Callable[..., Demo]]:
    """Serves that application for the tests of one file: on localhost, and its tenant on 127.0.0.1, another site."""
    started: list[tuple[Served, SimulatedTenant]] = []

    def start(**options: Any) -> Demo:
        tenant = SimulatedTenant()
        tenant.serve()
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        started.append((Served(build_application(tenant, port=port, **options), listener), tenant))
        return Demo(origin_at(port), tenant)

    yield start
    for served, tenant in started:
        served.end()
        tenant.close()


@pytest.fixture(scope="module")
def journey_site() -> Iterator[Callable[..., JourneySite]]:
    """Serves sites for the tests of one file; the options beside `kind` are those of `JourneySite`."""
    servers: dict[str, Any] = {"asgi": Served, "wsgi": ServedByThreads}
    started: list[JourneySite] = []

    def start(kind: str, **options: Any) -> JourneySite:
        started.append(SITES[kind](servers[kind], **options))
        return started[-1]

    yield start
    for site in started:
        site.close()


@pytest.fixture
def weak_contrasts() -> Callable[[Page], list[str]]:
    """Finds text on a page whose contrast to what is behind it is below 4.5 (WCAG 2.2, 1.4.3)."""

    def find(page: Page) -> list[str]:
        found: list[str] = page.evaluate(CONTRAST)
        return found

    return find


CONTRAST = """() => {
  const channel = (value) => { const c = value / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = (text) => {
    const [red, green, blue, ...alpha] = text.match(/[\\d.]+/g).map(Number);
    const scale = text.startsWith("color(srgb") ? 255 : 1;
    return [red * scale, green * scale, blue * scale, ...alpha];
  };
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.backgroundColor = "Canvas";
  const canvas = parse(getComputedStyle(probe).backgroundColor);
  probe.remove();
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return canvas;
  };
  const weak = [];
  for (const element of document.body.querySelectorAll("*")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!hasText || !element.checkVisibility() || element.closest("template, noscript, .skip")) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) weak.push(`${element.className || element.tagName}: ${ratio.toFixed(2)}`);
  }
  return weak;
}"""
