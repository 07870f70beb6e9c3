"""The authorization request (RFC 6749 4.1.1, OpenID Connect 3.1.2): what is wrong with it, and how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from azuread_auth._protocol.http import HttpRequest
from azuread_auth.simulation.app_access import app_at, checked_scopes
from azuread_auth.simulation.apps import SimulatedApp
from azuread_auth.simulation.claims_request import RequestedClaims, claims_in
from azuread_auth.simulation.directory import SimulatedAuthority
from azuread_auth.simulation.grants.authorization_codes import AuthorizationCode
from azuread_auth.simulation.keys import base64url
from azuread_auth.simulation.refusals import Refused, refusal_document
from azuread_auth.simulation.request_form import required
from azuread_auth.simulation.requested_scopes import RequestedScopes, scopes_by_resource, scopes_in
from azuread_auth.simulation.sign_in.accounts import account_tenant
from azuread_auth.simulation.sign_in.callback import Callback, ResponseMode
from azuread_auth.simulation.sign_in.provider_sessions import ProviderSession
from azuread_auth.simulation.signing import json_bytes
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["AuthorizationRequest"]

_SHORTEST_CHALLENGE, _LONGEST_CHALLENGE = 43, 128
_PROMPTS: Final = (None, "none", "login", "select_account", "consent", "create")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What an application sends a browser with."""

    http: HttpRequest = field(repr=False)
    parameters: Mapping[str, str] = field(repr=False)
    authority: SimulatedAuthority
    state: TenantState = field(repr=False)

    @property
    def prompt(self) -> str | None:
        """What the application wants the user to be asked."""
        return self.parameters.get("prompt")

    @property
    def scopes(self) -> RequestedScopes:
        """Those of the first resource, which the tokens will be for. Raises Refused."""
        return scopes_in(required(self.parameters, "scope"), takes_first_resource=True)

    @property
    def claims(self) -> RequestedClaims:
        """What the tokens are to say. Raises Refused."""
        return claims_in(self.parameters.get("claims"))

    def checked_app(self) -> SimulatedApp:
        """The application. Raises Refused, and nobody may be redirected, unless it may be sent users there."""
        app = app_at(self.authority, required(self.parameters, "client_id"), self.state)
        redirect_uri = self.parameters.get("redirect_uri")
        if redirect_uri is None:
            raise Refused(900971)
        if not app.allows_redirect(redirect_uri):
            raise Refused(50011, detail=f"The redirect URI '{redirect_uri[:200]}' is not registered.")
        return app

    def check(self, app: SimulatedApp) -> None:
        """Raise Refused for a request that the application would have to mend."""
        if required(self.parameters, "response_type") != "code":
            raise Refused(700054, error="unsupported_response_type")
        if self.parameters.get("response_mode", "query") not in ("query", "form_post"):
            raise Refused(90023, detail="The response_mode is not supported.")
        if self.prompt not in _PROMPTS:
            raise Refused(90023, detail="The prompt is not supported.")
        checked_scopes(self.scopes, app, self.state)
        _ = self.claims
        self._check_challenge(app)

    def _check_challenge(self, app: SimulatedApp) -> None:
        challenge = self.parameters.get("code_challenge")
        if challenge is None:
            if app.is_spa_redirect(self.parameters["redirect_uri"]) or not app.has_credential:
                raise Refused(9002325)
            return
        if not _SHORTEST_CHALLENGE <= len(challenge) <= _LONGEST_CHALLENGE:
            raise Refused(501491)
        if self.parameters.get("code_challenge_method") != "S256":
            raise Refused(90023, detail="The code_challenge_method is not S256.")

    def tenant_of(self, user: SimulatedUser) -> str:
        """The tenant that issues the tokens."""
        return account_tenant(user, self.authority, self.state.tenant_id)

    def needs_mfa(self, session: ProviderSession) -> bool:
        """Whether the user of a session has yet to prove themself twice."""
        user = session.user
        with self.state.lock:
            is_asked = self.state.policies.needs_mfa(self.scopes, user) or self.claims.demands_proof
            return not session.has_mfa and (user.needs_mfa or is_asked)

    def needs_consent(self, user: SimulatedUser, app: SimulatedApp) -> bool:
        """Whether the user has yet to consent."""
        policies = self.state.policies
        with self.state.lock:
            has_consented = policies.has_consented(user, self.tenant_of(user), app.client_id)
            scopes = scopes_by_resource(self.parameters["scope"])
            is_refused = any(policies.needs_consent(each, user) for each in scopes)
        return is_refused or (user.needs_consent and not has_consented)

    def accept(self, user: SimulatedUser, app: SimulatedApp) -> None:
        """The user consents to all that is asked for."""
        with self.state.lock:
            for scopes in scopes_by_resource(self.parameters["scope"]):
                self.state.policies.accept(user, app.client_id, scopes)
            self.state.policies.accept(user, app.client_id, self.scopes)

    def callback(self, app: SimulatedApp, session: ProviderSession) -> Callback:
        """The way back of somebody who signed in. Raises Refused."""
        tenant_id = self.tenant_of(session.user)
        parameters = {"code": self._code(app, session, tenant_id)}
        if self.parameters.get("client_info") == "1":
            ids = {"uid": session.user.object_id, "utid": session.user.home_tenant_id or tenant_id}
            parameters["client_info"] = base64url(json_bytes(ids))
        return self._way_back(parameters, tenant_id, session_state=session.sid)

    def refusal(self, refused: Refused) -> Callback:
        """The way back with an error."""
        document = refusal_document(refused, request=self.http, origin=self.authority.origin, now=self.state.now())
        names = ("error", "error_description", "error_uri", "claims")
        parameters = {name: str(document[name]) for name in names if name in document}
        return self._way_back(parameters, self.state.tenant_id)

    def _code(self, app: SimulatedApp, session: ProviderSession, tenant_id: str) -> str:
        code = AuthorizationCode(
            user=session.user,
            client_id=app.client_id,
            tenant_id=tenant_id,
            redirect_uri=self.parameters["redirect_uri"],
            scope=self.parameters["scope"],
            nonce=self.parameters.get("nonce"),
            code_challenge=self.parameters.get("code_challenge"),
            claims=self.claims,
            has_mfa=session.has_mfa,
            sid=session.sid,
        )
        with self.state.lock:
            session.issuers[app.client_id] = self.authority.issuer(2, tenant_id=tenant_id)
            return self.state.codes.issue(code, now=self.state.now())

    def _way_back(self, parameters: Mapping[str, str], tenant_id: str, **more: str) -> Callback:
        echoed = {"state": self.parameters["state"]} if "state" in self.parameters else {}
        if self.state.behaviour.sends_issuer_in_callback:
            echoed["iss"] = self.authority.issuer(2, tenant_id=tenant_id)
        mode: ResponseMode = "form_post" if self.parameters.get("response_mode") == "form_post" else "query"
        return Callback(
            redirect_uri=self.parameters["redirect_uri"],
            response_mode=mode,
            parameters={**parameters, **echoed, **more},
        )
