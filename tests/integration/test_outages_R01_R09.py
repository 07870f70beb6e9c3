"""Outages, rollovers, floods and stampedes over real HTTP: a server, a provider, and sockets between them."""

import asyncio
import threading
import time

import pytest

KINDS = ["uvicorn-h11", "gunicorn-gthread"]


@pytest.fixture(params=KINDS)
def own_server(request, start_server, own_tenant):
    """A server that nobody else uses, of a tenant that nobody else disturbs; it has fetched nothing yet."""
    return start_server(request.param, own_tenant)


def fetches(tenant):
    """How often discovery and keys were asked for."""
    return tenant.request_count("discovery"), tenant.request_count("keys")


@pytest.mark.parametrize("kind", KINDS)
def test_R01_a_provider_that_is_down_at_the_start(start_server, own_tenant, kind):
    """The server starts, liveness is good, protected requests get 503 and a short wait, and it heals by itself."""
    own_tenant.go_down()
    server = start_server(kind, own_tenant)
    token = own_tenant.mint_token()

    assert server.ask("/healthz").code == "OK"
    refusal = server.ask_with(token)
    assert refusal.code == "503"
    assert 1 <= int(refusal.header("retry-after")) <= 3
    own_tenant.come_up()
    time.sleep(int(refusal.header("retry-after")))
    assert server.ask_with(token).code == "OK"


def test_R02_R03_a_provider_that_goes_down_or_slow_is_not_noticed(own_server, own_tenant):
    """With keys at hand, known and new tokens are served at once while the key endpoint hangs for 5 s, or is gone."""
    known = own_tenant.mint_token()
    assert own_server.ask_with(known).code == "OK"
    own_tenant.slow_down(5.0, "keys")
    waiting = threading.Thread(target=own_server.ask_with, args=(own_tenant.mint_token(fault="unknown-kid"),))
    waiting.start()
    while own_tenant.request_count("keys") < 2:
        time.sleep(0.01)

    durations = []
    for token in [known, own_tenant.mint_token()] * 20:
        started_at = time.monotonic()
        assert own_server.ask_with(token).code == "OK"
        durations.append(time.monotonic() - started_at)

    assert waiting.is_alive()
    assert max(durations) < 2.0
    own_tenant.go_down()
    assert own_server.ask_with(known).code == "OK"
    assert own_server.ask_with(own_tenant.mint_token()).code == "OK"
    own_tenant.close()  # drops the delayed answer
    waiting.join()


def test_R06_a_planned_rollover(own_server, own_tenant):
    """A key that is published, and used later: not one request fails, whichever key signed."""
    old = own_tenant.mint_token()
    assert own_server.ask_with(old).code == "OK"
    own_tenant.publish_key()
    assert own_server.ask_with(own_tenant.mint_token()).code == "OK"
    own_tenant.rotate_keys()

    assert own_server.ask_with(own_tenant.mint_token()).code == "OK"
    assert own_server.ask_with(old).code == "OK"
    assert fetches(own_tenant) == (1, 2)


def test_R07_an_emergency_rollover(own_server, own_tenant):
    """The first token of a new key brings the keys; the old key's tokens are refused from then on, known or new."""
    known, unseen = own_tenant.mint_token(), own_tenant.mint_token()
    assert own_server.ask_with(known).code == "OK"
    own_tenant.rotate_keys(keep_old=False)

    assert own_server.ask_with(own_tenant.mint_token()).code == "OK"
    assert own_server.ask_with(known).code == "401t"
    assert own_server.ask_with(unseen).code == "401t"
    assert fetches(own_tenant) == (1, 2)


async def statuses_of(server, tokens, *, connections):
    """The statuses that these tokens get, over so many connections at the same time, one after the other on each."""
    statuses = []
    pending = iter(tokens)

    async def talk():
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for token in pending:
            writer.write(f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            statuses.append(int(head[9:12]))
        writer.close()
        await writer.wait_closed()

    server.was_asked = True
    await asyncio.gather(*(talk() for _ in range(connections)))
    return statuses


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "count"), [("uvicorn-h11", 10_000), ("gunicorn-gthread", 2_000)])
def test_T30_a_flood_of_unknown_keys(start_server, own_tenant, kind, count):
    """10,000 tokens with random kids: each is refused, two fetches at most, and good tokens are served on.

    In threads, fewer show the same, and take long enough.
    """
    own_server = start_server(kind, own_tenant)
    good = own_tenant.mint_token()
    assert own_server.ask_with(good).code == "OK"
    flood = [own_tenant.mint_token(fault="unknown-kid") for _ in range(count)]
    served, is_over = [], threading.Event()

    def stay():
        while not is_over.wait(0.05):
            served.append(own_server.ask_with(good).code)

    regular = threading.Thread(target=stay)
    regular.start()
    try:
        statuses = asyncio.run(statuses_of(own_server, flood, connections=20))
    finally:
        is_over.set()
        regular.join()

    assert len(statuses) == count
    assert set(statuses) == {401}
    assert set(served) == {"OK"}
    assert fetches(own_tenant) == (1, 2)


def test_R09_a_cold_stampede_of_a_thousand_connections(start_server, own_tenant):
    """1,000 first requests at the same time: all are answered, and the provider is asked twice in all."""
    server = start_server("uvicorn-h11", own_tenant)
    own_tenant.slow_down(1.0)
    tokens = [own_tenant.mint_token() for _ in range(1000)]

    statuses = asyncio.run(statuses_of(server, tokens, connections=1000))

    assert len(statuses) == 1000
    assert set(statuses) == {200}
    assert fetches(own_tenant) == (1, 1)


def test_R09_R13_a_cold_stampede_in_64_threads(start_server, own_tenant):
    """64 threads with a first request each: one of them fetches, the others wait for it."""
    server = start_server("gunicorn-gthread", own_tenant)
    own_tenant.slow_down(0.3)
    tokens = [own_tenant.mint_token() for _ in range(64)]

    statuses = asyncio.run(statuses_of(server, tokens, connections=64))

    assert (len(statuses), set(statuses)) == (64, {200})
    assert fetches(own_tenant) == (1, 1)
