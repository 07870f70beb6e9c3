"""A plain WSGI application behind the middleware, for every server that speaks WSGI."""

import json
import os
import time

from azuread_auth.wsgi import AzureAdAuth

PAUSES = {"/pause": 0.1, "/slow": 0.8}  # in seconds
EVENT_SECONDS = 0.6


def application(environ, start_response):
    """Say who calls, slowly or in events where the path asks for it."""
    if environ["PATH_INFO"] == "/events":
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        return stream()
    time.sleep(PAUSES.get(environ["PATH_INFO"], 0.0))
    principal = environ["azuread_auth.principal"]
    seen = {
        "caller": None if principal is None else principal.object_id,
        "path": environ["PATH_INFO"],
        "pid": os.getpid(),
        "remote_user": environ.get("REMOTE_USER"),
    }
    body = json.dumps(seen).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]


def stream():
    """Server-sent events, for longer than the token of the caller may live."""
    for number in range(8):
        yield f"data: {number}\n\n".encode()
        time.sleep(EVENT_SECONDS)


app = AzureAdAuth(application, public_paths=("/healthz", "/static/*"), optional_paths=("/optional",))
