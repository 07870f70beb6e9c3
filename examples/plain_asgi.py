"""A protected ASGI application without a framework.

uv run --all-extras python examples/plain_asgi.py          serve it, with calls to try
uv run --all-extras python examples/plain_asgi.py --check  make the calls and end
"""

from loopback import Call, run_asgi
from starlette import types

from azuread_auth import AzureAdSettings, Scope
from azuread_auth.asgi import AzureAdAuth


async def application(scope: types.Scope, receive: types.Receive, send: types.Send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    caller = scope["azuread_auth"].principal  # never None here: no path is public
    Scope("Files.Read").check(caller)
    body = f"hello {caller.display_name}\n".encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: types.Receive, send: types.Send) -> None:
    for phase in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{phase}.complete"})


def create_app(settings: AzureAdSettings | None = None) -> AzureAdAuth:
    """The application; settings come from the environment unless given."""
    return AzureAdAuth(application, settings)


CALLS = [
    Call("without a token", "/", None, 401),
    Call("with the scope Files.Read", "/", {"scopes": ["Files.Read"]}, 200),
    Call("with another scope", "/", {"scopes": ["Mail.Send"]}, 403),
]

if __name__ == "__main__":
    run_asgi(create_app, CALLS)
