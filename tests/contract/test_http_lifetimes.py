"""Whom connections belong to: one event loop, or one process."""

import asyncio
import gc
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import anyio
import pytest

from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth._adapters.httpx import AsyncHttpx
from azuread_auth._protocol.http import HttpRequest
from tests.conftest import Mode
from tests.contract.conftest import LoopbackServer


def test_R12_event_loops_one_after_the_other(event_loop_mode: Mode, server: LoopbackServer) -> None:
    """R12: an adapter outlives its event loops; each has a connection of its own, closed with the loop."""
    http = event_loop_mode.http()

    async def body() -> bytes:
        return (await http.send(HttpRequest(url=f"{server.url}/port"))).body

    assert len({event_loop_mode.run(body) for _ in range(3)}) == 3


def test_R12_event_loops_in_threads_at_the_same_time(event_loop_mode: Mode, server: LoopbackServer) -> None:
    """R12: several threads, each with an event loop, use one adapter."""
    http = event_loop_mode.http()
    ports: list[bytes] = []
    all_sent = threading.Barrier(4)

    async def body() -> None:
        responses = [await http.send(HttpRequest(url=f"{server.url}/port")) for _ in range(5)]
        ports.append(responses[-1].body)
        await anyio.to_thread.run_sync(all_sent.wait)

    threads = [threading.Thread(target=event_loop_mode.run, args=(body,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ports)) == 4


def test_R12_asyncio_and_trio_share_an_adapter(server: LoopbackServer) -> None:
    """R12: one adapter serves both kinds of event loop."""
    http = AsyncHttpx(AsyncRuntime(), environ={})

    async def body() -> int:
        return (await http.send(HttpRequest(url=f"{server.url}/ok"))).status

    assert [anyio.run(body, backend=backend) for backend in ("asyncio", "trio", "asyncio")] == [200] * 3


def test_R12_two_hundred_event_loops_leave_nothing(event_loop_mode: Mode, server: LoopbackServer) -> None:
    """R12: what belonged to an event loop goes with it."""
    runtime = AsyncRuntime()
    http = AsyncHttpx(runtime, environ={})
    homes: list[weakref.ref[object]] = []

    async def body() -> None:
        homes.append(weakref.ref(runtime.home()))
        await http.send(HttpRequest(url=f"{server.url}/ok"))

    for _ in range(200):
        event_loop_mode.run(body)
    gc.collect()
    assert not http._kept
    assert not [home for home in homes if home() is not None]


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_R12_event_loops_closed_by_hand_are_forgotten(server: LoopbackServer) -> None:
    """R12: a loop that is closed without its generators being ended is dropped when the next one begins.

    The sockets of such a loop cannot be closed in order: asyncio says so by a ResourceWarning.
    """
    http = AsyncHttpx(AsyncRuntime(), environ={})

    async def send() -> int:
        return (await http.send(HttpRequest(url=f"{server.url}/ok"))).status

    for _ in range(3):
        loop = asyncio.new_event_loop()
        assert loop.run_until_complete(send()) == 200
        loop.close()
        del loop
        assert len(http._kept) == 1
    assert asyncio.run(send()) == 200
    assert not http._kept
    gc.collect()


FORK = """
import os, sys
from azuread_auth._adapters.blocking_runtime import BlockingRuntime, run_blocking
from azuread_auth._adapters.httpx import BlockingHttpx
from azuread_auth._protocol.http import HttpRequest

http = BlockingHttpx(BlockingRuntime(), environ={})

def port():
    return run_blocking(http.send(HttpRequest(url=sys.argv[1] + "/port"))).body.decode()

before = port()
reader, writer = os.pipe()
child = os.fork()
if child == 0:
    os.write(writer, port().encode())
    run_blocking(http.aclose())
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
in_child = os.read(reader, 100).decode()
after = port()
run_blocking(http.aclose())
print(before == after, in_child == before)
"""


def test_R14_forked_process_opens_its_own_connections(server: LoopbackServer, tmp_path: Path) -> None:
    """R14: a child uses a socket of its own, and the parent's goes on working after the child has closed and ended."""
    script = tmp_path / "fork.py"
    script.write_text(FORK)
    command = [sys.executable, "-W", "error", str(script), server.url]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.stdout.split(), done.stderr) == (["True", "False"], "")


def test_httpx2_is_not_loaded_before_the_first_request() -> None:
    """Importing the adapters and making them loads no HTTP client, so that importing the package stays quick."""
    program = (
        "import sys\n"
        "from azuread_auth._adapters.blocking_runtime import BlockingRuntime\n"
        "from azuread_auth._adapters.httpx import AsyncHttpx, BlockingHttpx\n"
        "BlockingHttpx(BlockingRuntime())\n"
        "print(sorted({'httpx2', 'ssl', 'asyncio', 'trio'} & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n"


GEVENT = """
from gevent import monkey
monkey.patch_all()
import sys, threading, time
from azuread_auth._adapters.blocking_runtime import BlockingRuntime, run_blocking
from azuread_auth._adapters.httpx import BlockingHttpx
from azuread_auth._core.single_flight import SingleFlight
from azuread_auth._protocol.http import HttpRequest

runtime = BlockingRuntime()
http = BlockingHttpx(runtime, environ={})
flight = SingleFlight(runtime)
statuses = []

async def fetch():
    await runtime.sleep(0.1)
    return (await http.send(HttpRequest(url=sys.argv[1] + "/ok"))).status

async def background():
    statuses.append(await flight.run("keys", fetch))

began = time.monotonic()
runtime.start_background(background, name="refresh")
callers = [threading.Thread(target=lambda: run_blocking(background())) for _ in range(20)]
for caller in callers:
    caller.start()
for caller in callers:
    caller.join()
run_blocking(runtime.aclose())
run_blocking(http.aclose())
print(statuses == [200] * 21, time.monotonic() - began < 1.5)
"""


def test_R15_gevent_workers(server: LoopbackServer, tmp_path: Path) -> None:
    """R15: under gevent, greenlets share one fetch over its sockets, and background work is a greenlet."""
    script = tmp_path / "greenlets.py"
    script.write_text(GEVENT)
    command = [sys.executable, str(script), server.url]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.stdout.split(), done.stderr) == (["True", "True"], "")
    assert server.hits == {"/ok": 1}


EXIT = """
import sys
from azuread_auth._adapters.blocking_runtime import BlockingRuntime, run_blocking
from azuread_auth._adapters.httpx import BlockingHttpx
from azuread_auth._protocol.http import HttpRequest

runtime = BlockingRuntime()
http = BlockingHttpx(runtime, environ={})

async def background():
    await http.send(HttpRequest(url=sys.argv[1] + "/silence", timeout_seconds=60))

runtime.start_background(background, name="refresh")
sys.stdin.read()
"""


def test_R24_interpreter_ends_with_a_refresh_under_way(server: LoopbackServer, tmp_path: Path) -> None:
    """R24: a refresh that hangs does not keep a program from ending, and says nothing when it is cut off."""
    script = tmp_path / "exit.py"
    script.write_text(EXIT)
    command = [sys.executable, "-W", "error", str(script), server.url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as program:
        deadline = time.monotonic() + 30
        while not server.hits and time.monotonic() < deadline:
            time.sleep(0.02)
        ended = program.communicate(timeout=30)  # closes what it reads from, and so lets it end
    assert (program.returncode, *ended) == (0, "", "")
    assert server.hits == {"/silence": 1}
