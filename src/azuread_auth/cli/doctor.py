"""`azuread-auth doctor`: what is right and wrong with an installation."""

import argparse
from typing import Final

from azuread_auth.cli.command import Command, ExitCode
from azuread_auth.cli.surroundings import Surroundings

__all__ = ["COMMAND"]

_DESCRIPTION: Final = """\
Checks an installation where it runs: the settings and what is loose in them, the provider's metadata, keys and clock,
the credential and whether a token can be got with it, the store that processes share. For each check it says what was
found, and where something is wrong, what was expected and what to do. Tokens that it gets are thrown away, and no
secret is printed.

The settings are those of the environment (AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_AD_...), or with --app those that
the application's middleware has; the application is imported for that, as a server would import it, and a function
that makes it is called. Its routes are listed with what each wants of its callers, where it is one of Starlette or
FastAPI. A checklist says what the app registration has to have for this configuration, these routes, Flask's
decorators, and the tools, resources and prompts of MCP servers: who may sign in, scopes and roles, redirect URIs,
optional claims, federated credentials, permissions and consent; also as commands of the Azure CLI, and with what cannot
be seen from here. The registration itself is not looked at, and nothing is changed. A Django project is examined by
manage.py check; there is no checklist of it.
"""


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--app",
        metavar="MODULE:ATTRIBUTE",
        help="the application to look at too, such as main:app, or the function that makes it",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object for other programs")


def _run(arguments: argparse.Namespace, surroundings: Surroundings) -> ExitCode:
    from azuread_auth.cli.checkup.checkup import check_up  # noqa: PLC0415 - the other commands start without
    from azuread_auth.cli.checkup.finding import Outcome  # noqa: PLC0415 - the same
    from azuread_auth.cli.checkup.report import json_report, text_report  # noqa: PLC0415 - the same

    checkup = check_up(surroundings, application=arguments.app)
    surroundings.say((json_report if arguments.json else text_report)(checkup))
    if not checkup.has_settings:
        return ExitCode.UNUSABLE
    return ExitCode.REFUSED if checkup.worst is Outcome.FAILED else ExitCode.OK


COMMAND: Final = Command(
    name="doctor",
    summary="check settings, provider, credential and application, and say what to mend",
    description=_DESCRIPTION,
    configure=_configure,
    run=_run,
)
