"""Forks, gevent, several event loops, stopping, servers without lifespan, and streams."""

import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from azuread_auth.asgi import AzureAdAuth
from azuread_auth.settings import AzureAdSettings


def pids_of(server, tenant, *, workers):
    """The workers that have answered, asked until that is all of them."""
    pids = set()
    deadline = time.monotonic() + 20
    with ThreadPoolExecutor(8) as pool:
        while len(pids) < workers and time.monotonic() < deadline:
            answers = pool.map(server.ask_with, [tenant.mint_token() for _ in range(16)], ["/pause"] * 16)
            for answer in answers:
                assert answer.code == "OK"
                pids.add(json.loads(answer.body)["pid"])
    return pids


@pytest.mark.parametrize("app", ["plain_wsgi:app", "preloaded:app"])
def test_R14_workers_that_are_forked_from_a_loaded_application(start_server, own_tenant, app):
    """With `--preload` each worker serves, keys fetched before the fork or not, with a fetch each at most."""
    server = start_server("gunicorn-sync", own_tenant, "--preload", "--workers", "3", app=app)

    assert len(pids_of(server, own_tenant, workers=3)) == 3
    assert own_tenant.request_count("keys") <= 3


def test_R14_each_forked_worker_refreshes_its_keys(start_server, own_tenant):
    """Background work starts in each worker, on connections of its own: a key that was taken away is gone in all."""
    server = start_server("gunicorn-sync", own_tenant, "--preload", "--workers", "2", app="hurried:wsgi_app")
    assert len(pids_of(server, own_tenant, workers=2)) == 2
    # Each is new to the server: what it remembers is looked at again after a minute of the clock on the wall, which is
    # not hurried.
    tokens = iter([own_tenant.mint_token() for _ in range(400)])
    own_tenant.rotate_keys(keep_old=False)
    fetched = own_tenant.request_count("keys")

    deadline = time.monotonic() + 20
    codes = []
    while codes[-10:] != ["401t"] * 10 and time.monotonic() < deadline:
        codes.append(server.ask_with(next(tokens)).code)
        time.sleep(0.05)

    assert codes[-10:] == ["401t"] * 10
    assert own_tenant.request_count("keys") - fetched >= 2
    assert len(pids_of(server, own_tenant, workers=2)) == 2


def test_R15_gevent(start_server, own_tenant):
    """50 greenlets with a first request each: all are served by one fetch."""
    server = start_server("gunicorn-gevent", own_tenant)
    own_tenant.slow_down(0.3)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(server.ask_with, [own_tenant.mint_token() for _ in range(50)]))

    assert {answer.code for answer in answers} == {"OK"}
    assert own_tenant.request_count("keys") == 1


class Visitors:
    """A middleware over real HTTP, and how its visitors fared."""

    def __init__(self, tenant):
        self.tenant = tenant
        self.statuses = []
        self.errors = []
        self.middleware = AzureAdAuth(self.application, AzureAdSettings.from_env(tenant.environ()))

    @staticmethod
    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(self, message):
        self.statuses.append(message.get("status"))

    async def ask(self):
        headers = [(b"authorization", f"Bearer {self.tenant.mint_token()}".encode())]
        await self.middleware({"type": "http", "method": "GET", "path": "/", "headers": headers}, None, self.send)

    async def come(self):
        await asyncio.gather(*(self.ask() for _ in range(20)))

    def run_loops(self):
        try:
            for _ in range(5):
                asyncio.run(self.come())
        except Exception as error:  # noqa: BLE001 - told to the test's own thread
            self.errors.append(error)


