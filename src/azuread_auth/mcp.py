"""MCP servers: the ASGI middleware for the Python SDK, and per tool who calls and what that needs.

app = server.streamable_http_app()
app.add_middleware(AzureAdAuth, resource_metadata=ResourceMetadata(resource="https://mcp.example.com/mcp"))

@server.tool()
@require_scope("Orders.Read")
async def orders(ctx: Context) -> str:
    return f"the orders of {principal(ctx).display_name}"
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, Final, ParamSpec, TypeVar, cast

try:
    from mcp.server.context import ServerRequestContext
    from mcp.server.mcpserver import Context
except ModuleNotFoundError as _error:
    _MISSING: Final = 'azuread_auth.mcp needs the MCP SDK, which is not installed: pip install "azuread-auth[mcp]"'
    raise ImportError(_MISSING) from _error

from azuread_auth import asgi
from azuread_auth._asgi.connection import AsgiApp
from azuread_auth._mcp.answering import NO_MIDDLEWARE, TellsSdk, is_told, refusing
from azuread_auth._web.refusals import NotAuthenticated
from azuread_auth._web.replies import ProblemRenderer
from azuread_auth._web.required import all_of, one_requirement
from azuread_auth.client import AsyncAzureAdClient
from azuread_auth.principal import Principal
from azuread_auth.requirements import AppRole, Requirement, Role, Scope
from azuread_auth.resource_metadata import ResourceMetadata
from azuread_auth.settings import AzureAdSettings
from azuread_auth.web_login import WebLogin

__all__ = ["AzureAdAuth", "client", "principal", "require", "require_app_role", "require_role", "require_scope"]

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=Callable[..., object])
AnyContext = Context[Any, Any] | ServerRequestContext[Any, Any]


class AzureAdAuth(asgi.AzureAdAuth):
    """ASGI middleware for an MCP server: that of `azuread_auth.asgi`, with the same keywords, which tells the SDK too.

    `scope["user"]` is a Principal that is the SDK's AuthenticatedUser as well, so that a session serves only who opened
    it, and the SDK's `get_access_token()` works. What a tool under `require` refuses is answered by the standard
    challenge, by which clients ask for more, or by an error of the tool where the answer has begun. The SDK's own
    `auth=` and `token_verifier=` stay unset.
    """

    def __init__(
        self,
        app: AsgiApp,
        settings: AzureAdSettings | None = None,
        *,
        client: AsyncAzureAdClient | None = None,
        public_paths: Iterable[str] = (),
        optional_paths: Iterable[str] = (),
        allow_anonymous: bool = False,
        login: WebLogin | None = None,
        resource_metadata: ResourceMetadata | None = None,
        render_problem: ProblemRenderer | None = None,
    ) -> None:
        super().__init__(
            TellsSdk(app),
            settings,
            client=client,
            public_paths=public_paths,
            optional_paths=optional_paths,
            allow_anonymous=allow_anonymous,
            login=login,
            resource_metadata=resource_metadata,
            render_problem=render_problem,
        )


def principal(ctx: AnyContext) -> Principal:
    """Who calls: by the token of this very request, whoever opened the session.

    `ctx` is the Context of a tool, resource or prompt, or a handler's ServerRequestContext. Where anonymous callers get
    this far, they are refused as by `require`. Raises RuntimeError without the middleware of this module.
    """
    found = _auth_of(ctx).principal
    if found is None:
        raise NotAuthenticated
    return found


def client(ctx: AnyContext) -> AsyncAzureAdClient:
    """The client of the middleware, for tokens of other APIs; for a `def` tool it has `blocking()`.

    `await client(ctx).acquire_token_on_behalf_of(principal(ctx), "api://orders/Orders.Read")`
    """
    return _auth_of(ctx).client


def _auth_of(ctx: AnyContext) -> asgi.RequestAuth:
    request = (ctx.request_context if isinstance(ctx, Context) else ctx).request
    auth = request.scope.get("azuread_auth") if request is not None and is_told(request.scope) else None
    if not isinstance(auth, asgi.RequestAuth):
        raise RuntimeError(NO_MIDDLEWARE)  # noqa: TRY004 - what is missing is the middleware, not a type
    return auth


def require(requirement: Requirement) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator for tools, resources and prompts, `async` or not: the caller must meet the requirement.

    It goes below the SDK's own decorator, which registers what it is given. Others get 403 with the scopes, anonymous
    callers 401; and so do those whom the function itself refuses by PermissionDenied, ClaimsChallenge or
    InteractionRequired, unless it is called by a guarded function that handles that. Raises ConfigurationError for what
    is no requirement.
    """
    checked = one_requirement(requirement)

    def protect(function: Callable[P, R]) -> Callable[P, R]:
        if _is_async(function):

            @wraps(function)
            async def guarded_async(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 - what R is awaited to
                with refusing(checked):
                    return await cast("Awaitable[Any]", function(*args, **kwargs))  # it is async

            return cast("Callable[P, R]", _described(guarded_async, checked))  # R is that awaitable

        @wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            with refusing(checked):
                return function(*args, **kwargs)

        return _described(guarded, checked)

    return protect


def _described(guarded: C, requirement: Requirement) -> C:
    """The same, for `azuread-auth doctor` to read."""
    vars(guarded)["azuread_auth_requirement"] = requirement
    return guarded


def require_scope(*scopes: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator: the user has granted the calling application all these scopes, by short or full names.

    Raises ConfigurationError without a scope.
    """
    return require(all_of("require_scope", Scope, scopes))


def require_role(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator: the user has all these app roles. Raises ConfigurationError without a role."""
    return require(all_of("require_role", Role, roles))


def require_app_role(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator: an application calls for itself and has all these app roles.

    Raises ConfigurationError without a role.
    """
    return require(all_of("require_app_role", AppRole, roles))


def _is_async(function: Callable[..., object]) -> bool:
    is_async_object = iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004 - which it is, not whether
    return iscoroutinefunction(function) or is_async_object
