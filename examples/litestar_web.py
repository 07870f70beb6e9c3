"""A Litestar application with pages behind a sign-in, and an API for bearer tokens beside them.

uv run --all-extras python examples/litestar_web.py          serve it, with a page to open
uv run --all-extras python examples/litestar_web.py --check  make calls and visits, and end
"""

import os
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager

import httpx2
import pages
from litestar import Litestar, MediaType, Request, Response, get
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler
from loopback import Call, asgi_server
from sign_in_loopback import Visit, run_web

from azuread_auth import (
    AuthContext,
    AzureAdError,
    AzureAdSettings,
    IsUser,
    PermissionDenied,
    Principal,
    Requirement,
    Role,
    Scope,
    WebLogin,
)
from azuread_auth.asgi import AzureAdAuth, RequestAuth, refusal

Connection = ASGIConnection[BaseRouteHandler, Principal, RequestAuth, State]
OwnRequest = Request[Principal, RequestAuth, State]


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncGenerator[None, None]:
    async with httpx2.AsyncClient() as app.state.http:  # one for all users
        yield


def needs(requirement: Requirement) -> Callable[[Connection, BaseRouteHandler], None]:
    """A guard, for a route, a controller, a router or the whole application."""

    def guard(connection: Connection, _handler: BaseRouteHandler) -> None:
        caller = connection.auth.principal
        if caller is None:  # on an optional path: a page goes through sign-in, and comes back
            raise PermissionDenied(requirement)
        requirement.check(caller)

    return guard


def refused(request: OwnRequest, error: AzureAdError) -> Response[bytes]:
    """Litestar would answer 500; the middleware knows the page, or the way through sign-in."""
    body, status, headers = refusal(error, request.scope)
    return Response(body, status_code=status, headers=dict(headers))


@get("/", media_type=MediaType.HTML)
async def home(request: OwnRequest) -> str:
    return pages.home(request.auth.principal)


@get("/profile", media_type=MediaType.HTML, guards=[needs(IsUser())])
async def profile(request: OwnRequest) -> str:
    return pages.profile(request.user)


@get("/orders", media_type=MediaType.HTML, guards=[needs(IsUser())])
async def orders(request: OwnRequest, state: State) -> str:
    # Where the user has to consent or to do more, the error goes through sign-in, and comes back here.
    auth = request.auth.client.auth_for_user(request.user, state.orders_scope)
    answer = await state.http.get(state.orders_url, auth=auth)
    return pages.orders(request.user, answer.json())


# Not met: a page goes through a stronger sign-in, and comes back.
@get("/payments", media_type=MediaType.HTML, guards=[needs(IsUser() & AuthContext("c1"))])
async def payments(request: OwnRequest) -> str:
    return pages.payments(request.user)


@get("/admin/", media_type=MediaType.HTML, guards=[needs(Role("Admin"))])  # not met: a page that says so
async def admin(request: OwnRequest) -> str:
    return pages.admin(request.user)


@get("/api/files", guards=[needs(Scope("Files.Read"))])
async def files(request: OwnRequest) -> dict[str, str]:
    return {"owner": request.user.display_name}


def create_app(environ: Mapping[str, str] = os.environ) -> AzureAdAuth:
    """The application; all settings come from the environment."""
    orders_url, orders_scope = environ["ORDERS_URL"], environ["ORDERS_SCOPE"]
    app = Litestar(
        [home, profile, orders, payments, admin, files],
        exception_handlers={AzureAdError: refused},
        lifespan=[lifespan],
        state=State({"orders_url": orders_url, "orders_scope": orders_scope}),
    )
    return AzureAdAuth(
        app,
        AzureAdSettings.from_env(environ),
        login=WebLogin.from_env(environ, scopes=[orders_scope]),
        optional_paths=("/",),
    )


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
