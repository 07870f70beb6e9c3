"""Processes that share one Redis ask for one token once."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from azuread_auth.simulation import SimulatedTenant
from tests.integration.conftest import APPS
from tests.integration.outbound import KEY, ORDERS_DEFAULT
from tests.redis_server import RedisServer

LEASE_SECONDS = 5.0
SLACK_SECONDS = 2.0
WORKERS = 4


class Worker:
    """One process with a client."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(APPS / "outbound_worker.py")],
            env={**{name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}, **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, scope: str = ORDERS_DEFAULT) -> None:
        """Have it ask; it goes on by itself."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{scope}\n")
        self.process.stdin.flush()

    def line(self) -> str:
        """What it says next."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def answer(self) -> dict[str, Any]:
        """Which token it got, and after how many seconds."""
        answer: dict[str, Any] = json.loads(self.line())
        return answer

    def signal(self, number: int) -> None:
        """Stop it, let it go on, or end it without warning."""
        os.kill(self.process.pid, number)

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.communicate()


StartWorker = Callable[[], Worker]


@pytest.fixture
def start_worker(own_tenant: SimulatedTenant, redis_server: RedisServer) -> Iterator[StartWorker]:
    """Starts processes that share one Redis."""
    environ = own_tenant.environ() | {
        "AZURE_AD_REDIS_URL": redis_server.url,
        "AZURE_AD_ENCRYPTION_KEYS": base64.b64encode(KEY).decode(),
    }
    made: list[Worker] = []

    def start() -> Worker:
        made.append(Worker(environ))
        return made[-1]

    yield start
    for worker in made:
        worker.close()


@pytest.fixture
def workers(start_worker: StartWorker) -> list[Worker]:
    """Four of them, ready."""
    made = [start_worker() for _ in range(WORKERS)]
    assert [worker.line() for worker in made] == ["ready\n"] * WORKERS
    return made


def ask_all(workers: list[Worker]) -> list[dict[str, Any]]:
    """Have all ask at the same moment; their answers."""
    for worker in workers:
        worker.ask()
    return [worker.answer() for worker in workers]


def wait_for_requests(tenant: SimulatedTenant, count: int) -> None:
    """Until the tenant has been asked so often."""
    deadline = time.monotonic() + 20
    while tenant.request_count("token") < count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert tenant.request_count("token") == count


@pytest.mark.slow
def test_R16_one_request_for_all_processes(own_tenant: SimulatedTenant, workers: list[Worker]) -> None:
    """R16: four processes ask at once, and once; so too when the token is due, while the old one serves."""
    assert own_tenant.request_count("token") == 1
    own_tenant.behaviour.refresh_in_seconds = 3
    own_tenant.slow_down(0.5, "token")

    answers = ask_all(workers)
    assert own_tenant.request_count("token") == 2
    assert len({answer["token"] for answer in answers}) == 1

    own_tenant.behaviour.refresh_in_seconds = None  # the next one is not due again while a slow machine asks for it
    time.sleep(3.5)
    again = ask_all(workers)
    assert {answer["token"] for answer in again} == {answers[0]["token"]}
    assert max(answer["seconds"] for answer in again) < 2.0
    wait_for_requests(own_tenant, 3)
    time.sleep(1.0)
    renewed = ask_all(workers)
    assert own_tenant.request_count("token") == 3
    assert len({answer["token"] for answer in renewed}) == 1
    assert renewed[0]["token"] != answers[0]["token"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
def test_R16_holder_of_the_lease_is_gone(
    own_tenant: SimulatedTenant, workers: list[Worker], start_worker: StartWorker, number: int
) -> None:
    """R16: the others wait as long as its lease lasts at the most, then ask; what comes too late is not kept."""
    first, *others = workers
    own_tenant.slow_down(1.0, "token")
    before = own_tenant.request_count("token")
    first.ask()
    wait_for_requests(own_tenant, before + 1)
    first.signal(number)
    own_tenant.slow_down(0, "token")

    answers = ask_all(others)
    assert max(answer["seconds"] for answer in answers) < LEASE_SECONDS + SLACK_SECONDS
    assert own_tenant.request_count("token") == before + 2
    assert len({answer["token"] for answer in answers}) == 1
    if number == signal.SIGSTOP:
        first.signal(signal.SIGCONT)
        late = first.answer()["token"]
        newcomer = start_worker()
        newcomer.line()
        newcomer.ask()
        kept = newcomer.answer()["token"]
        assert kept in {answer["token"] for answer in answers} - {late}
