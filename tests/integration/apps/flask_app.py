"""A Flask application behind the WSGI middleware."""

from flask import Flask, abort, request

from azuread_auth import Scope
from azuread_auth.wsgi import AzureAdAuth

app = Flask(__name__)
app.wsgi_app = AzureAdAuth(app.wsgi_app)


@app.get("/whoami")
def whoami():
    """Who calls."""
    return {"caller": request.environ["azuread_auth.principal"].object_id}


@app.get("/files")
def files():
    """For callers with a scope; Flask turns what a view raises into 500, so it says 403 itself."""
    principal = request.environ["azuread_auth.principal"]
    if not Scope("Files.Read").is_met_by(principal):
        abort(403)
    return {"caller": principal.object_id}
