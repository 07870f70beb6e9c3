"""What users must have done before tokens are issued for them: consented, or proved themselves twice."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from azuread_auth.simulation.claims_request import RequestedClaims
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.requested_scopes import RequestedScopes
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["MOST_CONSENTS", "Policies"]

MOST_CONSENTS: Final = 100_000


@dataclass(frozen=True, slots=True)
class _Rule:
    scope: str | None
    user_id: str | None

    def meets(self, scopes: RequestedScopes, user: SimulatedUser) -> bool:
        is_scope = self.scope is None or self.scope in scopes.spellings
        return is_scope and self.user_id in (None, user.object_id)


@dataclass(slots=True)
class Policies:
    """The rules of one tenant; its owner guards them with a lock."""

    policy_id: Final[str] = field(default_factory=lambda: str(uuid.uuid4()))
    _consent: set[_Rule] = field(default_factory=set)
    _mfa: set[_Rule] = field(default_factory=set)
    _contexts: set[_Rule] = field(default_factory=set)
    _consented: dict[tuple[str, str], None] = field(default_factory=dict)
    """Users, or tenants, and what they consented to: an application, or a scope. The oldest are forgotten."""

    def begin_with(self, consented: set[tuple[str, str]]) -> None:
        """Users, or tenants, and the applications that they consented to before."""
        self._note(*consented)

    def require_consent(self, scope: str, user_id: str | None) -> None:
        """Refuse the scope until consent is granted."""
        self._consented = {given: None for given in self._consented if given[1] != scope}
        self._consent.add(_Rule(scope, user_id))

    def grant_consent(self, scope: str) -> None:
        """Consent for everybody."""
        self._consent = {rule for rule in self._consent if rule.scope != scope}

    def accept(self, user: SimulatedUser, client_id: str, scopes: RequestedScopes) -> None:
        """The user consents, for themself."""
        self._note(*((user.object_id, wanted) for wanted in (client_id, *scopes.spellings)))

    def accept_for_tenant(self, tenant_id: str, client_id: str) -> None:
        """An administrator consents to all that an application asks for: no scope is refused any more."""
        self._note((tenant_id, client_id))
        self._consent.clear()

    def _note(self, *consented: tuple[str, str]) -> None:
        self._consented |= dict.fromkeys(consented)
        while len(self._consented) > MOST_CONSENTS:
            del self._consented[next(iter(self._consented))]

    def has_consented(self, user: SimulatedUser, tenant_id: str, client_id: str) -> bool:
        """Whether the user, or an administrator of the tenant, consented to an application."""
        return bool({(user.object_id, client_id), (tenant_id, client_id)} & self._consented.keys())

    def has_tenant_consent(self, tenant_id: str, client_id: str) -> bool:
        """Whether an administrator of the tenant consented to an application."""
        return (tenant_id, client_id) in self._consented

    def require_mfa(self, scope: str | None, user_id: str | None) -> None:
        """Refuse, with claims, whoever has not brought those claims back."""
        self._mfa.add(_Rule(scope, user_id))

    @property
    def mfa_claims(self) -> str:
        """The claims that a refused client must bring: the id of a policy, as Conditional Access sends it."""
        return json.dumps({"access_token": {"capolids": {"essential": True, "values": [self.policy_id]}}})

    def is_proof(self, claims: RequestedClaims) -> bool:
        """Whether a request carries the claims of that policy."""
        return self.policy_id in claims.policies

    def needs_consent(self, scopes: RequestedScopes, user: SimulatedUser) -> bool:
        """Whether the user has yet to consent."""
        return any(
            rule.meets(scopes, user) and (user.object_id, rule.scope) not in self._consented for rule in self._consent
        )

    def needs_mfa(self, scopes: RequestedScopes, user: SimulatedUser) -> bool:
        """Whether the user has yet to prove themself twice."""
        return any(rule.meets(scopes, user) for rule in self._mfa)

    def check(
        self, scopes: RequestedScopes, user: SimulatedUser, *, has_mfa: bool, contexts: Iterable[str] = ()
    ) -> None:
        """Raise Refused where a rule is not met, or where an authentication context asks for proof."""
        if self.needs_consent(scopes, user):
            raise Refused(65001)
        if not has_mfa and (user.needs_mfa or self.needs_mfa(scopes, user)):
            raise Refused(50076, claims=self.mfa_claims)
        if not has_mfa:
            self.check_contexts(contexts, user)

    def require_context(self, context: str, user_id: str | None) -> None:
        """Let nobody have an authentication context who has not proved themself twice."""
        self._contexts.add(_Rule(context, user_id))

    def check_contexts(self, contexts: Iterable[str], user: SimulatedUser) -> None:
        """Raise Refused, with the claims to sign in with, where a context is asked for that takes proof."""
        guarded = {rule.scope for rule in self._contexts if rule.user_id in (None, user.object_id)}
        wanted = [context for context in contexts if context in guarded]
        if wanted:
            members: dict[str, object] = {"value": wanted[0]} if len(wanted) == 1 else {"values": wanted}
            raise Refused(50076, claims=json.dumps({"access_token": {"acrs": {"essential": True} | members}}))
