"""Decides on each request: who calls, or why not."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from azuread_auth._core.engine import Engine
from azuread_auth._protocol.claims import CheckedClaims
from azuread_auth._web.bearer import bearer_token, digest_of
from azuread_auth._web.paths import Access, PathRules
from azuread_auth._web.refusals import ABOUT_CALLERS, NotAuthenticated
from azuread_auth._web.replies import ProblemRenderer, Refusals, WebReply
from azuread_auth._web.web_request import WebRequest
from azuread_auth.errors import (
    AzureAdError,
    ClaimsChallenge,
    ConfigurationError,
    InteractionRequired,
    PermissionDenied,
    TokenRejected,
    TokenRequestFailed,
)
from azuread_auth.ports import Event
from azuread_auth.principal import Principal
from azuread_auth.resource_metadata import ResourceMetadata
from azuread_auth.web_login import WebLogin

if TYPE_CHECKING:
    from azuread_auth._protocol.easy_auth import EasyAuthToken
    from azuread_auth._web.easy_auth import EasyAuth
    from azuread_auth._web.login import Login
    from azuread_auth._web.metadata_route import MetadataRoute

__all__ = ["Admission", "Gate", "WebRequest"]


@dataclass(frozen=True, slots=True)
class Admission:
    """Who was let in, None for nobody in particular, and cookies that the answer is to set."""

    principal: Principal | None
    set_cookies: tuple[str, ...] = ()
    is_by_cookie: bool = False
    """Whether the browser sent the credentials by itself, so that the answer is for one person."""


_ANONYMOUS: Final = Admission(None)


class Gate:
    """Admits callers by the application's rules and words the refusals."""

    def __init__(
        self,
        engine: Engine,
        rules: PathRules,
        *,
        render_problem: ProblemRenderer | None = None,
        web_login: WebLogin | None = None,
        resource_metadata: ResourceMetadata | None = None,
        easy_auth: "EasyAuthToken | EasyAuth | None" = None,
    ) -> None:
        self.engine = engine
        self.rules = rules
        self.web_login = web_login
        self.login: Login | None = _login(web_login, engine, render_problem)
        self.render_problem = render_problem
        self.resource_metadata = resource_metadata
        self._metadata_route = _metadata_route(resource_metadata, engine)
        self.routes: frozenset[str] = frozenset[str]().union(
            *(part.routes for part in (self.login, self._metadata_route) if part is not None)
        )
        """The routed paths that `reply_at_route` answers; they are always public."""
        self.easy_auth: EasyAuth | None = _easy_auth(easy_auth, engine, web_login)
        self.platform_header: str | None = self.easy_auth.header if self.easy_auth is not None else None
        """The header that `admit` needs the values of, in lower case."""
        self.recall_digest: Callable[[bytes], CheckedClaims | None] = engine.validator.recall_digest
        """The claims of a token seen before, by its SHA-256 digest and without waiting: for the hot path."""
        self._documents = Refusals(
            authorization_uri=engine.provider.authority.authorization_url,
            full_scopes=engine.full_scopes,
            resource_metadata=resource_metadata.document_url if resource_metadata is not None else None,
        )
        self._refusals = replace(self._documents, render=render_problem)

    def for_engine(self, engine: Engine) -> "Gate":
        """The same rules over another engine."""
        return Gate(
            engine,
            self.rules,
            render_problem=self.render_problem,
            web_login=self.web_login,
            resource_metadata=self.resource_metadata,
            easy_auth=self.easy_auth.for_engine(engine) if self.easy_auth is not None else None,
        )

    async def reply_at_route(self, request: WebRequest, read_body: Callable[[], Awaitable[bytes]]) -> WebReply:
        """The answer at one of `routes`."""
        if self._metadata_route is not None and request.path in self._metadata_route.routes:
            return await self._metadata_route.reply(request)
        assert self.login is not None  # noqa: S101 - the other routes are there only with a sign-in
        return await self.login.reply(request, read_body)

    def is_question(self, request: WebRequest) -> bool:
        """Whether this is a browser's question about a path that needs credentials, which carries none itself.

        It may go on to a CORS layer further in, but an application that does not look at the method would answer as to
        anybody: so nothing of the request's body goes in and nothing of the answer's body comes out.
        """
        return request.is_cors_preflight and self.rules.access(request.path) is Access.PROTECTED

    async def admit(self, request: WebRequest) -> Admission:
        """The caller; nobody for one who stays anonymous and may. Raises what `reply` answers.

        A token that is present must be good, wherever credentials are looked at, and goes before a session.
        """
        access = self.rules.access(request.path)
        if access is Access.PUBLIC or request.is_cors_preflight:
            return _ANONYMOUS
        token = bearer_token(request.authorization)
        if token is not None:
            digest = digest_of(token)
            checked = self.recall_digest(digest) or await self.engine.validator.validate(token, digest)
            return Admission(Principal(checked, token, digest=digest))
        by_cookie = await self._admit_by_cookie(request)
        if by_cookie is not None:
            return by_cookie
        if access is Access.OPTIONAL:
            return _ANONYMOUS
        raise NotAuthenticated(has_other_scheme=bool(request.authorization))

    async def _admit_by_cookie(self, request: WebRequest) -> Admission | None:
        """Whom a session stands for: one of ours, or one of the platform's."""
        if self.login is not None:
            found = await self.login.session(request)
            return Admission(found.principal, tuple(found.set_cookies), is_by_cookie=True) if found else None
        principal = await self.easy_auth.caller(request) if self.easy_auth is not None else None
        return Admission(principal, is_by_cookie=True) if principal is not None else None

    async def admit_new(self, token: bytes, digest: bytes) -> Principal:
        """The caller by a token that `recall_digest` does not know, where credentials count.

        For requests of the usual form: one header, "Bearer", one space and what follows; `admit` reads all others.
        Raises what `reply` answers.
        """
        try:
            return Principal(await self.engine.validator.validate(token, digest), token, digest=digest)
        except TokenRejected:
            bearer_token([b"Bearer " + token])  # what cannot be a token at all makes the header malformed
            raise

    def reply(
        self,
        error: AzureAdError,
        request: WebRequest,
        principal: Principal | None = None,
        *,
        is_document: bool = False,
    ) -> WebReply:
        """The answer to a refusal. The operator's log gets its reason, the caller only the standard challenge.

        `principal` is whom the application itself refused; it may also refuse an anonymous caller, who has no
        credentials to be judged (RFC 6750 3.1). `is_document`: a problem document, whatever was wanted, unless the
        answer is a redirect.
        """
        refusals = self._documents if is_document else self._refusals
        # A form that a person sends is answered with a page too; it goes nowhere by itself.
        is_page = request.wants_page and not request.authorization and not is_document
        self.report(error, request)
        if principal is None and isinstance(error, ABOUT_CALLERS):
            error = NotAuthenticated()
        if self.login is not None and _helps_to_sign_in(error, principal):
            location = self.login.sign_in(request, error, principal)
            if location is not None and request.is_page and request.method == "GET":
                return self.login.redirect(location)
            return refusals.reply(NotAuthenticated(), is_page=is_page, sign_in_url=location)
        renewal = self.easy_auth.renewal(request, error) if self.easy_auth is not None else None
        if renewal is not None:
            return renewal
        supports_claims = principal is not None and _supports_claims_challenge(principal)
        other_account = self._other_account(request, error, principal) if is_page else None
        return refusals.reply(error, is_page=is_page, supports_claims=supports_claims, other_account_url=other_account)

    def _other_account(self, request: WebRequest, error: AzureAdError, principal: Principal | None) -> str | None:
        """Where somebody signs in whose present account lacks a permission; for a token that is no help."""
        if self.login is None or principal is None or principal.auth_method != "session":
            return None
        if not isinstance(error, PermissionDenied):
            return None
        location = self.login.sign_in(request, error, principal)
        return None if location is None else f"{location}&prompt=select_account"

    def report(self, error: AzureAdError, request: WebRequest) -> None:
        """Tell the operator why a request is refused; `reply` does."""
        if isinstance(error, TokenRejected):
            self.engine.report_rejection(error)
            return
        is_usual = isinstance(error, NotAuthenticated) and not error.has_other_scheme
        level = logging.INFO if is_usual else logging.WARNING
        fields: dict[str, str | int] = {"reason": error.code, "method": request.method, "path": request.path}
        if isinstance(error, PermissionDenied):
            fields["requirement"] = str(error.requirement)
        if isinstance(error, TokenRequestFailed):
            fields |= _support_fields(error)
        message = f"request refused: {error.code}: {error}"
        self.engine.observer.record(Event("request.refused", level, message, fields))