def test_R12_event_loops_in_threads_share_a_middleware(own_tenant):
    """Loops in several threads, opened and closed again and again, use one middleware."""
    visitors = Visitors(own_tenant)
    threads = [threading.Thread(target=visitors.run_loops) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not visitors.errors
    assert visitors.statuses == [200] * 400
    # Loops that start at the same moment may each fetch; one that comes later finds the keys there.
    assert own_tenant.request_count("keys") <= 4


COMPLAINTS = ("Task was destroyed", "ResourceWarning", "never retrieved", "never awaited", "Traceback", "Exception")


@pytest.mark.parametrize(
    ("kind", "app"),
    [
        ("uvicorn-h11", "plain_asgi:app"),
        ("uvicorn-h11", "hurried:asgi_app"),
        ("gunicorn-asgi", "plain_asgi:app"),
        ("gunicorn-gthread", "plain_wsgi:app"),
        ("gunicorn-gthread", "hurried:wsgi_app"),
    ],
)
def test_R24_a_server_that_is_told_to_stop_finishes_what_it_has_begun(start_server, own_tenant, kind, app):
    """SIGTERM with a request and a hanging refresh in flight: the request is answered, nothing is complained of."""
    server = start_server(kind, own_tenant, app=app, flags=("-X", "dev"))
    assert server.ask_with(own_tenant.mint_token()).code == "OK"
    own_tenant.slow_down(30.0, "keys")
    if app.startswith("hurried"):
        time.sleep(1.0)  # an hour of its clock: the keys are due
    with ThreadPoolExecutor(1) as pool:
        in_flight = pool.submit(server.ask_with, own_tenant.mint_token(), "/slow")
        time.sleep(0.3)
        stopped_at = time.monotonic()
        status = server.stop()

        assert in_flight.result().code == "OK"

    assert status in (0, -15)
    assert time.monotonic() - stopped_at < 10
    if app.startswith("hurried"):
        assert own_tenant.request_count("keys") == 2
    assert not [complaint for complaint in COMPLAINTS if complaint in server.log], server.log


def test_R25_a_server_without_lifespan_serves(start_server, own_tenant):
    """With `--lifespan off` keys are fetched by the first request, and stopping complains of nothing."""
    server = start_server("uvicorn-h11", own_tenant, "--lifespan", "off", flags=("-X", "dev"))

    assert server.ask("/").code == "401c"
    assert server.ask_with(own_tenant.mint_token()).code == "OK"
    server.stop()
    assert not [complaint for complaint in COMPLAINTS if complaint in server.log], server.log


@pytest.mark.parametrize("app", ["broken_asgi:app", "plain_asgi:app"])
def test_a_wrong_configuration_stops_the_start(start_server, own_tenant, app):
    """A mistake in the code, or nothing in the environment: the server ends at once, and its log says why."""
    server = start_server("uvicorn-h11", own_tenant if app.startswith("broken") else None, app=app, is_to_serve=False)

    assert server.process.wait(20) != 0
    assert ("public_paths" if app.startswith("broken") else "AZURE_") in server.log


def test_a_wrong_configuration_stops_the_start_of_gunicorn(start_server):
    """WSGI has no start-up to fail: the import raises, and the server ends."""
    server = start_server("gunicorn-sync", None, is_to_serve=False)

    assert server.process.wait(20) != 0
    assert "ConfigurationError" in server.log


def test_R25_a_wrong_configuration_without_lifespan_is_500(start_server, own_tenant):
    """Where nothing can fail the start, each request gets 500, and the log says why."""
    server = start_server("uvicorn-h11", own_tenant, "--lifespan", "off", app="broken_asgi:app")

    assert server.ask("/").status == 500
    assert server.ask_with(own_tenant.mint_token(), "/healthz").status == 500
    assert "public_paths" in server.log


def events_of(server, token):
    """What is streamed to the caller with this token, and when each event arrived."""
    request = f"GET /events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
    received, arrivals = b"", []
    with server.connect() as connection:
        connection.sendall(request.encode())
        while chunk := connection.recv(4096):
            received += chunk
            arrivals.extend([time.monotonic()] * chunk.count(b"data: "))
    return received, arrivals


def test_R26_a_stream_is_neither_held_back_nor_cut(server_of, installed_kinds, tenant):
    """On every server events arrive as they are sent, and go on when the token has expired meanwhile."""
    servers = [server_of(kind) for kind in installed_kinds]
    for server in servers:
        # With the keys fetched and all modules loaded the next request is quick, on a loaded machine too.
        assert server.ask_with(tenant.mint_token()).code == "OK"
    # It has expired within the tolerance of 60 s, which ends in two to three seconds, while the events come.
    token = tenant.mint_token(expires_in=-57)
    with ThreadPoolExecutor(len(servers)) as pool:
        streams = list(pool.map(events_of, servers, [token] * len(servers)))

    for server, (received, arrivals) in zip(servers, streams, strict=True):
        assert received.startswith(b"HTTP/1.1 200 ")
        assert [f"data: {number}".encode() in received for number in range(8)] == [True] * 8
        assert arrivals[-1] - arrivals[0] > 3.0
        assert server.ask_with(token).code == "401t"
