"""A signed assertion that the application makes or fetches itself."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from azuread_auth.credentials.base import Credential
from azuread_auth.errors import ConfigurationError
from azuread_auth.secret import Secret

__all__ = ["ClientAssertion"]


@dataclass(frozen=True, slots=True)
class ClientAssertion(Credential):
    """A (sync or async) callable without arguments whose answer is a signed assertion. Serves every flow.

    It is called for each token request, so it may cache; a blocking client needs a sync one. Raises
    ConfigurationError when it cannot be called.
    """

    source: Callable[[], str | Secret | Awaitable[str | Secret]] = field(hash=False)

    def __post_init__(self) -> None:
        _check_callable(self.source)


def _check_callable(source: object) -> None:
    if not callable(source):
        message = "ClientAssertion: expected a callable that returns a signed assertion; wrap a fixed one in a lambda"
        raise ConfigurationError(message)
