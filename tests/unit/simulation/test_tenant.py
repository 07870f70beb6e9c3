"""The tenant as applications and tests use it: settings, clock, rollovers, disturbances, the log of requests."""

import subprocess
import sys
import uuid

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

import azuread_auth.simulation
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.client import AzureAdClient
from azuread_auth.credentials import ClientSecret
from azuread_auth.errors import ConfigurationError, ProviderUnavailable, TokenRejected
from azuread_auth.secret import Secret
from azuread_auth.settings import AzureAdSettings
from azuread_auth.simulation import FederatedCredential, SimulatedTenant

GUID = "4a5b6c7d-8e9f-4a0b-9c1d-2e3f4a5b6c7d"


@pytest.fixture
def tenant():
    """A tenant in process."""
    return SimulatedTenant()


def keys_request(tenant: SimulatedTenant) -> HttpRequest:
    """A request for the key set, with a query."""
    return HttpRequest(url=f"{tenant.authority_host}/common/discovery/v2.0/keys?x=1")


def discovery_request(tenant: SimulatedTenant) -> HttpRequest:
    """A request for the metadata."""
    return HttpRequest(url=f"{tenant.authority_host}/common/v2.0/.well-known/openid-configuration")


def status(tenant: SimulatedTenant, request: HttpRequest) -> int | None:
    """The status that is answered; None when the connection is refused."""
    response = tenant.answer(request).response
    return None if response is None else response.status


def test_tenants_have_guids_of_their_own():
    """Two tenants are two directories, unless a GUID is given."""
    assert SimulatedTenant().tenant_id != SimulatedTenant().tenant_id
    assert uuid.UUID(SimulatedTenant().tenant_id)
    assert SimulatedTenant(tenant_id=GUID.upper()).tenant_id == GUID
    with pytest.raises(ConfigurationError, match="tenant_id= is not a GUID"):
        SimulatedTenant(tenant_id="contoso.onmicrosoft.com")


def test_repr_says_which_tenant(tenant):
    """What is printed names the tenant and where it is."""
    assert repr(tenant) == (
        f"SimulatedTenant(tenant_id='{tenant.tenant_id}', authority_host='https://login.azuread-auth.test')"
    )


def test_settings_can_be_changed(tenant):
    """Whatever settings have can be given; the transport is the tenant itself."""
    settings = tenant.settings(audiences=["api://orders"], allow_guests=False)
    assert (settings.tenant_id, settings.client_id) == (tenant.tenant_id, tenant.client_id)
    assert settings.transport is tenant
    assert settings.audiences
    assert not settings.allow_guests
    assert not settings.allow_loopback_http


def test_settings_prove_the_application(tenant):
    """The credential is the client secret of this tenant's application, unless another is given, or none."""
    assert tenant.settings().credential == ClientSecret(tenant.client_secret)
    assert tenant.settings(credential=None).credential is None
    assert SimulatedTenant().client_secret != tenant.client_secret
    with tenant:
        settings = AzureAdSettings.from_env(tenant.environ())
    assert settings.credential == ClientSecret(tenant.client_secret)
    assert tenant.client_secret not in repr(tenant)


def test_application_must_have_a_guid():
    """An app registration has a GUID, as in Entra."""
    with pytest.raises(ConfigurationError, match="client_id= is not a GUID"):
        SimulatedTenant(client_id="my-app")


def test_certificates_come_in_every_form(tenant):
    """PEM and PKCS#12, with and without a password, open again and hold the same certificate and key."""
    certificate = tenant.make_certificate(has_chain=True)
    key = serialization.load_pem_private_key(certificate.encrypted_pem("secret"), b"secret")
    assert key.private_numbers() == certificate.private_key.private_numbers()
    for password in (None, b"secret"):
        bundle = pkcs12.load_pkcs12(certificate.pkcs12(password), password)
        assert bundle.cert.certificate == certificate.certificate
        assert [each.certificate for each in bundle.additional_certs] == [certificate.issuer]
    assert len(x509.load_pem_x509_certificates(certificate.pem)) == 2
    plain = tenant.make_certificate(register=False)
    assert pkcs12.load_pkcs12(plain.pkcs12("secret"), b"secret").additional_certs == []
    assert "private_key" not in repr(plain)
    with pytest.raises(ConfigurationError, match="names no registration"):
        tenant.make_certificate(client_id=GUID)


