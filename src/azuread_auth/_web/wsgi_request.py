"""What a WSGI request has for the gate and the sign-in (PEP 3333)."""

import re
from io import BytesIO
from typing import TYPE_CHECKING, Final

from azuread_auth._web.login_form import FORM_TOO_LARGE, MAX_FORM_BYTES
from azuread_auth._web.preflight import is_sent_by_browsers
from azuread_auth._web.web_request import WebRequest
from azuread_auth.errors import LoginFailed

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = ["as_browsers_ask", "form_body", "routed_path", "web_request"]

_LENGTH: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


def web_request(environ: "WSGIEnvironment", platform_header: str | None = None) -> WebRequest:
    """The request, without its body. `platform_header`: the one that App Service passes a token on in."""
    authorization: str | None = environ.get("HTTP_AUTHORIZATION")
    return WebRequest(
        method=environ["REQUEST_METHOD"],
        path=routed_path(environ),
        mount=_decoded(environ.get("SCRIPT_NAME", "")),
        authorization=[] if authorization is None else [authorization.encode("latin-1", "replace")],
        origin=environ.get("HTTP_ORIGIN"),
        preflight_method=environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD"),
        accept=environ.get("HTTP_ACCEPT", ""),
        query=environ.get("QUERY_STRING", ""),
        cookies=_values(environ, "HTTP_COOKIE"),
        host=_values(environ, "HTTP_HOST"),
        fetch_site=environ.get("HTTP_SEC_FETCH_SITE"),
        fetch_mode=environ.get("HTTP_SEC_FETCH_MODE"),
        fetch_dest=environ.get("HTTP_SEC_FETCH_DEST"),
        purpose=environ.get("HTTP_SEC_PURPOSE"),
        platform_token=_values(environ, _variable(platform_header)) if platform_header is not None else (),
    )


def as_browsers_ask(environ: "WSGIEnvironment") -> "WSGIEnvironment":
    """A preflight with nothing that somebody else may have put in: no query, no body, and no headers of others."""
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith("HTTP_") or is_sent_by_browsers(name.removeprefix("HTTP_").replace("_", "-"))
    }
    return {**kept, "QUERY_STRING": "", "wsgi.input": BytesIO(), "CONTENT_LENGTH": "0"}


def _variable(header: str) -> str:
    return f"HTTP_{header.upper().replace('-', '_')}"


def _values(environ: "WSGIEnvironment", name: str) -> list[bytes]:
    value: str | None = environ.get(name)
    return [] if value is None else [value.encode("latin-1", "replace")]


def form_body(environ: "WSGIEnvironment") -> bytes:
    """The body of a form that the provider lets the browser send. Raises LoginFailed when it is larger than any."""
    length: str = environ.get("CONTENT_LENGTH") or "0"
    if not _LENGTH.fullmatch(length) or int(length) > MAX_FORM_BYTES:
        raise LoginFailed(FORM_TOO_LARGE)
    body: bytes = environ["wsgi.input"].read(int(length))
    return body


def routed_path(environ: "WSGIEnvironment") -> str:
    """What follows SCRIPT_NAME, decoded."""
    return _decoded(environ.get("PATH_INFO", ""))


def _decoded(path: str) -> str:
    """PEP 3333, "Unicode issues"."""
    return path.encode("latin-1", "replace").decode("utf-8", "replace")
