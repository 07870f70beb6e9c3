"""Users of several tenants, who use several applications at the same time, and whose tokens must not be mixed up."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from azuread_auth import ANY_TENANT, AccessToken, Account
from azuread_auth.credentials import ClientSecret
from azuread_auth.ports import TokenStore
from azuread_auth.simulation import SimulatedTenant, SimulatedUser
from tests.conftest import Mode
from tests.integration.outbound import Caller, claims_of

TENANTS: Final = ("11111111-aaaa-4aaa-8aaa-111111111111", "22222222-bbbb-4bbb-8bbb-222222222222")
APPS: Final = ("33333333-cccc-4ccc-8ccc-333333333333", "44444444-dddd-4ddd-8ddd-444444444444")
# All have one name, as people do; the second half are guests, who have one object id in each tenant as well.
USERS: Final = tuple(
    SimulatedUser(
        object_id=f"{number}{number}{number}{number}0000-0000-4000-8000-000000000000", name="Sam", username="sam@x"
    )
    for number in range(5, 9)
)
RESOURCES: Final = ("api://orders", "api://bills", "api://orders/sub")
SCOPES: Final = ("Read", "Write")
REDIRECT: Final = "http://localhost/auth/callback"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call: who wants what, with which application, by which method."""

    app: int = 0
    tenant: int = 0
    user: int = 0
    method: str = "on_behalf_of"
    assertion: int = 0
    resource: int = 0
    scope: int = 0
    context: str | None = None
    """The authentication context that is demanded, if any."""

    @property
    def claims(self) -> dict[str, object] | None:
        """What goes along as `claims`."""
        if self.context is None:
            return None
        return {"access_token": {"acrs": {"essential": True, "value": self.context}}}

    def check(self, token: AccessToken) -> None:
        """The token is this caller's own, and for what was asked."""
        said = claims_of(token)
        expected: dict[str, object] = {
            "aud": RESOURCES[self.resource],
            "tid": TENANTS[self.tenant],
            "azp": APPS[self.app],
            "idtyp": "app" if self.method == "app" else None,
        }
        if self.method != "app":
            expected |= {"oid": USERS[self.user].object_id, "scp": SCOPES[self.scope]}
        if self.context is not None:
            expected["acrs"] = [self.context]
        assert {name: said.get(name) for name in expected} == expected
        assert USERS[self.user].object_id in str(said) or self.method == "app"


class People:
    """Both applications, as clients that share a store; everybody has signed in to both of them, and calls them."""

    def __init__(self, tenant: SimulatedTenant, mode: Mode, store: TokenStore) -> None:
        self.tenant, self.mode = tenant, mode
        self.callers = [self._registered(client_id, store) for client_id in APPS]
        self._assertions: dict[tuple[int, int, int, int], str] = {}

    def _registered(self, client_id: str, store: TokenStore) -> Caller:
        self.tenant.register_app(client_id, secret=f"secret of {client_id}", redirect_uris=[REDIRECT])
        settings = self.tenant.settings(
            tenant_id="organizations",
            client_id=client_id,
            credential=ClientSecret(f"secret of {client_id}"),
            tenants=ANY_TENANT,
        )
        return Caller(self.mode, settings, store)

    def _assertion(self, call: Call) -> str:
        key = (call.app, call.tenant, call.user, call.assertion)
        if key not in self._assertions:
            user, home = USERS[call.user], TENANTS[call.tenant]
            made = self.tenant.mint_token(audience=APPS[call.app], tenant_id=home, user=user, version=2)
            return self._assertions.setdefault(key, made)
        return self._assertions[key]

    async def sign_in(self) -> None:
        """Everybody, everywhere."""
        for app, home, user in itertools.product(range(2), range(2), range(len(USERS))):
            caller = self.callers[app]
            begun = await caller.ask("start_authorization", redirect_uri=REDIRECT, tenant_id=TENANTS[home])
            answer = self.tenant.sign_in(begun.url, replace(USERS[user], tenant_id=TENANTS[home]))
            token = await caller.ask("acquire_token_by_authorization_code", begun, answer)
            assert (token.principal.tenant_id, token.principal.object_id) == (TENANTS[home], USERS[user].object_id)

    async def make(self, calls: Sequence[Call]) -> None:
        """Make the calls one after the other, and look at what each gets."""
        for call in calls:
            call.check(await self._answer(call))

    async def _answer(self, call: Call) -> AccessToken:
        caller, resource = self.callers[call.app], RESOURCES[call.resource]
        options: dict[str, Any] = {"claims": call.claims}
        scope = f"{resource}/{SCOPES[call.scope]}"
        if call.method == "app":
            answer = await caller.ask(
                "acquire_token_for_app", f"{resource}/.default", tenant_id=TENANTS[call.tenant], **options
            )
        elif call.method == "for_user":
            account = Account(TENANTS[call.tenant], USERS[call.user].object_id)
            answer = await caller.ask("acquire_token_for_user", account, scope, **options)
        else:
            answer = await caller.ask("acquire_token_on_behalf_of", self._assertion(call), scope, **options)
        token: AccessToken = answer
        return token


def every_call() -> list[Call]:
    """All there are of users, tenants, applications and methods, with and without claims."""
    contexts = (None, None, "c1", "c2")
    return [
        Call(
            app=app,
            tenant=home,
            user=user,
            method=method,
            assertion=number % 2,
            resource=number % 3,
            scope=number % 2,
            context=contexts[number % 4],
        )
        for app, home, user in itertools.product(range(2), range(2), range(len(USERS)))
        for method in ("on_behalf_of", "for_user", "app", "on_behalf_of")
        for number in range(25)
    ]
