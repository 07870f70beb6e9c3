"""A Quart application with pages behind a sign-in, and an API for bearer tokens beside them.

uv run --all-extras python examples/quart_web.py          serve it, with a page to open
uv run --all-extras python examples/quart_web.py --check  make calls and visits, and end
"""

import os
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import httpx2
import pages
from loopback import Call, asgi_server
from quart import Quart, request
from quart.typing import ResponseReturnValue
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


def auth() -> RequestAuth:
    """What the middleware found out about the present request."""
    scope: Mapping[str, Any] = {**request.scope}
    found: RequestAuth = scope["azuread_auth"]
    return found


def caller(requirement: Requirement) -> Principal:
    """Who calls, where they meet the requirement. A decorator would do nothing, unseen, if it stood above the route."""
    principal = auth().principal
    if principal is None:  # on an optional path: a page goes through sign-in, and comes back
        raise PermissionDenied(requirement)
    requirement.check(principal)
    return principal


async def refused(error: AzureAdError) -> ResponseReturnValue:
    """Quart would answer 500; the middleware knows the page, or the way through sign-in."""
    return refusal(error, request.scope)


def create_app(environ: Mapping[str, str] = os.environ) -> Quart:
    """The application; all settings come from the environment."""
    orders_url, orders_scope = environ["ORDERS_URL"], environ["ORDERS_SCOPE"]
    app = Quart(__name__)
    protected = AzureAdAuth(
        app.asgi_app,
        AzureAdSettings.from_env(environ),
        login=WebLogin.from_env(environ, scopes=[orders_scope]),
        optional_paths=("/",),
    )
    app.asgi_app = protected  # type: ignore[assignment, method-assign]  # as Quart's "Middleware" has it
    app.register_error_handler(AzureAdError, refused)

    @app.while_serving
    async def lifespan() -> AsyncGenerator[None, None]:
        async with httpx2.AsyncClient() as http:  # one for all users
            app.extensions["http"] = http
            yield

    @app.get("/")
    async def home() -> str:
        return pages.home(auth().principal)

    @app.get("/profile")
    async def profile() -> str:
        return pages.profile(caller(IsUser()))

    @app.get("/orders")
    async def orders() -> str:
        # Where the user has to consent or to do more, the error goes through sign-in, and comes back here.
        user = caller(IsUser())
        answer = await app.extensions["http"].get(orders_url, auth=auth().client.auth_for_user(user, orders_scope))
        return pages.orders(user, answer.json())

    @app.get("/payments")
    async def payments() -> str:
        # Not met: a page goes through a stronger sign-in, and comes back.
        return pages.payments(caller(IsUser() & AuthContext("c1")))

    @app.get("/admin/")
    async def admin() -> str:
        return pages.admin(caller(Role("Admin")))  # not met: a page that says so

    @app.get("/api/files")
    async def files() -> dict[str, str]:
        return {"owner": caller(Scope("Files.Read")).display_name}

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
