"""A Flask application with pages behind a sign-in, and an API for bearer tokens beside them.

uv run --all-extras python examples/flask_web.py          serve it, with a page to open
uv run --all-extras python examples/flask_web.py --check  make calls and visits, and end
"""

import os
from collections.abc import Mapping

import httpx2
import pages
from flask import Flask
from loopback import Call, wsgi_server
from sign_in_loopback import Visit, run_web

from azuread_auth import AuthContext, AzureAdSettings, WebLogin
from azuread_auth.flask import (
    AzureAdAuth,
    azuread_client,
    current_principal,
    login_required,
    require,
    require_role,
    require_scope,
)


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """The application; all settings come from the environment."""
    orders_url, orders_scope = environ["ORDERS_URL"], environ["ORDERS_SCOPE"]
    http = httpx2.Client()  # one for all users
    app = Flask(__name__)
    login = WebLogin.from_env(environ, scopes=[orders_scope])
    AzureAdAuth(app, AzureAdSettings.from_env(environ), login=login, optional_paths=("/",))

    @app.get("/")
    def home() -> str:
        return pages.home(current_principal or None)

    @app.get("/profile")
    @login_required
    def profile() -> str:
        return pages.profile(current_principal)

    @app.get("/orders")
    @login_required
    def orders() -> str:
        # Where the user has to consent or to do more, the error goes through sign-in, and comes back here.
        answer = http.get(orders_url, auth=azuread_client.auth_for_user(current_principal, orders_scope))
        return pages.orders(current_principal, answer.json())

    @app.get("/payments")
    @require(AuthContext("c1"))  # not met: through a stronger sign-in, and back here
    def payments() -> str:
        return pages.payments(current_principal)

    @app.get("/admin/")
    @require_role("Admin")  # not met: a page that says so
    def admin() -> str:
        return pages.admin(current_principal)

    @app.get("/api/files")
    @require_scope("Files.Read")
    def files() -> dict[str, str]:
        return {"owner": current_principal.display_name}

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
