"""`azuread-auth simulate`: a simulated tenant on this machine, for applications, tests and other clients."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from azuread_auth.cli.command import Command, ExitCode
from azuread_auth.cli.surroundings import Surroundings

if TYPE_CHECKING:
    from azuread_auth.cli.simulate_app.server import RunningTenant

__all__ = ["COMMAND"]

_DESCRIPTION: Final = """\
Serves a simulated tenant on this machine alone, and prints the environment that points an application at it, as export
lines for a shell. Its page shows the accounts, mints tokens, and lists what the tenant was asked. It needs no tenant
and no network, and everything is gone when Ctrl-C ends it.

With --tls it serves https, as MSAL, azure-identity and others want it. The certificate is of an authority that is made
for the run: its key is kept nowhere, it vouches for 127.0.0.1 and localhost alone, and the file with its certificate is
in the environment that is printed. No system store is changed.
"""


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=_port, help="where to serve; by default 8402, or any free port when that is taken"
    )
    parser.add_argument("--tls", action="store_true", help="serve https, with a certificate made for the run")
    parser.add_argument(
        "--users", metavar="FILE", help="a directory in TOML: its tenants, users, groups and applications"
    )
    parser.add_argument(
        "--certificate",
        action="store_true",
        help="print AZURE_CLIENT_CERTIFICATE_PATH in place of the application's secret",
    )
    parser.add_argument(
        "--env-file",
        metavar="PATH",
        help="write the export lines to a file too, for you alone: once everything is served, and until it ends",
    )
    parser.add_argument("--json", action="store_true", help="print addresses and environment as one line of JSON")


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() and text.isascii() else -1
    if not 0 <= port <= 65_535:
        message = "a port is a number from 0 (any free one) to 65535"
        raise argparse.ArgumentTypeError(message)
    return port


def _run(arguments: argparse.Namespace, surroundings: Surroundings) -> ExitCode:
    from azuread_auth.cli.simulate_app.server import run_simulation  # noqa: PLC0415 - the other commands start without

    def announce(running: "RunningTenant") -> None:
        surroundings.say(_json_notice(running) if arguments.json else _notice(running))

    run_simulation(
        port=arguments.port,
        tls=arguments.tls,
        with_certificate=arguments.certificate,
        users=arguments.users,
        env_file=None if arguments.env_file is None else (Path(arguments.env_file), _notice),
        announce=announce,
    )
    return ExitCode.OK


def _notice(running: "RunningTenant") -> str:
    from azuread_auth.cli.simulate_app.env_file import HEADING  # noqa: PLC0415 - as above
    from azuread_auth.cli.simulate_app.exports import export_lines  # noqa: PLC0415 - as above

    return (
        f"{HEADING}nothing here is real. The page is {running.origin}/ and Ctrl-C ends it.\n"
        f"{export_lines(running.environ)}"
    )


def _json_notice(running: "RunningTenant") -> str:
    return json.dumps(
        {
            "url": f"{running.origin}/",
            "provider": running.origin,
            "environ": running.environ,
            "client_secret": running.tenant.client_secret,
        }
    )


COMMAND: Final = Command(
    name="simulate",
    summary="serve a simulated tenant, for applications and tests without a real one",
    description=_DESCRIPTION,
    configure=_configure,
    run=_run,
)
