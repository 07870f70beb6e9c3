"""Clients of the Azure SDK with this package's credentials, against the example's stand-in for blob storage."""

import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from azure.core import AsyncPipelineClient, PipelineClient
from azure.core.credentials import AccessToken as AzureToken
from azure.core.exceptions import HttpResponseError, ServiceRequestError
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy, BearerTokenCredentialPolicy
from azure.core.pipeline.transport import AsyncioRequestsTransport, RequestsTransport, TrioRequestsTransport
from azure.core.rest import HttpRequest
from azure.storage.blob import BlobServiceClient
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobServiceClient

from azuread_auth import AsyncAzureAdClient, AzureAdClient, AzureAdSettings, InteractionRequired
from azuread_auth.simulation import SimulatedTenant

EXAMPLE = Path(__file__).parents[2] / "examples" / "blob_storage.py"
AUDIENCE = "https://storage.azure.com"
SCOPE = f"{AUDIENCE}/.default"
REPORTS = ["2026-01.csv", "2026-02.csv"]


class Storage(NamedTuple):
    """A storage account and the tenant that it trusts."""

    tenant: SimulatedTenant
    settings: AzureAdSettings
    url: str
    ca_bundle: str

    def blobs(self, credential: Any, container: str = "reports") -> list[str]:
        """The names that the SDK's client lists."""
        with BlobServiceClient(self.url, credential=credential, connection_verify=self.ca_bundle) as storage:
            return list(storage.get_container_client(container).list_blob_names())

    def token_requests(self, grant_type: str) -> int:
        """How often the tenant issued a token by a grant."""
        return len(self.tenant.find_requests("token", grant_type=grant_type))


@pytest.fixture
def storage() -> Iterator[Storage]:
    """The example's stand-in, over TLS."""
    spec = importlib.util.spec_from_file_location("blob_storage", EXAMPLE)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    with SimulatedTenant() as tenant, example.blob_storage(tenant) as environ:
        settings = AzureAdSettings.from_env(environ)
        yield Storage(tenant, settings, environ["STORAGE_URL"], environ["STORAGE_CA_BUNDLE"])


class Fixed:
    """A credential that has one token, and remembers what it is asked for."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = list(tokens)
        self.asked: list[Any] = []

    def get_token(self, *scopes: str, **options: Any) -> AzureToken:
        self.asked.append((scopes, options))
        token = self._tokens.pop(0) if len(self._tokens) > 1 else self._tokens[0]
        return AzureToken(token, int(time.time()) + 3600)


def test_blobs_as_the_user_and_as_the_application(storage):
    """Storage knows each by their own tokens; two clients of one user share one."""
    with AzureAdClient(storage.settings) as azure:
        adele = azure.validate_token(storage.tenant.mint_token(scopes=["Files.Read"]))
        assert storage.blobs(azure.token_credential(adele)) == REPORTS
        assert storage.blobs(azure.token_credential(adele)) == REPORTS
        assert storage.token_requests("on_behalf_of") == 1
        megan = azure.validate_token(storage.tenant.mint_token(user="megan", scopes=["Files.Read"]))
        with pytest.raises(HttpResponseError) as refused:
            storage.blobs(azure.token_credential(megan))
        assert (refused.value.status_code, refused.value.error_code) == (403, "AuthorizationPermissionMismatch")
        assert storage.blobs(azure.token_credential()) == REPORTS
        assert storage.token_requests("client_credentials") == 1


@pytest.mark.parametrize(
    "wishes",
    [
        pytest.param({"audience": "https://vault.azure.net"}, id="for another API"),
        pytest.param({"audience": AUDIENCE, "fault": "bad-signature"}, id="forged"),
        pytest.param({"audience": AUDIENCE, "fault": "wrong-issuer"}, id="of another issuer"),
        pytest.param({"audience": AUDIENCE, "expires_in": -600}, id="expired"),
    ],
)
def test_stand_in_judges_tokens(storage, wishes):
    """A token that is not good gets 401, and the challenge that makes the client ask again once, as it says."""
    credential = Fixed(storage.tenant.mint_token(scopes=["user_impersonation"], **wishes))
    with pytest.raises(HttpResponseError) as refused:
        storage.blobs(credential)
    assert refused.value.status_code == 401
    assert [scopes for scopes, _ in credential.asked] == [(SCOPE,)] * 2
    assert credential.asked[1][1]["tenant_id"] == storage.tenant.tenant_id


def test_tokens_are_not_sent_in_the_clear(storage):
    """Clients refuse http before a token is asked for; that is why the stand-in has TLS."""
    url = "http://127.0.0.1:1/account"
    with AzureAdClient(storage.settings) as azure:
        with pytest.raises(ValueError, match="only supported with HTTPS"):
            BlobServiceClient(url, credential=azure.token_credential())
        policy = BearerTokenCredentialPolicy(azure.token_credential(), SCOPE)
        with (
            PipelineClient(url, policies=[policy]) as client,
            pytest.raises(ServiceRequestError, match="non-TLS"),
        ):
            client.send_request(HttpRequest("GET", url))
    assert storage.tenant.request_count("token") == 0


async def test_blobs_without_holding_up_the_event_loop(storage, anyio_backend_name):
    """The clients of azure.storage.blob.aio take the async client's credential; aiohttp is not needed."""
    async with AsyncAzureAdClient(storage.settings) as azure:
        adele = await azure.validate_token(storage.tenant.mint_token(scopes=["Files.Read"]))
        for credential in (azure.token_credential(adele), azure.token_credential()):
            transport = transport_of(anyio_backend_name)(connection_verify=storage.ca_bundle)
            async with AsyncBlobServiceClient(storage.url, credential=credential, transport=transport) as client:
                assert [name async for name in client.get_container_client("reports").list_blob_names()] == REPORTS


