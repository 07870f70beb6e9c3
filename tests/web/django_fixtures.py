"""Fixtures for tests of the Django project: its settings, a clean database, and browsers of both kinds."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any
from urllib.parse import urlencode

import django
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import AsyncClient, Client, override_settings

from azuread_auth.simulation import SimulatedTenant
from tests.web.django_site import settings as site_settings

PAGE = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-site": "none"}

Configure = Callable[..., None]


class SyncBrowser:
    """Django's test client, which goes through all middlewares over WSGI."""

    kind = "wsgi"

    def __init__(self, tenant: SimulatedTenant, **options: Any) -> None:
        self.tenant = tenant
        self.client = Client(headers={"host": "localhost"}, **options)

    @property
    def cookies(self) -> Any:
        return self.client.cookies

    @property
    def session_key(self) -> str | None:
        cookie = self.client.cookies.get("sessionid")
        return cookie.value or None if cookie is not None else None

    def get(self, path: str, data: Any = None, *, page: bool = False, **headers: str) -> Any:
        return self._ask(self.client.get, path, data, page=page, **headers)

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        return self._ask(self.client.post, path, data, page=False, **headers)

    def post_form(self, path: str, data: Any, **headers: str) -> Any:
        """As browsers send a form."""
        form = "application/x-www-form-urlencoded"
        ask = partial(self.client.post, content_type=form)
        return self._ask(ask, path, urlencode(data), page=False, **headers)

    def with_token(self, path: str, *, method: str = "get", **wishes: Any) -> Any:
        return getattr(self, method)(path, **self.tenant.headers(**wishes))

    def _ask(self, ask: Callable[..., Any], path: str, data: Any, *, page: bool, **headers: str) -> Any:
        plain = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(path, data or {}, headers={**(PAGE if page else {}), **plain})

    def begin(self, next_path: str = "/me", **asked: str) -> str:
        """Begin to sign in; gives the address at the provider."""
        reply = self.get("/auth/login", {"next": next_path, **asked}, page=True)
        assert reply.status_code == 303, reply.content
        return str(reply["Location"])

    def sign_in(self, user: Any = "megan", next_path: str = "/me", **asked: str) -> Any:
        """The whole way; gives the answer of the callback."""
        return self.get("/auth/callback", self.tenant.sign_in(self.begin(next_path, **asked), user=user), page=True)


class LocalAsyncClient(AsyncClient):
    """Asks localhost; Django's own knows one host alone."""

    def _base_scope(self, **request: Any) -> Any:
        scope = super()._base_scope(**request)
        others = [header for header in scope["headers"] if header[0] != b"host"]
        return {**scope, "headers": [(b"host", b"localhost"), *others]}


class AsyncBrowser(SyncBrowser):
    """Django's asynchronous test client, which goes through all middlewares over ASGI."""

    kind = "asgi"

    def __init__(self, tenant: SimulatedTenant, **options: Any) -> None:
        super().__init__(tenant)
        self.client = LocalAsyncClient(**options)

    def _ask(self, ask: Callable[..., Any], path: str, data: Any, *, page: bool, **headers: str) -> Any:
        plain = {name.replace("_", "-"): value for name, value in headers.items()}
        every = {**(PAGE if page else {}), **plain}
        return asyncio.run(ask(path, data or {}, headers=every))


def site_values() -> dict[str, Any]:
    """The settings of the project by name."""
    return {name: getattr(site_settings, name) for name in dir(site_settings) if name.isupper()}


@pytest.fixture(scope="session")
def django_project() -> None:
    """The project, once in a process, with the tables of its database."""
    if not settings.configured:
        settings.configure(**site_values())
        django.setup()
        call_command("migrate", verbosity=0)


@pytest.fixture
def entra() -> Iterator[SimulatedTenant]:
    """A tenant of the test's own."""
    with SimulatedTenant() as tenant:
        yield tenant


@pytest.fixture
def configure(django_project: None, entra: SimulatedTenant) -> Iterator[Configure]:
    """Sets AZUREAD_AUTH, and other settings, until the test ends. The tenant is `entra` unless said otherwise."""
    with ExitStack() as stack:

        def configure(*, others: dict[str, Any] | None = None, **changes: Any) -> None:
            known = {**site_settings.AZUREAD_AUTH, "settings": entra.settings(), **changes}
            values = {name: value for name, value in known.items() if value is not ...}
            stack.enter_context(override_settings(AZUREAD_AUTH=values, **(others or {})))

        configure()
        call_command("flush", verbosity=0, interactive=False)
        yield configure


@pytest.fixture(params=[SyncBrowser, AsyncBrowser], ids=["wsgi", "asgi"])
def make_visitor(
    request: pytest.FixtureRequest, configure: Configure, entra: SimulatedTenant
) -> Callable[..., SyncBrowser]:
    """Makes browsers of one kind."""

    def make(tenant: SimulatedTenant | None = None, **options: Any) -> SyncBrowser:
        return request.param(tenant or entra, **options)

    return make


@pytest.fixture
def visitor(make_visitor: Callable[..., SyncBrowser]) -> SyncBrowser:
    """A browser that has not been at the site."""
    return make_visitor()


@pytest.fixture
def users(django_project: None) -> Any:
    """The model of Django's users; it can be imported only now."""
    return get_user_model()


@pytest.fixture
def stored_sessions(django_project: None) -> Any:
    """The model of Django's sessions."""
    from django.contrib.sessions.models import Session  # noqa: PLC0415 - see above

    return Session
