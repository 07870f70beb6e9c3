"""`azuread-auth token`: a token for the application, for a user at this machine, or for one at another device."""

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from azuread_auth.cli.command import Command, ExitCode
from azuread_auth.cli.surroundings import Surroundings
from azuread_auth.errors import AzureAdError, ConfigurationError

if TYPE_CHECKING:
    from azuread_auth.access_token import AccessToken
    from azuread_auth.client import AzureAdClient
    from azuread_auth.settings import AzureAdSettings

    Acquire = Callable[[argparse.Namespace, Surroundings, AzureAdClient], AccessToken]

__all__ = ["COMMANDS"]

_ABOUT_OUTPUT: Final = """\
The settings are those of the environment (AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_AD_...), as for the application. The
token is newly issued, kept nowhere, and masked: what is printed is whom it is for and what it says. With --reveal the
token alone goes to standard output, for $(...), and everything else to standard error.
"""
_APP: Final = f"""\
Gets a token for the application itself (client credentials, or a managed identity), with the configured credential.

{_ABOUT_OUTPUT}"""
_DEVICE: Final = f"""\
Signs a user in on another device: prints an address and a code, and waits until somebody has entered it there.
Ctrl-C gives up.

{_ABOUT_OUTPUT}"""
_USER: Final = f"""\
Signs a user in with the browser of this machine (authorization code with PKCE), and waits 5 minutes for that. The app
registration needs the redirect URI http://localhost, best of the platform "Mobile and desktop applications".

{_ABOUT_OUTPUT}"""
_SIGN_IN_SECONDS: Final = 300.0
_MODE: Final = "AZURE_AD_SIMULATION_MODE"


def _configure_app(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "scopes", nargs="*", metavar="SCOPE", help="the API, as https://graph.microsoft.com/.default: one that ends so"
    )
    _configure(parser)


def _configure_device(parser: argparse.ArgumentParser) -> None:
    _configure_scopes(parser)
    _configure(parser)


def _configure_user(parser: argparse.ArgumentParser) -> None:
    _configure_scopes(parser)
    parser.add_argument("--port", type=_port, default=0, help="where to wait for the browser; by default any free port")
    parser.add_argument("--login-hint", help="the user name to fill in")
    parser.add_argument("--prompt", help="what to ask the user for: login, select_account, consent, create or none")
    parser.add_argument("--no-browser", action="store_true", help="open no browser, only print the address")
    _configure(parser)


def _configure_scopes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "scopes", nargs="*", metavar="SCOPE", help="scopes of one API, such as User.Read or api://orders/Orders.Read"
    )


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tenant", help="another tenant than the configured one: a GUID or a verified domain")
    parser.add_argument("--claims", metavar="JSON", help="a claims request to pass on, as a claims challenge brings it")
    parser.add_argument("--reveal", action="store_true", help="print the token itself, alone on standard output")
    parser.add_argument("--json", action="store_true", help="print a JSON object for other programs, errors too")


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() and text.isascii() else -1
    if not 0 <= port <= 65_535:
        message = "a port is a number from 0 (any free one) to 65535"
        raise argparse.ArgumentTypeError(message)
    return port


def _for_app(arguments: argparse.Namespace, _: Surroundings, client: "AzureAdClient") -> "AccessToken":
    if client.settings.credential is None:
        message = (
            "the environment has no credential, and an application has to prove itself; set AZURE_CLIENT_SECRET, "
            "AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE or AZURE_USE_MANAGED_IDENTITY, or "
            "AZURE_AD_CREDENTIAL=azure_cli"
        )
        raise ConfigurationError(message)
    return client.acquire_token_for_app(*arguments.scopes, tenant_id=arguments.tenant, claims=arguments.claims)


def _for_device(arguments: argparse.Namespace, surroundings: Surroundings, client: "AzureAdClient") -> "AccessToken":
    device = client.start_device_code(*arguments.scopes, tenant_id=arguments.tenant, claims=arguments.claims)
    surroundings.warn(device.message)
    return client.acquire_token_by_device_code(device)


def _for_user(arguments: argparse.Namespace, surroundings: Surroundings, client: "AzureAdClient") -> "AccessToken":
    from azuread_auth.cli.acquisition.browser import show  # noqa: PLC0415 - the other commands start without
    from azuread_auth.cli.acquisition.callback import CallbackListener  # noqa: PLC0415 - the same

    _check_any(arguments.scopes)
    with CallbackListener(port=arguments.port) as listener:
        request = client.start_authorization(
            redirect_uri=listener.redirect_uri,
            scopes=arguments.scopes,
            tenant_id=arguments.tenant,
            claims=arguments.claims,
            prompt=arguments.prompt,
            login_hint=arguments.login_hint,
        )
        listener.expect(request.state)
        show(request.url, surroundings, opens_browser=not arguments.no_browser)
        answer = listener.wait(seconds=_SIGN_IN_SECONDS)
    return client.acquire_token_by_authorization_code(request, answer)


