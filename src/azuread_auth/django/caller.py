"""Who calls: what the middleware leaves in `request.azuread`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from azuread_auth._web.gate import Gate
from azuread_auth._web.refusals import NotAuthenticated
from azuread_auth.client import AsyncAzureAdClient, AzureAdClient
from azuread_auth.principal import Principal

if TYPE_CHECKING:
    from django.http import HttpRequest

__all__ = ["RequestAuth", "known_caller", "request_auth"]

_NO_CLAIMS: Final[Mapping[str, object]] = MappingProxyType({})
_NO_MIDDLEWARE: Final = (
    "the request did not pass through azuread_auth.django.AzureAdMiddleware, so nobody has judged who calls; add it to "
    "MIDDLEWARE, right after Django's AuthenticationMiddleware"
)


class RequestAuth:
    """What `request.azuread` is, on every request that passed the middleware.

    `principal` is who calls by a bearer token, or has signed in with Entra in this session. It is None for an anonymous
    caller, and for one whom Django knows by other means, such as a password: `request.user` says who that is. `client`
    is the AzureAdClient, for views that are plain functions; `async_client` is for those that are coroutines. Both have
    the same settings and store. `is_session`: whether a session of Django's, or of App Service's, let the caller in.
    `gate` is for this package.
    """

    __slots__ = ("async_client", "client", "gate", "is_session", "principal")

    def __init__(
        self,
        principal: Principal | None,
        *,
        is_session: bool = False,
        client: AzureAdClient,
        async_client: AsyncAzureAdClient,
        gate: Gate,
    ) -> None:
        self.principal: Principal | None = principal
        self.is_session: bool = is_session
        self.client: AzureAdClient = client
        self.async_client: AsyncAzureAdClient = async_client
        self.gate: Gate = gate

    @property
    def claims(self) -> Mapping[str, object]:
        """The caller's claims, read-only; empty without a principal."""
        return self.principal.claims if self.principal is not None else _NO_CLAIMS

    def of(self, principal: Principal) -> "RequestAuth":
        """The same for a caller with a token."""
        return RequestAuth(principal, client=self.client, async_client=self.async_client, gate=self.gate)

    def __repr__(self) -> str:
        return f"<RequestAuth of {self.principal!r}>"


def request_auth(request: "HttpRequest") -> RequestAuth:
    """`request.azuread`, with its type. Raises RuntimeError where the middleware has not seen the request."""
    auth = getattr(request, "azuread", None)
    if not isinstance(auth, RequestAuth):
        raise RuntimeError(_NO_MIDDLEWARE)  # noqa: TRY004 - not the type is wrong, the middleware is missing
    return auth


def known_caller(request: "HttpRequest") -> Principal:
    """The principal. Raises NotAuthenticated without one, which the middleware answers."""
    principal = request_auth(request).principal
    if principal is None:
        raise NotAuthenticated
    return principal