def test_applications_can_be_registered(tenant):
    """What is left out is made up, or empty; certificates may be one or several."""
    app = tenant.register_app()
    assert uuid.UUID(app.client_id)
    assert not app.has_credential
    der = tenant.make_certificate(register=False).der
    assert tenant.register_app(certificate_der=der).certificates == (der,)
    assert tenant.register_app(certificate_der=[der, der]).certificates == (der, der)
    trusted = FederatedCredential(subject="s", issuer="https://issuer.test")
    assert tenant.register_app(GUID.upper(), federated=[trusted]).client_id == GUID
    assert "canary" not in repr(tenant.register_app(secret=Secret("canary")))


def test_environment_is_enough_for_an_application(tenant):
    """Settings read from the environment reach the tenant over real HTTP."""
    with tenant:
        settings = AzureAdSettings.from_env(tenant.environ())
        assert settings.transport is None
        with AzureAdClient(settings) as azure:
            assert azure.validate_token(tenant.mint_token()).tenant_id == tenant.tenant_id
        assert tenant.authority_host == settings.authority_host
        assert {entry.url.rpartition("/")[0].split("/")[2] for entry in tenant.requests} == {
            settings.authority_host.removeprefix("http://")
        }
    assert tenant.authority_host == "https://login.azuread-auth.test"


def test_headers_carry_a_token(tenant):
    """The header is ready for any HTTP client."""
    headers = tenant.headers(scopes=["Files.Read"])
    assert list(headers) == ["Authorization"]
    with AzureAdClient(tenant.settings()) as azure:
        principal = azure.validate_token(headers["Authorization"].removeprefix("Bearer "))
    assert principal.scopes == {"Files.Read"}


def test_clock_is_passed_in():
    """Tokens and the log live by the clock that the tenant was given."""
    tenant = SimulatedTenant(now=lambda: 1_000_000_000.0)
    status(tenant, keys_request(tenant))
    assert tenant.requests[0].at == 1_000_000_000.0
    with AzureAdClient(tenant.settings()) as azure, pytest.raises(TokenRejected, match="expired"):
        azure.validate_token(tenant.mint_token())


def test_R06_planned_rollover_is_not_noticed(tenant):
    """A key that was published before applications fetched keys signs good tokens later."""
    with AzureAdClient(tenant.settings()) as azure:
        before = tenant.mint_token()
        tenant.publish_key()
        azure.validate_token(before)
        tenant.rotate_keys()
        azure.validate_token(tenant.mint_token())
        azure.validate_token(before)
    assert tenant.request_count("keys") == 1


def test_R07_emergency_rollover_takes_the_old_keys_away(tenant):
    """Fresh applications accept the new key's tokens and refuse the old one's."""
    before = tenant.mint_token()
    tenant.rotate_keys(keep_old=False)
    with AzureAdClient(tenant.settings()) as azure:
        azure.validate_token(tenant.mint_token())
        with pytest.raises(TokenRejected, match="key_unknown"):
            azure.validate_token(before)


def test_outage_refuses_connections_until_it_ends(tenant):
    """While the tenant is down nothing is answered; attempts are counted all the same."""
    tenant.go_down()
    assert status(tenant, keys_request(tenant)) is None
    with AzureAdClient(tenant.settings()) as azure, pytest.raises(ProviderUnavailable):
        azure.validate_token(tenant.mint_token())
    tenant.come_up()
    assert status(tenant, keys_request(tenant)) == 200
    assert tenant.request_count("keys") == 2
    assert tenant.request_count("discovery") == 1
    assert tenant.request_count() == 3


def test_delays_are_told(tenant):
    """A slow answer carries its delay, for all requests or for one kind, until it is taken back."""
    keys, discovery = keys_request(tenant), discovery_request(tenant)
    tenant.slow_down(5.0)
    tenant.slow_down(0.5, "keys")
    assert tenant.answer(keys).delay_seconds == 0.5
    assert tenant.answer(discovery).delay_seconds == 5.0
    tenant.fail("discovery")
    assert tenant.answer(discovery).delay_seconds == 5.0
    tenant.slow_down(0)
    assert tenant.answer(discovery).delay_seconds == 0
    tenant.come_up()
    assert tenant.answer(keys).delay_seconds == 0
    assert status(tenant, discovery) == 200


def test_failure_lasts_so_many_times(tenant):
    """One kind of request fails so many times, and the other kind goes on."""
    tenant.fail("keys", status=429, retry_after=7, times=2)
    response = tenant.answer(keys_request(tenant)).response
    assert (response.status, response.headers["retry-after"], response.body) == (429, "7", b"")
    assert status(tenant, discovery_request(tenant)) == 200
    assert [status(tenant, keys_request(tenant)) for _ in range(2)] == [429, 200]


