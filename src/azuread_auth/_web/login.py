"""Browser sign-in of one application: its routes, its sessions, and where people without one are sent."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final, Literal

from azuread_auth._core.engine import Engine
from azuread_auth._web.admin_consent import AdminConsent
from azuread_auth._web.login_callback import LoginCallback
from azuread_auth._web.login_context import LoginContext, Place
from azuread_auth._web.login_keys import cookie_names, sealers
from azuread_auth._web.login_problems import problem_for
from azuread_auth._web.login_replies import LoginReplies
from azuread_auth._web.login_start import LoginStart
from azuread_auth._web.logout import Logout
from azuread_auth._web.next_path import safe_next
from azuread_auth._web.origins import BaseUrls, is_same_site_request, origin_of
from azuread_auth._web.own_error_page import OwnErrorPage
from azuread_auth._web.pending_logins import PendingLogins
from azuread_auth._web.refusals import CrossSiteRequest
from azuread_auth._web.replies import ProblemRenderer, WebReply
from azuread_auth._web.session_admission import SessionAdmission
from azuread_auth._web.sessions import FoundSession, Sessions, sessions_for
from azuread_auth._web.sign_in_address import SignInAddress, claims_for_id_token
from azuread_auth._web.sign_in_count import SignInCount
from azuread_auth._web.web_request import WebRequest
from azuread_auth.errors import (
    AzureAdError,
    ClaimsChallenge,
    InteractionRequired,
    ProviderUnavailable,
    StoreUnavailable,
)
from azuread_auth.ports import Event
from azuread_auth.principal import Principal
from azuread_auth.web_login import LoginProblem, WebLogin

__all__ = ["Login"]


_MAX_HOST: Final = 255
ReadBody = Callable[[], Awaitable[bytes]]


class Login:
    """What the middlewares ask about browsers. Raises ConfigurationError where the credential cannot sign users in.

    `make_sessions`: for a framework that has sessions of its own.
    """

    def __init__(
        self,
        web_login: WebLogin,
        engine: Engine,
        *,
        render_problem: ProblemRenderer | None = None,
        make_sessions: Callable[..., Sessions] = sessions_for,
    ) -> None:
        engine.check_sign_in()
        self._context = _context(web_login, engine, render_problem, make_sessions)
        if self._context.sessions.is_revocable:
            engine.add_sessions(self._context.sessions)
        self._warn_of_lonely_tokens()
        self._has_warned_of_host = False
        self._misplaced_paths = _misplaced_login_paths(web_login) - web_login.routes
        self.routes: frozenset[str] = web_login.routes | self._misplaced_paths
        """The routed paths that `reply` answers; they are always public."""
        self._start = LoginStart(self._context)
        self._callback = LoginCallback(self._context, self._start)
        self._logout = Logout(self._context)
        self._consent = AdminConsent(self._context)

    def _warn_of_lonely_tokens(self) -> None:
        """Tokens in the memory of one worker are missing in the next, which costs a redirect each time."""
        web_login, engine = self._context.web_login, self._context.engine
        if web_login.scopes and not web_login.is_local and not getattr(engine.store, "is_shared", True):
            message = (
                "users' tokens are kept in the memory of this process alone; with several workers set redis_url and "
                "encryption_keys"
            )
            engine.observer.record(Event("login.tokens_in_memory", logging.WARNING, message, {}))

    def _warn_of_host(self, request: WebRequest) -> None:
        """Nobody can sign in under an address that is not configured. Told once: anybody can send any Host."""
        if self._has_warned_of_host:
            return
        self._has_warned_of_host = True
        message = (
            "a browser asked for a host that is not in base_url, and cannot sign in there; add the address (only "
            "WebLogin.from_env() reads variables), or let the proxy pass Host on"
        )
        fields = {"path": request.path, "host": b", ".join(request.host).decode("latin-1")[:_MAX_HOST]}
        self._context.engine.observer.record(Event("login.unknown_host", logging.WARNING, message, fields))

    async def reply(self, request: WebRequest, read_body: ReadBody) -> WebReply:
        """The answer of one of the routes."""
        context, web_login = self._context, self._context.web_login
        if request.path == web_login.frontchannel_logout_path:
            return await self._logout.front_channel(request)
        base_url = context.bases.choose(request.host)
        if base_url is None:
            self._warn_of_host(request)
            return context.replies.problem(_WRONG_HOST, is_page=request.wants_page)
        if request.path in self._misplaced_paths:
            return self._misplaced(request)
        place = Place(base_url)
        try:
            return await self._route(request, place, read_body)
        except (StoreUnavailable, ProviderUnavailable) as error:
            retry_after = getattr(error, "retry_after", None) or 1.0
            return context.replies.problem(_NO_STORE, is_page=request.wants_page, retry_after=retry_after)
        except AzureAdError as error:
            return self._failed(error, request, place)

    async def _route(self, request: WebRequest, place: Place, read_body: ReadBody) -> WebReply:
        web_login = self._context.web_login
        if request.path == web_login.callback_path:
            return await self._callback.reply(request, place, read_body)
        if request.path == web_login.login_path:
            return await self._start.reply(request, place)
        if request.path == web_login.logout_path:
            return await self._logout.reply(request, place)
        if request.path == web_login.signed_out_path:
            return self._logout.signed_out(request, place)
        if request.path == web_login.me_path:
            return await self._me(request)
        return await self._consent.reply(request, place)

    def _misplaced(self, request: WebRequest) -> WebReply:
        """The address of the login route came as a path of the application: it would be sent there over and over."""
        message = (
            "a path came with the prefix that base_url has; let the proxy take the prefix off, or have the server tell "
            "it as root_path, in WSGI as SCRIPT_NAME"
        )
        self._context.engine.observer.record(Event("login.misplaced", logging.ERROR, message, {"path": request.path}))
        return self._context.replies.problem(_MISPLACED, is_page=request.wants_page)

    def _failed(self, error: AzureAdError, request: WebRequest, place: Place) -> WebReply:
        """What nobody has foreseen, but is an error of this package and no slip of the application."""
        context = self._context
        problem, retry_after = problem_for(error, place=place, web_login=context.web_login, pending=None)
        fields = {"reason": error.code, "path": request.path}
        context.engine.observer.record(Event("login.failed", logging.ERROR, f"a sign-in route failed: {error}", fields))
        return context.replies.problem(problem, is_page=request.wants_page, retry_after=retry_after)

    async def session(self, request: WebRequest) -> FoundSession | None:
        """The session of this request; None without one.

        Raises CrossSiteRequest where another site's page sends what only this application's may, StoreUnavailable where
        it cannot be looked up, and ProviderUnavailable where the application's own rule cannot say whether it counts.
        """
        found = await self._found(request) if request.cookies else None
        if found is not None and not self._is_own(request):
            raise CrossSiteRequest
        return found

    async def _found(self, request: WebRequest) -> FoundSession | None:
        now, sessions = self._context.now(), self._context.sessions
        return sessions.recall(request.cookies, now=now) or await sessions.find(request.cookies, now=now)

    def _is_own(self, request: WebRequest) -> bool:
        if request.method in ("GET", "HEAD", "OPTIONS") and not request.is_websocket:
            return True
        context = self._context
        base_url = context.bases.choose(request.host)
        return base_url is not None and is_same_site_request(
            request.method,
            origin=request.origin,
            sec_fetch_site=request.fetch_site,
            own_origins={origin_of(base_url)},
            trusted_origins=context.web_login.trusted_origins,
            is_websocket=request.is_websocket,
        )

    def sign_in(self, request: WebRequest, error: AzureAdError, principal: Principal | None) -> str | None:
        """Where this browser can sign in for what was refused; None where that is no help."""
        base_url = self._context.bases.choose(request.host)
        if base_url is None:
            if request.is_page:
                self._warn_of_host(request)
            return None
        place = Place(base_url)
        here = safe_next(place.path(request.address)) if request.is_page else None
        here = here or place.path(self._context.web_login.after_login)
        hint = _hint(principal)
        match error:
            case ClaimsChallenge():
                address = SignInAddress(next=here, login_hint=hint, claims=claims_for_id_token(error.claims))
            case InteractionRequired() if error.claims is not None:
                address = SignInAddress(
                    next=here, login_hint=hint, claims=claims_for_id_token(error.claims), scopes=error.scopes
                )
            case InteractionRequired():
                # Tokens that another worker or a restart has lost come back without a page.
                prompt = "none" if error.error == "login_required" and error.aadsts is None else None
                address = SignInAddress(next=here, login_hint=hint, prompt=prompt, scopes=error.scopes)
            case _:
                address = SignInAddress(next=here)
        return address.location(place.path(self._context.web_login.login_path))

    def redirect(self, location: str) -> WebReply:
        """303 to there."""
        return self._context.replies.redirect(location)

    async def _me(self, request: WebRequest) -> WebReply:
        context = self._context
        if request.method not in ("GET", "HEAD"):
            return context.replies.not_allowed("GET", "HEAD")
        found = await self._found(request)
        if found is None:
            return context.replies.problem(_NOBODY, is_page=False)
        user = found.principal
        document = {
            "name": user.name,
            "username": user.username,
            "email": user.email,
            "tenant_id": user.tenant_id,
            "object_id": user.object_id,
            "roles": sorted(user.roles),
            "scopes": sorted(user.scopes),
            "expires_at": user.expires_at,
        }
        return context.replies.document(document, cookies=found.set_cookies)


def _context(
    web_login: WebLogin,
    engine: Engine,
    render_problem: ProblemRenderer | None,
    make_sessions: Callable[..., Sessions],
) -> LoginContext:
    names = cookie_names(web_login, engine)
    sealer = sealers(web_login, engine, names)
    return LoginContext(
        web_login=web_login,
        engine=engine,
        bases=BaseUrls(web_login.urls),
        sessions=make_sessions(
            web_login,
            names=names,
            sealer=sealer,
            client_store=lambda: engine.store,
            bind_store=engine.bind_store,
            admission=SessionAdmission(engine.user_admission, engine.observer),
            scope_prefixes=engine.settings.scope_prefixes,
            runtime=engine.runtime,
            observer=engine.observer,
        ),
        pending=PendingLogins(names, sealer("login"), same_site=_same_site_of_pending(web_login)),
        replies=LoginReplies(error_page=_own_error_page(web_login, engine), render_problem=render_problem),
        count=SignInCount(names, sealer("recent")),
    )


def _same_site_of_pending(web_login: WebLogin) -> Literal["Lax", "None"]:
    """A form that the provider's page sends brings no Lax cookie along."""
    return "None" if web_login.response_mode == "form_post" else "Lax"


def _own_error_page(web_login: WebLogin, engine: Engine) -> OwnErrorPage | None:
    return None if web_login.error_page is None else OwnErrorPage(web_login.error_page, engine.observer)


def _misplaced_login_paths(web_login: WebLogin) -> frozenset[str]:
    """What is asked for where nothing takes the prefix of an address off."""
    return frozenset(Place(url).path(web_login.login_path) for url in web_login.urls if Place(url).prefix)


def _hint(principal: Principal | None) -> str | None:
    """Who is meant, so that nobody has to choose an account again."""
    if principal is None:
        return None
    hint = principal.claims.get("login_hint")
    return hint if isinstance(hint, str) else principal.username


_WRONG_HOST: Final = LoginProblem(
    status=400,
    title="This address is not known here",
    detail="the application is not set up for this host name; its operator has to add it to base_url",
)
_MISPLACED: Final = LoginProblem(
    status=500, title="This application cannot sign you in", detail="its address is not set up right; tell its operator"
)
_NOBODY: Final = LoginProblem(status=401, title="Nobody is signed in", detail="nobody is signed in here")
_NO_STORE: Final = LoginProblem(
    status=503, title="Signing in is not possible at the moment", detail="sessions cannot be looked up; try again"
)
