"""A FastAPI application with pages behind a sign-in, and an API for bearer tokens beside them.

uv run --all-extras python examples/fastapi_web.py          serve it, with a page to open
uv run --all-extras python examples/fastapi_web.py --check  make calls and visits, and end
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated

import httpx2
import pages
from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from loopback import Call, asgi_server
from sign_in_loopback import Visit, run_web

from azuread_auth import AsyncAzureAdClient, AuthContext, AzureAdSettings, IsUser, Principal, Role, WebLogin
from azuread_auth.asgi import AzureAdAuth
from azuread_auth.fastapi import azuread_client, require, require_scope, require_user

User = Annotated[Principal, Depends(require_user)]
# Not met: a page goes through a stronger sign-in, and comes back.
SureUser = Annotated[Principal, Depends(require(IsUser() & AuthContext("c1")))]
Reader = Annotated[Principal, Depends(require_scope("Files.Read"))]
Azure = Annotated[AsyncAzureAdClient, Depends(azuread_client)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx2.AsyncClient() as app.state.http:  # one for all users
        yield


def create_app(environ: Mapping[str, str] = os.environ) -> FastAPI:
    """The application; all settings come from the environment."""
    orders_url, orders_scope = environ["ORDERS_URL"], environ["ORDERS_SCOPE"]
    app = FastAPI(lifespan=lifespan, default_response_class=HTMLResponse)
    app.add_middleware(
        AzureAdAuth,
        settings=AzureAdSettings.from_env(environ),
        login=WebLogin.from_env(environ, scopes=[orders_scope]),
        optional_paths=("/",),
    )

    @app.get("/")
    async def home(request: Request) -> str:
        return pages.home(request.scope["azuread_auth"].principal)

    @app.get("/profile")
    async def profile(user: User) -> str:
        return pages.profile(user)

    @app.get("/orders")
    async def orders(request: Request, user: User, azure: Azure) -> str:
        # Where the user has to consent or to do more, the error goes through sign-in, and comes back here.
        answer = await request.app.state.http.get(orders_url, auth=azure.auth_for_user(user, orders_scope))
        return pages.orders(user, answer.json())

    @app.get("/payments")
    async def payments(user: SureUser) -> str:
        return pages.payments(user)

    @app.get("/admin/")
    async def admin(user: User) -> str:
        Role("Admin").check(user)  # not met: a page that says so, where require_role would answer as an API
        return pages.admin(user)

    @app.get("/api/files", response_class=JSONResponse)
    async def files(user: Reader) -> dict[str, str]:
        return {"owner": user.display_name}

    return app


CALLS = [
    Call("the API without a token", "/api/files", None, 401),
    Call("the API with the scope Files.Read", "/api/files", {"scopes": ["Files.Read"]}, 200),
    Call("the API with another scope", "/api/files", {"scopes": ["Mail.Send"]}, 403),
]
VISITS = [
    Visit("the first page", "/", "adele", 200, "Nobody is signed in"),
    Visit("a page behind the sign-in", "/profile", "adele", 200, "Adele Vance"),
    Visit("a call to another API", "/orders", "adele", 200, "A book for Adele Vance"),
    Visit("a stronger sign-in", "/payments", "adele", 200, "You have confirmed that it is you"),
    Visit("a page for administrators", "/admin/", "adele", 403, "Forbidden"),
    Visit("a page for administrators", "/admin/", "megan", 200, "For those with the role Admin"),
]

if __name__ == "__main__":
    run_web(create_app, CALLS, VISITS, asgi_server)
