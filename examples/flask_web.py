"""A Flask application with pages behind a sign-in, and an API for bearer tokens beside them.

uv run --all-extras python examples/flask_web.py          serve it, with a page to open
uv run --all-extras python examples/flask_web.py --check  make calls and visits, and end
"""

import os
from collections.abc import Mapping
from typing import Any

import httpx2
import pages
from flask import Flask, request
from loopback import Call, wsgi_server
from sign_in_loopback import Visit, run_web

from azuread_auth import (
    AuthContext,
    AzureAdClient,
    AzureAdError,
    AzureAdSettings,
    Principal,
    Role,
    Scope,
    WebLogin,
)
from azuread_auth.wsgi import AzureAdAuth


class WebApp(Flask):
    """Flask, but for errors of sign-in and permission: AzureAdAuth around it answers those."""

    def handle_exception(self, error: Exception) -> Any:  # noqa: ANN401 - as Flask has it
        if isinstance(error, AzureAdError):
            raise error
        return super().handle_exception(error)


def caller() -> Principal:
    """Who asks, by a session or a token."""
    principal: Principal = request.environ["azuread_auth.principal"]
    return principal


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """The application; all settings come from the environment."""
    orders_url, orders_scope = environ["ORDERS_URL"], environ["ORDERS_SCOPE"]
    http = httpx2.Client()  # one for all users
    app = WebApp(__name__)
    app.wsgi_app = AzureAdAuth(  # type: ignore[method-assign]
        app.wsgi_app,
        AzureAdSettings.from_env(environ),
        login=WebLogin.from_env(environ, scopes=[orders_scope]),
        optional_paths=("/",),
    )

    @app.get("/")
    def home() -> str:
        return pages.home(request.environ["azuread_auth.principal"])

    @app.get("/profile")
    def profile() -> str:
        return pages.profile(caller())

    @app.get("/orders")
    def orders() -> str:
        azure: AzureAdClient = request.environ["azuread_auth.client"]
        # Where the user has to consent or to do more, the error goes through sign-in, and comes back here.
        answer = http.get(orders_url, auth=azure.auth_for_user(caller(), orders_scope))
        return pages.orders(caller(), answer.json())

    @app.get("/payments")
    def payments() -> str:
        AuthContext("c1").check(caller())  # not met: through a stronger sign-in, and back here
        return pages.payments(caller())

    @app.get("/admin/")
    def admin() -> str:
        Role("Admin").check(caller())  # not met: a page that says so
        return pages.admin(caller())

    @app.get("/api/files")
    def files() -> dict[str, str]:
        Scope("Files.Read").check(caller())
        return {"owner": caller().display_name}

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
    run_web(create_app, CALLS, VISITS, wsgi_server)