def transport_of(backend):
    """What azure-core has for a kind of event loop without further packages."""
    return TrioRequestsTransport if backend == "trio" else AsyncioRequestsTransport


def payroll(storage):
    """A request that is answered with a claims challenge until the token has what it asks for."""
    return HttpRequest("GET", f"{storage.url}/payroll?restype=container&comp=list")


def test_T71_claims_challenge(storage):
    """T71: azure-core passes the claims to the credential, and the request is sent once more."""
    with AzureAdClient(storage.settings) as azure:
        adele = azure.validate_token(storage.tenant.mint_token(scopes=["Files.Read"]))
        policy = BearerTokenCredentialPolicy(azure.token_credential(adele), SCOPE)
        transport = RequestsTransport(connection_verify=storage.ca_bundle)
        with PipelineClient(storage.url, policies=[policy], transport=transport) as client:
            assert client.send_request(payroll(storage)).status_code == 200
    assert storage.token_requests("on_behalf_of") == 2


async def test_T71_claims_challenge_on_an_event_loop(storage, anyio_backend_name):
    """T71: the same for async clients."""
    async with AsyncAzureAdClient(storage.settings) as azure:
        adele = await azure.validate_token(storage.tenant.mint_token(scopes=["Files.Read"]))
        policy = AsyncBearerTokenCredentialPolicy(azure.token_credential(adele), SCOPE)
        transport = transport_of(anyio_backend_name)(connection_verify=storage.ca_bundle)
        async with AsyncPipelineClient(storage.url, policies=[policy], transport=transport) as client:
            assert (await client.send_request(payroll(storage))).status_code == 200
    assert storage.token_requests("on_behalf_of") == 2


def test_T71_claims_challenge_of_storage_is_the_callers(storage):
    """T71: azure-storage-blob drops the claims of a challenge, and raises the 401. The guide says so."""
    with AzureAdClient(storage.settings) as azure:
        adele = azure.validate_token(storage.tenant.mint_token(scopes=["Files.Read"]))
        with pytest.raises(HttpResponseError) as refused:
            storage.blobs(azure.token_credential(adele), "payroll")
    assert refused.value.status_code == 401


def test_what_the_user_has_to_do_comes_through(storage):
    """An error of ours is not wrapped: behind the middleware it becomes the challenge for the caller."""
    storage.tenant.require_consent(f"{AUDIENCE}/.default")
    with AzureAdClient(storage.settings) as azure:
        adele = azure.validate_token(storage.tenant.mint_token(scopes=["Files.Read"]))
        with pytest.raises(InteractionRequired):
            storage.blobs(azure.token_credential(adele))
