"""Signing users in with a browser: authorization code with PKCE (RFC 6749 4.1, RFC 7636)."""

from typing import Final

from azuread_auth._core.authorities import Authorities
from azuread_auth._core.flows.exchange import Exchange, MaskedFields
from azuread_auth._core.id_tokens import IdTokens
from azuread_auth._protocol.authorization import (
    SignInWishes,
    authorization_parameters,
    authorization_url,
    check_redirect_uri,
    code_challenge,
    code_in_answer,
    unguessable,
)
from azuread_auth._protocol.claims_request import with_capabilities
from azuread_auth._protocol.grants import authorization_code_grant
from azuread_auth._protocol.outbound_scopes import OPENID_SCOPES, first_resource_scopes
from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.ports import Runtime
from azuread_auth.principal import Principal
from azuread_auth.secret import Secret
from azuread_auth.settings import AzureAdSettings
from azuread_auth.sign_in import AuthorizationRequest

__all__ = ["SIGN_IN_SCOPES", "AuthorizationCode"]

SIGN_IN_SCOPES: Final = ("openid", "profile", "offline_access")


class AuthorizationCode:
    """Begins a sign-in, and ends it with the answer that the browser brings back."""

    def __init__(
        self,
        settings: AzureAdSettings,
        *,
        exchange: Exchange,
        authorities: Authorities,
        id_tokens: IdTokens,
        runtime: Runtime,
    ) -> None:
        self._settings = settings
        self._exchange = exchange
        self._authorities = authorities
        self._id_tokens = id_tokens
        self._runtime = runtime

    def start(
        self, redirect_uri: str, scopes: tuple[str, ...], *, tenant_id: str | None, wishes: SignInWishes
    ) -> AuthorizationRequest:
        """A sign-in with fresh state, nonce and verifier. Raises ConfigurationError for what cannot be asked for."""
        check_redirect_uri(redirect_uri)
        first_resource_scopes(scopes)
        tenant = self._authorities.tenant(tenant_id)
        state, nonce, verifier = (unguessable(self._runtime.random_bytes(32)) for _ in range(3))
        parameters = authorization_parameters(
            client_id=self._settings.client_id,
            redirect_uri=redirect_uri,
            scopes=dict.fromkeys((*SIGN_IN_SCOPES, *scopes)),
            state=state,
            nonce=nonce,
            challenge=code_challenge(verifier),
            wishes=wishes,
            claims=with_capabilities(wishes.claims, tuple(self._settings.client_capabilities)),
        )
        return AuthorizationRequest(
            url=authorization_url(self._authorities.at(tenant).authorization_url, parameters),
            state=state,
            nonce=nonce,
            code_verifier=verifier,
            redirect_uri=redirect_uri,
            scopes=tuple(scope for scope in scopes if scope not in OPENID_SCOPES),
            tenant=tenant,
        )

    async def finish(self, request: AuthorizationRequest, answer: MaskedFields) -> tuple[Principal, ReceivedToken]:
        """Who signed in, and the tokens. The code is sent once, whatever becomes of it.

        Raises LoginFailed for an answer that is forged or an error and for a bad ID token, InteractionRequired where a
        page would help, TokenRequestFailed or ProviderUnavailable when no token can be had.
        """
        metadata = await self._id_tokens.metadata()
        code = code_in_answer(answer, state=request.state, metadata=metadata, scopes=request.scopes)
        grant = authorization_code_grant(
            code,
            (*SIGN_IN_SCOPES, *first_resource_scopes(request.scopes)),
            redirect_uri=request.redirect_uri,
            code_verifier=Secret(request.code_verifier),
            claims=None,
        )
        received = await self._exchange.token(grant, authority=self._authorities.at(request.tenant))
        principal = await self._id_tokens.principal(
            received.id_token, nonce=request.nonce, access_token=received.access_token
        )
        return principal, received
