"""Applications with sign-in, with the sessions of their own framework, and with neither; all have the same page."""

import asyncio
from collections.abc import Mapping
from typing import Any

from apps import DOCUMENT, Asgi, starlette_app
from flask import Flask, Response, jsonify, session
from session_browser import BASE_URL, Put, asgi_replies, wsgi_replies
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse

from azuread_auth import AzureAdSettings, asgi, wsgi
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.web_login import WebLogin

__all__ = [
    "CLAIMS_PAGE",
    "PAGE",
    "asgi_putter",
    "flask_page",
    "flask_with_login",
    "flask_with_sessions",
    "new_tenant",
    "starlette_with_login",
    "starlette_with_sessions",
    "wsgi_putter",
]

PAGE = "/reports/1"
CLAIMS_PAGE = "/claims"
_KEY = bytes(range(32))


def new_tenant() -> SimulatedTenant:
    """A tenant that knows the application's addresses."""
    tenant = SimulatedTenant()
    tenant.add_redirect_uri(f"{BASE_URL}/auth/callback")
    return tenant


def asgi_putter(runner: asyncio.Runner, app: Asgi) -> Put:
    return lambda requests: runner.run(asgi_replies(app, requests))


def wsgi_putter(app: Flask) -> Put:
    return lambda requests: wsgi_replies(app, requests)


def starlette_with_login(settings: AzureAdSettings, **login: Any) -> Asgi:  # noqa: ANN401 - see WebLogin
    """One page more than the others have: it reads the claims of the session."""
    app = starlette_app()

    async def read_claims(request: Request) -> JSONResponse:
        return JSONResponse(DOCUMENT if "name" in request.user.claims else {})

    app.add_route(CLAIMS_PAGE, read_claims)
    app.add_middleware(asgi.AzureAdAuth, settings=settings, login=_login(login))
    return app


def starlette_with_sessions(kept: Mapping[str, object]) -> Asgi:
    """Starlette's SessionMiddleware; `/begin` puts into the session what is kept of somebody."""
    app = starlette_app()

    async def begin(request: Request) -> JSONResponse:
        request.session.update(kept)
        return JSONResponse({})

    app.add_route("/begin", begin)
    app.add_middleware(SessionMiddleware, secret_key=_KEY.hex())
    return app


def flask_page() -> Flask:
    app = Flask(__name__)

    @app.get(PAGE)
    def report() -> Response:
        return jsonify(DOCUMENT)

    return app


def flask_with_login(settings: AzureAdSettings, **login: Any) -> Flask:  # noqa: ANN401 - see WebLogin
    app = flask_page()
    app.wsgi_app = wsgi.AzureAdAuth(app.wsgi_app, settings, login=_login(login))  # type: ignore[method-assign]
    return app


def flask_with_sessions(kept: Mapping[str, object]) -> Flask:
    """Flask's own sessions, which it opens for each request; `/begin` as above."""
    app = flask_page()
    app.secret_key = _KEY.hex()

    @app.get("/begin")
    def begin() -> Response:
        session.update(kept)
        return jsonify({})

    return app


def _login(more: dict[str, Any]) -> WebLogin:
    return WebLogin(base_url=BASE_URL, cookie_keys=[_KEY], **more)
