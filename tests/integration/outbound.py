"""What integration tests of outbound tokens share: either client asked in one way, and each flow as a value."""

import base64
import copy
import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from azuread_auth import AccessToken, AsyncAzureAdClient, AzureAdClient, AzureAdSettings
from azuread_auth.credentials import (
    Credential,
)
from azuread_auth.ports import TokenStore
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.stores.encrypted import EncryptedStore
from azuread_auth.stores.memory import MemoryStore
from azuread_auth.stores.redis import RedisStore
from tests.conftest import TRUSTING_NOBODY, Mode
from tests.redis_server import RedisServer

KEY: Final = b"k" * 32
ORDERS, ORDERS_DEFAULT = "api://orders", "api://orders/.default"
READ, WRITE, BILLS = "api://orders/Orders.Read", "api://orders/Orders.Write", "api://bills/Bills.Read"


def claims_of(token: AccessToken | str) -> dict[str, Any]:
    """What the token's text says."""
    text = token if isinstance(token, str) else token.reveal()
    payload = text.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def sealed_redis(url: str) -> EncryptedStore:
    """The store that a client with `redis_url` has, with all the patience that it can be given."""
    return EncryptedStore(RedisStore(url, operation_seconds=0.25), [KEY])


class Caller:
    """A client of the mode's kind, whose methods are awaited in either case."""

    def __init__(self, mode: Mode, settings: AzureAdSettings, store: TokenStore | None = None, **options: Any) -> None:
        kind = AzureAdClient if mode.name == "threads" else AsyncAzureAdClient
        self.client = kind(settings, store, runtime=mode.runtime, **options)

    def twin(self) -> "Caller":
        """The client for threads with the same settings and store; itself if it is one."""
        made = copy.copy(self)
        if isinstance(self.client, AsyncAzureAdClient):
            made.client = self.client.blocking()
        return made

    async def ask(self, method: str, *arguments: Any, **options: Any) -> Any:
        """The answer of a method."""
        answer = getattr(self.client, method)(*arguments, **options)
        return await answer if inspect.isawaitable(answer) else answer

    async def close(self) -> None:
        """Close its connections."""
        await self.ask("aclose" if isinstance(self.client, AsyncAzureAdClient) else "close")


@dataclass(kw_only=True)
class World:
    """One tenant, one store, and clients that share both."""

    tenant: SimulatedTenant
    mode: Mode
    store: TokenStore
    folder: Path
    redis: RedisServer | None = None
    is_over_http: bool = False
    callers: list[Caller] = field(default_factory=list)
    _settings: list[AzureAdSettings] = field(default_factory=list)

    def settings(self, flow: "Flow") -> AzureAdSettings:
        """Those of an application with the flow's credential."""
        if not self._settings:
            self._settings.append(self._made_settings(flow))
        return self._settings[0]

    def _made_settings(self, flow: "Flow") -> AzureAdSettings:
        overrides: dict[str, Any] = {"credential": flow.credential(self)}
        if self.is_over_http:
            overrides["transport"] = None
        return self.tenant.settings(**overrides)

    def caller(self, flow: "Flow") -> Caller:
        """One more client."""
        environ = {**TRUSTING_NOBODY, **flow.environ(self)}
        made = Caller(self.mode, self.settings(flow), self.store, environ=environ)
        self.callers.append(made)
        return made

    def stored(self) -> int:
        """How many entries the store has."""
        if isinstance(self.store, MemoryStore):
            return sum(len(entries.cache) for entries in self.store._by_process.values())
        assert self.redis is not None
        return int(self.redis.ask("DBSIZE"))

    def requests(self) -> int:
        """How often anybody was asked for a token."""
        runs = self.folder / "az-runs"
        ran = len(runs.read_text().splitlines()) if runs.exists() else 0
        return self.tenant.request_count("token") + self.tenant.request_count("managed_identity") + ran


def _nothing(_: World) -> dict[str, str]:
    return {}


def _app_claims(world: World) -> dict[str, object]:
    tenant = world.tenant
    return {"aud": ORDERS, "idtyp": "app", "azp": tenant.client_id, "tid": tenant.tenant_id, "roles": ["access_as_app"]}


def user_claims(world: World) -> dict[str, object]:
    """What the user's token for READ says."""
    tenant = world.tenant
    return {
        "aud": ORDERS,
        "scp": "Orders.Read",
        "azp": tenant.client_id,
        "tid": tenant.tenant_id,
        "oid": tenant.principal(user="megan").object_id,
    }


async def for_app(world: World, caller: Caller) -> AccessToken:
    """The application's own token."""
    token: AccessToken = await caller.ask("acquire_token_for_app", ORDERS_DEFAULT)
    return token


@dataclass(frozen=True, kw_only=True)
class Flow:
    """One way to a token: how the first one is got, how it is asked for again, and what it says."""

    credential: Callable[[World], Credential | None]
    ask: Callable[[World, Caller], Awaitable[AccessToken]] = for_app
    begin: Callable[[World, Caller], Awaitable[AccessToken]] | None = None
    environ: Callable[[World], Mapping[str, str]] = _nothing
    claims: Callable[[World], Mapping[str, object]] = _app_claims
    is_shared: bool = True

    async def first(self, world: World, caller: Caller) -> AccessToken:
        """The first token."""
        return await (self.begin or self.ask)(world, caller)
