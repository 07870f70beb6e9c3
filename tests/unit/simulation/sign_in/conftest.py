"""A browser for the tenant's pages: keeps cookies, fills in forms, and stops where an application is sent to."""

import html
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2
import pytest

from tests.unit.simulation.conftest import Caller

_FIELD = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


@dataclass
class Page:
    """What a browser shows, or where it is sent."""

    browser: "Browser" = field(repr=False)
    response: httpx2.Response

    @property
    def text(self) -> str:
        """The markup."""
        return self.response.text

    @property
    def title(self) -> str:
        """The heading."""
        return html.unescape(re.search(r"<h1>(.*?)</h1>", self.text)[1])

    @property
    def fields(self) -> dict[str, str]:
        """The hidden fields of the form."""
        return {html.unescape(name): html.unescape(value) for name, value in _FIELD.findall(self.text)}

    @property
    def accounts(self) -> list[str]:
        """The names of the accounts that are offered, in order."""
        return re.findall(r'name="simulated_account" value="([^"]*)"', self.text)

    @property
    def location(self) -> str:
        """Where the browser is sent."""
        assert self.response.status_code in (302, 303), self.text
        return self.response.headers["location"]

    @property
    def callback(self) -> dict[str, str]:
        """The parameters that the application gets."""
        return dict(parse_qsl(urlsplit(self.location).query))

    def press(self, name: str, value: str) -> "Page":
        """Press a button of the form, which must be there."""
        assert f'name="{name}" value="{value}"' in self.text
        action = html.unescape(re.search(r'<form method="post" action="([^"]*)"', self.text)[1])
        return self.browser.post(urljoin(str(self.response.url), action), self.fields | {name: value})

    def pick(self, account: str) -> "Page":
        """Press the button of an account."""
        return self.press("simulated_account", account)


class Browser:
    """One browser. Pages are checked for what each of them has."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def open(self, url: str) -> Page:
        """Follow a link."""
        return self._checked(self._client.get(url))

    def post(self, url: str, form: dict[str, str]) -> Page:
        """Send a form."""
        return self._checked(self._client.post(url, data=form))

    def close(self) -> None:
        """Forget everything."""
        self._client.close()

    def _checked(self, response: httpx2.Response) -> Page:
        assert response.headers["cache-control"] == "no-store, no-cache"
        if response.status_code in (302, 303):
            return Page(self, response)
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert policy.endswith("frame-ancestors 'none'")
        assert "Simulated tenant &ndash; not Microsoft" in response.text
        return Page(self, response)


@pytest.fixture(params=["in process", "loopback"])
def new_browser(caller: Caller, request):
    """Opens browsers, without sockets and over loopback HTTP."""
    browsers = []
    if request.param == "loopback":
        caller.tenant.serve()

    def make() -> Browser:
        transport = caller.tenant.http if request.param == "in process" else None
        browsers.append(Browser(httpx2.Client(transport=transport, trust_env=False)))
        return browsers[-1]

    with caller.tenant:
        yield make
    for browser in browsers:
        browser.close()


@pytest.fixture
def browser(new_browser):
    """A browser in which nobody is signed in."""
    return new_browser()
