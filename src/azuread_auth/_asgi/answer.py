"""Answers as ASGI messages, and changes to those of the application."""

from http import HTTPStatus

from azuread_auth._asgi.connection import Message, Scope, Send
from azuread_auth._web.preflight import is_about_cors
from azuread_auth._web.replies import WebReply
from azuread_auth._web.session_cookies import is_private

__all__ = ["for_one_person", "send_reply", "without_body"]


def for_one_person(send: Send, cookies: tuple[str, ...]) -> Send:
    """Keep answers that were made for a session out of caches, and renew its cookie when that is due.

    Where the application lets anybody keep an answer, the cookie waits for the next: a cache may keep it too.
    """

    async def send_privately(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            policy = b",".join(value for name, value in headers if name.lower() == b"cache-control")
            if not policy:
                headers.append((b"cache-control", b"no-store"))
            if not policy or is_private(policy.decode("latin-1")):
                headers += ((b"set-cookie", cookie.encode("latin-1")) for cookie in cookies)
            message = {**message, "headers": headers}
        await send(message)

    return send_privately


def without_body(send: Send) -> Send:
    """Send an answer's status, its headers about CORS, and of its body only the end."""

    async def send_without_body(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [header for header in message.get("headers", ()) if is_about_cors(header[0].decode("latin-1"))]
            if message["status"] != HTTPStatus.NO_CONTENT:  # RFC 9110 8.6
                headers.append((b"content-length", b"0"))
            await send({**message, "headers": headers})
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            await send({"type": "http.response.body", "body": b""})

    return send_without_body


async def send_reply(reply: WebReply, scope: Scope, send: Send) -> None:
    """Send an answer; to a WebSocket as a denial (ASGI, "WebSocket Denial Response"), or a close before accepting."""
    prefix = "http"
    if scope["type"] == "websocket":
        # Without receiving first: the application may have taken the connect event already, and no second one comes.
        if "websocket.http.response" not in (scope.get("extensions") or ()):
            await send({"type": "websocket.close", "code": 1008})
            return
        prefix = "websocket.http"
    headers = [(name.encode(), value.encode("latin-1")) for name, value in reply.headers]
    await send({"type": f"{prefix}.response.start", "status": reply.status, "headers": headers})
    body = b"" if scope.get("method") == "HEAD" else reply.body
    await send({"type": f"{prefix}.response.body", "body": body})
