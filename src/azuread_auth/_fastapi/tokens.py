"""Dependencies for tokens for the next API."""

from abc import abstractmethod
from inspect import Parameter
from typing import Annotated

from fastapi import Security
from starlette.requests import HTTPConnection

from azuread_auth._fastapi.bearer_scheme import BEARER_SCHEME
from azuread_auth._fastapi.caller import CurrentClient, RequiredCaller
from azuread_auth._fastapi.dependency import Dependency
from azuread_auth._fastapi.no_token import ANSWERABLE, no_token
from azuread_auth.access_token import AccessToken
from azuread_auth.requirements import IsUser

__all__ = ["AppToken", "CallerToken"]

_USER = RequiredCaller(IsUser(), "require_user")
_CLIENT = CurrentClient("azuread_client")


class _OutboundToken(Dependency[AccessToken]):
    """A token for the API that `scopes` belong to. Two are equal when kind and scopes are."""

    def __init__(self, name: str, scopes: tuple[str, ...], *parameters: Parameter) -> None:
        self.scopes = scopes
        super().__init__(f"{name}({', '.join(map(repr, scopes))})", *parameters)

    async def resolve(self, connection: HTTPConnection) -> AccessToken:
        """The token for this request or WebSocket."""
        try:
            return await self._acquire(connection)
        except ANSWERABLE as error:
            raise no_token(error, connection) from error

    @abstractmethod
    async def _acquire(self, connection: HTTPConnection) -> AccessToken: ...

    def __eq__(self, other: object) -> bool:
        return self.scopes == other.scopes if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), self.scopes))


class CallerToken(_OutboundToken):
    """A token for the user who calls: what `user_token` makes."""

    def __init__(self, scopes: tuple[str, ...]) -> None:
        # The scopes are another API's, so the description of this one has none of them: only that a token is needed.
        described = Annotated[None, Security(BEARER_SCHEME, scopes=[])]
        parameter = Parameter("described", Parameter.KEYWORD_ONLY, annotation=described)
        super().__init__("user_token", scopes, parameter)

    async def _acquire(self, connection: HTTPConnection) -> AccessToken:
        client = await _CLIENT.resolve(connection)
        principal = await _USER.resolve(connection)
        return await client.acquire_token_for_user(principal, *self.scopes)


class AppToken(_OutboundToken):
    """A token for the application itself: what `app_token` makes."""

    def __init__(self, scopes: tuple[str, ...]) -> None:
        super().__init__("app_token", scopes)

    async def _acquire(self, connection: HTTPConnection) -> AccessToken:
        client = await _CLIENT.resolve(connection)
        return await client.acquire_token_for_app(*self.scopes)
