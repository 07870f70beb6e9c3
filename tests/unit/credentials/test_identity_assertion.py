"""A managed identity's token as proof of an application."""

import pytest

from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.credentials import ManagedIdentityAssertion
from azuread_auth.credentials.base import ClientAuthentication
from azuread_auth.credentials.identity_assertion import IdentityAssertion
from azuread_auth.errors import CredentialUnavailable, ProviderUnavailable
from azuread_auth.ports import HttpResponse
from azuread_auth.secret import Secret
from tests.conftest import Mode
from tests.unit.credentials.conftest import CLIENT, NOW, TOKEN_URL, World


class Source:
    """Gives tokens that live for an hour, and counts them; or fails."""

    flow = "test"
    identity = "test"

    def __init__(self, world: World, mode: Mode | None = None) -> None:
        self.scopes: list[tuple[str, ...]] = []
        self.is_down = False
        self._world = world
        self._mode = mode

    async def token(self, scopes: tuple[str, ...], *, tenant_id: str | None, claims: str | None) -> ReceivedToken:
        self.scopes.append(scopes)
        if self._mode is not None:
            await self._mode.wait_for_all(0.1)
        if self.is_down:
            message = "down"
            raise ProviderUnavailable(message)
        end = self._world.runtime.now() + 3600
        token = Secret(f"token{len(self.scopes)}")
        return ReceivedToken(access_token=token, expires_at=end, refresh_at=end, scopes=frozenset(scopes))


def assertion(world: World, used: ClientAuthentication) -> str:
    """The next one."""
    fields = world.run(used.fields(client_id=CLIENT, token_url=TOKEN_URL))  # type: ignore[arg-type]
    assert fields["client_assertion_type"].endswith(":jwt-bearer")
    return fields["client_assertion"]


def test_T120_token_is_kept_until_five_minutes_before_its_end(world: World) -> None:
    """T120: one that might expire on the way is not sent."""
    used = IdentityAssertion(Source(world), world.surroundings())
    assert isinstance(used, ClientAuthentication)
    assert used.client_id is None
    assert assertion(world, used) == "token1"
    world.runtime.time += 3299
    assert assertion(world, used) == "token1"
    world.runtime.time += 1
    assert assertion(world, used) == "token2"


def test_refused_token_is_dropped(world: World) -> None:
    """Trying once more makes sense: the next one is newer."""
    used = IdentityAssertion(Source(world), world.surroundings())
    assert assertion(world, used) == "token1"
    assert used.reload()
    assert assertion(world, used) == "token2"


def test_failure_is_not_kept(world: World) -> None:
    """The next request asks again."""
    source = Source(world)
    source.is_down = True
    used = IdentityAssertion(source, world.surroundings())
    with pytest.raises(ProviderUnavailable, match="down"):
        assertion(world, used)
    source.is_down = False
    assert assertion(world, used) == "token2"


@pytest.mark.parametrize(
    ("host", "audience"),
    [
        ("https://login.microsoftonline.com", "api://AzureADTokenExchange"),
        ("https://LOGIN.microsoftonline.com/", "api://AzureADTokenExchange"),
        ("https://login.microsoftonline.us", "api://AzureADTokenExchangeUSGov"),
        ("https://login.usgovcloudapi.net", "api://AzureADTokenExchangeUSGov"),
        ("https://login.partner.microsoftonline.cn", "api://AzureADTokenExchangeChina"),
        ("https://login.chinacloudapi.cn", "api://AzureADTokenExchangeChina"),
        ("https://login.sovcloud-identity.fr", "api://AzureADTokenExchangeFrance"),
        ("https://login.sovcloud-identity.de", "api://AzureADTokenExchangeGermany"),
        ("https://login.sovcloud-identity.sg", "api://AzureADTokenExchangeGovSG"),
        ("http://127.0.0.1:8400", "api://AzureADTokenExchange"),
    ],
)
def test_audience_is_that_of_the_cloud(world: World, host: str, audience: str) -> None:
    """Each cloud's Entra accepts tokens that are made out for it; unknown hosts are taken for the public one."""
    source = Source(world)
    assertion(world, IdentityAssertion(source, world.surroundings(authority_host=host)))
    assert source.scopes == [(f"{audience}/.default",)]


def test_one_request_for_all_who_ask_at_the_same_time(mode: Mode, world: World) -> None:
    """On asyncio, trio and threads; afterwards nothing is left of it."""
    source = Source(world, mode)
    used = IdentityAssertion(source, world.surroundings(runtime=mode.runtime))

    async def ask() -> str:
        return (await used.fields(client_id=CLIENT, token_url=TOKEN_URL))["client_assertion"]

    world.runtime.time = mode.clock.now()
    assert mode.run(lambda: mode.gather(*[ask] * 8)) == ["token1"] * 8
    assert used._running == {}


class Loop:
    """An event loop in name, which was closed by hand or not."""

    def __init__(self, *, closed: bool) -> None:
        self._closed = closed

    def is_closed(self) -> bool:
        return self._closed


def test_nothing_is_left_of_closed_event_loops(world: World) -> None:
    """Work that was under way in one never gets to remove itself; that of others goes on."""
    used = IdentityAssertion(Source(world), world.surroundings())
    running, closed = Loop(closed=False), Loop(closed=True)
    for loop in (running, closed):
        used._running[loop] = world.runtime.share(used._issue)
    assert assertion(world, used) == "token1"
    assert list(used._running) == [running]


def test_credential_asks_the_host_of_this_machine(world: World) -> None:
    """The same hosts and errors as those of a managed identity."""
    world.http.answers = [HttpResponse(status=200, body=b'{"access_token":"a.b.c","expires_in":"3599"}'), None, None]
    used = ManagedIdentityAssertion(client_id=CLIENT).in_use(world.surroundings())
    assert assertion(world, used) == "a.b.c"
    assert f"resource=api%3A%2F%2FAzureADTokenExchange&client_id={CLIENT}" in world.http.requests[0].url
    assert world.runtime.now() == NOW
    fresh = ManagedIdentityAssertion().in_use(world.surroundings())
    with pytest.raises(CredentialUnavailable, match="no managed identity here"):
        assertion(world, fresh)
