"""Whether the credential can sign users in, where an application lets them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from azuread_auth._adapters.blocking_runtime import BlockingRuntime
from azuread_auth.cli.checkup.application import Guard
from azuread_auth.cli.checkup.configuration import settings_of_environment
from azuread_auth.cli.checkup.finding import Finding, failed, ok, skipped
from azuread_auth.cli.silence import Silence
from azuread_auth.cli.surroundings import Surroundings
from azuread_auth.client import AzureAdClient
from azuread_auth.errors import ConfigurationError
from azuread_auth.settings import AzureAdSettings
from azuread_auth.stores.memory import MemoryStore

__all__ = ["check_sign_in"]

_SIGN_IN: Final = "sign-in"


def check_sign_in(guards: tuple[Guard, ...], surroundings: Surroundings) -> Iterator[Finding]:
    """Each middleware with a login, by its settings: one that is only added is made when the server starts."""
    found = (_judged(guard.settings, surroundings) for guard in guards if guard.login is not None)
    yield from dict.fromkeys(found)


def _judged(settings: AzureAdSettings | None, surroundings: Surroundings) -> Finding:
    environ = surroundings.environ
    known = settings if settings is not None else settings_of_environment(environ)[0]
    if known is None:
        return skipped(_SIGN_IN, "there are no settings")
    # Without a recording, which would be opened.
    known = replace(known, simulation=None)
    runtime = BlockingRuntime(now=surroundings.now)
    try:
        with AzureAdClient(known, MemoryStore(), runtime=runtime, observer=Silence(), environ=environ) as client:
            client.engine.check_sign_in()
    except ConfigurationError as error:
        return failed(_SIGN_IN, str(error))
    return ok(_SIGN_IN, "the credential proves the application, as login= needs it")
