"""The sample application: the protected API, and beside it the public page that plays the cases."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Final

from fastapi import FastAPI, HTTPException, Response

from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth.asgi import AzureAdAuth
from azuread_auth.cli.demo_app.api import add_routes
from azuread_auth.cli.demo_app.cases import CASES, GROUPS
from azuread_auth.cli.demo_app.clock import MovableClock
from azuread_auth.cli.demo_app.journal import Journal
from azuread_auth.cli.demo_app.stage import Stage
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.observability.logging import LoggingObserver
from azuread_auth.settings import AzureAdSettings
from azuread_auth.simulation.tenant import SimulatedTenant

__all__ = ["build_application"]

_PAGE: Final = "index.html"
_FILES: Final = {
    _PAGE: "text/html; charset=utf-8",
    "demo.css": "text/css; charset=utf-8",
    "demo.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_SECURITY_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def build_application(tenant: SimulatedTenant, *, origin: str) -> FastAPI:
    """The application that will be reached at `origin`. It asks the tenant for keys over HTTP, as in production."""
    settings = AzureAdSettings.from_env(tenant.environ())
    clock = MovableClock()
    journal = Journal(LoggingObserver(monotonic=clock.monotonic))
    client = AsyncAzureAdClient(settings, runtime=AsyncRuntime(monotonic=clock.monotonic), observer=journal)
    stage = Stage(origin=origin, tenant=tenant, client=client, journal=journal, clock=clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        await stage.aclose()
        await client.aclose()

    app = FastAPI(title="azuread-auth demo", openapi_url=None, lifespan=lifespan)
    app.add_middleware(AzureAdAuth, client=client, public_paths=("/", "/demo/*"))
    add_routes(app)
    _add_page(app, stage, origin=origin, provider=tenant.authority_host)
    return app


def _add_page(app: FastAPI, stage: Stage, *, origin: str, provider: str) -> None:
    @app.get("/")
    async def page() -> Response:
        return _file(_PAGE)

    @app.get("/demo/cases")
    async def cases() -> dict[str, object]:
        return {
            "api": origin,
            "provider": provider,
            "groups": [{"name": name, "about": about} for name, about in GROUPS.items()],
            "cases": [
                {
                    "id": name,
                    "group": case.group,
                    "title": case.title,
                    "story": case.story,
                    "call": f"{case.method} {case.path}",
                    "expected_status": case.expected_status,
                }
                for name, case in CASES.items()
            ],
        }

    @app.post("/demo/cases/{name}")
    async def play(name: str) -> Response:
        case = CASES.get(name)
        if case is None:
            raise HTTPException(404)
        performance = await stage.play(case)
        return Response(performance.as_json(), media_type="application/json", headers=_SECURITY_HEADERS)

    @app.get("/demo/{name}")
    async def asset(name: str) -> Response:
        return _file(name)


def _file(name: str) -> Response:
    content_type = _FILES.get(name)
    if content_type is None:
        raise HTTPException(404)
    content = files("azuread_auth.cli.demo_app").joinpath("page", name).read_bytes()
    return Response(content, headers=_SECURITY_HEADERS | {"content-type": content_type})
