"""Tokens on requests of httpx2 and of classic httpx, over a real server; and clients of azure-core."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import anyio
import httpx
import httpx2
import pytest
from azure.core import AsyncPipelineClient, PipelineClient
from azure.core.credentials import AccessToken as AzureToken
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy, BearerTokenCredentialPolicy
from azure.core.pipeline.transport import AsyncioRequestsTransport
from azure.core.rest import HttpRequest as AzureRequest

from azuread_auth import AsyncAzureAdClient, AzureAdClient
from azuread_auth.simulation import SimulatedTenant

SCOPE = "api://orders/.default"
CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
CHALLENGE = (
    'Basic realm="a, b", Bearer realm="", authorization_uri="https://login.test/authorize", '
    f'error="insufficient_claims", claims="{base64.b64encode(CLAIMS.encode()).decode()}"'
)


class Api:
    """An API that refuses its first `refusals` callers, and notes whose tokens came with which bodies."""

    def __init__(self, challenge: str = CHALLENGE) -> None:
        self.refusals = 0
        self.seen: list[tuple[str, bytes]] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                api.seen.append((self.headers["authorization"], body))
                is_refused, api.refusals = api.refusals > 0, api.refusals - 1
                self.send_response(401 if is_refused else 200)
                if is_refused:
                    self.send_header("WWW-Authenticate", challenge)
                self.send_header("content-length", "0")
                self.end_headers()

            do_POST = do_GET  # noqa: N815 - the base class's name

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/orders"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def tokens(self) -> list[str]:
        return [authorization for authorization, _ in self.seen]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def api() -> Iterator[Api]:
    """An API on loopback."""
    made = Api()
    yield made
    made.close()


@pytest.fixture
def tenant() -> SimulatedTenant:
    """Whose tokens the API wants."""
    return SimulatedTenant()


CLASSIC_AND_NEW = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])


@CLASSIC_AND_NEW
def test_blocking_client_sends_the_application_s_token(library: Any, tenant: SimulatedTenant, api: Api) -> None:
    """Each request has the token; it is asked for once."""
    with AzureAdClient(tenant.settings()) as azure, library.Client(auth=azure.auth_for_app(SCOPE)) as http:
        assert http.get(api.url).status_code == 200
        assert http.post(api.url, content=b"x").status_code == 200
        expected = f"Bearer {azure.acquire_token_for_app(SCOPE).reveal()}"
    assert api.tokens == [expected, expected]
    assert tenant.request_count("token") == 1


@CLASSIC_AND_NEW
async def test_async_client_sends_the_user_s_token(library: Any, tenant: SimulatedTenant, api: Api) -> None:
    """One HTTP client serves all users: each request has the token of its own."""
    async with AsyncAzureAdClient(tenant.settings()) as azure, library.AsyncClient() as http:
        users = [tenant.principal(user=name) for name in ("adele", "megan")]
        for user in users:
            await http.get(api.url, auth=azure.auth_for_user(user, "api://orders/Orders.Read"))
        expected = [
            f"Bearer {(await azure.acquire_token_for_user(user, 'api://orders/Orders.Read')).reveal()}"
            for user in users
        ]
    assert api.tokens == expected
    assert len(set(expected)) == 2


@CLASSIC_AND_NEW
def test_T71_claims_challenge_is_answered_once_by_a_blocking_client(
    library: Any, tenant: SimulatedTenant, api: Api
) -> None:
    """T71: the refused request comes again with a new token, body and all; later requests have that token."""
    api.refusals = 1
    with AzureAdClient(tenant.settings()) as azure, library.Client(auth=azure.auth_for_app(SCOPE)) as http:
        assert http.post(api.url, json={"a": 1}).status_code == 200
        assert http.get(api.url).status_code == 200
    first, second, third = api.tokens
    assert first != second
    assert second == third
    assert json.loads(api.seen[0][1]) == json.loads(api.seen[1][1]) == {"a": 1}
    assert tenant.request_count("token") == 2


@CLASSIC_AND_NEW
async def test_T71_claims_challenge_is_answered_once_by_an_async_client(
    library: Any, tenant: SimulatedTenant, api: Api
) -> None:
    """T71: an API that goes on refusing gets two requests and no more."""
    api.refusals = 5
    async with AsyncAzureAdClient(tenant.settings()) as azure, library.AsyncClient() as http:
        auth = azure.auth_for_user(tenant.principal(), "api://orders/Orders.Read")
        assert (await http.get(api.url, auth=auth)).status_code == 401
    assert len(api.seen) == 2


@CLASSIC_AND_NEW
def test_body_that_is_gone_is_not_sent_again(library: Any, tenant: SimulatedTenant, api: Api) -> None:
    """A streamed body cannot be repeated: the caller gets the refusal as it is, and no half request is sent."""
    api.refusals = 1

    def chunks() -> Iterator[bytes]:
        yield b"once"

    with AzureAdClient(tenant.settings()) as azure, library.Client(auth=azure.auth_for_app(SCOPE)) as http:
        answer = http.post(api.url, content=chunks(), headers={"content-length": "4"})
    assert answer.status_code == 401
    assert len(api.seen) == 1


@pytest.mark.parametrize(
    "challenge",
    [
        pytest.param("Bearer", id="no parameters"),
        pytest.param('Bearer error="invalid_token"', id="another error"),
        pytest.param('Bearer error="insufficient_claims", claims="%%%"', id="claims that are nothing"),
        pytest.param('Negotiate error="insufficient_claims", claims="e30="', id="another scheme"),
    ],
)
def test_other_refusals_are_the_caller_s(tenant: SimulatedTenant, challenge: str) -> None:
    """Only a claims challenge is answered."""
    api = Api(challenge)
    api.refusals = 1
    try:
        with AzureAdClient(tenant.settings()) as azure, httpx2.Client(auth=azure.auth_for_app(SCOPE)) as http:
            assert http.get(api.url).status_code == 401
    finally:
        api.close()
    assert len(api.seen) == 1


@CLASSIC_AND_NEW
async def test_wrong_kind_of_client_is_told(library: Any, tenant: SimulatedTenant, api: Api) -> None:
    """Auth of one kind of client is refused by the other kind before anything is sent."""
    waiting = AsyncAzureAdClient(tenant.settings())
    with library.Client() as http, pytest.raises(RuntimeError, match="blocking HTTP client"):
        http.get(api.url, auth=waiting.auth_for_app(SCOPE))
    async with library.AsyncClient() as http:
        with pytest.raises(RuntimeError, match="async HTTP client"):
            await http.get(api.url, auth=waiting.blocking().auth_for_app(SCOPE))
    assert api.seen == []


def test_T112_auth_shows_nothing(tenant: SimulatedTenant) -> None:
    """T112: what is passed about as auth tells no token."""
    azure = AzureAdClient(tenant.settings())
    auth = azure.auth_for_app(SCOPE)
    token = azure.acquire_token_for_app(SCOPE).reveal()
    assert token not in repr(auth) + repr(vars(auth))
    with pytest.raises(RuntimeError, match="sync_auth_flow"):
        auth.auth_flow(None)


def test_azure_sdk_pipeline_with_our_credential(tenant: SimulatedTenant, api: Api) -> None:
    """A client of azure-core authenticates with the application's token, and answers a claims challenge with it."""
    api.refusals = 1
    with AzureAdClient(tenant.settings()) as azure:
        policy = BearerTokenCredentialPolicy(azure.token_credential(), SCOPE, enforce_https=False, enable_cae=True)
        with PipelineClient(api.url, policies=[policy]) as sdk:
            answer = sdk.send_request(AzureRequest("GET", api.url), enforce_https=False)
    assert answer.status_code == 200
    assert len(set(api.tokens)) == 2


