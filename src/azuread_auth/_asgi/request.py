"""An ASGI connection as the inbound core sees it."""

from azuread_auth._asgi.connection import Message, Receive, Scope
from azuread_auth._web.login_form import FORM_TOO_LARGE, MAX_FORM_BYTES
from azuread_auth._web.preflight import is_sent_by_browsers
from azuread_auth._web.web_request import WebRequest
from azuread_auth.errors import LoginFailed

__all__ = ["as_browsers_ask", "form_body", "receiving_nothing", "routed_path", "web_request"]


def web_request(scope: Scope, platform_header: str | None = None) -> WebRequest:
    """The request, without its body. `platform_header`: the one that App Service passes a token on in."""
    headers: dict[bytes, list[bytes]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name, []).append(value)  # in lower case, as ASGI has it

    def first(name: bytes) -> str | None:
        values = headers.get(name)
        return values[0].decode("latin-1") if values else None

    return WebRequest(
        method=scope["method"] if scope["type"] == "http" else "GET",
        path=routed_path(scope),
        mount=scope.get("root_path", ""),
        authorization=headers.get(b"authorization", []),
        origin=first(b"origin"),
        preflight_method=first(b"access-control-request-method"),
        accept=first(b"accept") or "",
        query=scope.get("query_string", b"").decode("latin-1"),
        cookies=headers.get(b"cookie", []),
        host=headers.get(b"host", []),
        fetch_site=first(b"sec-fetch-site"),
        fetch_mode=first(b"sec-fetch-mode"),
        fetch_dest=first(b"sec-fetch-dest"),
        purpose=first(b"sec-purpose"),
        is_websocket=scope["type"] == "websocket",
        platform_token=headers.get(platform_header.encode(), []) if platform_header is not None else (),
    )


def as_browsers_ask(scope: Scope) -> Scope:
    """A preflight with nothing that somebody else may have put in: no query, and no headers but those of browsers."""
    headers = [header for header in scope["headers"] if is_sent_by_browsers(header[0].decode("latin-1"))]
    return {**scope, "headers": headers, "query_string": b""}


def routed_path(scope: Scope) -> str:
    """The path that the application routes by: what follows `root_path` (ASGI, "HTTP connection scope")."""
    path: str = scope["path"]
    root_path: str = scope.get("root_path", "")
    if root_path and path.startswith(root_path) and path[len(root_path) : len(root_path) + 1] in ("", "/"):
        return path[len(root_path) :]
    return path


async def form_body(receive: Receive) -> bytes:
    """The body of a form that the provider lets the browser send. Raises LoginFailed when it is larger than any."""
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        body += message.get("body", b"")
        if len(body) > MAX_FORM_BYTES:
            raise LoginFailed(FORM_TOO_LARGE)
        if not message.get("more_body", False):
            return body


def receiving_nothing(receive: Receive) -> Receive:
    """Receive an empty body, and then nothing but the end of the connection."""
    is_told = False

    async def receive_nothing() -> Message:
        nonlocal is_told
        if not is_told:
            is_told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        while (message := await receive())["type"] == "http.request":
            pass
        return message

    return receive_nothing
