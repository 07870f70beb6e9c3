"""Flask: the middleware as an extension, decorators for views, and who calls.

AzureAdAuth(app)

@app.get("/files")
@require_scope("Files.Read")
def files():
    return {"owner": current_principal.display_name}
"""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Final, Literal, ParamSpec, TypeVar, cast

try:
    from flask import Flask, current_app, request
    from werkzeug.local import LocalProxy
except ModuleNotFoundError as _error:
    _MISSING: Final = 'azuread_auth.flask needs Flask, which is not installed: pip install "azuread-auth[flask]"'
    raise ImportError(_MISSING) from _error

from azuread_auth import wsgi
from azuread_auth._web.refusals import ANSWERED, NotAuthenticated
from azuread_auth._web.replies import ProblemRenderer
from azuread_auth._web.required import all_of, one_requirement
from azuread_auth.access_token import AccessToken
from azuread_auth.client import AzureAdClient
from azuread_auth.errors import AzureAdError, ConfigurationError
from azuread_auth.principal import Principal
from azuread_auth.requirements import AppRole, IsUser, Requirement, Role, Scope
from azuread_auth.resource_metadata import ResourceMetadata
from azuread_auth.settings import AzureAdSettings
from azuread_auth.web_login import WebLogin

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = [
    "AzureAdAuth",
    "app_token",
    "azuread_client",
    "current_principal",
    "login_required",
    "require",
    "require_app_role",
    "require_role",
    "require_scope",
    "user_token",
]

P = ParamSpec("P")
R = TypeVar("R")

_NO_MIDDLEWARE: Final = (
    "the request did not pass through azuread_auth.flask.AzureAdAuth, so nobody has judged who calls; "
    "add it to the application: AzureAdAuth(app)"
)
Answer = tuple[bytes, int, list[tuple[str, str]]]


class AzureAdAuth:
    """Flask extension: every request needs a good bearer token or session unless its path says otherwise.

    The keywords are those of the WSGI middleware (`azuread_auth.wsgi.AzureAdAuth`), which it puts around
    `app.wsgi_app`. Refusals that views raise (PermissionDenied, ClaimsChallenge, InteractionRequired and the like) get
    the middleware's answers, unless the application has a handler of its own for them. Templates know
    `current_principal`. Flask's static files need credentials too: `public_paths=("/static/*",)`.

    Without `app`, call `init_app` later, for one application or several. Raises ConfigurationError, there or here.
    """

    def __init__(
        self,
        app: Flask | None = None,
        settings: AzureAdSettings | None = None,
        *,
        client: AzureAdClient | None = None,
        public_paths: Iterable[str] = (),
        optional_paths: Iterable[str] = (),
        allow_anonymous: bool = False,
        login: WebLogin | None = None,
        resource_metadata: ResourceMetadata | None = None,
        easy_auth: Literal["id_token", "access_token"] | None = None,
        render_problem: ProblemRenderer | None = None,
    ) -> None:
        self._settings = settings
        self._client = client
        self._public_paths = tuple(public_paths)
        self._optional_paths = tuple(optional_paths)
        self._allow_anonymous = allow_anonymous
        self._login = login
        self._resource_metadata = resource_metadata
        self._easy_auth: Literal["id_token", "access_token"] | None = easy_auth
        self._render_problem = render_problem
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Protect an application. Raises ConfigurationError for wrong settings, or where it is protected already."""
        if _NAME in app.extensions:
            message = "the application has an AzureAdAuth already; expected one"
            raise ConfigurationError(message)
        app.wsgi_app = wsgi.AzureAdAuth(  # type: ignore[method-assign]  # as Flask's "Middleware" has it
            app.wsgi_app,
            self._settings,
            client=self._client,
            public_paths=self._public_paths,
            optional_paths=self._optional_paths,
            allow_anonymous=self._allow_anonymous,
            login=self._login,
            resource_metadata=self._resource_metadata,
            easy_auth=self._easy_auth,
            render_problem=self._render_problem,
        )
        own_handlers = app.error_handler_spec[None][None]
        for kind in (*ANSWERED, NotAuthenticated):
            if not any(issubclass(base, AzureAdError) and base in own_handlers for base in kind.__mro__):
                app.register_error_handler(kind, _answer)
        app.context_processor(_in_templates)
        app.extensions[_NAME] = self


_NAME: Final = "azuread_auth"


def _answer(error: Exception) -> Answer:
    """The middleware's answer, for errors that Flask would make a 500 of."""
    return wsgi.refusal(error, request.environ)


