"""A protected Flask application.

uv run --all-extras python examples/flask_api.py          serve it, with calls to try
uv run --all-extras python examples/flask_api.py --check  make the calls and end
"""

import logging

from flask import Flask, request
from loopback import Call, run_wsgi

from azuread_auth import AzureAdSettings, PermissionDenied, Principal, Scope
from azuread_auth.wsgi import AzureAdAuth


def caller() -> Principal:
    """Who calls; the middleware has judged the token."""
    principal: Principal = request.environ["azuread_auth.principal"]
    return principal


def forbidden(error: PermissionDenied) -> tuple[dict[str, str], int, dict[str, str]]:
    """Flask answers for its views itself, so it has to know this error."""
    logging.getLogger("azuread_auth").warning("request refused: %s", error)
    challenge = f'Bearer error="insufficient_scope", scope="{" ".join(error.requirement.scopes)}"'
    return {"title": "Forbidden"}, 403, {"WWW-Authenticate": challenge}


def create_app(settings: AzureAdSettings | None = None) -> Flask:
    """The application; settings come from the environment unless given."""
    app = Flask(__name__)
    app.wsgi_app = AzureAdAuth(app.wsgi_app, settings, public_paths=("/healthz",))  # type: ignore[method-assign]
    app.register_error_handler(PermissionDenied, forbidden)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/files")
    def files() -> dict[str, str]:
        Scope("Files.Read").check(caller())
        return {"owner": caller().display_name}

    return app


CALLS = [
    Call("public", "/healthz", None, 200),
    Call("without a token", "/files", None, 401),
    Call("with the scope Files.Read", "/files", {"scopes": ["Files.Read"]}, 200),
    Call("with another scope", "/files", {"scopes": ["Mail.Send"]}, 403),
]

if __name__ == "__main__":
    run_wsgi(create_app, CALLS)
