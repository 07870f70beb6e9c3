"""Runs the sample application on a loopback port until somebody ends it."""

import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import uvicorn

from azuread_auth.cli.demo_app.application import build_application, origin_at
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.tenant import SimulatedTenant

__all__ = ["APP_PORT", "TENANT_PORT", "listen", "run_demo"]

APP_PORT: Final = 8400
TENANT_PORT: Final = 8401
_LOOPBACK: Final = "127.0.0.1"
_GRACE_SECONDS: Final = 2  # for answers that are under way, when the server is told to end


def run_demo(*, port: int | None, announce: Callable[[str, SimulatedTenant], None]) -> None:
    """Serve until SIGINT or SIGTERM. `announce` is told the page's address when it can be opened.

    `port` None: the usual one, or any free one when it is taken. Raises ConfigurationError when `port` is taken.
    """
    with listen(port) as listener, SimulatedTenant() as tenant:
        _serve_tenant(tenant)
        bound: int = listener.getsockname()[1]
        config = uvicorn.Config(
            build_application(tenant, port=bound),
            lifespan="on",
            log_config=None,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        server = uvicorn.Server(config)
        with _ended_by_signals(server):
            announce(f"{origin_at(bound)}/", tenant)
            server.run(sockets=[listener])


def listen(port: int | None) -> socket.socket:
    """A socket that listens on a loopback port: from then on connections wait until they are served."""
    wanted = (APP_PORT, 0) if port is None else (port,)
    for candidate in wanted:
        try:
            return socket.create_server((_LOOPBACK, candidate))
        except OSError:
            continue
    message = f"port {port} of {_LOOPBACK} is taken; choose another with --port, or leave it out for any free one"
    raise ConfigurationError(message)


def _serve_tenant(tenant: SimulatedTenant) -> None:
    try:
        tenant.serve(TENANT_PORT)
    except ConfigurationError:  # the usual port is taken
        tenant.serve()


@contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Generator[None]:
    """Ctrl-C and SIGTERM end the server, also before it has begun.

    uvicorn raises a signal again after it has shut down; that finds these handlers, so that the program ends normally.
    """

    def end(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