@pytest.mark.parametrize(
    ("body", "sent", "content_type"),
    [
        pytest.param({"keys": []}, b'{"keys": []}', "application/json", id="mapping"),
        pytest.param("<html>", b"<html>", "text/html", id="text"),
        pytest.param(b"\xff", b"\xff", "text/html", id="bytes"),
    ],
)
def test_failure_can_be_any_answer(tenant, body, sent, content_type):
    """Garbage, captive portals and other documents can be passed off as the right one."""
    tenant.fail("keys", status=200, body=body)
    response = tenant.answer(keys_request(tenant)).response
    assert (response.status, response.body, response.headers["content-type"]) == (200, sent, content_type)


def test_failure_can_redirect(tenant):
    """Headers of a failure are sent in lower case and have the last word."""
    tenant.fail("keys", status=302, headers={"Location": "https://attacker.test/", "Content-Type": "text/plain"})
    assert tenant.answer(keys_request(tenant)).response.headers == {
        "location": "https://attacker.test/",
        "content-type": "text/plain",
    }


def test_log_leaves_the_query_out(tenant):
    """What is logged is kind, method, address without query, and time."""
    status(tenant, keys_request(tenant))
    (entry,) = tenant.requests
    assert (entry.kind, entry.method, entry.url) == (
        "keys",
        "GET",
        "https://login.azuread-auth.test/common/discovery/v2.0/keys",
    )


def test_added_routes_answer(tenant):
    """Routes answer for any host, with any query unless they have one, also during an outage."""
    tenant.route("https://graph.test/me", {"id": 1})
    tenant.route("https://graph.test/me?$select=id", [1])
    tenant.route("https://graph.test/photo", b"\x89PNG")
    tenant.route("https://graph.test/text", "hello")
    tenant.route("https://graph.test/gone", HttpResponse(status=410))
    tenant.go_down()
    tenant.slow_down(1.0)
    bodies = {}
    for name in ("me", "me?$select=id", "me?$top=1", "photo", "text"):
        answer = tenant.answer(HttpRequest(url=f"https://graph.test/{name}"))
        assert answer.delay_seconds == 0
        bodies[name] = answer.response.body
    assert bodies == {
        "me": b'{"id": 1}',
        "me?$select=id": b"[1]",
        "me?$top=1": b'{"id": 1}',
        "photo": b"\x89PNG",
        "text": b"hello",
    }
    assert status(tenant, HttpRequest(url="https://graph.test/gone")) == 410
    assert status(tenant, HttpRequest(url="https://graph.test/unknown")) is None
    assert tenant.request_count("route") == 6


def test_added_routes_can_fail_and_be_slow(tenant):
    """Disturbances of the kind "route" are for added routes."""
    tenant.route("https://graph.test/me", {"id": 1})
    tenant.slow_down(2.0, "route")
    tenant.fail("route", status=502, times=1)
    answers = [tenant.answer(HttpRequest(url="https://graph.test/me")) for _ in range(2)]
    assert [(answer.response.status, answer.delay_seconds) for answer in answers] == [(502, 2.0), (200, 2.0)]


@pytest.mark.parametrize("url", ["/me", "graph.test/me", "ftp://graph.test/me", "https:///me"])
def test_route_needs_a_whole_url(tenant, url):
    """A route without scheme and host could not be told from a mistake."""
    with pytest.raises(ConfigurationError, match="route"):
        tenant.route(url, "hello")


def test_package_exports_its_names():
    """The names of the package load when they are used; others do not exist."""
    assert azuread_auth.simulation.SimulatedTenant is SimulatedTenant
    assert azuread_auth.simulation.SimulatedUser.__name__ == "SimulatedUser"
    names = ["FederatedCredential", "Recording", "Replay", "SimulatedDirectory", "SimulatedTenant", "SimulatedUser"]
    assert azuread_auth.simulation.__all__ == [*names, "load_directory"]
    assert all(getattr(azuread_auth.simulation, name) for name in azuread_auth.simulation.__all__)
    assert azuread_auth.simulation.FederatedCredential(subject="s").audience == "api://AzureADTokenExchange"
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        azuread_auth.simulation.Nothing  # noqa: B018 - the look-up is what is tested


def test_making_a_tenant_makes_no_key():
    """A tenant costs nothing until it is asked something, and opens no server or HTTP client by itself."""
    program = (
        "import sys; from azuread_auth.simulation import SimulatedTenant; t = SimulatedTenant(); t.settings();"
        "from azuread_auth.simulation.keys import _generated;"
        "print(_generated.cache_info().currsize, 'http.server' in sys.modules, 'httpx2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["0", "False", "False"]
