"""A protected Flask application.

uv run --all-extras python examples/flask_api.py          serve it, with calls to try
uv run --all-extras python examples/flask_api.py --check  make the calls and end
"""

from flask import Flask
from loopback import Call, run_wsgi

from azuread_auth import AzureAdSettings
from azuread_auth.flask import AzureAdAuth, current_principal, require_scope


def create_app(settings: AzureAdSettings | None = None) -> Flask:
    """The application; settings come from the environment unless given."""
    app = Flask(__name__)
    AzureAdAuth(app, settings, public_paths=("/healthz",))

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/files")
    @require_scope("Files.Read")
    def files() -> dict[str, str]:
        return {"owner": current_principal.display_name}

    return app


CALLS = [
    Call("public", "/healthz", None, 200),
    Call("without a token", "/files", None, 401),
    Call("with the scope Files.Read", "/files", {"scopes": ["Files.Read"]}, 200),
    Call("with another scope", "/files", {"scopes": ["Mail.Send"]}, 403),
]

if __name__ == "__main__":
    run_wsgi(create_app, CALLS)
