"""A browser for tests of sign-in: its cookies and headers are those that Chromium would send."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2

from azuread_auth.simulation import SimulatedTenant

LOCAL = "http://localhost:8000"
PUBLIC = "https://app.example.com"
NAVIGATION = {"accept": "text/html,*/*;q=0.8", "sec-fetch-mode": "navigate"}
FETCH = {"accept": "*/*", "sec-fetch-mode": "cors"}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    text: str

    def all(self, name: str) -> list[str]:
        return [value for each, value in self.headers if each.lower() == name]

    def header(self, name: str) -> str:
        return ", ".join(self.all(name))

    @property
    def location(self) -> str:
        return self.header("location")

    @property
    def asked(self) -> dict[str, str]:
        """The parameters in the address that this reply leads to."""
        return {name: value for name, (value,) in parse_qs(urlsplit(self.location).query).items()}


@dataclass(kw_only=True)
class Cookie:
    value: str
    is_secure: bool
    same_site: str
    flags: str
    host: str


@dataclass
class Jar:
    """Keeps cookies as Chromium does; all of ours are for the whole host."""

    cookies: dict[str, Cookie] = field(default_factory=dict)
    drops: Callable[[str], bool] = lambda _name: False

    def take(self, url: str, headers: list[str]) -> None:
        for header in headers:
            pair, *rest = header.split("; ")
            name, _, value = pair.partition("=")
            flags = {flag.partition("=")[0].lower(): flag.partition("=")[2] for flag in rest}
            assert "domain" not in flags
            assert flags["path"] == "/"
            assert len(pair) <= 4096
            assert not name.startswith("__Host-") or "secure" in flags
            assert flags["samesite"] != "None" or "secure" in flags
            assert "secure" not in flags or _is_trustworthy(url)
            if flags.get("max-age") == "0":
                self.cookies.pop(name, None)
            elif not self.drops(name):
                self.cookies[name] = Cookie(
                    value=value,
                    is_secure="secure" in flags,
                    same_site=flags["samesite"],
                    flags=header.partition("; ")[2],
                    host=urlsplit(url).hostname or "",
                )

    def header(self, url: str, *, is_cross_site: bool, is_safe_navigation: bool) -> str:
        sent = (
            f"{name}={cookie.value}"
            for name, cookie in self.cookies.items()
            if cookie.host == urlsplit(url).hostname
            and (not cookie.is_secure or _is_trustworthy(url))
            and (not is_cross_site or cookie.same_site == "None" or is_safe_navigation)
        )
        return "; ".join(sent)

    def named(self, purpose: str) -> list[str]:
        return [name for name in self.cookies if f"azuread-{purpose}-" in name]


def _is_trustworthy(url: str) -> bool:
    return url.startswith("https:") or urlsplit(url).hostname in ("localhost", "127.0.0.1")


def _origin(url: str) -> str:
    return "/".join(url.split("/")[:3])


class Visited(Protocol):
    """The site that a browser is at."""

    base_url: str
    tenant: SimulatedTenant

    def send(self, request: httpx2.Request) -> Reply: ...


@dataclass
class Browser:
    """One browser with one person, who signs in as whom the tenant knows under `user`."""

    site: Visited
    user: Any = "adele"
    jar: Jar = field(default_factory=Jar)

    def prepared(
        self, method: str, address: str, *, by: str | None = "", form: Any = None, **more: str
    ) -> httpx2.Request:
        """A request; `by`: the origin of the page that sends it, "" for our own, None for the address bar."""
        url = urljoin(self.site.base_url + "/", address)
        by = _origin(url) if by == "" else by
        site = "none" if by is None else ("same-origin" if by == _origin(url) else "cross-site")
        headers = {"host": urlsplit(url).netloc, "sec-fetch-site": site, **NAVIGATION}
        if by is not None and (method not in ("GET", "HEAD")):
            headers["origin"] = by
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        is_safe = method == "GET" and headers["sec-fetch-mode"] == "navigate"
        cookies = self.jar.header(url, is_cross_site=site == "cross-site", is_safe_navigation=is_safe)
        if cookies and "cookie" not in headers:
            headers["cookie"] = cookies
        content = None if form is None else (form if isinstance(form, str) else urlencode(form))
        if form is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        return httpx2.Request(method, url, headers={k: v for k, v in headers.items() if v}, content=content)

    def ask(self, method: str, address: str, **how: Any) -> Reply:
        request = self.prepared(method, address, **how)
        reply = self.site.send(request)
        self.jar.take(str(request.url), reply.all("set-cookie"))
        return reply

    def get(self, address: str, **how: Any) -> Reply:
        return self.ask("GET", address, **{"by": None} | how)

    def fetch(self, address: str, *, method: str = "GET", **how: Any) -> Reply:
        """What a script of the site's page does."""
        return self.ask(method, address, **FETCH | how)

    def post(self, address: str, form: Any = "", **how: Any) -> Reply:
        return self.ask("POST", address, form=form, **how)

    def begin(self, address: str = "/") -> str:
        """Open a page, or the login route; gives the address at the provider."""
        reply = self.get(address)
        while reply.location and not reply.location.startswith("https://login."):
            reply = self.get(reply.location)
        assert reply.status == 303, reply.text
        return reply.location

    def answer(self, provider_url: str, **changes: Any) -> httpx2.Request:
        """The request with which the provider sends the browser back."""
        parameters = {**self.site.tenant.sign_in(provider_url, self.user), **changes}
        return self.callback(urlencode({k: v for k, v in parameters.items() if v is not None}), provider_url)

    def callback(self, query: str, provider_url: str) -> httpx2.Request:
        asked = parse_qs(urlsplit(provider_url).query)
        address, provider = asked["redirect_uri"][0], _origin(provider_url)
        if asked["response_mode"] == ["form_post"]:
            return self.prepared("POST", address, by=provider, form=query)
        return self.prepared("GET", f"{address}?{query}", by=provider)

    def come_back(self, request: httpx2.Request) -> Reply:
        reply = self.site.send(request)
        self.jar.take(str(request.url), reply.all("set-cookie"))
        return reply

    def sign_in(self, address: str = "/") -> Reply:
        """The whole way; gives the answer of the callback."""
        return self.come_back(self.answer(self.begin(address)))

    def visit(self, address: str = "/", *, most: int = 30) -> Reply:
        """Open a page and follow wherever it leads, to the provider too."""
        reply = self.get(address)
        for _ in range(most):
            if not reply.location:
                return reply
            to_provider = reply.location.startswith("https://login.")
            reply = self.come_back(self.answer(reply.location)) if to_provider else self.get(reply.location)
        message = "the redirects do not end"
        raise AssertionError(message)
