"""The tenant over real HTTP on loopback."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation import SimulatedTenant
from tests.conftest import PLAIN_HTTP


@pytest.fixture
def tenant():
    """A tenant that serves."""
    with SimulatedTenant() as tenant:
        tenant.serve()
        yield tenant


@pytest.fixture
def http():
    """A client that goes to loopback without proxies."""
    with httpx2.Client(trust_env=False, verify=PLAIN_HTTP) as client:
        yield client


def keys_url(tenant: SimulatedTenant) -> str:
    """Where the key set is."""
    return f"{tenant.authority_host}/common/discovery/v2.0/keys"


def test_documents_are_served(tenant, http):
    """Metadata and keys come over HTTP with their headers; a HEAD has no body."""
    response = http.get(f"{tenant.authority_host}/{tenant.tenant_id}/v2.0/.well-known/openid-configuration")
    assert response.json()["issuer"] == f"{tenant.authority_host}/{tenant.tenant_id}/v2.0"
    assert response.headers["cache-control"] == "max-age=86400, private"
    keys = http.get(response.json()["jwks_uri"])
    head = http.head(response.json()["jwks_uri"])
    assert len(keys.json()["keys"]) == 4
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(keys.content))


def test_requests_reach_the_tenant_whole(tenant, http):
    """Method and body are read, also of requests that are refused."""
    assert http.post(keys_url(tenant), content=b"x" * 1000).status_code == 405
    assert http.options(keys_url(tenant)).headers["access-control-allow-origin"] == "*"
    assert [entry.method for entry in tenant.requests] == ["POST", "OPTIONS"]


def test_T131_only_loopback_is_bound(tenant):
    """The port is open on 127.0.0.1 and on no other address of the machine."""
    port = int(tenant.authority_host.rpartition(":")[2])
    assert tenant.authority_host == f"http://127.0.0.1:{port}"
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        pass
    with pytest.raises(OSError, match=r"refused|unreachable|timed out"):
        socket.create_connection(("127.0.0.2", port), timeout=1)


def test_outage_hangs_up(tenant, http):
    """A tenant that is down closes connections without an answer, and answers again afterwards."""
    tenant.go_down()
    with pytest.raises(httpx2.TransportError):
        http.get(keys_url(tenant))
    tenant.come_up()
    assert http.get(keys_url(tenant)).status_code == 200


def test_delays_are_waited_for(tenant, http):
    """A slow tenant takes its time."""
    tenant.slow_down(0.2)
    started = time.monotonic()
    assert http.get(keys_url(tenant)).status_code == 200
    assert time.monotonic() - started >= 0.2


def test_closing_does_not_wait_for_slow_answers(tenant, http):
    """close() drops answers that are being delayed; nobody has to wait for them."""
    tenant.slow_down(60)
    url = keys_url(tenant)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(http.get, url, timeout=30)
        while not tenant.requests:
            time.sleep(0.01)
        started = time.monotonic()
        tenant.close()
        with pytest.raises(httpx2.TransportError):
            waiting.result()
    assert time.monotonic() - started < 5


def test_port_is_free_again_after_close(http):
    """A closed tenant leaves neither port nor thread behind, and may serve at the same place again."""
    threads = threading.active_count()
    tenant = SimulatedTenant()
    origin = tenant.serve()
    port = int(origin.rpartition(":")[2])
    assert tenant.serve() == origin
    assert http.get(keys_url(tenant)).status_code == 200
    tenant.close()
    tenant.close()
    assert threading.active_count() == threads
    with pytest.raises(httpx2.ConnectError):
        http.get(f"{origin}/common/discovery/v2.0/keys")
    with SimulatedTenant() as successor:
        assert successor.serve(port) == origin
        assert http.get(keys_url(successor)).status_code == 200
        with SimulatedTenant() as rival, pytest.raises(ConfigurationError, match=f"port {port} of 127.0.0.1"):
            rival.serve(port)


def test_hundred_callers_at_once_are_served(tenant, http):
    """Many connections at the same time are all answered."""
    with ThreadPoolExecutor(32) as pool:
        responses = list(pool.map(lambda _: http.get(keys_url(tenant)).status_code, range(100)))
    assert responses == [200] * 100
    assert tenant.request_count("keys") == 100


@pytest.mark.parametrize("sent", [b"GET [:: HTTP/1.1\r\nhost: localhost\r\n\r\n"])
def test_nonsense_is_hung_up_on(tenant, http, sent, capfd):
    """Requests that are no HTTP end their connection without a word on the console, and nothing else."""
    port = int(tenant.authority_host.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(sent)
        assert connection.recv(100) == b""
    assert http.get(keys_url(tenant)).status_code == 200
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param(b"content-length: x", 400, id="no number"),
        pytest.param(b"content-length: -1", 400, id="negative"),
        pytest.param(b"content-length: 1_0", 400, id="a number of Python's"),
        pytest.param(b"content-length: 1\r\ncontent-length: 2", 400, id="two lengths"),
        pytest.param(b"content-length: 1048577", 413, id="too long"),
        pytest.param(b"transfer-encoding: chunked", 411, id="in chunks"),
    ],
)
def test_body_that_is_not_taken(tenant, headers, status):
    """The client is told why, and nothing of it reaches the tenant."""
    port = int(tenant.authority_host.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"POST /x HTTP/1.1\r\nhost: localhost\r\n" + headers + b"\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 %d " % status)
    assert not tenant.requests


def test_closing_waits_once_for_connections_that_say_nothing(tenant):
    """However many there are."""
    port = int(tenant.authority_host.rpartition(":")[2])
    connections = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(6)]
    started = time.monotonic()
    tenant.close()
    assert time.monotonic() - started < 3
    for connection in connections:
        connection.close()
