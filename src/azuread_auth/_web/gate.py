"""Decides on each request: who calls, or why not."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from azuread_auth._core.engine import Engine
from azuread_auth._web.bearer import bearer_token
from azuread_auth._web.paths import Access, PathRules
from azuread_auth._web.refusals import ABOUT_CALLERS, NotAuthenticated
from azuread_auth._web.replies import ProblemRenderer, Refusals, WebReply
from azuread_auth.errors import AzureAdError, PermissionDenied, TokenRejected, TokenRequestFailed
from azuread_auth.ports import Event
from azuread_auth.principal import Principal

__all__ = ["Gate", "WebRequest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRequest:
    """What decisions depend on, whatever the server interface."""

    method: str
    path: str
    """As routed: decoded, and without the mount's prefix."""
    authorization: Sequence[bytes] = field(repr=False)
    """The values of all Authorization headers."""
    origin: str | None = None
    preflight_method: str | None = None
    """`Access-Control-Request-Method`."""
    accept: str = ""

    @property
    def is_cors_preflight(self) -> bool:
        """Fetch 4.8: a browser asks whether it may ask; it never sends credentials with that, so what does is none."""
        is_asking = self.method == "OPTIONS" and self.origin is not None and self.preflight_method is not None
        return is_asking and not self.authorization

    @property
    def is_page(self) -> bool:
        """Whether a person's browser asks for a page."""
        return self.method in ("GET", "HEAD") and "text/html" in self.accept and not self.authorization


class Gate:
    """Admits callers by the application's rules and words the refusals."""

    def __init__(self, engine: Engine, rules: PathRules, *, render_problem: ProblemRenderer | None = None) -> None:
        self.engine = engine
        self.rules = rules
        self.render_problem = render_problem
        self.recall_digest = engine.validator.recall_digest
        """The claims of a token seen before, by its SHA-256 digest and without waiting: for the hot path."""
        self._refusals = Refusals(
            authorization_uri=engine.provider.authority.authorization_url,
            full_scopes=engine.full_scopes,
            render=render_problem,
        )

    def is_question(self, request: WebRequest) -> bool:
        """Whether this is a browser's question about a path that needs credentials, which carries none itself.

        It may go on to a CORS layer further in, but an application that does not look at the method would answer as to
        anybody: so nothing of the request's body goes in and nothing of the answer's body comes out.
        """
        return request.is_cors_preflight and self.rules.access(request.path) is Access.PROTECTED

    async def admit(self, request: WebRequest) -> Principal | None:
        """The caller; None for one who stays anonymous and may. Raises what `reply` answers.

        A token that is present must be good, wherever credentials are looked at.
        """
        access = self.rules.access(request.path)
        if access is Access.PUBLIC or request.is_cors_preflight:
            return None
        token = bearer_token(request.authorization)
        if token is not None:
            digest = sha256(token).digest()
            checked = self.recall_digest(digest) or await self.engine.validator.validate(token, digest)
            return Principal(checked, token)
        if access is Access.OPTIONAL:
            return None
        raise NotAuthenticated(has_other_scheme=bool(request.authorization))

    async def admit_new(self, token: bytes, digest: bytes) -> Principal:
        """The caller by a token that `recall_digest` does not know, where credentials count.

        For requests of the usual form: one header, "Bearer", one space and what follows; `admit` reads all others.
        Raises what `reply` answers.
        """
        try:
            return Principal(await self.engine.validator.validate(token, digest), token)
        except TokenRejected:
            bearer_token([b"Bearer " + token])  # what cannot be a token at all makes the header malformed
            raise

    def reply(self, error: AzureAdError, request: WebRequest, principal: Principal | None = None) -> WebReply:
        """The answer to a refusal. The operator's log gets its reason, the caller only the standard challenge.

        `principal` is whom the application itself refused; it may also refuse an anonymous caller, who has no
        credentials to be judged (RFC 6750 3.1).
        """
        self._report(error, request)
        if principal is None and isinstance(error, ABOUT_CALLERS):
            error = NotAuthenticated()
        supports_claims = principal is not None and _supports_claims_challenge(principal)
        return self._refusals.reply(error, is_page=request.is_page, supports_claims=supports_claims)

    def _report(self, error: AzureAdError, request: WebRequest) -> None:
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
