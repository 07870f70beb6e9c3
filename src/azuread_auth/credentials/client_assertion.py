"""A signed assertion that the application makes or fetches itself."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from typing import Final

from azuread_auth._protocol.client_assertion import assertion_fields
from azuread_auth.credentials.base import ClientAuthentication, Credential, CredentialSurroundings
from azuread_auth.credentials.foreign_call import answer_of
from azuread_auth.errors import ConfigurationError, CredentialUnavailable
from azuread_auth.ports import Runtime
from azuread_auth.secret import Secret

__all__ = ["ClientAssertion"]

_ASSERTION: Final = re.compile(rb"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class ClientAssertion(Credential):
    """A (sync or async) callable without arguments whose answer is a signed assertion. Serves every flow.

    It is called for each token request, so it may cache; a sync one may block, a blocking client needs a sync one.
    Raises ConfigurationError when it cannot be called.
    """

    source: Callable[[], str | Secret | Awaitable[str | Secret]] = field(hash=False)

    def __post_init__(self) -> None:
        _check_callable(self.source)

    def in_use(self, surroundings: CredentialSurroundings) -> ClientAuthentication:
        """The callable, called for each request."""
        return _CallableInUse(self.source, surroundings.runtime)


@dataclass(frozen=True, slots=True)
class _CallableInUse:
    source: Callable[[], str | Secret | Awaitable[str | Secret]] = field(repr=False)
    runtime: Runtime
    client_id: str | None = None

    async def fields(self, *, client_id: str, token_url: str) -> Mapping[str, str]:
        is_async = iscoroutinefunction(self.source)
        return assertion_fields(
            _assertion(
                await answer_of(self.source, "ClientAssertion: the callable", runtime=self.runtime, is_async=is_async)
            )
        )

    def reload(self) -> bool:
        return True  # the next call may bring another one


def _assertion(answer: object) -> Secret:
    if not isinstance(answer, str | Secret):
        message = f"ClientAssertion: the callable gave a {type(answer).__name__}, expected the text of an assertion"
        raise CredentialUnavailable(message)
    assertion = Secret(answer) if isinstance(answer, str) else answer
    del answer  # what reports errors may show the locals of every frame
    if _ASSERTION.fullmatch(assertion.reveal_bytes()) is None:
        message = "ClientAssertion: the callable gave no assertion; expected visible ASCII characters, without spaces"
        raise CredentialUnavailable(message)
    return assertion


def _check_callable(source: object) -> None:
    if not callable(source):
        message = "ClientAssertion: expected a callable that returns a signed assertion; wrap a fixed one in a lambda"
        raise ConfigurationError(message)
