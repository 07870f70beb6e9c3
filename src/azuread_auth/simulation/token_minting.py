"""Tokens of a simulated tenant for a test that asks no endpoint for them."""

from dataclasses import replace
from typing import Unpack

from azuread_auth._protocol.authority import TENANT_TEMPLATE
from azuread_auth.errors import ConfigurationError
from azuread_auth.principal import Principal
from azuread_auth.simulation.minting import mint
from azuread_auth.simulation.principals import principal_of, simulated_authority
from azuread_auth.simulation.responder import Responder
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.token_order import TokenOrder, TokenWishes

__all__ = ["TokenMinting"]


class TokenMinting:
    """The part of `SimulatedTenant` that mints tokens."""

    _responder: Responder
    _state: TenantState

    def mint_token(self, **wishes: Unpack[TokenWishes]) -> str:
        """The text of an access token: a good one of a member with the scope user_impersonation unless told otherwise.

        `TokenOrder` explains the keywords; the names for `fault` are those of `azuread_auth.simulation.faults.FAULTS`.
        Raises ConfigurationError for wishes that cannot be met.
        """
        state, order = self._state, TokenOrder(**wishes)
        authority = self._responder.authority_at(order.authority_url or f"{state.origin}/{state.tenant_id}")
        if authority is None:
            message = "authority_url= is not this tenant's; expected external_id_authority_url or b2c_authority_url()"
            raise ConfigurationError(message)
        tenant_id = state.tenant_id if authority.issuer_tenant == TENANT_TEMPLATE else authority.issuer_tenant
        with state.lock:
            if order.kind == "user":
                user = state.people.meet(order.user)
                order, tenant_id = replace(order, user=user), user.tenant_id or tenant_id
            tenant_id = order.tenant_id or tenant_id
            issuing = state.issuing(authority, tenant_id=tenant_id, audience=state.client_id)
            return mint(order, issuing=issuing, keys=state.keys)

    def headers(self, **wishes: Unpack[TokenWishes]) -> dict[str, str]:
        """The Authorization header with such a token."""
        return {"Authorization": f"Bearer {self.mint_token(**wishes)}"}

    def principal(self, **wishes: Unpack[TokenWishes]) -> Principal:
        """The caller that such a token stands for, judged by the rules of production: for unit tests.

        Raises TokenRejected for a token with a fault.
        """
        state, url = self._state, wishes.get("authority_url")
        token = self.mint_token(**wishes)
        return principal_of(
            token,
            authority=simulated_authority(state.origin, url),
            transport=self._responder,
            client_id=state.client_id,
            now=state.now(),
        )
