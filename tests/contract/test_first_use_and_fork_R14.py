"""A fork while another thread loads what the first request needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.conftest import LoopbackServer

PROGRAM = """
import os, signal, sys, threading, time
import asyncio
from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth._adapters.blocking_runtime import BlockingRuntime, run_blocking
from azuread_auth._adapters.httpx import AsyncHttpx, BlockingHttpx
from azuread_auth._protocol.http import HttpRequest

url, kind, slow_module = sys.argv[1:]
is_loading = threading.Event()

class SlowDisk:
    def find_spec(self, name, path=None, target=None):
        if name == slow_module and not is_loading.is_set():
            is_loading.set()
            time.sleep(0.3)

sys.meta_path.insert(0, SlowDisk())
http = BlockingHttpx(BlockingRuntime(), environ={}) if kind == "threads" else AsyncHttpx(AsyncRuntime(), environ={})
run = run_blocking if kind == "threads" else asyncio.run

def status():
    return run(http.send(HttpRequest(url=url + "/ok"))).status

thread = threading.Thread(target=status)
thread.start()
assert is_loading.wait(10)
child = os.fork()
if child == 0:
    signal.alarm(10)
    os._exit(0 if status() == 200 else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
thread.join()
if kind == "threads":
    run_blocking(http.aclose())
"""


@pytest.mark.parametrize(
    ("kind", "module"),
    [
        *((kind, module) for kind in ("threads", "asyncio") for module in ("httpx2", "httpcore2", "truststore")),
        ("asyncio", "anyio._backends._asyncio"),
    ],
)
def test_R14_fork_while_the_first_request_loads(server: LoopbackServer, tmp_path: Path, kind: str, module: str) -> None:
    """R14: a child that is forked in the middle of a late import does not wait for a thread that it does not have."""
    script = tmp_path / "fork.py"
    script.write_text(PROGRAM)
    # From 3.12 on Python warns of every fork with threads; this is one.
    command = [sys.executable, "-W", "ignore::DeprecationWarning", str(script), server.url, kind, module]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("0\n", "")
