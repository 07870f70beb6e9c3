"""The tenant as the transport of an application's own HTTP client."""

import httpx2
import pytest

from azuread_auth.simulation import SimulatedTenant


@pytest.fixture
def tenant():
    """A tenant with one added route."""
    tenant = SimulatedTenant()
    tenant.route("https://graph.test/me", {"displayName": "Adele Vance"})
    return tenant


async def test_async_client_gets_routes_and_documents(tenant):
    """One transport serves what was added and the tenant's own documents."""
    async with httpx2.AsyncClient(transport=tenant.http) as http:
        me = await http.get("https://graph.test/me", headers=tenant.headers())
        keys = await http.get(f"{tenant.authority_host}/common/discovery/v2.0/keys")
    assert me.json() == {"displayName": "Adele Vance"}
    assert len(keys.json()["keys"]) == 4


def test_blocking_client_gets_routes(tenant):
    """The same transport serves a blocking client."""
    with httpx2.Client(transport=tenant.http) as http:
        response = http.post("https://graph.test/me", content=b"body")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert tenant.requests[0].method == "POST"


async def test_unknown_host_is_a_connection_error(tenant):
    """What nobody simulates is refused, never looked for on the network."""
    async with httpx2.AsyncClient(transport=tenant.http) as http:
        with pytest.raises(httpx2.ConnectError, match=r"nothing is simulated at api\.test"):
            await http.get("https://api.test/orders?token=secret")


async def test_time_out_of_an_async_client_counts(tenant):
    """A delay beyond the client's patience is its ordinary error, after that time."""
    tenant.slow_down(30.0, "route")
    async with httpx2.AsyncClient(transport=tenant.http, timeout=0.05) as http:
        with pytest.raises(httpx2.ReadTimeout):
            await http.get("https://graph.test/me")


def test_blocking_client_waits(tenant):
    """A delay that the client is patient enough for is waited for; without a limit, whatever it is."""
    tenant.slow_down(0.05, "route")
    for timeout in (5.0, None):
        with httpx2.Client(transport=tenant.http, timeout=timeout) as http:
            assert http.get("https://graph.test/me").status_code == 200


def test_time_out_of_a_blocking_client_counts(tenant):
    """A delay beyond the client's patience is its ordinary error, after that time."""
    tenant.slow_down(30.0, "route")
    with httpx2.Client(transport=tenant.http, timeout=0.05) as http, pytest.raises(httpx2.ReadTimeout):
        http.get("https://graph.test/me")
