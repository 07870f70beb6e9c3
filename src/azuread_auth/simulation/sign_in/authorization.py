"""The authorization endpoint (RFC 6749 4.1.1, OpenID Connect 3.1.2)."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from azuread_auth._protocol.authority import TENANT_TEMPLATE
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation.apps import SimulatedApp
from azuread_auth.simulation.claims_request import claims_in
from azuread_auth.simulation.directory import SimulatedAuthority
from azuread_auth.simulation.grants.authorization_codes import AuthorizationCode
from azuread_auth.simulation.keys import base64url
from azuread_auth.simulation.refusals import Refused, refusal_document
from azuread_auth.simulation.request_form import query_of, required
from azuread_auth.simulation.requested_scopes import RequestedScopes, scopes_in
from azuread_auth.simulation.sign_in.callback import Callback, ResponseMode
from azuread_auth.simulation.sign_in.pages import account_page, error_page
from azuread_auth.simulation.signing import json_bytes
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.users import DEFAULT_USERS, SimulatedUser

__all__ = ["AuthorizationRequest", "authorization_answer"]


def authorization_answer(request: HttpRequest, authority: SimulatedAuthority, state: TenantState) -> HttpResponse:
    """A page, or the way back to the application."""
    try:
        parameters = query_of(request)
        asked = AuthorizationRequest(http=request, parameters=parameters, authority=authority, state=state)
        app = asked.checked_app()
    except Refused as refused:
        return error_page(refused)
    if "simulated_decline" in parameters:
        return asked.refusal(Refused(65004, error="access_denied")).response()
    try:
        asked.check(app)
        user = asked.user()
    except Refused as refused:
        return asked.refusal(refused).response()
    return account_page(parameters) if user is None else asked.callback(app, user).response()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What an application sends a browser with."""

    http: HttpRequest = field(repr=False)
    parameters: Mapping[str, str] = field(repr=False)
    authority: SimulatedAuthority
    state: TenantState = field(repr=False)

    def checked_app(self) -> SimulatedApp:
        """The application. Raises Refused, and nobody may be redirected, unless it may be sent users there."""
        app = self.state.apps.find(required(self.parameters, "client_id"))
        if app is None:
            raise Refused(700016)
        redirect_uri = self.parameters.get("redirect_uri")
        if redirect_uri is None:
            raise Refused(900971)
        if not app.allows_redirect(redirect_uri):
            raise Refused(50011, detail=f"The redirect URI '{redirect_uri[:200]}' is not registered.")
        return app

    def callback(self, app: SimulatedApp, user: SimulatedUser) -> Callback:
        """The way back of somebody who signed in; or of a refusal, where the request is wrong."""
        try:
            self.check(app)
            return self._callback(self._code(app, user, self._scopes()), user)
        except Refused as refused:
            return self.refusal(refused)

    def refusal(self, refused: Refused) -> Callback:
        """The way back with an error."""
        document = refusal_document(refused, request=self.http, origin=self.authority.origin, now=self.state.now())
        names = ("error", "error_description", "error_uri", "claims")
        return self._way_back({name: str(document[name]) for name in names if name in document})

    def check(self, app: SimulatedApp) -> None:
        """Raise Refused for a request that the application would have to mend."""
        if required(self.parameters, "response_type") != "code":
            raise Refused(700054, error="unsupported_response_type")
        if self.parameters.get("response_mode", "query") not in ("query", "form_post"):
            raise Refused(90023, detail="The response_mode is not supported.")
        self._scopes()
        claims_in(self.parameters.get("claims"))
        challenge = self.parameters.get("code_challenge")
        if challenge is None and not app.has_credential:
            raise Refused(9002325)
        if challenge is not None and self.parameters.get("code_challenge_method") != "S256":
            raise Refused(90023, detail="The code_challenge_method is not S256.")

    def user(self) -> SimulatedUser | None:
        """Who signs in without being asked; None: somebody has to be. Raises Refused where nobody may be asked."""
        chosen = DEFAULT_USERS.get(self.parameters.get("simulated_user", ""))
        if chosen is not None or self.parameters.get("prompt") != "none":
            return chosen
        hint = self.parameters.get("login_hint", "").lower()
        user = next((each for name, each in DEFAULT_USERS.items() if hint in (name, each.username.lower())), None)
        if user is None:
            raise Refused(50058)
        self._check_silent(user)
        return user

    def _check_silent(self, user: SimulatedUser) -> None:
        policies, scopes = self.state.policies, self._scopes()
        with self.state.lock:
            if policies.needs_consent(scopes, user):
                raise Refused(65001, error="consent_required")
            if policies.needs_mfa(scopes, user):
                raise Refused(50076, claims=policies.mfa_claims)

    def _scopes(self) -> RequestedScopes:
        return scopes_in(required(self.parameters, "scope"), takes_first_resource=True)

    def _tenant_id(self) -> str:
        own = self.authority.issuer_tenant
        return self.state.tenant_id if own == TENANT_TEMPLATE else own

    def _code(self, app: SimulatedApp, user: SimulatedUser, scopes: RequestedScopes) -> str:
        state, claims = self.state, claims_in(self.parameters.get("claims"))
        with state.lock:
            # Whoever is asked to prove themself twice does so, because nobody else is at the browser.
            has_mfa = state.policies.is_proof(claims) or state.policies.needs_mfa(scopes, user)
            code = AuthorizationCode(
                user=user,
                client_id=app.client_id,
                tenant_id=self._tenant_id(),
                redirect_uri=self.parameters["redirect_uri"],
                scope=self.parameters["scope"],
                nonce=self.parameters.get("nonce"),
                code_challenge=self.parameters.get("code_challenge"),
                claims=claims,
                has_mfa=has_mfa,
            )
            return state.codes.issue(code, now=state.now())

    def _callback(self, code: str, user: SimulatedUser) -> Callback:
        parameters = {"code": code}
        if self.parameters.get("client_info") == "1":
            ids = {"uid": user.object_id, "utid": user.home_tenant_id or self._tenant_id()}
            parameters["client_info"] = base64url(json_bytes(ids))
        return self._way_back(parameters, session_state=str(uuid.uuid4()))

    def _way_back(self, parameters: Mapping[str, str], **more: str) -> Callback:
        echoed = {"state": self.parameters["state"]} if "state" in self.parameters else {}
        if self.state.behaviour.sends_issuer_in_callback:
            echoed["iss"] = self.authority.issuer(2, tenant_id=self._tenant_id())
        mode: ResponseMode = "form_post" if self.parameters.get("response_mode") == "form_post" else "query"
        return Callback(
            redirect_uri=self.parameters["redirect_uri"],
            response_mode=mode,
            parameters={**parameters, **echoed, **more},
        )
