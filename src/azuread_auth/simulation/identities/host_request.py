"""One request to a host of managed identities, and the token that it is for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.simulation.identities.identity import SimulatedIdentity
from azuread_auth.simulation.minting import mint
from azuread_auth.simulation.request_form import form_of, header_of, query_of
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.token_order import TokenOrder

__all__ = ["HostRequest", "HostToken", "json_answer", "parameters_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostToken:
    """A token as hosts know it."""

    text: str = field(repr=False)
    resource: str
    issued_at: int
    expires_at: int

    @property
    def lifetime_seconds(self) -> int:
        """`expires_in`."""
        return self.expires_at - self.issued_at


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRequest:
    """What was asked, and by whom it is answered."""

    http: HttpRequest = field(repr=False)
    parameters: Mapping[str, str]
    state: TenantState = field(repr=False)

    def header(self, name: str) -> str | None:
        """A header, whatever the case of its name."""
        return header_of(self.http, name)

    @property
    def is_marked_as_metadata(self) -> bool:
        """Whether the header is there that no forwarded request has."""
        return (self.header("metadata") or "").lower() == "true"

    def selectors(self, *names: str) -> list[str]:
        """What the request names an identity by; at most one is allowed."""
        return [self.parameters[name] for name in names if name in self.parameters]

    def identity(self, selectors: list[str]) -> SimulatedIdentity | None:
        """The identity that is meant, if there is such a one."""
        with self.state.lock:
            return self.state.identities.find(selectors[0] if selectors else None)

    def token_of(self, identity: SimulatedIdentity, **claims: object) -> HostToken:
        """A token of the identity for the resource that was asked for."""
        order = TokenOrder(
            kind="app",
            roles=identity.app_roles,
            client=identity.client_id,
            audience=self._audience,
            expires_in=self.state.behaviour.token_lifetime_seconds,
            claims={
                "oid": identity.object_id,
                "sub": identity.object_id,
                "azpacr": "2",
                "xms_mirid": identity.resource_id,
                **claims,
            },
        )
        return self._minted(order)

    def token_of_user(self) -> HostToken:
        """A token of whoever is signed in to the portal."""
        order = TokenOrder(audience=self._audience, expires_in=self.state.behaviour.token_lifetime_seconds)
        return self._minted(order)

    @property
    def _audience(self) -> str:
        resource = self.parameters["resource"]
        api = self.state.apps.of_resource(resource)
        return resource if api is None else api.client_id

    def _minted(self, order: TokenOrder) -> HostToken:
        state, now = self.state, self.state.now()
        authority = state.directory.authority(state.origin, state.tenant_id)
        assert authority is not None  # noqa: S101 - a directory knows its own tenant
        issuing = state.issuing(authority, tenant_id=state.tenant_id, audience=str(order.audience))
        return HostToken(
            text=mint(order, issuing=issuing, keys=state.keys),
            resource=self.parameters["resource"],
            issued_at=int(now),
            expires_at=int(now + order.expires_in),
        )


def json_answer(document: Mapping[str, object], *, status: int = 200, **headers: str) -> HttpResponse:
    """A JSON answer of a host."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(
        status=status, headers={"content-type": "application/json", **named}, body=json.dumps(document).encode()
    )


def parameters_of(request: HttpRequest) -> dict[str, str]:
    """What was asked, by a form or in the URL. Raises Refused when a parameter is there twice."""
    return form_of(request) if request.method == "POST" else query_of(request)