def _in_templates() -> dict[str, object]:
    return {"current_principal": current_principal}


def _environ() -> "WSGIEnvironment":
    if "azuread_auth.client" not in request.environ:
        raise RuntimeError(_NO_MIDDLEWARE)
    return request.environ


def _present_principal() -> Principal | None:
    principal: Principal | None = _environ()["azuread_auth.principal"]
    return principal


def _present_client() -> AzureAdClient:
    client: AzureAdClient = _environ()["azuread_auth.client"]
    return client


# Proxies, as Flask's own `request` is one: type checkers are told what is behind them.
current_principal: Principal = cast("Principal", LocalProxy(_present_principal))
"""Who calls, during a request: to be used as a Principal is, and false for an anonymous caller."""
azuread_client: AzureAdClient = cast("AzureAdClient", LocalProxy(_present_client))
"""The AzureAdClient of the middleware, during a request."""


def login_required(view: Callable[P, R]) -> Callable[P, R]:
    """Decorator: an anonymous caller gets 401, or is sent to sign in for a page.

    Needed where paths are optional or `allow_anonymous=True`; elsewhere nobody anonymous gets as far as a view.
    """
    return _guarded(view, _caller)


def require(requirement: Requirement) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator: the caller must meet the requirement, such as `Scope("Files.Read") | AppRole("Files.Read.All")`.

    Others get 403, anonymous ones 401 or are sent to sign in. Raises ConfigurationError for what is no requirement.
    """
    checked = one_requirement(requirement)

    def check() -> None:
        checked.check(_caller())

    def protect(view: Callable[P, R]) -> Callable[P, R]:
        guarded = _guarded(view, check)
        vars(guarded)["azuread_auth_requirement"] = checked  # for `azuread-auth doctor`
        return guarded

    return protect


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


def user_token(*scopes: str, claims: str | Mapping[str, object] | None = None) -> AccessToken:
    """A token for the user who calls, for another API: `user_token("https://graph.microsoft.com/User.Read")`.

    All scopes belong to one API; a bare name is Microsoft Graph's. An anonymous caller gets 401 or is sent to sign in,
    an application that calls for itself 403. Where the user has to consent or to sign in more strongly, a page goes
    through sign-in and comes back; other callers get 401 with the claims or 403 with the scopes. Raises
    ConfigurationError for scopes that are none, or of several APIs, and what
    `AzureAdClient.acquire_token_for_user` raises.
    """
    caller = _caller()
    IsUser().check(caller)
    return _present_client().acquire_token_for_user(caller, *scopes, claims=claims)


def app_token(
    *scopes: str, tenant_id: str | None = None, claims: str | Mapping[str, object] | None = None
) -> AccessToken:
    """A token for the application itself, whoever calls: `app_token("api://orders/.default")`.

    Raises what `AzureAdClient.acquire_token_for_app` raises.
    """
    return _present_client().acquire_token_for_app(*scopes, tenant_id=tenant_id, claims=claims)


def _caller() -> Principal:
    """Who calls. Raises NotAuthenticated for an anonymous caller."""
    principal = _present_principal()
    if principal is None:
        raise NotAuthenticated
    return principal


def _guarded(view: Callable[P, R], check: Callable[[], object]) -> Callable[P, R]:
    """The view, after the check; an async one too, which Flask runs in an event loop of its own."""
    given: object = view
    if not callable(given):
        message = "a decorator of azuread_auth.flask was given something that is no view; write it below the route"
        raise ConfigurationError(message)

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        check()
        answer: R = current_app.ensure_sync(view)(*args, **kwargs)
        return answer

    return guarded
