"""What a refused request is answered: status, challenge and a problem document."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from azuread_auth._protocol.www_authenticate import BearerChallenge
from azuread_auth._web.pages.frame import PAGE_HEADERS
from azuread_auth._web.pages.problem import problem_page
from azuread_auth._web.problem import Problem
from azuread_auth._web.refusals import CrossSiteRequest, MalformedAuthorization, NotAuthenticated
from azuread_auth.errors import (
    AssertionRefused,
    AzureAdError,
    ClaimsChallenge,
    ConfigurationError,
    InteractionRequired,
    PermissionDenied,
    ProviderUnavailable,
    Throttled,
    TokenRejected,
)

__all__ = ["Problem", "ProblemRenderer", "Refusals", "WebReply"]

ProblemRenderer = Callable[[Problem], tuple[str, bytes]]

_INVALID: Final = "the access token is expired, malformed or not meant for this resource"
_MISSING: Final = "this resource needs an access token"
_MISSING_FROM_YOU: Final = "you have to sign in for this, or to sign in again; then send it once more"
_MALFORMED: Final = "the Authorization header is malformed"
_FORBIDDEN: Final = "the access token does not carry the permission that this resource needs"
_FORBIDDEN_TO_YOU: Final = "you do not have the permission that this page needs"
_CLAIMS: Final = "this resource needs a newer or stronger sign-in"
_CONSENT: Final = "the user has to sign in for, or consent to, what this resource needs of another one"
_CROSS_SITE: Final = "requests of other sites are not accepted here"
_UNAVAILABLE: Final = "the request cannot be served at the moment"
_MAX_WAIT_SECONDS: Final = 86_400.0
_PRIVATE: Final = (("cache-control", "no-store"), ("x-content-type-options", "nosniff"))


@dataclass(frozen=True, slots=True)
class WebReply:
    """An answer, for a server to send."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def reason_phrase(self) -> str:
        """The status's standard phrase."""
        return HTTPStatus(self.status).phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """Turns a refusal into its answer (RFC 6750 3.1, RFC 9457). Callers learn nothing of which check failed."""

    authorization_uri: str
    """Where a token is to be had; a claims challenge must name it."""
    full_scopes: Callable[[tuple[str, ...]], tuple[str, ...]]
    """Scope names as clients request them."""
    render: ProblemRenderer | None = None

    def reply(
        self,
        error: AzureAdError,
        *,
        is_page: bool = False,
        supports_claims: bool = False,
        sign_in_url: str | None = None,
        other_account_url: str | None = None,
    ) -> WebReply:
        """The answer to `error`; an HTML page where a browser wants one. The addresses: where those would help."""
        status, challenge, detail = self._judge(_as_challenge(error), supports_claims=supports_claims)
        if is_page and detail is _FORBIDDEN:
            detail = _FORBIDDEN_TO_YOU
        elif is_page and detail is _MISSING and sign_in_url is not None:
            detail = _MISSING_FROM_YOU
        problem = Problem(
            status=status,
            title=HTTPStatus(status).phrase,
            detail=detail,
            sign_in_url=sign_in_url,
            other_account_url=other_account_url,
        )
        shown, body = self._shown(problem, is_page=is_page)
        headers = [*shown, ("content-length", str(len(body)))]
        if challenge is not None:
            headers.append(("www-authenticate", challenge.header_value()))
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            seconds = error.retry_after if isinstance(error, (ProviderUnavailable, Throttled)) else 1.0
            headers.append(("retry-after", str(max(1, math.ceil(min(_MAX_WAIT_SECONDS, seconds))))))
        return WebReply(status, tuple(headers), body)

    def _shown(self, problem: Problem, *, is_page: bool) -> tuple[Sequence[tuple[str, str]], bytes]:
        """The headers that say what the body is, and the body; a page of ours has a policy that fits it alone."""
        if self.render is None and is_page:
            return PAGE_HEADERS, problem_page(problem).encode()
        render = self.render
        content_type, body = ("application/problem+json", problem.as_json()) if render is None else render(problem)
        return (("content-type", content_type), *_PRIVATE), body

    def _judge(self, error: AzureAdError, *, supports_claims: bool) -> tuple[int, BearerChallenge | None, str]:
        match error:
            case NotAuthenticated():
                answer = 401, BearerChallenge(), _MISSING
            case MalformedAuthorization():
                answer = 400, BearerChallenge(error="invalid_request", error_description=_MALFORMED), _MALFORMED
            case TokenRejected() | AssertionRefused() if not _is_forbidden(error):
                answer = 401, BearerChallenge(error="invalid_token", error_description=_INVALID), _INVALID
            case ClaimsChallenge() if supports_claims:
                answer = 401, self._claims_challenge(error), _CLAIMS
            case TokenRejected() | ClaimsChallenge():
                answer = 403, _insufficient_scope(_FORBIDDEN), _FORBIDDEN
            case PermissionDenied():
                scopes = self.full_scopes(error.requirement.scopes)
                answer = 403, _insufficient_scope(_FORBIDDEN, scopes), _FORBIDDEN
            case InteractionRequired():
                answer = 403, _insufficient_scope(_CONSENT, error.scopes), _CONSENT
            case _:
                is_cross_site = isinstance(error, CrossSiteRequest)
                return (403, None, _CROSS_SITE) if is_cross_site else (503, None, _UNAVAILABLE)
        return answer

    def _claims_challenge(self, error: ClaimsChallenge) -> BearerChallenge:
        return BearerChallenge(
            authorization_uri=self.authorization_uri, error="insufficient_claims", claims=error.claims
        )


def _as_challenge(error: AzureAdError) -> AzureAdError:
    """A failed token request that names claims asks the caller for what a ClaimsChallenge of the application would."""
    if not isinstance(error, InteractionRequired) or error.claims is None:
        return error
    try:
        return ClaimsChallenge(claims=error.claims)
    except ConfigurationError:  # claims that are no JSON object cannot be asked for
        return error


def _is_forbidden(error: AzureAdError) -> bool:
    """Whether the token is good and its bearer unwelcome."""
    return isinstance(error, TokenRejected) and error.reason.is_forbidden


def _insufficient_scope(description: str, scopes: tuple[str, ...] = ()) -> BearerChallenge:
    return BearerChallenge(error="insufficient_scope", error_description=description, scopes=scopes)
