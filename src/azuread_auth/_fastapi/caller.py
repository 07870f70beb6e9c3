"""Dependencies for what the middleware has put into the request: the caller and the client."""

from inspect import Parameter
from typing import Annotated, Final

from fastapi import Security
from starlette.requests import HTTPConnection

from azuread_auth._fastapi.bearer_scheme import BEARER_SCHEME
from azuread_auth._fastapi.dependency import Dependency
from azuread_auth._fastapi.refusal import refusal, step_up
from azuread_auth._web.refusals import NotAuthenticated
from azuread_auth.asgi import RequestAuth
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.errors import ClaimsChallenge, PermissionDenied
from azuread_auth.principal import Principal
from azuread_auth.requirements import Requirement

__all__ = ["CurrentClient", "RequiredCaller"]

_NO_MIDDLEWARE: Final = (
    "the request did not pass through azuread_auth.asgi.AzureAdAuth, so nobody has judged who calls; "
    "add it to the application: app.add_middleware(AzureAdAuth)"
)


class RequiredCaller(Dependency[Principal]):
    """The caller, as a Principal, if it meets `requirement`: what `require` and its sisters make.

    Two are equal when their requirements are, so one works as a key of `dependency_overrides`, and one request judges
    it once. It raises AccessRefused, ClaimsChallenge where signing in again would help, and RuntimeError without the
    middleware.
    """

    def __init__(self, requirement: Requirement, name: str | None = None) -> None:
        self.requirement = requirement
        self._hash = hash(requirement)  # FastAPI asks for it several times in each request
        described = Annotated[None, Security(BEARER_SCHEME, scopes=list(dict.fromkeys(requirement.scopes)))]
        parameter = Parameter("described", Parameter.KEYWORD_ONLY, annotation=described)
        super().__init__(name or f"require({requirement})", parameter)

    async def resolve(self, connection: HTTPConnection) -> Principal:
        """The caller of this request or WebSocket."""
        principal = _principal(connection)
        if principal is None:
            raise refusal(NotAuthenticated(), self.requirement, connection)
        try:
            self.requirement.check(principal)
        except PermissionDenied as error:
            raise refusal(error, error.requirement, connection) from error
        except ClaimsChallenge as error:
            raise step_up(error, connection) from error
        return principal

    def __eq__(self, other: object) -> bool:
        return self.requirement == other.requirement if isinstance(other, RequiredCaller) else NotImplemented

    def __hash__(self) -> int:
        return self._hash


class CurrentClient(Dependency[AsyncAzureAdClient]):
    """The client of the middleware. RuntimeError without the middleware."""

    async def resolve(self, connection: HTTPConnection) -> AsyncAzureAdClient:
        """The client that this request or WebSocket was judged with."""
        auth = _auth(connection)
        if auth is None:
            raise RuntimeError(_NO_MIDDLEWARE)
        return auth.client


def _auth(connection: HTTPConnection) -> RequestAuth | None:
    auth = connection.scope.get("azuread_auth")
    return auth if isinstance(auth, RequestAuth) else None


def _principal(connection: HTTPConnection) -> Principal | None:
    """Whom the middleware has found, or a test has put in its place; None for an anonymous caller."""
    auth = _auth(connection)
    if auth is not None:
        return auth.principal
    placed = connection.scope.get("user")
    if isinstance(placed, Principal):
        return placed
    raise RuntimeError(_NO_MIDDLEWARE)