def _login(web_login: WebLogin | None, engine: Engine, render_problem: ProblemRenderer | None) -> "Login | None":
    if web_login is None:
        return None
    from azuread_auth._web.login import Login  # noqa: PLC0415 - an API without browsers does not load it

    return Login(web_login, engine, render_problem=render_problem)


def _metadata_route(metadata: ResourceMetadata | None, engine: Engine) -> "MetadataRoute | None":
    if metadata is None:
        return None
    from azuread_auth._web.metadata_route import MetadataRoute  # noqa: PLC0415 - most applications do not load it

    return MetadataRoute(metadata, engine)


def _easy_auth(
    easy_auth: "EasyAuthToken | EasyAuth | None", engine: Engine, web_login: WebLogin | None
) -> "EasyAuth | None":
    """What App Service passes on. Raises ConfigurationError anywhere else, and beside a sign-in of ours."""
    if easy_auth is None:
        return None
    from azuread_auth._web.easy_auth import EasyAuth  # noqa: PLC0415 - most applications do not load it

    if web_login is not None:
        message = "easy_auth= and login= were both given; either the platform signs users in, or the application does"
        raise ConfigurationError(message)
    return easy_auth if isinstance(easy_auth, EasyAuth) else EasyAuth.on_this_platform(easy_auth, engine)


def _helps_to_sign_in(error: AzureAdError, principal: Principal | None) -> bool:
    """Whether a person at a browser could do something about it by signing in."""
    if principal is None:
        return isinstance(error, NotAuthenticated) and not error.has_other_scheme
    return principal.auth_method == "session" and isinstance(error, ClaimsChallenge | InteractionRequired)


def _support_fields(error: TokenRequestFailed) -> dict[str, str | int]:
    """What an operator looks up, and Microsoft's support asks for; without what the provider did not say."""
    known = {"error": error.error, "aadsts": error.aadsts}
    ids = {"correlation_id": error.correlation_id, "trace_id": error.trace_id}
    return {name: value for name, value in (known | ids).items() if value is not None}


def _supports_claims_challenge(principal: Principal) -> bool:
    """Whether the client said it can answer one (Microsoft, "Claims challenges": xms_cc with cp1)."""
    capabilities = principal.claims.get("xms_cc")
    values = [capabilities] if isinstance(capabilities, str) else capabilities
    return isinstance(values, list) and any(isinstance(value, str) and value.lower() == "cp1" for value in values)
