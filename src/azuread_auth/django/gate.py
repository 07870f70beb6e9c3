"""The gate of a Django project: tokens are judged as everywhere, sessions are Django's."""

import inspect
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from azuread_auth._web.gate import Gate
from azuread_auth._web.login import Login
from azuread_auth._web.login_keys import session_context
from azuread_auth._web.session_admission import SessionAdmission
from azuread_auth.client import AsyncAzureAdClient, AzureAdClient
from azuread_auth.django.configuration import Configuration
from azuread_auth.django.sessions import DjangoSessions, Run, SessionCaller
from azuread_auth.principal import Principal
from azuread_auth.requirements import Scope
from azuread_auth.web_login import OnSignIn, WebLogin

if TYPE_CHECKING:
    from django.http import HttpRequest

    from azuread_auth._web.sessions import FoundSession
    from azuread_auth._web.web_request import WebRequest

__all__ = ["DjangoGate", "sessions_of"]

AnyClient = AsyncAzureAdClient | AzureAdClient


class DjangoLogin(Login):
    """The routes of the sign-in. Who has a session is for Django to say, and CSRF for its own middleware to prevent."""

    async def session(self, request: "WebRequest") -> "FoundSession | None":  # noqa: ARG002 - see above
        """None."""
        return None


def sessions_of(web_login: WebLogin, client: AnyClient, run: Run) -> DjangoSessions:
    """Django's sessions, for one of the clients. Raises ConfigurationError for session scopes of another API."""
    engine = client.engine
    prefixes = engine.settings.scope_prefixes
    return DjangoSessions(
        run=run,
        scopes=frozenset(Scope(name).short_name(prefixes) for name in web_login.session_scopes),
        scope_prefixes=prefixes,
        admission=SessionAdmission(engine.user_admission, engine.observer),
        context=session_context(engine),
        random_bytes=engine.runtime.random_bytes,
        now=engine.runtime.now,
        forget=engine.tokens.forget_user,
    )


def _hook(hook: OnSignIn | None, run: Run) -> OnSignIn | None:
    """What the application wants to be told, where it may ask the database."""
    if hook is None:
        return None

    async def told(principal: Principal) -> None:
        answer = await run(lambda: hook(principal))
        if inspect.isawaitable(answer):
            await answer

    return told


def _given(sessions: DjangoSessions, *_: object, **__: object) -> DjangoSessions:
    """Those, whatever cookies and stores there are for others."""
    return sessions


class DjangoGate(Gate):
    """Admits callers with tokens; `run` is how the database is asked. Raises ConfigurationError."""

    def __init__(self, known: Configuration, client: AnyClient, run: Run) -> None:
        super().__init__(
            client.engine,
            known.rules,
            render_problem=known.render_problem,
            resource_metadata=known.resource_metadata,
            easy_auth=known.easy_auth,
        )
        if known.users.bearer_rights is not None:
            Scope(known.users.bearer_rights).short_name(client.engine.settings.scope_prefixes)
        # Also without a sign-in: a session that began when there was one is judged like any other.
        self.sessions: DjangoSessions = sessions_of(known.web_login or WebLogin(), client, run)
        if known.web_login is not None:
            web_login = replace(
                known.web_login,
                on_login=_hook(known.web_login.on_login, run),
                on_logout=_hook(known.web_login.on_logout, run),
            )
            self.web_login = web_login
            self.login: Login | None = DjangoLogin(
                web_login,
                client.engine,
                render_problem=known.render_problem,
                make_sessions=partial(_given, self.sessions),
            )
            self.routes: frozenset[str] = self.routes | self.login.routes

    async def session_caller(self, request: "HttpRequest") -> SessionCaller:
        """Whom the session of this request stands for, by which Django knows the user.

        Raises ProviderUnavailable where the application's own rule cannot say whether it counts.
        """
        return await self.sessions.caller(request.session, now=self.engine.runtime.now())
