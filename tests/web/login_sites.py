"""Sites with sign-in: the same pages behind the ASGI and the WSGI middleware."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx2
from starlette.testclient import TestClient

from azuread_auth import asgi, wsgi
from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth._adapters.blocking_runtime import BlockingRuntime, run_blocking
from azuread_auth.client import AsyncAzureAdClient, AzureAdClient
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.web_login import WebLogin
from tests.conftest import Clock
from tests.web.login_browser import LOCAL, Browser, Reply

KEY = bytes(range(32))


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What a page of the site knows of the request."""

    path: str
    principal: Any
    token: Callable[..., Awaitable[Any]]


Page = Callable[[Visit], Awaitable[str]]


async def who(visit: Visit) -> str:
    """The page that says who is there."""
    return visit.principal.username if visit.principal is not None else "nobody"


class Site:
    """An application behind a middleware; its pages say who is there, unless `pages` has another one for a path."""

    kind: str

    def __init__(self, tenant: SimulatedTenant, clock: Clock, **options: Any) -> None:
        self.tenant = tenant
        self.pages: dict[str, Page] = {}
        self.visits: list[Visit] = []
        self.prefix = options.pop("prefix", "")
        settings = options.pop("settings", None) or tenant.settings()
        login = options.pop("login")
        self.login = login if isinstance(login, WebLogin) else WebLogin(**login)
        self.base_url = next(iter(self.login.urls), LOCAL)
        self.client = self._client(settings, clock, options.pop("store", None), options.pop("observer", None))
        self.middleware = self._middleware(login=self.login, client=self.client, **options)
        self.app: Any = self.middleware

    def browser(self, user: Any = "adele") -> Browser:
        return Browser(self, user)

    def _page(self, visit: Visit) -> Awaitable[str]:
        self.visits.append(visit)
        return self.pages.get(visit.path, who)(visit)

    def _client(self, settings: Any, clock: Clock, store: Any, observer: Any) -> Any: ...

    def _middleware(self, **options: Any) -> Any: ...

    def send(self, request: httpx2.Request) -> Reply: ...

    def send_all(self, requests: list[httpx2.Request]) -> list[Reply]:
        """Send them at the same time."""


class AsgiSite(Site):
    kind = "asgi"

    def _client(self, settings, clock, store, observer):
        runtime = AsyncRuntime(now=clock.now, monotonic=clock.monotonic)
        return AsyncAzureAdClient(settings, store, runtime=runtime, observer=observer)

    def _middleware(self, **options):
        async def application(scope: Any, receive: Any, send: Any) -> None:
            auth = scope["azuread_auth"]
            path = scope["path"].removeprefix(scope.get("root_path", ""))

            async def token(*scopes: str) -> Any:
                return await auth.client.acquire_token_for_user(auth.principal, *scopes)

            text = await self._page(Visit(path=path, principal=auth.principal, token=token))
            if scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.accept"})
                await send({"type": "websocket.send", "text": text})
                await send({"type": "websocket.close"})
                return
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": text.encode()})

        return asgi.AzureAdAuth(application, **options)

    def send(self, request):
        client = TestClient(self.app, base_url=self.base_url, root_path=self.prefix, follow_redirects=False)
        return _reply(client.send(request))

    def send_all(self, requests):
        transport = httpx2.ASGITransport(self.app, root_path=self.prefix)

        async def body() -> list[httpx2.Response]:
            async with httpx2.AsyncClient(transport=transport) as client:
                return await asyncio.gather(*map(client.send, requests))

        return [_reply(response) for response in asyncio.run(body())]


class WsgiSite(Site):
    kind = "wsgi"

    def _client(self, settings, clock, store, observer):
        runtime = BlockingRuntime(now=clock.now, monotonic=clock.monotonic)
        return AzureAdClient(settings, store, runtime=runtime, observer=observer)

    def _middleware(self, **options):
        def application(environ: Any, start_response: Any) -> list[bytes]:
            principal, client = environ["azuread_auth.principal"], environ["azuread_auth.client"]

            async def token(*scopes: str) -> Any:
                return client.acquire_token_for_user(principal, *scopes)

            path = environ["PATH_INFO"].encode("latin-1").decode()
            text = run_blocking(self._page(Visit(path=path, principal=principal, token=token)))
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [text.encode()]

        return wsgi.AzureAdAuth(application, **options)

    def _mounted(self, environ: Any, start_response: Any) -> Any:
        # As PEP 3333 has it: the transport decodes as UTF-8.
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(self.prefix).encode().decode("latin-1")
        return self.app(environ, start_response)

    def send(self, request):
        # Else it takes every exc_info, also that of an answer, for an error of the application.
        transport = httpx2.WSGITransport(self._mounted, raise_app_exceptions=False, script_name=self.prefix)
        with httpx2.Client(transport=transport) as client:
            return _reply(client.send(request))

    def send_all(self, requests):
        with ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(self.send, requests))


def _reply(response: httpx2.Response) -> Reply:
    return Reply(status=response.status_code, headers=response.headers.multi_items(), text=response.text)
