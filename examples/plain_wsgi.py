"""A protected WSGI application without a framework.

uv run --all-extras python examples/plain_wsgi.py          serve it, with calls to try
uv run --all-extras python examples/plain_wsgi.py --check  make the calls and end
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from loopback import Call, run_wsgi

from azuread_auth import AzureAdSettings, Scope
from azuread_auth.wsgi import AzureAdAuth


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    caller = environ["azuread_auth.principal"]  # never None here: no path is public
    Scope("Files.Read").check(caller)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"hello {caller.display_name}\n".encode()]


def create_app(settings: AzureAdSettings | None = None) -> AzureAdAuth:
    """The application; settings come from the environment unless given."""
    return AzureAdAuth(application, settings)


CALLS = [
    Call("without a token", "/", None, 401),
    Call("with the scope Files.Read", "/", {"scopes": ["Files.Read"]}, 200),
    Call("with another scope", "/", {"scopes": ["Mail.Send"]}, 403),
]

if __name__ == "__main__":
    run_wsgi(create_app, CALLS)
