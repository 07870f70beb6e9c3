"""A page in the browser that signs users in by itself, and an API on another origin that it calls with their tokens.

uv run --all-extras python examples/spa_api.py          serve both, with a page to open
uv run --all-extras python examples/spa_api.py --check  make calls, and end
"""

import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import httpx2
from fastapi import Depends, FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from loopback import HOST, Call, asgi_server, check_calls, wait_for_ctrl_c
from sign_in_loopback import options, simulated_surroundings
from starlette.applications import Starlette
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Route

from azuread_auth import AsyncAzureAdClient, AuthContext, AzureAdSettings, Principal, Scope
from azuread_auth.asgi import AzureAdAuth
from azuread_auth.fastapi import azuread_client, require, require_role, require_scope

STATIC = Path(__file__).parent / "static"

User = Annotated[Principal, Depends(require_scope("Files.Read"))]
# Not met: 401 with the claims that the next sign-in has to bring, if the client says that it can answer.
SureUser = Annotated[Principal, Depends(require(Scope("Files.Read") & AuthContext("c1")))]
Admin = Annotated[Principal, Depends(require_role("Admin"))]
Azure = Annotated[AsyncAzureAdClient, Depends(azuread_client)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx2.AsyncClient() as app.state.http:  # one for all users
        yield


def create_app(environ: Mapping[str, str] = os.environ) -> FastAPI:
    """The API; all settings come from the environment."""
    orders_url, orders_scope = environ["ORDERS_URL"], environ["ORDERS_SCOPE"]
    app = FastAPI(lifespan=lifespan)
    app.add_middleware(AzureAdAuth, settings=AzureAdSettings.from_env(environ))
    app.add_middleware(  # added later, so outside: refusals have its headers, too
        CORSMiddleware,
        allow_origins=[environ["PAGE_ORIGIN"]],
        allow_headers=["Authorization"],
        expose_headers=["WWW-Authenticate"],
    )

    @app.get("/me")
    async def me(user: User) -> dict[str, str]:
        return {"name": user.display_name}

    @app.get("/orders")
    async def orders(request: Request, user: User, azure: Azure) -> list[str]:
        answer = await request.app.state.http.get(orders_url, auth=azure.auth_for_user(user, orders_scope))
        found: list[str] = answer.json()
        return found

    @app.get("/payments")
    async def payments(user: SureUser) -> dict[str, str]:
        return {"confirmed": user.display_name}

    @app.get("/admin")
    async def admin(user: Admin) -> dict[str, str]:
        return {"administrator": user.display_name}

    return app


def create_page(config: Mapping[str, str]) -> Starlette:
    """The page's own server, which has nothing but files: no secret, no session."""

    def headers() -> dict[str, str]:
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"connect-src 'self' {config['api']} {config['authority']}/"
        )
        return {"Cache-Control": "no-cache", "Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}

    async def page(_request: Request) -> FileResponse:
        return FileResponse(STATIC / "spa.html", headers=headers())

    async def file(request: Request) -> FileResponse:
        return FileResponse(STATIC / request.url.path.removeprefix("/"), headers=headers())

    async def settings(_request: Request) -> JSONResponse:
        return JSONResponse(dict(config), headers=headers())

    files = [Route(path, file) for path in ("/spa.js", "/style.css")]
    return Starlette(routes=[Route("/", page), Route("/config.json", settings), *files])


CALLS = [
    Call("without a token", "/me", None, 401),
    Call("with the scope Files.Read", "/me", {"scopes": ["Files.Read"]}, 200),
    Call("a call to another API", "/orders", {"scopes": ["Files.Read"]}, 200),
    Call("without a stronger sign-in", "/payments", {"scopes": ["Files.Read"], "claims": {"xms_cc": ["cp1"]}}, 401),
    Call("with one", "/payments", {"scopes": ["Files.Read"], "claims": {"acrs": ["c1"]}}, 200),
    Call("as Adele, who is no administrator", "/admin", {"scopes": ["Files.Read"]}, 403),
    Call("as Megan, who is", "/admin", {"scopes": ["Files.Read"], "user": "megan"}, 200),
]


def main() -> None:
    """Serve both until Ctrl-C; with --check make the calls and end."""
    chosen = options()
    with simulated_surroundings() as (tenant, environ):
        config = {
            "authority": f"{tenant.authority_host}/{tenant.tenant_id}",
            "client_id": tenant.register_app(spa_redirect_uris=["http://localhost/"]).client_id,
            "scope": f"api://{tenant.client_id}/Files.Read",
        }
        with asgi_server(create_page(config), chosen.port) as page_address:
            page_origin = page_address.replace(HOST, "localhost")
            with asgi_server(create_app({**environ, "PAGE_ORIGIN": page_origin}), 0) as api_address:
                config["api"] = api_address.replace(HOST, "localhost")
                if chosen.is_check:
                    sys.exit(0 if check_calls(config["api"], tenant, CALLS) else 1)
                print(f"Serving on {page_origin}, its API on {config['api']}, and a simulated tenant. Ctrl-C ends all.")
                sys.stdout.flush()
                wait_for_ctrl_c()


if __name__ == "__main__":
    main()
