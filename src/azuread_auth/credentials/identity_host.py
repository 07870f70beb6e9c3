"""Asks the host of a managed identity for tokens, with the patience that each kind of host needs."""

import hashlib
from dataclasses import replace
from typing import Final

from azuread_auth._protocol.guid import as_guid
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth._protocol.managed_identity import Host, Selector, detected_host, resource_of, token_request
from azuread_auth._protocol.managed_identity_answer import challenged_key_file, issued_token, raise_for
from azuread_auth._protocol.managed_identity_retries import PROBE_SECONDS, wait_before_retry
from azuread_auth._protocol.retry import retry_after_seconds
from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.credentials.arc_agent import ArcAgent
from azuread_auth.credentials.base import CredentialSurroundings
from azuread_auth.credentials.claims import asks_for_more, capabilities_in
from azuread_auth.errors import ConfigurationError, CredentialUnavailable, ProviderUnavailable
from azuread_auth.secret import Secret

__all__ = ["IdentityHost"]

_MAX_REMEMBERED: Final = 100


class IdentityHost:
    """An `AppTokenSource`: whichever host is here, asked for one identity."""

    flow = "managed_identity"

    def __init__(
        self, selector: Selector, surroundings: CredentialSurroundings, *, agent: ArcAgent | None = None
    ) -> None:
        self.identity: str = str(selector)
        self._selector = selector
        self._surroundings = surroundings
        self._runtime = surroundings.runtime
        self._agent = agent
        self._has_answered = False
        # By resource, of the token that was got last: what it is called when it has to be revoked.
        self._digests: dict[str, str] = {}

    async def token(self, scopes: tuple[str, ...], *, tenant_id: str | None, claims: str | None) -> ReceivedToken:
        """See `AppTokenSource`; `claims` count where the host takes them.

        An identity belongs to one tenant. Raises ConfigurationError when another than that of the settings is named.
        """
        own = as_guid(self._surroundings.tenant_id)
        if own is not None and as_guid(tenant_id) not in {None, own}:
            message = (
                "a managed identity gets tokens of its own tenant alone, and tenant_id= is another; leave it out, or "
                "use ManagedIdentityAssertion, which other tenants can admit"
            )
            raise ConfigurationError(message)
        resource = resource_of(scopes)
        host = await self._host()
        request = token_request(
            host,
            self._selector,
            resource=resource,
            timeout_seconds=self._surroundings.timeout_seconds,
            revocation=self._revocation(resource, claims),
        )
        response = await self._send(host, request)
        if host.kind.challenges:
            response = await self._send(host, await self._proved(host, request, response))
        now = self._runtime.now()
        if response.status != 200:
            raise_for(host, self._selector, response, now=now)
        token = issued_token(host, self._selector, response, scopes=scopes, received_at=now)
        self._remember(resource, token)
        return token

    async def _host(self) -> Host:
        environ = self._surroundings.environ
        agent = self._agent or ArcAgent.of_platform(environ)
        return detected_host(environ, has_arc_agent=await self._runtime.in_thread(agent.is_installed))

    async def _proved(self, host: Host, request: HttpRequest, response: HttpResponse) -> HttpRequest:
        name = challenged_key_file(host, response, now=self._runtime.now())
        agent = self._agent or ArcAgent.of_platform(self._surroundings.environ)
        key = await self._runtime.in_thread(lambda: agent.key(name))
        return replace(request, headers={**request.headers, "Authorization": f"Basic {key.reveal()}"})

    async def _send(self, host: Host, request: HttpRequest) -> HttpResponse:
        """The answer, after as many tries as make sense; raises what came in place of the last one."""
        failures = 0
        while True:
            outcome = await self._try(host, request)
            failures += 1
            wait = self._wait(host, outcome, failures)
            if wait is None:
                return self._answer(host, outcome)
            await self._runtime.sleep(wait)

    async def _try(self, host: Host, request: HttpRequest) -> HttpResponse | ProviderUnavailable:
        if host.kind.is_probed and not self._has_answered:
            request = replace(request, timeout_seconds=min(request.timeout_seconds, PROBE_SECONDS))
        try:
            response = await self._surroundings.http.send(request)
        except ProviderUnavailable as error:
            return error
        self._has_answered = True
        return response

    def _wait(self, host: Host, outcome: HttpResponse | ProviderUnavailable, failures: int) -> float | None:
        status, retry_after = None, 0.0
        if isinstance(outcome, HttpResponse):
            status, retry_after = outcome.status, retry_after_seconds(outcome.headers, now=self._runtime.now())
        return wait_before_retry(
            host.kind,
            status,
            failures=failures,
            has_answered=self._has_answered,
            retry_after=retry_after,
            chance=self._runtime.random(),
        )

    def _answer(self, host: Host, outcome: HttpResponse | ProviderUnavailable) -> HttpResponse:
        if isinstance(outcome, HttpResponse):
            return outcome
        if host.kind.is_probed and not self._has_answered:
            message = (
                f"no managed identity here: {host.kind.name} does not answer; run this on Azure with an identity "
                "assigned, or choose another credential"
            )
            raise CredentialUnavailable(message) from outcome
        raise outcome

    def _revocation(self, resource: str, claims: str | None) -> dict[str, str]:
        parameters: dict[str, str] = {}
        if capabilities := capabilities_in(claims):
            parameters["xms_cc"] = ",".join(capabilities)
        if resource in self._digests and asks_for_more(claims):
            parameters["token_sha256_to_refresh"] = self._digests[resource]
        return parameters

    def _remember(self, resource: str, token: ReceivedToken) -> None:
        if len(self._digests) >= _MAX_REMEMBERED:
            self._digests.clear()
        self._digests[resource] = _digest(token.access_token)


def _digest(token: Secret) -> str:
    return hashlib.sha256(token.reveal_bytes()).hexdigest()
