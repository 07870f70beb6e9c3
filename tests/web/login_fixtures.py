"""Fixtures for tests of sign-in."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from azuread_auth.simulation import SimulatedTenant
from azuread_auth.web_login import WebLogin
from tests.conftest import Clock
from tests.web.login_browser import LOCAL, PUBLIC, Browser
from tests.web.login_sites import KEY, AsgiSite, Site, WsgiSite


@pytest.fixture
def clock() -> Clock:
    """The clock of the tenant and of all sites of a test."""
    return Clock()


@pytest.fixture
def directory(clock: Clock) -> Iterator[SimulatedTenant]:
    """A tenant that goes by the clock, and knows the addresses of the sites."""
    with SimulatedTenant(now=clock.now) as tenant:
        for base in (PUBLIC, f"{PUBLIC}/portal", "https://other.example.com", f"{LOCAL}/portal"):
            for path in ("callback", "signed-out", "consent"):
                tenant.add_redirect_uri(f"{base}/auth/{path}")
        tenant.add_redirect_uri(f"{LOCAL}/auth/consent")
        yield tenant


@pytest.fixture(params=[AsgiSite, WsgiSite], ids=["asgi", "wsgi"])
def make_site(request: pytest.FixtureRequest, directory: SimulatedTenant, clock: Clock) -> Callable[..., Site]:
    """Makes a site of one kind; the arguments are the middleware's, those in `login` WebLogin's."""

    def make(*, tenant: SimulatedTenant | None = None, login: Any = None, **options: Any) -> Site:
        if not isinstance(login, WebLogin):
            login = {"base_url": PUBLIC, "cookie_keys": [KEY], **(login or {})}
        return request.param(tenant or directory, clock, login=login, **options)

    make.kind = request.param.kind
    return make


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """A site at a public address."""
    return make_site()


@pytest.fixture
def browser(site: Site) -> Browser:
    """A browser that has not been at the site."""
    return site.browser()


@pytest.fixture
def is_told(caplog: pytest.LogCaptureFixture) -> Callable[[str], bool]:
    """Whether a text is anywhere in this package's own log; the client that plays the browser has another."""
    caplog.set_level(logging.DEBUG)

    def look(text: str) -> bool:
        own = [record for record in caplog.records if record.name.startswith("azuread_auth")]
        return any(text in f"{record.getMessage()}{vars(record)}" for record in own)

    return look
