"""`azuread-auth demo`: a protected API, pages behind a sign-in, a simulated tenant, and what becomes of tokens."""

import argparse
import json
import logging
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from azuread_auth.cli.command import Command, ExitCode
from azuread_auth.cli.surroundings import Surroundings
from azuread_auth.errors import ConfigurationError

if TYPE_CHECKING:
    from azuread_auth.simulation.tenant import SimulatedTenant

__all__ = ["COMMAND", "has_browser"]

_DESCRIPTION: Final = """\
Starts a simulated tenant and a small FastAPI application that it protects, both on this machine alone, and prints the
address of a page on which you can send good and bad tokens, and see what the caller and what the operator get to know.
From there you can sign in: a profile, another API that is called for you, a page that wants a stronger sign-in, one for
administrators. It needs no tenant and no network. Ctrl-C ends it.
"""
_EXTRA: Final = ("fastapi", "starlette", "uvicorn")


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=_port, help="where to serve; by default 8400, or any free port when that is taken"
    )
    parser.add_argument("--no-browser", action="store_true", help="open no browser; without a display none is anyway")
    parser.add_argument("--json", action="store_true", help="print the addresses as one JSON object on one line")


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() and text.isascii() else -1
    if not 0 <= port <= 65_535:
        message = "a port is a number from 0 (any free one) to 65535"
        raise argparse.ArgumentTypeError(message)
    return port


def _run(arguments: argparse.Namespace, surroundings: Surroundings) -> ExitCode:
    try:
        from azuread_auth.cli.demo_app.server import run_demo  # noqa: PLC0415 - it needs an extra
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in _EXTRA:
            raise
        message = f'{error.name} is not installed; pip install "azuread-auth[demo]"'
        raise ConfigurationError(message) from error

    def announce(url: str, tenant: "SimulatedTenant") -> None:
        surroundings.say(_json_notice(url, tenant) if arguments.json else _notice(url, tenant))
        if not arguments.no_browser and has_browser(surroundings):
            # Some browsers return only when they are closed, and the page is not served before this does.
            threading.Thread(target=surroundings.open_browser, args=(url,), daemon=True).start()

    _log_to(surroundings)
    run_demo(port=arguments.port, announce=announce)
    return ExitCode.OK


def has_browser(surroundings: Surroundings) -> bool:
    """Whether somebody sits at a screen: a browser in the terminal would only be in the way."""
    if not surroundings.stdout.isatty():
        return False
    environ: Mapping[str, str] = surroundings.environ
    is_desktop = surroundings.platform in ("darwin", "win32")
    return is_desktop or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def _notice(url: str, tenant: "SimulatedTenant") -> str:
    return (
        "azuread-auth demo\n\n"
        f"  open this page     {url}\n"
        f"  simulated tenant   {tenant.authority_host}  ({tenant.tenant_id})\n\n"
        "What follows is the application's log, as its operator sees it. Ctrl-C ends the demo.\n"
    )


def _json_notice(url: str, tenant: "SimulatedTenant") -> str:
    return json.dumps({"url": url, "provider": tenant.authority_host, "environ": tenant.environ()})


def _log_to(surroundings: Surroundings) -> None:
    logging.basicConfig(
        stream=surroundings.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("azuread_auth").setLevel(logging.INFO)


COMMAND: Final = Command(
    name="demo",
    summary="see an application accept and refuse tokens, and sign in to it, in your browser",
    description=_DESCRIPTION,
    configure=_configure,
    run=_run,
)
