"""Tokens on the requests of somebody's own HTTP client, of httpx2 or of classic httpx."""

import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from azuread_auth._protocol.received_challenge import claims_in_challenge
from azuread_auth.access_token import AccessToken

if TYPE_CHECKING:
    import httpx
    import httpx2

    class TokenAuth(httpx.Auth, httpx2.Auth):
        """What `auth=` of both libraries takes."""

        def auth_flow(self, request: Any) -> Generator[Any, Any, None]: ...  # noqa: ANN401 - either library's

        def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]: ...  # noqa: ANN401

        def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]: ...  # noqa: ANN401

else:

    class TokenAuth:
        """What `auth=` of both libraries takes; the classes that are really used are made when it is known of which."""


__all__ = ["TokenAuth", "async_auth", "blocking_auth"]

_UNAUTHORIZED: Final = 401
_LIBRARIES: Final = ("httpx2", "httpx")


def async_auth(acquire: Callable[[str | None], Awaitable[AccessToken]]) -> TokenAuth:
    """For async clients. `acquire` gets the token; a claims challenge is passed to it once for each request."""
    made: TokenAuth = _kind(_AsyncFlow, _bases())(acquire)
    return made


def blocking_auth(acquire: Callable[[str | None], AccessToken]) -> TokenAuth:
    """For blocking clients."""
    made: TokenAuth = _kind(_BlockingFlow, _bases())(acquire)
    return made


def _bases() -> tuple[type, ...]:
    """The `Auth` of each library that is loaded: who passes `auth=` to a client has loaded that client's library."""
    modules = [sys.modules[name] for name in _LIBRARIES if name in sys.modules]
    if not modules:
        import httpx2  # noqa: PLC0415 - nobody has needed it yet

        modules = [httpx2]
    # An application may let the one stand in for the other: the same class twice is no bases.
    return tuple(dict.fromkeys(module.Auth for module in modules))


@cache
def _kind(flow: type, bases: tuple[type, ...]) -> Any:  # noqa: ANN401 - a class made here
    return type("TokenAuth", (flow, *bases), {})


class _Flow:
    requires_request_body = False
    requires_response_body = False

    def __repr__(self) -> str:
        return "<TokenAuth>"

    def auth_flow(self, request: Any) -> Generator[Any, Any, None]:  # noqa: ANN401, ARG002 - either library's
        message = "this auth is asked by sync_auth_flow or async_auth_flow; pass it as auth= to a client of httpx2"
        raise RuntimeError(message)


class _AsyncFlow(_Flow):
    def __init__(self, acquire: Callable[[str | None], Awaitable[AccessToken]]) -> None:
        self._acquire = acquire

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:  # noqa: ANN401
        _authorize(request, await self._acquire(None))
        response = yield request
        claims = _wanted_claims(request, response)
        if claims is not None:
            _authorize(request, await self._acquire(claims))
            yield request

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:  # noqa: ANN401, ARG002
        message = (
            "auth of an AsyncAzureAdClient was given to a blocking HTTP client; use an async one, or the auth of "
            "azure.blocking()"
        )
        raise RuntimeError(message)


class _BlockingFlow(_Flow):
    def __init__(self, acquire: Callable[[str | None], AccessToken]) -> None:
        self._acquire = acquire

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:  # noqa: ANN401
        _authorize(request, self._acquire(None))
        response = yield request
        claims = _wanted_claims(request, response)
        if claims is not None:
            _authorize(request, self._acquire(claims))
            yield request

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:  # noqa: ANN401
        message = (
            "auth of a blocking AzureAdClient was given to an async HTTP client, whose event loop it would hold up; "
            "use the auth of an AsyncAzureAdClient"
        )
        raise RuntimeError(message)
        yield request  # makes this the generator that the client expects


def _authorize(request: Any, token: AccessToken) -> None:  # noqa: ANN401
    request.headers["Authorization"] = f"{token.token_type} {token.reveal()}"


def _wanted_claims(request: Any, response: Any) -> str | None:  # noqa: ANN401
    """The claims that a refusal asks for, where the request can be sent again."""
    if response.status_code != _UNAUTHORIZED:
        return None
    claims = claims_in_challenge(", ".join(response.headers.get_list("WWW-Authenticate")))
    return claims if claims is not None and _can_be_sent_again(request) else None


def _can_be_sent_again(request: Any) -> bool:  # noqa: ANN401
    """A body that was streamed is gone; one that was read before is kept by the request."""
    try:
        request.content  # noqa: B018 - raises where it was not read
    except RuntimeError:
        return False
    return True