def test_async_azure_sdk_pipeline_for_a_user(tenant: SimulatedTenant, api: Api) -> None:
    """The async pipeline, which needs asyncio, works on behalf of a user."""

    async def body() -> int:
        async with AsyncAzureAdClient(tenant.settings()) as azure:
            credential = azure.token_credential(tenant.principal())
            policy = AsyncBearerTokenCredentialPolicy(credential, "api://orders/Orders.Read", enforce_https=False)
            transport = AsyncioRequestsTransport()
            async with AsyncPipelineClient(api.url, policies=[policy], transport=transport) as sdk:
                answer = await sdk.send_request(AzureRequest("GET", api.url), enforce_https=False)
        status: int = answer.status_code
        return status

    assert anyio.run(body, backend="asyncio") == 200
    assert tenant.request_count("token") == 1


def test_credential_speaks_both_protocols(tenant: SimulatedTenant) -> None:
    """`get_token` and `get_token_info` give the same token, with whole seconds; closing it closes nothing."""
    azure = AzureAdClient(tenant.settings())
    with azure.token_credential() as credential:
        token = credential.get_token(SCOPE, enable_cae=True)
        info = credential.get_token_info(SCOPE, options={"enable_cae": True})
    ours = azure.acquire_token_for_app(SCOPE)
    assert isinstance(token, AzureToken)
    assert token == (ours.reveal(), int(ours.expires_at))
    assert (info.token, info.refresh_on, info.token_type) == (ours.reveal(), int(ours.refresh_at), "Bearer")
    assert credential.get_token(SCOPE, claims=CLAIMS).token != token.token


async def test_async_credential_speaks_both_protocols(tenant: SimulatedTenant) -> None:
    """The same for event loops, for a user."""
    azure = AsyncAzureAdClient(tenant.settings())
    user = tenant.principal()
    async with azure.token_credential(user) as credential:
        token = await credential.get_token("User.Read", tenant_id=tenant.tenant_id)
        info = await credential.get_token_info("User.Read", options={"tenant_id": tenant.tenant_id})
    assert token.token == info.token == (await azure.acquire_token_on_behalf_of(user, "User.Read")).reveal()
