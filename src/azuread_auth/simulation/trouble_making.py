"""What a simulated tenant suffers and demands on purpose."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.directory import origin_of
from azuread_auth.simulation.failures import Failure, failure_response
from azuread_auth.simulation.graph.errors import GraphRefused, graph_refusal
from azuread_auth.simulation.refusals import Refused, refusal_response
from azuread_auth.simulation.request_details import RequestDetails
from azuread_auth.simulation.request_log import RequestKind
from azuread_auth.simulation.sign_in.conversation import authorization_authority, refused_authorization
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.traffic import Traffic
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["TroubleMaking"]

_AUTHORIZATION_ERRORS: Final[Mapping[int, str]] = MappingProxyType(
    {50105: "access_denied", 65001: "consent_required", 65004: "access_denied", 90094: "access_denied"}
)
"""Where the authorization endpoint gives a code another error than the token endpoint does."""


class TroubleMaking:
    """The part of `SimulatedTenant` that fails, slows down and refuses."""

    _traffic: Traffic
    _state: TenantState

    def publish_key(self) -> None:
        """Publish the key that the next rotation will use: the first half of a planned rollover."""
        with self._state.lock:
            self._state.keys.publish()

    def rotate_keys(self, *, keep_old: bool = True) -> None:
        """Sign with another key from now on; False takes the old ones away at once, as in an emergency."""
        with self._state.lock:
            self._state.keys.rotate(keep_old=keep_old)

    def go_down(self) -> None:
        """Refuse connections (over HTTP: hang up without an answer) until `come_up()`. Added routes go on."""
        self._traffic.go_down()

    def come_up(self) -> None:
        """End every disturbance: outage, delays and failures."""
        self._traffic.restore()

    def slow_down(self, seconds: float, kind: RequestKind | None = None) -> None:
        """Answer so many seconds later, all requests or those of one kind; 0 ends it."""
        self._traffic.slow_down(seconds, kind)

    def fail(
        self,
        kind: RequestKind,
        *,
        aadsts: int | None = None,
        error: str | None = None,
        suberror: str | None = None,
        claims: str | None = None,
        status: int | None = None,
        retry_after: float | str | None = None,
        body: str | bytes | Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        times: int | None = None,
        user: SimulatedUser | str | None = None,
        grant_type: str | None = None,
        matching: Callable[[RequestDetails], bool] | None = None,
    ) -> None:
        """Answer requests of a kind with this in place of what is right, so many times or until `come_up()`.

        `aadsts` gives the error document that Entra sends with that code, with the error, suberror, claims and status
        that belong to it unless they are given; at "authorize" it goes to the application, or onto a page where Entra
        shows one. Without it the answer has `status` (503) and `body`; with status 200 a
        body of any sort can be passed off as a document, and a mapping becomes JSON. `retry_after` is in seconds, or
        text such as an HTTP date. At "graph" it is a document of Graph's, with `error` as its code.

        `user`, `grant_type` (such as "on_behalf_of") and `matching` aim at some requests only; others go on. A failure
        replaces the one that was aimed at the same requests.
        """
        if kind == "graph" and body is None:
            if aadsts is not None:
                message = (
                    "aadsts= is none of Graph's errors; expected error= with a code such as TooManyRequests, status="
                )
                raise ConfigurationError(message)
            answer = self._graph_refusal(status, error, retry_after, headers)
        elif aadsts is not None or error is not None:
            if kind == "authorize":
                error = error or _AUTHORIZATION_ERRORS.get(aadsts or 0)
            refused = Refused(aadsts, error=error, suberror=suberror, claims=claims, status=status)
            answer = self._refusal(kind, refused, retry_after, headers)
        else:
            response = failure_response(status=status or 503, retry_after=retry_after, body=body, headers=headers)
            answer = _always(response)
        failure = Failure(
            answer=answer,
            times_left=times,
            user_id=self._state.people.id_of(user),
            grant_type=grant_type,
            matches=matching,
        )
        self._traffic.fail(kind, failure)

    def _graph_refusal(
        self,
        status: int | None,
        code: str | None,
        retry_after: float | str | None,
        headers: Mapping[str, str] | None,
    ) -> Callable[[HttpRequest], HttpResponse]:
        refused = GraphRefused(
            status or 503, "The simulated tenant was told to fail so.", code=code, headers=_more(retry_after, headers)
        )
        return lambda request: graph_refusal(refused, request=request, now=self._state.now())

    def _refusal(
        self,
        kind: RequestKind,
        refused: Refused,
        retry_after: float | str | None,
        headers: Mapping[str, str] | None,
    ) -> Callable[[HttpRequest], HttpResponse]:
        more = _more(retry_after, headers)

        def answer(request: HttpRequest) -> HttpResponse:
            state = self._state
            if kind == "authorize":
                response = refused_authorization(request, authorization_authority(request, state), state, refused)
            else:
                origin = origin_of(request.url)
                response = refusal_response(refused, request=request, origin=origin, now=state.now())
            return HttpResponse(status=response.status, headers={**response.headers, **more}, body=response.body)

        return answer

    def require_consent(self, scope: str, *, user: SimulatedUser | str | None = None) -> None:
        """Refuse a scope (AADSTS65001), for everybody or one user, until `grant_consent(scope)`.

        Name it as requests do, or with its resource: "User.Read", "api://orders/Orders.Read".
        """
        with self._state.lock:
            self._state.policies.require_consent(scope, self._state.people.id_of(user))

    def grant_consent(self, scope: str) -> None:
        """Let everybody have the scope again."""
        with self._state.lock:
            self._state.policies.grant_consent(scope)

    def require_mfa(self, scope: str | None = None, *, user: SimulatedUser | str | None = None) -> None:
        """Demand multi-factor authentication (AADSTS50076 with claims), for one scope or any, one user or everybody.

        Whoever sends the claims along, or presents a token that was got with them, has met the demand.
        """
        with self._state.lock:
            self._state.policies.require_mfa(scope, self._state.people.id_of(user))

    def require_authentication_context(self, context: str, *, user: SimulatedUser | str | None = None) -> None:
        """Give tokens for an authentication context, such as "c1", after a second factor only (AADSTS50076, claims).

        A sign-in whose `claims` ask for the context asks for the factor too; what can ask nobody is refused with them.
        """
        with self._state.lock:
            self._state.policies.require_context(context, self._state.people.id_of(user))


def _always(response: HttpResponse) -> Callable[[HttpRequest], HttpResponse]:
    return lambda _request: response


def _more(retry_after: float | str | None, headers: Mapping[str, str] | None) -> dict[str, str]:
    more = {} if retry_after is None else {"retry-after": str(retry_after)}
    return more | {name.lower(): value for name, value in (headers or {}).items()}
