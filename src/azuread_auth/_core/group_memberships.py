"""The groups of callers whose tokens have no room for them, asked of Microsoft Graph.

What a token says of where they can be asked for (`_claim_sources`) is never looked at: Graph is where the cloud has it.
"""

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from azuread_auth._core.flows.exchange import MaskedFields
from azuread_auth._core.known_groups import KnownGroups
from azuread_auth._core.sender import Sender
from azuread_auth._core.single_flight import SingleFlight
from azuread_auth._protocol.authority import Authority
from azuread_auth._protocol.graph import GroupPage, MemberGroupsQuestion, graph_origin, group_page
from azuread_auth._protocol.guid import as_guid
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth._protocol.received_challenge import claims_in_challenge
from azuread_auth._protocol.retry import retry_after_seconds
from azuread_auth.access_token import AccessToken
from azuread_auth.errors import (
    AzureAdError,
    ConfigurationError,
    CredentialUnavailable,
    InteractionRequired,
    ProviderUnavailable,
    StoreUnavailable,
    TokenRequestFailed,
)
from azuread_auth.ports import Event, HttpPort, Observer, Runtime
from azuread_auth.principal import Account, GroupMembership, Principal
from azuread_auth.settings import AzureAdSettings

if TYPE_CHECKING:
    from azuread_auth._core.token_acquisition import TokenAcquisition

__all__ = ["GroupMemberships"]

_KNOWN_SECONDS: Final = 300.0
_UNKNOWN_SECONDS: Final = 30.0
_THROTTLED_SECONDS: Final = 5.0
_MOST_UNKNOWN: Final = 10_000
_MOST_PAGES: Final = 50
_MOST_ANSWER_BYTES: Final = 1_048_576  # 11,000 GUIDs, which is all that Graph gives, take half of it
_HEADERS: Final = {"accept": "application/json", "accept-encoding": "identity"}
_UNKNOWN: Final = GroupMembership(frozenset(), is_known=False)
_FAILURES: Final = (ProviderUnavailable, TokenRequestFailed, CredentialUnavailable, StoreUnavailable)


@dataclass(frozen=True, slots=True)
class _Asker:
    """Whose groups are asked for, and by whose token."""

    caller: Principal | Account
    tenant_id: str
    object_id: str
    path: str | None
    """None where no address of Graph's could mean the caller."""
    is_user: bool
    proof: object = field(repr=False)
    """What tells a token of the caller from another: one that was refused says nothing about the next."""

    @property
    def owner(self) -> tuple[str, str]:
        """Whose groups they are."""
        return self.tenant_id, self.object_id


