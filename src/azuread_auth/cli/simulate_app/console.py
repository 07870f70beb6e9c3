"""The page of the simulation and its parts, for browsers on this machine that came to it by its own address."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Final
from urllib.parse import urlsplit

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.cli.simulate_app.activity import activity
from azuread_auth.cli.simulate_app.markup import start_page
from azuread_auth.cli.simulate_app.orders import minted
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.refusals import NO_STORE
from azuread_auth.simulation.request_form import header_of
from azuread_auth.simulation.server import is_loopback_name
from azuread_auth.simulation.tenant import SimulatedTenant

__all__ = ["Console"]

_FILES: Final[Mapping[str, str]] = {
    "/simulation/console.css": "text/css; charset=utf-8",
    "/simulation/console.js": "text/javascript; charset=utf-8",
}
_PATHS: Final = ("/", "/simulation/requests", "/simulation/tokens", *_FILES)
# Nobody else's page may read an answer, not even as an image or a script (Fetch, Cross-Origin-Resource-Policy).
_HEADERS: Final = {**NO_STORE, "x-content-type-options": "nosniff", "cross-origin-resource-policy": "same-origin"}
_JSON: Final = "application/json"


class Console:
    """Answers what is asked of the page; everything else is the tenant's.

    Anybody who reaches it may have a token of anybody, so it is for pages of its own alone: it answers to names of
    this machine only, allows no other origin to read, and mints for its own page only.
    """

    def __init__(self, tenant: SimulatedTenant, *, environ: Mapping[str, str]) -> None:
        self._tenant = tenant
        self._environ = environ
        self._names: Final[Mapping[str, str]] = {user.object_id: user.name for user in tenant.users.values()}

    def answer(self, request: HttpRequest) -> HttpResponse | None:
        """The page, a part of it, or None for addresses that are not the page's."""
        path = urlsplit(request.url).path
        if path not in _PATHS:
            return None
        if not is_loopback_name(header_of(request, "host")):
            return _text(421, "This page answers to 127.0.0.1 and localhost alone.")
        if path == "/simulation/tokens":
            return self._token(request) if request.method == "POST" else _not_allowed("POST")
        return self._document(path, request) if request.method in ("GET", "HEAD") else _not_allowed("GET, HEAD")

    def _document(self, path: str, request: HttpRequest) -> HttpResponse:
        if path == "/simulation/requests":
            return _json(200, activity(self._tenant, self._names, known=urlsplit(request.url).query))
        if path in _FILES:
            content = files("azuread_auth.cli.simulate_app").joinpath("page", path.rpartition("/")[2]).read_bytes()
            return HttpResponse(status=200, headers={**_HEADERS, "content-type": _FILES[path]}, body=content)
        response = start_page(self._tenant, environ=self._environ)
        return HttpResponse(status=200, headers={**response.headers, **_HEADERS}, body=response.body)

    def _token(self, request: HttpRequest) -> HttpResponse:
        if not _is_from_own_page(request):
            return _json(403, {"problem": "tokens are minted for the page of the simulation alone"})
        media_type = (header_of(request, "content-type") or "").partition(";")[0].strip().lower()
        if media_type != _JSON:
            return _json(415, {"problem": f"the order is not {_JSON}"})
        try:
            return _json(200, minted(request.body, self._tenant).document())
        except ConfigurationError as error:
            return _json(400, {"problem": str(error)})


def _is_from_own_page(request: HttpRequest) -> bool:
    """Whether the browser says so; who says nothing is no browser, and has the token endpoint."""
    own = f"{urlsplit(request.url).scheme}://{header_of(request, 'host')}".lower()
    site = header_of(request, "sec-fetch-site")
    return header_of(request, "origin") == own and site in (None, "same-origin")


def _json(status: int, document: object) -> HttpResponse:
    headers = {**_HEADERS, "content-type": f"{_JSON}; charset=utf-8"}
    return HttpResponse(status=status, headers=headers, body=json.dumps(document).encode())


def _text(status: int, text: str, **headers: str) -> HttpResponse:
    plain = {**_HEADERS, "content-type": "text/plain; charset=utf-8", **headers}
    return HttpResponse(status=status, headers=plain, body=f"{text}\n".encode())


def _not_allowed(methods: str) -> HttpResponse:
    return _text(405, "This method has no meaning here.", allow=methods)
