"""The simulated tenant steered by another process, over HTTP on this machine."""

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth._protocol.strict_json import parse_object
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.control_commands import COMMANDS, QUESTIONS
from azuread_auth.simulation.directory import IN_PROCESS_HOST, origin_of
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.request_form import header_of, query_of
from azuread_auth.simulation.strict_table import Table

if TYPE_CHECKING:
    from azuread_auth.simulation.tenant import SimulatedTenant

__all__ = ["CONTROL_PATH", "ControlEndpoints"]

CONTROL_PATH: Final = "/simulation/control"
_HEADERS: Final = {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


class _Denied(Exception):
    def __init__(self, status: int, text: str) -> None:
        self.status: Final = status
        self.text: Final = text
        super().__init__(text)


class ControlEndpoints:
    """Answers below `/simulation/control` where the tenant serves, also while it is down.

    No page in a browser can steer it: the host must be a name of this machine, which a page reached by DNS rebinding
    does not have; what a browser says of the page must be this very origin; and commands must be JSON by their content
    type, which no form is.
    """

    def __init__(self, tenant: "SimulatedTenant") -> None:
        self._tenant = tenant

    def is_meant(self, request: HttpRequest) -> bool:
        """Whether a request is for these endpoints; in process there are none."""
        origin, path = origin_of(request.url), urlsplit(request.url).path
        is_served = origin == self._tenant.authority_host and origin != IN_PROCESS_HOST
        return is_served and (path == CONTROL_PATH or path.startswith(f"{CONTROL_PATH}/"))

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The answer, good or bad."""
        try:
            _check_origin(request)
            return _json(self._outcome(request))
        except _Denied as denied:
            return _json({"error": denied.text}, status=denied.status)
        except ConfigurationError as error:
            return _json({"error": str(error)}, status=400)
        except Refused:
            return _json({"error": "a parameter of the URL is there twice, or badly encoded"}, status=400)

    def _outcome(self, request: HttpRequest) -> dict[str, object]:
        name = urlsplit(request.url).path.removeprefix(CONTROL_PATH).strip("/")
        if name in QUESTIONS:
            _check_method(request, "GET")
            return QUESTIONS[name](self._tenant, query_of(request))
        if name not in COMMANDS:
            known = ", ".join(filter(None, (*COMMANDS, *QUESTIONS)))
            raise _Denied(404, f"there is no such command; expected one of {known}")
        _check_method(request, "POST")
        arguments = Table(_arguments(request))
        command = COMMANDS[name](arguments)
        arguments.close()
        return command(self._tenant) or {}


def _check_origin(request: HttpRequest) -> None:
    from azuread_auth.simulation.server import is_loopback_name  # noqa: PLC0415 - http.server is needed to serve only

    host = header_of(request, "host")
    if host is None or not is_loopback_name(host):
        raise _Denied(403, "the Host header is no name of this machine; expected 127.0.0.1 or localhost")
    origin = header_of(request, "origin")
    if origin is not None and origin.lower() != f"{urlsplit(request.url).scheme}://{host.lower()}":
        raise _Denied(403, "the request comes from a page of another origin")
    if header_of(request, "sec-fetch-site") not in (None, "same-origin", "none"):
        raise _Denied(403, "the request comes from a page of another site")


def _check_method(request: HttpRequest, method: str) -> None:
    if request.method != method:
        raise _Denied(405, f"expected a {method} request")


def _arguments(request: HttpRequest) -> dict[str, object]:
    media_type = (header_of(request, "content-type") or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise _Denied(415, "expected the content type application/json")
    try:
        return parse_object(request.body or b"{}")
    except (ValueError, RecursionError):
        raise _Denied(400, "expected a JSON object") from None


def _json(document: dict[str, object], *, status: int = 200) -> HttpResponse:
    return HttpResponse(status=status, headers=_HEADERS, body=json.dumps(document).encode())
