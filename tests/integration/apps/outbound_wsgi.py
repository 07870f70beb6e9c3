"""A Flask application that answers with what its caller's token for the next API says of itself."""

import hashlib
import os

from flask import Flask, request

from azuread_auth.wsgi import AzureAdAuth

app = Flask(__name__)
app.wsgi_app = AzureAdAuth(app.wsgi_app)


@app.get("/next")
def next_api():
    """Whose token it is, which, and which process has it."""
    client, principal = request.environ["azuread_auth.client"], request.environ["azuread_auth.principal"]
    token = client.acquire_token_on_behalf_of(principal, "api://orders/Orders.Read")
    return {
        "caller": principal.object_id,
        "claims": token.reveal().split(".")[1],
        "digest": hashlib.sha256(token.reveal().encode()).hexdigest(),
        "pid": os.getpid(),
    }
