"""Tokens for the next API behind real servers with several workers."""

import base64
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from azuread_auth.simulation import SimulatedTenant
from tests.integration.conftest import StartServer
from tests.integration.outbound import KEY, ORDERS
from tests.redis_server import RedisServer

READ, WRITE = "api://orders/Orders.Read", "api://orders/Orders.Write"
WORKERS = 4


class SharingTenant(SimulatedTenant):
    """A tenant whose applications share a Redis."""

    redis: RedisServer

    def environ(self) -> dict[str, str]:
        """The environment, with the store."""
        more = {"AZURE_AD_REDIS_URL": self.redis.url, "AZURE_AD_ENCRYPTION_KEYS": base64.b64encode(KEY).decode()}
        return super().environ() | more


@pytest.fixture
def sharing_tenant(redis_server: RedisServer) -> Iterator[SharingTenant]:
    """One for this test."""
    with SharingTenant() as made:
        made.redis = redis_server
        made.serve()
        yield made


def claims_in(document: dict[str, Any]) -> dict[str, Any]:
    """What the token says that the application has got."""
    payload = document["claims"]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["gunicorn-sync", "gunicorn-gthread"])
def test_R16_four_workers_ask_once_for_each_caller(
    start_server: StartServer, sharing_tenant: SharingTenant, kind: str
) -> None:
    """R16: forked from one loaded application, the workers share what one of them has got for a caller."""
    server = start_server(kind, sharing_tenant, "--preload", "--workers", str(WORKERS), app="outbound_wsgi:app")
    sharing_tenant.slow_down(0.2, "token")
    callers = {user: sharing_tenant.mint_token(user=user) for user in ("adele", "megan", "robin")}
    asked = [user for user in callers for _ in range(24)]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda user: server.ask_with(callers[user], "/next"), asked))

    documents = [json.loads(answer.body) for answer in answers if answer.status == 200]
    assert len(documents) == len(asked)
    for user, document in zip(asked, documents, strict=True):
        claims = claims_in(document)
        assert claims["oid"] == document["caller"] == sharing_tenant.principal(user=user).object_id
        assert claims["aud"] == ORDERS
    assert len({document["digest"] for document in documents}) == len(callers)
    assert len({document["pid"] for document in documents}) > 1
    assert sharing_tenant.request_count("token") == len(callers)


@pytest.fixture
def asgi_server(start_server: StartServer, own_tenant: SimulatedTenant) -> Callable[..., Any]:
    """Asks the application on uvicorn."""
    server = start_server("uvicorn-h11", own_tenant, app="outbound_asgi:app")
    return lambda path, **wishes: server.ask_with(own_tenant.mint_token(**wishes), path)


@pytest.mark.parametrize(("path", "scope"), [("/by-hand", READ), ("/by-dependency", WRITE)])
def test_T123_whole_way(asgi_server: Callable[..., Any], own_tenant: SimulatedTenant, path: str, scope: str) -> None:
    """T123: the caller gets the token's answer; consent that is missing is named; a challenge comes as one."""
    answer = asgi_server(path, user="megan")
    claims = claims_in(json.loads(answer.body))
    assert (answer.status, claims["oid"]) == (200, own_tenant.principal(user="megan").object_id)
    assert f"{claims['aud']}/{claims['scp']}" == scope

    own_tenant.require_consent(scope, user="adele")
    refused = asgi_server(path, user="adele")
    assert (refused.status, f'scope="{scope}"' in refused.header("www-authenticate")) == (403, True)
    assert asgi_server(path, user="megan").status == 200

    own_tenant.require_mfa(scope, user="robin")
    challenged = asgi_server(path, user="robin", claims={"xms_cc": ["cp1"]})
    header = challenged.header("www-authenticate")
    assert (challenged.status, 'error="insufficient_claims"' in header) == (401, True)
    encoded = header.partition('claims="')[2].partition('"')[0]
    assert "capolids" in json.loads(base64.b64decode(encoded))["access_token"]
