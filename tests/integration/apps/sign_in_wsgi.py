"""A plain WSGI application with sign-in. Each answer names the worker that gave it."""

import hashlib
import json
import os
import time
from urllib.parse import parse_qs

from outbound_worker import shared_store

from azuread_auth import Account, AzureAdClient, AzureAdSettings, WebLogin
from azuread_auth._adapters.blocking_runtime import BlockingRuntime
from azuread_auth.wsgi import AzureAdAuth

AHEAD_SECONDS = float(os.environ["SIGN_IN_CLOCK_AHEAD"])

settings = AzureAdSettings.from_env()
client = AzureAdClient(
    settings,
    shared_store(settings) if settings.redis_url else None,
    runtime=BlockingRuntime(now=lambda: time.time() + AHEAD_SECONDS),
)


def application(environ, start_response):
    """Answer with what the page says."""
    body = json.dumps(PAGES.get(environ["PATH_INFO"], nothing)(environ)).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def who(environ):
    """Who is there."""
    return {"caller": environ["azuread_auth.principal"].username}


def orders(environ):
    """Which token the user has for the next API."""
    token = client.acquire_token_for_user(environ["azuread_auth.principal"], "api://orders/Orders.Read")
    return {"token": hashlib.sha256(token.reveal().encode()).hexdigest()}


def end_sessions(environ):
    """What the operator does when somebody leaves."""
    (user,) = parse_qs(environ["QUERY_STRING"])["user"]
    client.end_sessions(Account(settings.tenant_id, user))
    return {}


def nothing(environ):
    """Nothing but the worker's name."""
    return {}


PAGES = {"/": who, "/orders": orders, "/operator": end_sessions}
protected = AzureAdAuth(application, client=client, login=WebLogin.from_env(), public_paths=("/operator", "/healthz"))


def app(environ, start_response):
    """Add the process id to each answer, those of sign-in too."""

    def named(status, headers, *error):
        return start_response(status, [*headers, ("X-Worker", str(os.getpid()))], *error)

    return protected(environ, named)
