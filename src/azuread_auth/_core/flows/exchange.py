"""One exchange with the token endpoint: a grant and the proof of the client in, a token out."""

import uuid
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from azuread_auth._core.sender import Sender
from azuread_auth._protocol.authority import Authority
from azuread_auth._protocol.claims_request import with_capabilities
from azuread_auth._protocol.grants import Grant
from azuread_auth._protocol.http import HttpRequest, HttpResponse, json_document, json_object
from azuread_auth._protocol.outbound_scopes import OPENID_SCOPES
from azuread_auth._protocol.retry import retry_after_seconds
from azuread_auth._protocol.token_errors import RELOAD_CODES, read_error, token_error
from azuread_auth._protocol.token_response import ReceivedToken, received_token
from azuread_auth.credentials.base import ClientAuthentication
from azuread_auth.errors import ConfigurationError, ProviderUnavailable, TokenRequestFailed
from azuread_auth.ports import HttpPort, Runtime
from azuread_auth.settings import AzureAdSettings

__all__ = ["Exchange", "MaskedFields"]

_MAX_ANSWER_BYTES: Final = 1_048_576
_HEADERS: Final = {
    "accept": "application/json",
    "accept-encoding": "identity",
    "content-type": "application/x-www-form-urlencoded",
}


class Exchange:
    """Asks the token endpoint of an authority, as the application of the settings."""

    def __init__(
        self,
        settings: AzureAdSettings,
        *,
        http: HttpPort,
        runtime: Runtime,
        authentication: ClientAuthentication | None,
    ) -> None:
        self._settings = settings
        self._sender = Sender(http, runtime)
        self._runtime = runtime
        self._authentication = authentication

    async def token(self, grant: Grant, *, authority: Authority) -> ReceivedToken:
        """The token for a grant.

        Raises TokenRequestFailed or one of its kinds when the provider refuses, ProviderUnavailable when it cannot be
        had, CredentialUnavailable when the application has nothing to prove itself with at the moment, and
        ConfigurationError when it was never given anything.
        """
        try:
            return await self._attempt(grant, authority)
        except TokenRequestFailed as error:
            authentication = self._authentication
            if error.aadsts not in RELOAD_CODES or authentication is None or not authentication.reload():
                raise
            if grant.repeatable == "never":
                raise
        # The certificate or token file may have been changed since it was read.
        return await self._attempt(grant, authority)

    async def post(self, url: str, fields: Mapping[str, str]) -> HttpResponse:
        """The answer to a form without secrets, for endpoints beside the token endpoint."""
        body = urlencode(fields).encode()
        return await self._sender.send(self._request(url, body), repeatable="always")

    def failure(
        self, response: HttpResponse, *, flow: str, scopes: tuple[str, ...]
    ) -> TokenRequestFailed | ProviderUnavailable:
        """The exception for an answer that is an error."""
        retry_after = retry_after_seconds(response.headers, now=self._runtime.now())
        try:
            document: Mapping[str, object] = json_document(response, what="token endpoint")
        except ProviderUnavailable:
            document = {}
        answer = read_error(document, status=response.status, retry_after=retry_after)
        return token_error(answer, flow=flow, scopes=scopes)

    async def _attempt(self, grant: Grant, authority: Authority) -> ReceivedToken:
        response = await self._sender.send(await self._token_request(grant, authority), repeatable=grant.repeatable)
        now = self._runtime.now()
        if response.status != 200:
            wanted = tuple(scope for scope in grant.scopes if scope not in OPENID_SCOPES)
            raise self.failure(response, flow=grant.flow, scopes=wanted)
        return received_token(
            json_object(response, what="token endpoint", now=now), requested_scopes=grant.scopes, received_at=now
        )

    async def _token_request(self, grant: Grant, authority: Authority) -> HttpRequest:
        client_id, proof = await self._proof(grant, authority)
        claims = with_capabilities(grant.claims, tuple(self._settings.client_capabilities))
        fields = {
            "client_id": client_id,
            "scope": " ".join(grant.scopes),
            **grant.fields,
            **({"claims": claims} if claims is not None else {}),
        }
        return self._request(authority.token_url, _form(fields, grant, proof))

    async def _proof(self, grant: Grant, authority: Authority) -> tuple[str, "MaskedFields"]:
        own_client_id, authentication = self._settings.client_id, self._authentication
        if authentication is None:
            if grant.is_confidential:
                message = (
                    f"the settings have no credential that serves for {grant.flow.replace('_', ' ')}; set credential= "
                    "to one such as ClientSecret(…), ClientCertificate(…) or WorkloadIdentity(…); users can sign in "
                    "without one, by start_authorization() or start_device_code()"
                )
                raise ConfigurationError(message)
            return own_client_id, MaskedFields()
        client_id = authentication.client_id or own_client_id
        if client_id != own_client_id and grant.flow != "client_credentials":
            message = (
                f"the credential is for another application than client_id, so it does not serve for "
                f"{grant.flow.replace('_', ' ')}; it gets tokens for that application alone"
            )
            raise ConfigurationError(message)
        return client_id, MaskedFields(await authentication.fields(client_id=client_id, token_url=authority.token_url))

    def _request(self, url: str, body: bytes) -> HttpRequest:
        correlation_id = str(uuid.UUID(bytes=self._runtime.random_bytes(16), version=4))
        return HttpRequest(
            url=url,
            method="POST",
            headers={**_HEADERS, "client-request-id": correlation_id, "return-client-request-id": "true"},
            body=body,
            timeout_seconds=self._settings.timeout_seconds,
            max_response_bytes=_MAX_ANSWER_BYTES,
        )


class MaskedFields(dict[str, str]):
    """Fields that are secret: what reports errors may show the locals of every frame."""

    def __repr__(self) -> str:
        return f"<{len(self)} secret fields>"


def _form(fields: Mapping[str, str], grant: Grant, proof: MaskedFields) -> bytes:
    return urlencode(
        [*fields.items(), *((name, secret.reveal()) for name, secret in grant.secrets.items()), *proof.items()]
    ).encode()