def _check_any(scopes: list[str]) -> None:
    if not scopes:
        message = 'no scope of an API was given; expected one such as "User.Read" or "api://orders/Orders.Read"'
        raise ConfigurationError(message)


def _running(name: str, acquire: "Acquire") -> Callable[[argparse.Namespace, Surroundings], ExitCode]:
    def run(arguments: argparse.Namespace, surroundings: Surroundings) -> ExitCode:
        from azuread_auth.cli.acquisition.failure import (  # noqa: PLC0415 - the other commands start without
            exit_code_of,
            json_failure,
            text_failure,
        )

        try:
            settings = _settings(surroundings.environ)
            # A sign-in with a browser is real, whatever the mode is.
            is_simulated = settings.simulation is not None and acquire is not _for_user
            if is_simulated:
                surroundings.warn(f"SIMULATED: {_MODE} is replay, so that the token is made up and good for nothing")
            token = _acquired(arguments, surroundings, settings, acquire)
        except AzureAdError as error:
            if arguments.json:
                surroundings.say(json_failure(error))
            else:
                surroundings.warn(f"azuread-auth {name}: {text_failure(error)}")
            return exit_code_of(error)
        _tell(token, arguments, surroundings, is_simulated=is_simulated)
        return ExitCode.OK

    return run


def _settings(environ: Mapping[str, str]) -> "AzureAdSettings":
    """Those of the environment. Raises ConfigurationError rather than replace a recording."""
    from azuread_auth.settings import AzureAdSettings  # noqa: PLC0415 - as above

    settings = AzureAdSettings.from_env(environ)
    path = getattr(settings.simulation, "path", "")
    if getattr(settings.simulation, "mode", "") == "recording":
        message = (
            f"{_MODE} is recording, and the answer to this command would take the place of the recording {path}; set "
            f"{_MODE} to disabled for it"
        )
        raise ConfigurationError(message)
    return settings


def _acquired(
    arguments: argparse.Namespace, surroundings: Surroundings, settings: "AzureAdSettings", acquire: "Acquire"
) -> "AccessToken":
    from azuread_auth._adapters.blocking_runtime import BlockingRuntime  # noqa: PLC0415 - as above
    from azuread_auth.cli.silence import Silence  # noqa: PLC0415 - as above
    from azuread_auth.client import AzureAdClient  # noqa: PLC0415 - as above
    from azuread_auth.stores.memory import MemoryStore  # noqa: PLC0415 - as above

    environ, runtime = surroundings.environ, BlockingRuntime(now=surroundings.now)
    # Of its own, so that neither an old token comes out of the application's store nor this one gets in.
    with AzureAdClient(settings, MemoryStore(), runtime=runtime, observer=Silence(), environ=environ) as client:
        return acquire(arguments, surroundings, client)


def _tell(
    token: "AccessToken", arguments: argparse.Namespace, surroundings: Surroundings, *, is_simulated: bool
) -> None:
    from azuread_auth.cli.acquisition.facts import json_facts, text_facts  # noqa: PLC0415 - as above

    now, is_revealed = surroundings.now(), arguments.reveal
    if arguments.json:
        surroundings.say(json_facts(token, now=now, is_revealed=is_revealed, is_simulated=is_simulated))
    elif is_revealed:
        surroundings.warn(text_facts(token, now=now))
        surroundings.say(token.reveal())
    else:
        surroundings.say(f"{text_facts(token, now=now)}\n\nThe token itself is not shown; --reveal prints it.")


COMMANDS: Final[tuple[Command, ...]] = (
    Command(
        name="token app",
        summary="a token for the application itself",
        description=_APP,
        configure=_configure_app,
        run=_running("token app", _for_app),
    ),
    Command(
        name="token user",
        summary="a token for a user, who signs in with the browser of this machine",
        description=_USER,
        configure=_configure_user,
        run=_running("token user", _for_user),
    ),
    Command(
        name="token device",
        summary="a token for a user, who signs in on another device",
        description=_DEVICE,
        configure=_configure_device,
        run=_running("token device", _for_device),
    ),
)
