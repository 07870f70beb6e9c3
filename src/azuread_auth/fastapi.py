"""Dependencies for FastAPI: who may call a route, described in OpenAPI; and sign-in for its Swagger UI.

    @app.get("/files")
    async def files(user: Annotated[Principal, Depends(require_scope("Files.Read"))]): ...

The middleware `azuread_auth.asgi.AzureAdAuth` judges who calls; these dependencies judge what the caller may do.
"""

from dataclasses import replace
from inspect import Signature
from typing import Annotated, Final

try:
    from fastapi import Depends, FastAPI
except ModuleNotFoundError as _error:
    _MISSING: Final = 'azuread_auth.fastapi needs FastAPI, which is not installed: pip install "azuread-auth[fastapi]"'
    raise ImportError(_MISSING) from _error

from azuread_auth._fastapi.caller import CurrentClient, RequiredCaller
from azuread_auth._fastapi.dependency import Dependency
from azuread_auth._fastapi.no_token import TokenUnavailable
from azuread_auth._fastapi.refusal import AccessRefused, StepUpRequired
from azuread_auth._fastapi.sign_in import OfferedScopes, SignInDescription
from azuread_auth._fastapi.tokens import AppToken, CallerToken
from azuread_auth._web.required import all_of, one_requirement
from azuread_auth.access_token import AccessToken
from azuread_auth.client import AsyncAzureAdClient, check_scopes
from azuread_auth.errors import ConfigurationError
from azuread_auth.requirements import AppRole, IsUser, Requirement, Role, Scope
from azuread_auth.settings import AzureAdSettings

__all__ = [
    "DOCS_PATHS",
    "AccessRefused",
    "Dependency",
    "RequiredCaller",
    "StepUpRequired",
    "TokenUnavailable",
    "app_token",
    "azuread_client",
    "require",
    "require_app_role",
    "require_role",
    "require_scope",
    "require_user",
    "swagger_sign_in",
    "user_token",
]

DOCS_PATHS: Final[tuple[str, ...]] = ("/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json")
"""Where FastAPI serves its documentation unless told otherwise: for `public_paths` of the middleware."""


class _Uncalled:
    """Stands in the signatures of the factories, which FastAPI reads when it is given one that was not called."""

    def __call__(self) -> Signature:
        """Nothing ever: raises ConfigurationError."""
        message = 'a factory was given to Depends() without being called; write Depends(require_scope("Files.Read"))'
        raise ConfigurationError(message)

    @property
    def __signature__(self) -> Signature:
        return self()


_Permission = Annotated[str, Depends(_Uncalled())]


def require(requirement: Annotated[Requirement, Depends(_Uncalled())]) -> RequiredCaller:
    """A dependency: the caller who meets the requirement, such as `Scope("Files.Read") | AppRole("Files.Read.All")`.

    Raises ConfigurationError for what is no requirement.
    """
    return RequiredCaller(one_requirement(requirement))


def require_scope(*scopes: _Permission) -> RequiredCaller:
    """A dependency: the user who has granted the calling application all these scopes, by short or full names.

    Raises ConfigurationError without a scope.
    """
    return RequiredCaller(all_of("require_scope", Scope, scopes))


def require_role(*roles: _Permission) -> RequiredCaller:
    """A dependency: the user who has all these app roles. Raises ConfigurationError without a role."""
    return RequiredCaller(all_of("require_role", Role, roles))


def require_app_role(*roles: _Permission) -> RequiredCaller:
    """A dependency: the application that calls for itself and has all these app roles.

    Raises ConfigurationError without a role.
    """
    return RequiredCaller(all_of("require_app_role", AppRole, roles))


require_user: Final = RequiredCaller(IsUser(), "require_user")
"""The dependency for any user, whatever the scopes: `Depends(require_user)`. Applications without a user get 403."""
azuread_client: Final = CurrentClient("azuread_client")
"""The dependency for the middleware's AsyncAzureAdClient: `Depends(azuread_client)`."""


def user_token(*scopes: _Permission) -> Dependency[AccessToken]:
    """A dependency: a token for the user who calls, for another API: `user_token("https://graph.microsoft.com/.default")`.

    All scopes belong to one API; a bare name is Microsoft Graph's. Anonymous callers get 401 and applications 403, as
    with `require_user`. Where the provider gives no token it raises TokenUnavailable: 401 with the claims, or 403 with
    the scopes, for a user who has to sign in or consent, 401 for a caller's token that no longer serves, 503 when the
    provider is busy or cannot be reached. Raises ConfigurationError for scopes that are none, or of several APIs.
    """
    _check_named("user_token", scopes, example="https://graph.microsoft.com/User.Read")
    check_scopes(scopes, is_app=False)
    return CallerToken(scopes)


def app_token(*scopes: _Permission) -> Dependency[AccessToken]:
    """A dependency: a token for the application itself, whoever calls: `app_token("api://orders/.default")`.

    The scope ends in "/.default": what an application may do is granted beforehand. Raises TokenUnavailable as
    `user_token` does. Raises ConfigurationError for any other scope.
    """
    _check_named("app_token", scopes, example="https://graph.microsoft.com/.default")
    check_scopes(scopes, is_app=True)
    return AppToken(scopes)


def _check_named(factory: str, scopes: tuple[str, ...], *, example: str) -> None:
    if not scopes:
        message = f'{factory}() has no scope to ask for; write {factory}("{example}")'
        raise ConfigurationError(message)


def swagger_sign_in(app: FastAPI, settings: AzureAdSettings | None = None, client_id: str | None = None) -> None:
    """Let Swagger UI sign users in, with PKCE and without a secret. Call it before or after routes are added.

    `settings`: those of the middleware; default from the environment. `client_id`: the app registration to sign in to,
    default the API's own. It needs the redirect URI https://<host>/docs/oauth2-redirect, of the kind "single-page
    application". Raises ConfigurationError for wrong settings.
    """
    client = AsyncAzureAdClient(settings)
    own = client.settings if client_id is None else replace(client.settings, client_id=client_id)
    before = app.openapi
    description = SignInDescription(before.describe if isinstance(before, SignInDescription) else before, client)
    app.openapi = description  # type: ignore[method-assign]  # as FastAPI's "Extending OpenAPI" has it
    app.openapi_schema = None
    app.swagger_ui_init_oauth = {
        **(app.swagger_ui_init_oauth or {}),
        "clientId": own.client_id,
        "usePkceWithAuthorizationCodeGrant": True,
        "scopes": OfferedScopes(description),
    }
