"""The tenant over TLS on loopback."""

import socket
import ssl
from pathlib import Path

import httpx2
import pytest

from azuread_auth import AzureAdClient, AzureAdSettings
from azuread_auth._protocol.http import HttpResponse
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.loopback_tls import AUTHORITY_VARIABLES, LoopbackTls

STRICT = ssl.VerifyFlags.VERIFY_X509_STRICT


@pytest.fixture
def tenant():
    """A tenant that serves over TLS."""
    with SimulatedTenant() as tenant:
        tenant.serve(tls=True)
        yield tenant


def trusting(tenant):
    """A client's TLS that trusts the tenant's authority, and checks as strictly as Python 3.13 does."""
    context = ssl.create_default_context(cafile=tenant.environ()["SSL_CERT_FILE"])
    context.verify_flags |= STRICT
    return context


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_documents_are_served_by_both_names(tenant, name):
    """Metadata comes over https, and speaks of the one address that tokens have."""
    url = f"{tenant.authority_host}/{tenant.tenant_id}/v2.0/.well-known/openid-configuration"
    document = httpx2.get(url.replace("127.0.0.1", name), verify=trusting(tenant), trust_env=False).json()
    assert document["issuer"] == f"{tenant.authority_host}/{tenant.tenant_id}/v2.0"
    assert tenant.authority_host.startswith("https://127.0.0.1:")


def test_environment_is_enough_for_our_client(tenant):
    """An application that has the environment gets tokens and checks them, with no word about plain HTTP."""
    environ = tenant.environ()
    assert {environ[name] for name in AUTHORITY_VARIABLES} == {environ["AZURE_AD_CA_BUNDLE"]}
    assert "AZURE_AD_ALLOW_LOOPBACK_HTTP" not in environ
    with AzureAdClient(AzureAdSettings.from_env(environ), environ={}) as client:
        assert client.acquire_token_for_app("api://orders/.default").reveal()
        assert client.validate_token(tenant.mint_token()).kind == "user"


def test_old_tls_is_not_spoken(tenant):
    """The server's TLS is 1.2 at the least."""
    tls = LoopbackTls(now=0.0)
    tls.close()
    assert tls.context.minimum_version == ssl.TLSVersion.TLSv1_2
    with ssl.create_default_context(cafile=tenant.environ()["SSL_CERT_FILE"]).wrap_socket(
        socket.create_connection(("127.0.0.1", int(tenant.authority_host.rpartition(":")[2]))),
        server_hostname="localhost",
    ) as connection:
        assert connection.version() == "TLSv1.3"


def test_silent_connection_holds_nobody_up(tenant):
    """Somebody who connects and never shakes hands keeps no other waiting."""
    port = int(tenant.authority_host.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)):
        url = f"{tenant.authority_host}/common/discovery/v2.0/keys"
        assert httpx2.get(url, verify=trusting(tenant), trust_env=False, timeout=5).status_code == 200


def test_file_goes_with_the_server():
    """The authority's file is there while the tenant serves, and the next server has another authority."""
    tenant = SimulatedTenant()
    tenant.serve(tls=True)
    first = Path(tenant.environ()["SSL_CERT_FILE"])
    text = first.read_text(encoding="utf-8")
    tenant.close()
    tenant.close()
    assert not first.parent.exists()
    with tenant:
        tenant.serve(tls=True)
        assert Path(tenant.environ()["SSL_CERT_FILE"]).read_text(encoding="utf-8") != text
    assert tenant.serve().startswith("http://")
    assert "SSL_CERT_FILE" not in tenant.environ()
    tenant.close()


def test_taken_port_is_an_error_as_without_tls():
    """Nothing is left of an attempt, and the next one may be another."""
    with socket.create_server(("127.0.0.1", 0)) as taken, SimulatedTenant() as tenant:
        with pytest.raises(ConfigurationError, match="cannot be opened"):
            tenant.serve(taken.getsockname()[1], tls=True)
        assert tenant.serve(tls=True).startswith("https://")


def test_serving_tenant_goes_on_as_it_is(tenant):
    """Asking again changes nothing, whatever is asked for."""
    assert tenant.serve(tls=False) == tenant.serve() == tenant.authority_host


def test_pages_are_asked_first():
    """What is served beside the tenant has its own addresses; the others are the tenant's, and only they are logged."""
    with SimulatedTenant() as tenant:
        origin = tenant.serve(
            pages=lambda request: HttpResponse(status=200, body=b"mine") if request.url.endswith("/mine") else None
        )
        assert httpx2.get(f"{origin}/mine", trust_env=False).text == "mine"
        assert httpx2.get(f"{origin}/common/discovery/v2.0/keys", trust_env=False).status_code == 200
        assert [entry.kind for entry in tenant.requests] == ["keys"]


@pytest.mark.parametrize("asked", ["https://127.0.0.1", None])
def test_instance_is_known_with_and_without_its_port(tenant, asked):
    """MSAL for Python asks about hosts without their ports, and looks for them among the aliases so too."""
    host = tenant.authority_host.removeprefix("https://")
    document = httpx2.get(
        f"{tenant.authority_host}/common/discovery/instance",
        params={"authorization_endpoint": f"{asked or tenant.authority_host}/common/oauth2/v2.0/authorize"},
        verify=trusting(tenant),
        trust_env=False,
    ).json()
    assert document["metadata"] == [
        {"preferred_network": host, "preferred_cache": host, "aliases": [host, "127.0.0.1"]}
    ]
    assert document["tenant_discovery_endpoint"].startswith(f"{tenant.authority_host}/{tenant.tenant_id}/")


@pytest.mark.parametrize("hosts", [[], ["localhost", "localhost"], ["elsewhere.test"]])
def test_T131_requests_for_other_names_are_not_answered(hosts):
    """No name, several, or somebody else's name for this machine: the tenant does not see the request."""
    with SimulatedTenant() as tenant:
        port = int(tenant.serve().rpartition(":")[2])
        lines = ["GET /common/discovery/v2.0/keys HTTP/1.1", *(f"host: {host}" for host in hosts), "", ""]
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall("\r\n".join(lines).encode())
            assert connection.makefile("rb").readline().startswith(b"HTTP/1.1 421 ")
        assert tenant.requests == ()
