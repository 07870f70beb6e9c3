"""Decorators that say what a view needs. They work on functions, coroutines and, by `method_decorator`, classes."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from azuread_auth._web.refusals import NotAuthenticated
from azuread_auth._web.required import all_of, one_requirement
from azuread_auth.django.caller import known_caller, request_auth
from azuread_auth.django.exchange import VARY
from azuread_auth.errors import ConfigurationError
from azuread_auth.requirements import AppRole, Requirement, Role, Scope

if TYPE_CHECKING:
    from django.http import HttpRequest

__all__ = ["login_required", "require", "require_app_role", "require_role", "require_scope"]

View = TypeVar("View", bound=Callable[..., Any])


def login_required(view: View) -> View:
    """Decorator: an anonymous caller gets 401, or is sent to sign in for a page.

    Whoever has a good token or has signed in passes, users with passwords too. Needed where paths are optional or
    `allow_anonymous` is set; elsewhere nobody anonymous gets as far as a view.
    """

    def check(request: "HttpRequest") -> None:
        if request_auth(request).principal is None and not request.user.is_authenticated:
            raise NotAuthenticated

    async def check_without_blocking(request: "HttpRequest") -> None:
        if request_auth(request).principal is None and not (await request.auser()).is_authenticated:
            raise NotAuthenticated

    return _guarded(view, check, check_without_blocking)


def require(requirement: Requirement) -> Callable[[View], View]:
    """Decorator: the caller must meet the requirement, such as `Scope("Files.Read") | AppRole("Files.Read.All")`.

    Others get 403. Who has neither a token nor signed in with Entra gets 401, or is sent to sign in for a page, also
    with a password. Raises ConfigurationError for what is no requirement.
    """
    checked = one_requirement(requirement)

    def check(request: "HttpRequest") -> None:
        checked.check(known_caller(request))

    async def check_without_blocking(request: "HttpRequest") -> None:
        check(request)

    return lambda view: _guarded(view, check, check_without_blocking)


def require_scope(*scopes: str) -> Callable[[View], View]:
    """Decorator: the user has granted the calling application all these scopes, by short or full names.

    Raises ConfigurationError without a scope.
    """
    return require(all_of("require_scope", Scope, scopes))


def require_role(*roles: str) -> Callable[[View], View]:
    """Decorator: the user has all these app roles. Raises ConfigurationError without a role."""
    return require(all_of("require_role", Role, roles))


def require_app_role(*roles: str) -> Callable[[View], View]:
    """Decorator: an application calls for itself and has all these app roles.

    Raises ConfigurationError without a role.
    """
    return require(all_of("require_app_role", AppRole, roles))


def _guarded(
    view: View,
    check: "Callable[[HttpRequest], None]",
    check_without_blocking: "Callable[[HttpRequest], Coroutine[Any, Any, None]]",
) -> View:
    given: object = view
    if not callable(given) or isinstance(given, type):
        message = (
            "a decorator of azuread_auth.django was given something that is no view; write it above a function, and "
            'for a class @method_decorator(require_scope("Files.Read"), name="dispatch")'
        )
        raise ConfigurationError(message)

    async def guarded_coroutine(request: "HttpRequest", *args: object, **kwargs: object) -> object:
        await check_without_blocking(request)
        answer = view(request, *args, **kwargs)
        return _varying(await answer if isawaitable(answer) else answer)

    def guarded(request: "HttpRequest", *args: object, **kwargs: object) -> object:
        if _is_in_coroutine(request):  # `dispatch` of a class whose methods are coroutines is none, and gives one
            return guarded_coroutine(request, *args, **kwargs)
        check(request)
        return _varying(view(request, *args, **kwargs))

    is_coroutine = iscoroutinefunction(view)  # pyright: ignore[reportDeprecated] - the standard library's does not see all of them in Python 3.11
    # The same parameters and answer, which type checkers cannot see through `view`'s own type.
    return cast("View", wraps(view)(guarded_coroutine if is_coroutine else guarded))


def _is_in_coroutine(request: "HttpRequest") -> bool:
    """Whether Django awaits what the view gives; it calls plain views in other threads."""
    match = request.resolver_match
    if match is None or not iscoroutinefunction(match.func):  # pyright: ignore[reportDeprecated] - as above
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _varying(answer: object) -> object:
    """What was answered, marked for caches as one caller's: those of Django's are keyed by what it varies by."""
    if isinstance(answer, HttpResponseBase):
        patch_vary_headers(answer, VARY)
    return answer
