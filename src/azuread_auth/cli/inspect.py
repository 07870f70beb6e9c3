"""`azuread-auth inspect`: a token explained check by check."""

import argparse
from typing import TYPE_CHECKING, Final

from azuread_auth.cli.command import Command, ExitCode
from azuread_auth.cli.surroundings import Surroundings
from azuread_auth.errors import ConfigurationError
from azuread_auth.ports import Event

if TYPE_CHECKING:
    from azuread_auth._settings.overrides import SettingOverrides
    from azuread_auth.cli.inspection.inspection import Inspection
    from azuread_auth.settings import AzureAdSettings

__all__ = ["COMMAND"]

_DESCRIPTION: Final = """\
Explains an access token: what its header and claims say, the verdict of each check that the middleware makes, and how
to mend what fails. The rules are the middleware's own. Nothing in the token is believed before its signature is good,
and the token itself is never printed.

The settings are those of the environment (AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_AD_...), as for the application;
the options below go before them. Without any, the token is only decoded. The provider's keys are fetched as the
application would fetch them, so the network is used unless the settings point at a simulated tenant.
"""
_ARGUMENT_HELP: Final = (
    "the token, with or without 'Bearer' before it. A token among the arguments stays in the shell's history and can "
    "be seen by other users of the machine: pipe it in instead. '-' or nothing reads standard input"
)
_OPTIONS: Final = {
    "--tenant-id": "the tenant whose tokens are good: a GUID or a verified domain",
    "--client-id": "the app registration of your API",
    "--authority-host": "the login host of another cloud, such as login.microsoftonline.us",
    "--authority-url": "the whole authority, for External ID, B2C and custom domains",
}


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("token", nargs="*", metavar="TOKEN|-", help=_ARGUMENT_HELP)
    for option, meaning in _OPTIONS.items():
        parser.add_argument(option, help=meaning)
    parser.add_argument("--audience", action="append", default=[], help="accept this in aud too; can be repeated")
    parser.add_argument("--show-personal", action="store_true", help="show names, addresses and the like unmasked")
    parser.add_argument("--json", action="store_true", help="print a JSON object for other programs")


def _run(arguments: argparse.Namespace, surroundings: Surroundings) -> ExitCode:
    from azuread_auth.cli.inspection.inspection import Verdict  # noqa: PLC0415 - the other commands start without
    from azuread_auth.cli.inspection.report import json_report, text_report  # noqa: PLC0415 - the same
    from azuread_auth.cli.inspection.token_input import read_token  # noqa: PLC0415 - the same

    token = read_token(arguments.token, surroundings)
    inspection = _inspected(token, arguments, surroundings)
    report = json_report if arguments.json else text_report
    surroundings.say(report(inspection, now=surroundings.now(), show_personal=arguments.show_personal))
    codes = {Verdict.GOOD: ExitCode.OK, Verdict.REFUSED: ExitCode.REFUSED, Verdict.UNDECIDED: ExitCode.UNUSABLE}
    return codes[inspection.verdict]


def _inspected(token: str, arguments: argparse.Namespace, surroundings: Surroundings) -> "Inspection":
    from azuread_auth.cli.inspection.inspection import inspect_text, inspect_token  # noqa: PLC0415 - as above
    from azuread_auth.client import AzureAdClient  # noqa: PLC0415 - as above

    try:
        settings = _settings(arguments, surroundings)
    except ConfigurationError as error:
        return inspect_text(token, problem=str(error))
    with AzureAdClient(settings, observer=_Silence()) as client:
        return inspect_token(token, client)


def _settings(arguments: argparse.Namespace, surroundings: Surroundings) -> "AzureAdSettings":
    from azuread_auth.settings import AzureAdSettings  # noqa: PLC0415 - as above

    # How the application proves itself to others does not matter for the tokens that come in.
    overrides: SettingOverrides = {"credential": None}
    if arguments.tenant_id:
        overrides["tenant_id"] = arguments.tenant_id
    if arguments.client_id:
        overrides["client_id"] = arguments.client_id
    if arguments.authority_host:
        overrides["authority_host"] = arguments.authority_host
    if arguments.authority_url:
        overrides["authority_url"] = arguments.authority_url
    if arguments.audience:
        overrides["audiences"] = tuple(arguments.audience)
    return AzureAdSettings.from_env(surroundings.environ, **overrides)


class _Silence:
    """The report says it all, so nothing needs to be logged."""

    def record(self, event: Event) -> None:
        """Take no note."""


COMMAND: Final = Command(
    name="inspect",
    summary="explain a token check by check",
    description=_DESCRIPTION,
    configure=_configure,
    run=_run,
)
