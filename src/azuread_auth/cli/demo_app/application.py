"""The sample application: the protected API, its pages behind a sign-in, and the public page that plays the cases."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final, Literal

import httpx2
from fastapi import FastAPI

from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth.asgi import AzureAdAuth
from azuread_auth.cli.demo_app.api import add_routes
from azuread_auth.cli.demo_app.clock import MovableClock
from azuread_auth.cli.demo_app.journal import Journal
from azuread_auth.cli.demo_app.mailbox import MAIL_READ, MAILBOX_ID, MAILBOX_PATH, build_mailbox
from azuread_auth.cli.demo_app.pages import Pages
from azuread_auth.cli.demo_app.public_page import PublicPage, page_headers
from azuread_auth.cli.demo_app.stage import Stage
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.observability.logging import LoggingObserver
from azuread_auth.settings import AzureAdSettings
from azuread_auth.simulation.tenant import SimulatedTenant
from azuread_auth.simulation.users import SECOND_TENANT
from azuread_auth.web_login import WebLogin

__all__ = ["build_application", "origin_at"]

_PATIENCE_SECONDS: Final = 10.0
_PUBLIC_PATHS: Final = ("/demo/*", f"{MAILBOX_PATH}/*")  # the mailbox has a middleware of its own


def origin_at(port: int) -> str:
    """The address for browsers: to them another site than the tenant's 127.0.0.1, as in production."""
    return f"http://localhost:{port}"


def build_application(
    tenant: SimulatedTenant,
    *,
    port: int,
    response_mode: Literal["query", "form_post"] = "query",
    session_store: Literal["client"] | None = None,
) -> FastAPI:
    """The application that will be reached at `port`. It asks the tenant over HTTP, as in production."""
    parts = _Parts(tenant, port)
    login = WebLogin(
        base_url=parts.origin,
        scopes=[MAIL_READ],
        response_mode=response_mode,
        session_store=session_store,
    )
    if session_store is not None:
        tenant.set_front_channel_logout(f"{parts.origin}{login.frontchannel_logout_path}")
    app = FastAPI(title="azuread-auth demo", openapi_url=None, lifespan=parts.lifespan)
    app.add_middleware(AzureAdAuth, client=parts.client, login=login, public_paths=_PUBLIC_PATHS, optional_paths=("/",))
    add_routes(app, parts.http)
    provider = tenant.authority_host
    headers = page_headers(provider)
    names = {tenant.tenant_id: "Contoso", SECOND_TENANT: "Fabrikam"}
    pages = Pages(http=parts.http, journal=parts.journal, tenants=names, headers=headers)
    pages.add_to(app)
    PublicPage(parts.stage, pages, origin=parts.origin, provider=provider, headers=headers).add_to(app)
    app.mount(MAILBOX_PATH, build_mailbox(parts.mailbox_client))
    return app


class _Parts:
    """What the application is made of, and closes in the end."""

    def __init__(self, tenant: SimulatedTenant, port: int) -> None:
        self.origin = origin_at(port)
        # "common" lets everybody come as far as the application, which welcomes those of two tenants.
        settings = AzureAdSettings.from_env(
            tenant.environ(), tenant_id="common", tenants=(tenant.tenant_id, SECOND_TENANT)
        )
        tenant.register_app(MAILBOX_ID)
        clock = MovableClock()
        runtime = AsyncRuntime(monotonic=clock.monotonic)
        self.journal = Journal(LoggingObserver(monotonic=clock.monotonic))
        self.client = AsyncAzureAdClient(settings, runtime=runtime, observer=self.journal)
        self.mailbox_client = AsyncAzureAdClient(
            replace(settings, client_id=MAILBOX_ID, credential=None, scope_prefix=None)
        )
        # Calls go to this machine, whatever proxies the environment names and whatever localhost resolves to.
        self.http = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Host": f"localhost:{port}"},
            trust_env=False,
            timeout=_PATIENCE_SECONDS,
        )
        self.stage = Stage(
            origin=self.origin,
            http=self.http,
            tenant=tenant,
            client=self.client,
            journal=self.journal,
            clock=clock,
        )

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncGenerator[None]:
        """Close everything when the server ends."""
        yield
        await self.http.aclose()
        await self.mailbox_client.aclose()
        await self.client.aclose()
