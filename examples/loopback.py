"""What the examples share: a simulated tenant and a server, both on 127.0.0.1, and calls to try.

An application of yours needs none of this: `uvicorn --factory fastapi_api:create_app` or
`gunicorn "flask_api:create_app()"`, with AZURE_TENANT_ID and AZURE_CLIENT_ID in the environment.
"""

import argparse
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import WSGIApplication

import httpx2
from starlette.types import ASGIApp

from azuread_auth import AzureAdSettings
from azuread_auth.simulation import SimulatedTenant

__all__ = [
    "HOST",
    "PORT",
    "Call",
    "asgi_server",
    "check_calls",
    "run_asgi",
    "run_asgi_in",
    "run_wsgi",
    "wait_for_ctrl_c",
    "wsgi_server",
]

HOST = "127.0.0.1"
PORT = 8000

CreateApp = Callable[[AzureAdSettings], Any]
CreateAppIn = Callable[[Mapping[str, str]], Any]
Surroundings = Callable[[SimulatedTenant], AbstractContextManager[Mapping[str, str]]]
Serve = Callable[[Any, int], AbstractContextManager[str]]


@dataclass(frozen=True, slots=True)
class Call:
    """A call to try: what it shows, where to, with which token (None: without), and the status it gets."""

    meaning: str
    path: str
    token: Mapping[str, Any] | None
    status: int


def run_asgi(create_app: CreateApp, calls: Sequence[Call]) -> None:
    """Serve an ASGI application by uvicorn until Ctrl-C; with --check make the calls and end."""
    _run(create_app, calls, asgi_server)


def run_wsgi(create_app: CreateApp, calls: Sequence[Call]) -> None:
    """Serve a WSGI application by the standard library's server until Ctrl-C; with --check make the calls and end."""
    _run(create_app, calls, wsgi_server)


def run_asgi_in(surroundings: Surroundings, create_app: CreateAppIn, calls: Sequence[Call]) -> None:
    """As `run_asgi`, for one that calls others: `surroundings` starts them, and gives the environment."""
    with SimulatedTenant() as tenant, surroundings(tenant) as environ:
        _run_app(create_app(environ), tenant, calls, asgi_server)


def _run(create_app: CreateApp, calls: Sequence[Call], serve: Serve) -> None:
    with SimulatedTenant() as tenant:
        _run_app(create_app(AzureAdSettings.from_env(tenant.environ())), tenant, calls, serve)


def _run_app(app: object, tenant: SimulatedTenant, calls: Sequence[Call], serve: Serve) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="make the calls once, print what came back, and end")
    is_check = parser.parse_args().check
    with serve(app, 0 if is_check else PORT) as origin:
        if is_check:
            sys.exit(0 if check_calls(origin, tenant, calls) else 1)
        _print_calls(origin, tenant, calls)
        wait_for_ctrl_c()


def check_calls(origin: str, tenant: SimulatedTenant, calls: Sequence[Call]) -> bool:
    """Make the calls, print what comes back, and say whether each got its status."""
    is_right = True
    with httpx2.Client(base_url=origin, trust_env=False) as http:
        for call in calls:
            headers = {} if call.token is None else tenant.headers(**call.token)
            response = http.get(call.path, headers=headers)
            print(f"{response.status_code}  GET {call.path}, {call.meaning}: {response.text.strip()}")
            is_right = is_right and response.status_code == call.status
    return is_right


def _print_calls(origin: str, tenant: SimulatedTenant, calls: Sequence[Call]) -> None:
    print(f"Serving on {origin}, and a simulated tenant on {tenant.authority_host}. Ctrl-C ends both.")
    for call in calls:
        header = "" if call.token is None else f" -H 'Authorization: Bearer {tenant.mint_token(**call.token)}'"
        print(f"\n# {call.meaning}: {call.status}\ncurl -i {origin}{call.path}{header}", flush=True)


def wait_for_ctrl_c() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print()


@contextmanager
def asgi_server(app: ASGIApp, port: int) -> Iterator[str]:
    """Serve an ASGI application inside a `with` block; gives the address."""
    import uvicorn  # noqa: PLC0415 - the WSGI examples do without it

    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with _listening_socket(port) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield f"http://{HOST}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _listening_socket(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError:  # taken: any other will do
        return socket.create_server((HOST, 0))


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing: the calls print what matters."""


@contextmanager
def wsgi_server(app: WSGIApplication, port: int) -> Iterator[str]:
    """Serve a WSGI application inside a `with` block; gives the address."""
    try:
        server = make_server(HOST, port, app, _Server, _QuietHandler)
    except OSError:  # taken: any other will do
        server = make_server(HOST, 0, app, _Server, _QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
