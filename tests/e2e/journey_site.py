"""Sites with a sign-in for the journeys: real servers on localhost, and a provider of their own on 127.0.0.1."""

import socket
import ssl
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from azuread_auth import AzureAdSettings, WebLogin, asgi, wsgi
from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth._adapters.blocking_runtime import BlockingRuntime, run_blocking
from azuread_auth.client import AsyncAzureAdClient, AzureAdClient
from azuread_auth.simulation import SimulatedTenant
from tests.conftest import Clock
from tests.e2e.journey_pages import Asked, JourneyPages

FURTHER_PATHS = ("callback", "signed-out", "consent")


class Running(Protocol):
    """A server that serves."""

    def end(self) -> None: ...


Serve = Callable[[Any, socket.socket, ssl.SSLContext | None], Running]


class JourneySite:
    """An application with its provider; it can be started anew, which loses what its process had in memory."""

    kind: str

    def __init__(
        self, serve: Serve, *, tls: ssl.SSLContext | None = None, make_store: Any = lambda: None, **login: Any
    ) -> None:
        self.clock = Clock()
        self.tenant = SimulatedTenant(now=self.clock.now)
        self.tenant.serve()
        orders = f"api://{self.tenant.register_app().client_id}"
        self.orders_scope, self.mail_scope = f"{orders}/Orders.Read", f"{orders}/Mail.Read"
        self.pages = JourneyPages(orders_scope=self.orders_scope, mail_scope=self.mail_scope)
        self._serve, self._tls, self._make_store = serve, tls, make_store
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'http' if tls is None else 'https'}://localhost:{self.port}"
        for path in FURTHER_PATHS:
            self.tenant.add_redirect_uri(f"{self.url}/auth/{path}")
        self.tenant.set_front_channel_logout(f"{self.url}/auth/frontchannel-logout")
        self.web_login = WebLogin(
            base_url=self.url,
            scopes=[self.orders_scope],
            admin_consent_path="/auth/consent",
            **login,
        )
        self._server = self._start()

    def restart(self) -> None:
        """Another process, as far as memory goes: on the same port, with the same keys."""
        self._server.end()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._server = self._start()

    def close(self) -> None:
        """End application and provider."""
        self._server.end()
        self.tenant.close()

    def _start(self) -> Running:
        settings = AzureAdSettings.from_env(self.tenant.environ())
        options = {
            "login": self.web_login,
            "public_paths": self.pages.public_paths,
            "optional_paths": self.pages.optional_paths,
        }
        return self._serve(self._application(settings, options), self._listener, self._tls)

    def _application(self, settings: AzureAdSettings, options: dict[str, Any]) -> Any: ...


class AsgiSite(JourneySite):
    kind = "asgi"

    def _application(self, settings, options):
        runtime = AsyncRuntime(now=self.clock.now, monotonic=self.clock.monotonic)
        client = AsyncAzureAdClient(settings, self._make_store(), runtime=runtime)

        async def view(request: Request) -> Response:
            async def token(scope: str) -> Any:
                return await client.acquire_token_for_user(request.user, scope)

            given = await self.pages.answer(
                Asked(
                    method=request.method,
                    path=request.url.path,
                    query=request.url.query,
                    body=await request.body(),
                    principal=request.scope["azuread_auth"].principal,
                    token=token,
                )
            )
            return Response(given.text, given.status, dict(given.headers))

        routes = [Route("/{path:path}", view, methods=["GET", "POST"])]
        app = Starlette(routes=routes)
        app.add_middleware(asgi.AzureAdAuth, client=client, **options)
        return _closing(app, client)


def _closing(app: Any, client: AsyncAzureAdClient) -> Any:
    """The application, which closes its client at the end."""

    async def closing(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)
        if scope["type"] == "lifespan":
            await client.aclose()

    return closing


class WsgiSite(JourneySite):
    kind = "wsgi"

    def _application(self, settings, options):
        runtime = BlockingRuntime(now=self.clock.now, monotonic=self.clock.monotonic)
        self.client = AzureAdClient(settings, self._make_store(), runtime=runtime)

        def view(environ: Any, start_response: Any) -> list[bytes]:
            principal, client = environ["azuread_auth.principal"], environ["azuread_auth.client"]

            async def token(scope: str) -> Any:
                return client.acquire_token_for_user(principal, scope)

            given = run_blocking(
                self.pages.answer(
                    Asked(
                        method=environ["REQUEST_METHOD"],
                        path=environ["PATH_INFO"],
                        query=environ["QUERY_STRING"],
                        body=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
                        principal=principal,
                        token=token,
                    )
                )
            )
            start_response(f"{given.status} {HTTPStatus(given.status).phrase}", list(given.headers))
            return [given.text.encode()]

        return wsgi.AzureAdAuth(view, client=self.client, **options)

    def restart(self) -> None:
        client = self.client
        super().restart()
        client.close()

    def close(self) -> None:
        super().close()
        self.client.close()


SITES: dict[str, type[JourneySite]] = {site.kind: site for site in (AsgiSite, WsgiSite)}