class GroupMemberships:
    """Asks once for all who want the same, and believes the answer for five minutes.

    What cannot be found out is unknown for 30 seconds, for the same token; a tenant that Graph wants to be left alone
    with is left alone for as long as it says.
    """

    def __init__(
        self,
        settings: AzureAdSettings,
        *,
        authority: Authority,
        tokens: "TokenAcquisition",
        http: HttpPort,
        runtime: Runtime,
        observer: Observer,
    ) -> None:
        self._settings = settings
        self._authority = authority
        self._tokens = tokens
        self._sender = Sender(http, runtime)
        self._runtime = runtime
        self._observer = observer
        self._flight = SingleFlight(runtime)
        self._known = KnownGroups()
        # As in the memory of a tenant rule: single operations on plain dicts.
        self._unknown: dict[tuple[object, ...], tuple[float, bool]] = {}
        """Until when, and whether a user could change that."""
        self._quiet: dict[str, float] = {}

    async def of(self, caller: Principal | Account, *, raise_interaction_required: bool) -> GroupMembership:
        """The groups of somebody, as Graph tells them."""
        asker = _asker(caller)
        found = self._known.find(asker.owner, now=self._runtime.monotonic())
        if found is not None:
            return GroupMembership(found)
        until, needs_user = self._unknown.get(_place(asker), (0.0, False))
        if self._runtime.monotonic() < until and not (needs_user and raise_interaction_required):
            return _UNKNOWN
        try:
            return await self._flight.run(_place(asker), lambda: self._found(asker))
        except InteractionRequired:
            if raise_interaction_required:
                raise
            return _UNKNOWN

    async def _found(self, asker: _Asker) -> GroupMembership:
        try:
            groups = await self._asked(asker)
        except _FAILURES as error:
            self._note_unknown(asker, error)
            if isinstance(error, InteractionRequired):
                raise
            return _UNKNOWN
        self._known.keep(asker.owner, groups, until=self._runtime.monotonic() + _KNOWN_SECONDS)
        self._unknown.pop(_place(asker), None)
        return GroupMembership(groups)

    def _note_unknown(self, asker: _Asker, error: AzureAdError) -> None:
        message = f"the groups of a caller are unknown: {error}"
        fields = {"error": getattr(error, "error", error.code), "tenant_id": asker.tenant_id}
        self._observer.record(Event("groups.unknown", logging.WARNING, message, fields))
        if len(self._unknown) >= _MOST_UNKNOWN:
            self._unknown.clear()
        until = self._runtime.monotonic() + _UNKNOWN_SECONDS
        self._unknown[_place(asker)] = (until, isinstance(error, InteractionRequired))

    async def _asked(self, asker: _Asker) -> frozenset[str]:
        if asker.path is None:
            message = "the caller's token names no object of the directory (oid), whose groups could be asked for"
            raise ProviderUnavailable(message)
        question = MemberGroupsQuestion(origin=await self._origin(), path=asker.path, is_user=asker.is_user)
        request = HttpRequest(
            url=question.url,
            method="POST",
            headers={"content-type": "application/json"},
            body=question.body,
            timeout_seconds=self._settings.timeout_seconds,
            max_response_bytes=_MOST_ANSWER_BYTES,
        )
        groups: frozenset[str] = frozenset()
        for _ in range(_MOST_PAGES):
            page = await self._page(request, asker, question)
            groups |= page.groups
            if page.next_url is None:
                return groups
            request = replace(request, url=page.next_url, method="GET", headers={}, body=b"")
        message = f"Microsoft Graph has more than {_MOST_PAGES} pages of groups for one caller"
        raise ProviderUnavailable(message)

    async def _origin(self) -> str:
        is_in_process = self._settings.transport is not None
        metadata = await self._tokens.metadata()
        origin = graph_origin(self._authority, metadata.graph_host, is_in_process=is_in_process)
        if origin is None:
            message = (
                "the authority of the settings has no Microsoft Graph that is known, so groups that a token leaves out "
                "cannot be asked for"
            )
            raise ProviderUnavailable(message)
        return origin

    async def _page(self, request: HttpRequest, asker: _Asker, question: MemberGroupsQuestion) -> GroupPage:
        self._check_quiet(asker.tenant_id)
        response = await self._sent(request, await self._token(asker, question, None))
        claims = claims_in_challenge(response.headers.get("www-authenticate", "")) if response.status == 401 else None
        if claims is not None:
            response = await self._sent(request, await self._token(asker, question, claims))
        self._note_quiet(asker.tenant_id, response)
        return group_page(response, question, now=self._runtime.now())

    async def _sent(self, request: HttpRequest, token: AccessToken) -> HttpResponse:
        headers = MaskedFields({**_HEADERS, **request.headers, "authorization": f"Bearer {token.reveal()}"})
        return await self._sender.send(replace(request, headers=headers), repeatable="when refused")

    async def _token(self, asker: _Asker, question: MemberGroupsQuestion, claims: str | None) -> AccessToken:
        if asker.path == "me":
            return await self._tokens.for_user(asker.caller, question.scopes, None, claims)
        tenant_id = asker.tenant_id if self._settings.authority_url is None else None
        return await self._tokens.for_app(question.scopes, tenant_id, claims)

    def _check_quiet(self, tenant_id: str) -> None:
        left = self._quiet.get(tenant_id, 0.0) - self._runtime.monotonic()
        if left > 0:
            message = f"Microsoft Graph has had too many requests; it is asked again in {left:.0f} s"
            raise ProviderUnavailable(message, retry_after=left)

    def _note_quiet(self, tenant_id: str, response: HttpResponse) -> None:
        seconds = retry_after_seconds(response.headers, now=self._runtime.now())
        if response.status == 429:
            seconds = seconds or _THROTTLED_SECONDS
        elif response.status != 503:
            seconds = 0.0
        if seconds:
            if len(self._quiet) >= _MOST_UNKNOWN:
                self._quiet.clear()
            self._quiet[tenant_id] = self._runtime.monotonic() + seconds


def _asker(caller: object) -> _Asker:
    if isinstance(caller, Account):
        tenant_id, object_id = as_guid(caller.tenant_id), as_guid(caller.object_id)
        if tenant_id is None or object_id is None:
            message = "an Account names a user by two GUIDs, tenant_id and object_id; one of them is none"
            raise ConfigurationError(message)
        return _Asker(caller, tenant_id, object_id, f"users/{object_id}", is_user=True, proof="app")
    if not isinstance(caller, Principal):
        message = "expected a Principal, or an Account(tenant_id, object_id) for a user who is not here"
        raise ConfigurationError(message)
    owner = caller.tenant_id, caller.object_id.lower()
    if caller.kind == "user":
        return _Asker(caller, *owner, "me", is_user=True, proof=caller.token_digest or caller.auth_method)
    # Without `oid` an object id is whatever `sub` says, and that is to be no part of an address.
    object_id = as_guid(caller.object_id)
    return _Asker(caller, *owner, f"servicePrincipals/{object_id}" if object_id else None, is_user=False, proof="app")


def _place(asker: _Asker) -> tuple[object, ...]:
    return (*asker.owner, asker.proof)
