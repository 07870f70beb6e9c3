"""The middleware: judges each request before Django's views see it, and answers the routes of the sign-in."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject

from azuread_auth._web.paths import Access
from azuread_auth._web.refusals import ANSWERED, CrossSiteRequest, NotAuthenticated
from azuread_auth.client import AsyncAzureAdClient, AzureAdClient, run_blocking
from azuread_auth.django.bearer import BearerUser
from azuread_auth.django.caller import RequestAuth, request_auth
from azuread_auth.django.configuration import Configuration, configuration
from azuread_auth.django.cross_site import is_own_request
from azuread_auth.django.exchange import VARY, form_body, http_response, web_request
from azuread_auth.django.gate import DjangoGate, sessions_of
from azuread_auth.django.sessions import Run, present_request
from azuread_auth.django.users import bearer_user, default_user_for, known_user
from azuread_auth.errors import AzureAdError
from azuread_auth.principal import Principal
from azuread_auth.settings import AzureAdSettings
from azuread_auth.web_login import WebLogin

if TYPE_CHECKING:
    from azuread_auth._web.gate import WebRequest

__all__ = ["AzureAdMiddleware"]

T = TypeVar("T")

GetResponse = Callable[[HttpRequest], Any]
_CACHE: Final = "Cache-Control"
_TOO_EARLY: Final = (
    "azuread_auth.django.AzureAdMiddleware comes before there are users; in MIDDLEWARE it belongs right after "
    "django.contrib.auth.middleware.AuthenticationMiddleware"
)


class AzureAdMiddleware:
    """Every request needs a good bearer token, or a session of Django's in which somebody has signed in.

    It belongs right after Django's AuthenticationMiddleware and reads the setting AZUREAD_AUTH: the fields of
    `AzureAdSettings` (the environment has the others), `public_paths`, `optional_paths`, `allow_anonymous`, `login` (a
    dict of the options of `WebLogin`, or one), `resource_metadata` (the same of `ResourceMetadata`), `render_problem`,
    `easy_auth`, `user_for`, `staff_role`, `superuser_role`, `group_roles` and `bearer_rights`. `settings` or `client`
    (an AsyncAzureAdClient) may stand for the fields.

    Views find the caller in `request.azuread`, and its user in `request.user`. A token goes before a session, and one
    that is bad is refused beside a good session too. A caller with a token is not asked for Django's CSRF token, and
    gets no session; nor has it the rights that Django gives its user, unless `bearer_rights` says so. A request with a
    session comes from a page of the project's own, also to a view that Django's CSRF check leaves out. Preflights are
    refused where credentials are needed, so a middleware for CORS belongs above.

    Works over WSGI and ASGI. Raises ConfigurationError when Django builds it, which stops the start.
    """

    sync_capable: ClassVar[bool] = True
    async_capable: ClassVar[bool] = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)  # pyright: ignore[reportDeprecated] - see decorators.py
        if self._is_async:
            markcoroutinefunction(self)
        # A coroutine over ASGI: Django would take another thread for a function, at each request.
        self.process_view: Callable[..., Any] = self._check_view_in_coroutine if self._is_async else self._check_view
        self._wire(configuration())

    def _wire(self, known: Configuration) -> None:
        self._configuration = known
        self._client = known.client.blocking()
        ways: list[tuple[AsyncAzureAdClient | AzureAdClient, Run]] = [(known.client, _in_thread), (self._client, _here)]
        (client, run), (other, other_run) = ways if self._is_async else reversed(ways)
        self._run = run
        self._gate = DjangoGate(known, client, run)
        # An API alone may have no table of users; who is asked for one in a view is looked up then.
        self._has_users = known.web_login is not None or known.users.user_for is not default_user_for
        # A view may be of the other colour than the server: its client has to reach the sessions too.
        self._other_sessions = sessions_of(known.web_login or WebLogin(), other, other_run)
        if known.web_login is not None:
            other.engine.add_sessions(self._other_sessions)

    @contextmanager
    def using(self, make_settings: Callable[[AzureAdSettings | None], AzureAdSettings]) -> Generator[None, None, None]:
        """Judge by other settings for a while: for tests. `make_settings` is given the present ones."""
        present = self._configuration
        client = present.client.with_settings(make_settings(present.client.settings))
        self._wire(replace(present, client=client))
        try:
            yield
        finally:
            self._wire(present)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Handle one request."""
        if self._is_async:
            return self._respond(request)
        asked = self._web_request(request)
        refused = run_blocking(self._judge(request, asked))
        return refused if refused is not None else self._finished(self.get_response(request), request, asked)

    def _web_request(self, request: HttpRequest) -> "WebRequest":
        return web_request(request, self._gate.platform_header)

    async def _respond(self, request: HttpRequest) -> HttpResponseBase:
        asked = self._web_request(request)
        refused = await self._judge(request, asked)
        return refused if refused is not None else self._finished(await self.get_response(request), request, asked)

    def _check_view(self, request: HttpRequest, view: Callable[..., Any], *_: object) -> HttpResponseBase | None:
        """403 for what a page of another site sends with a session, where Django does not ask for its CSRF token."""
        auth = request_auth(request)
        is_judged = self._gate.easy_auth is not None and auth.principal is not None
        if not auth.is_session or is_judged:
            return None
        asked = self._web_request(request)
        if is_own_request(request, asked, view, self._configuration.web_login):
            return None
        return http_response(self._gate.reply(CrossSiteRequest(can_be_trusted=False), asked), request)

    async def _check_view_in_coroutine(
        self, request: HttpRequest, view: Callable[..., Any], *_: object
    ) -> HttpResponseBase | None:
        return self._check_view(request, view)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """The middleware's answer to an error of this package that a view raised."""
        auth = getattr(request, "azuread", None)
        if not isinstance(error, (*ANSWERED, NotAuthenticated)) or not isinstance(auth, RequestAuth):
            return None
        return http_response(self._gate.reply(error, self._web_request(request), auth.principal), request)

    async def _judge(self, request: HttpRequest, asked: "WebRequest") -> HttpResponseBase | None:
        """The answer where no view has a say; None for a request that goes on."""
        if not hasattr(request, "auser"):  # Django's middleware would come later, and put the session's user in place
            raise ImproperlyConfigured(_TOO_EARLY)
        self._let_in(request, None)
        if asked.path in self._gate.routes:
            return await self._own_route(request, asked)
        try:
            await self._admit(request, asked)
        except AzureAdError as error:
            return http_response(self._gate.reply(error, asked, request_auth(request).principal), request)
        return None

    async def _own_route(self, request: HttpRequest, asked: "WebRequest") -> HttpResponseBase:
        async def read_body() -> bytes:
            return form_body(request)

        present = present_request.set(request)
        try:
            response = http_response(await self._gate.reply_at_route(asked, read_body), request)
        finally:
            present_request.reset(present)
        response.xframe_options_exempt = True  # its policy says who may frame it: nobody, or the provider alone
        return response

    async def _admit(self, request: HttpRequest, asked: "WebRequest") -> None:
        """Let the caller in. Raises what the gate answers."""
        if self._gate.is_question(asked):
            # A view that does not look at the method would do its work for anybody who asks like a browser.
            raise NotAuthenticated
        try:
            admission = await self._gate.admit(asked)
        except NotAuthenticated:
            if not await self._let_in_by_session(request):
                raise
            return
        if admission.principal is not None:
            await self._let_in_by_token(request, admission.principal, is_by_cookie=admission.is_by_cookie)
        elif not asked.is_cors_preflight and self._gate.rules.access(asked.path) is not Access.PUBLIC:
            await self._let_in_by_session(request)
        else:
            self._judge_when_asked(request)

    async def _let_in_by_session(self, request: HttpRequest) -> bool:
        """Whether Django knows who it is, by a session that began in whatever way and counts still."""
        if self._is_async:
            request.user = await request.auser()  # views that are coroutines may look at it without waiting
        if not request.user.is_authenticated:
            return False
        caller = await self._gate.session_caller(request)
        if caller.is_known:
            self._let_in(request, caller.principal, is_session=True)
        else:
            _become(request, AnonymousUser())
        return caller.is_known

    def _judge_when_asked(self, request: HttpRequest) -> None:
        """Where nobody's credentials are looked at, a view may look at the session's user, who may count no more."""
        user, auser = request.user, request.auser
        ways = self._gate.sessions, self._other_sessions
        in_coroutine, in_function = ways if self._is_async else reversed(ways)
        now = self._gate.engine.runtime.now

        def judged() -> Any:  # noqa: ANN401 - the project's own model, or nobody
            if not user.is_authenticated:
                return user
            return user if run_blocking(in_function.caller(request.session, now=now())).is_known else AnonymousUser()

        async def judged_without_blocking() -> Any:  # noqa: ANN401 - as above
            found = await auser()
            if not found.is_authenticated:
                return found
            return found if (await in_coroutine.caller(request.session, now=now())).is_known else AnonymousUser()

        lazily: Any = SimpleLazyObject(judged)
        request.user = lazily
        request.auser = judged_without_blocking

    def _let_in(self, request: HttpRequest, principal: Principal | None, *, is_session: bool = False) -> None:
        request.azuread = RequestAuth(  # type: ignore[attr-defined]
            principal,
            is_session=is_session,
            client=self._client,
            async_client=self._configuration.client,
            gate=self._gate,
        )

    async def _let_in_by_token(self, request: HttpRequest, principal: Principal, *, is_by_cookie: bool) -> None:
        """`is_by_cookie`: App Service passes the token on for a cookie, which counts as a session.

        Raises PermissionDenied for whose user is not active, or whom `user_for` refuses.
        """
        self._let_in(request, principal, is_session=is_by_cookie)
        rules = self._configuration.users
        user = await self._run(partial(known_user, principal, rules)) if self._has_users else None
        find = partial(bearer_user, principal, rules) if user is None else lambda: user
        has_rights = is_by_cookie or rules.has_bearer_rights(principal)
        _become(request, BearerUser(find, principal, rules, has_rights=has_rights))
        if is_by_cookie:
            return
        # A page of another site cannot send a token along, as it does cookies; so no session decides here.
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # noqa: SLF001 - as in Django's test client

    def _finished(self, response: HttpResponseBase, request: HttpRequest, asked: "WebRequest") -> HttpResponseBase:
        auth = request_auth(request)
        # On public paths a class of REST framework's may have judged a token.
        if auth.principal is not None or self._gate.rules.access(asked.path) is not Access.PUBLIC:
            patch_vary_headers(response, VARY)
        if auth.is_session:
            response.headers.setdefault(_CACHE, "private, no-store")
        return response


def _become(request: HttpRequest, user: Any) -> None:  # noqa: ANN401 - a user, or one who is looked up when needed
    """Make that the user of the request, whatever session came with it."""

    async def auser() -> Any:  # noqa: ANN401 - as above
        await sync_to_async(lambda: user.is_authenticated)()
        return user

    request.user = user
    request.auser = auser


async def _here(work: Callable[[], T]) -> T:
    return work()


async def _in_thread(work: Callable[[], T]) -> T:
    return await sync_to_async(work)()
