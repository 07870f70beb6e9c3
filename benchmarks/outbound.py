"""Tokens for the next API: what a cached one costs, how often the provider is asked, and how far memory grows."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from measure import Series, interleave, median_ratio
from outbound_peers import azure_identity, msal_application
from table import Row, bytes_text, seconds_text
from tokens import Tokens

from azuread_auth import AsyncAzureAdClient, AzureAdClient, Principal
from azuread_auth.simulation import SimulatedTenant

__all__ = ["GROUP", "measure"]

GROUP = "outbound"
_SCOPE = "https://graph.microsoft.com/.default"
_MANY = 10_000
_PEER_MANY = 1_000
"""Entries that the others are filled with: each of theirs takes longer to add the more there are."""
_CALLERS = 100
_THREADS = 64
_TRIAL = Path(__file__).with_name("outbound_trial.py")


def measure(_tokens: Tokens, *, is_quick: bool) -> list[Row]:
    """The rows of hits, of requests for many callers at once, and of growth."""
    rounds, users = (9, 2_000) if is_quick else (31, _MANY)
    with asyncio.Runner() as runner:
        return [
            *_hits(runner, rounds),
            _on_behalf_of(runner, rounds, users),
            _callers(runner),
            _threads(),
            _growth(20_000 if is_quick else 100_000),
        ]


def _hits(runner: asyncio.Runner, rounds: int) -> list[Row]:
    tenant = SimulatedTenant()
    few, many = AzureAdClient(tenant.settings()), AzureAdClient(tenant.settings())
    waiting_few, waiting_many = (AsyncAzureAdClient(tenant.settings()) for _ in range(2))
    application, crowded = msal_application(tenant), msal_application(tenant)
    credential, crowded_credential = azure_identity(tenant), azure_identity(tenant)
    for number in range(_MANY):
        many.acquire_token_for_app(f"api://app-{number}/.default")
        runner.run(waiting_many.acquire_token_for_app(f"api://app-{number}/.default"))
    for number in range(_PEER_MANY):
        crowded.acquire_token_for_client([f"api://app-{number}/.default"])
        runner.run(crowded_credential.get_token(f"api://app-{number}/.default"))
    found = interleave(
        {
            "blocking": _timed(lambda: few.acquire_token_for_app(_SCOPE), 5_000),
            "blocking many": _timed(lambda: many.acquire_token_for_app(_SCOPE), 5_000),
            "async": _awaited(runner, lambda: waiting_few.acquire_token_for_app(_SCOPE), 5_000),
            "async many": _awaited(runner, lambda: waiting_many.acquire_token_for_app(_SCOPE), 5_000),
            "MSAL": _timed(lambda: application.acquire_token_for_client([_SCOPE]), 500),
            "MSAL many": _timed(lambda: crowded.acquire_token_for_client([_SCOPE]), 500),
            "azure-identity aio": _awaited(runner, lambda: credential.get_token(_SCOPE), 200),
            "azure-identity aio many": _awaited(runner, lambda: crowded_credential.get_token(_SCOPE), 20),
        },
        rounds=rounds,
    )
    return [row for kind in ("blocking", "async") for row in _hit_rows(found, kind)]


def _hit_rows(found: dict[str, Series], kind: str) -> list[Row]:
    peer = "MSAL" if kind == "blocking" else "azure-identity aio"
    one, many = found[kind], found[f"{kind} many"]
    return [
        Row(
            group=GROUP,
            what=f"app token that is cached, {kind} client",
            ours=seconds_text(one.median),
            reference=f"{peer} {seconds_text(found[peer].median)}",
            ratio=one.median * 1e6,
            direction="≤",
            target=1.5,
            unit="µs",
        ),
        Row(
            group=GROUP,
            what=f"the same beside {_MANY:,} others",
            ours=seconds_text(many.median),
            reference=f"alone {seconds_text(one.median)}",
            ratio=median_ratio(many, one),
            direction="≤",
            target=1.2,
            others={f"{peer} beside {_PEER_MANY:,}": seconds_text(found[f"{peer} many"].median)},
        ),
    ]


def _on_behalf_of(runner: asyncio.Runner, rounds: int, users: int) -> Row:
    tenant = SimulatedTenant()
    azure = AsyncAzureAdClient(tenant.settings())
    principals = [tenant.principal(claims={"groups": [f"{number:036d}"] * 24}) for number in range(users)]
    assertion = principals[0].token
    assert assertion is not None

    async def one_each(these: list[Principal]) -> float:
        started_at = time.process_time()
        for principal in these:
            await azure.acquire_token_on_behalf_of(principal, "User.Read")
        return (time.process_time() - started_at) / len(these)

    runner.run(one_each(principals))
    application = msal_application(tenant)
    found = interleave(
        {
            "ours": lambda: runner.run(one_each(principals)),
            "MSAL": _timed(lambda: application.acquire_token_on_behalf_of(assertion.reveal(), ["User.Read"]), 20),
        },
        rounds=rounds,
    )
    return Row(
        group=GROUP,
        what=f"on-behalf-of token that is cached, {users:,} users in turn, tokens of {len(assertion.reveal()):,} bytes",
        ours=seconds_text(found["ours"].median),
        reference=f"MSAL, which keeps none, without network {seconds_text(found['MSAL'].median)}",
        ratio=found["ours"].median * 1e6,
        direction="≤",
        target=4.0,
        unit="µs",
    )


def _callers(runner: asyncio.Runner) -> Row:
    ours, theirs = SimulatedTenant(), SimulatedTenant()

    async def all_at_once(call: Callable[[], Awaitable[object]]) -> None:
        await asyncio.gather(*(call() for _ in range(_CALLERS)))

    azure, credential = AsyncAzureAdClient(ours.settings()), azure_identity(theirs)
    runner.run(all_at_once(lambda: azure.acquire_token_for_app(_SCOPE)))
    runner.run(all_at_once(lambda: credential.get_token(_SCOPE)))
    return _requests_row(f"token requests for {_CALLERS} concurrent callers, async", ours, "azure-identity aio", theirs)


def _threads() -> Row:
    ours, theirs = SimulatedTenant(), SimulatedTenant()
    azure, application = AzureAdClient(ours.settings()), msal_application(theirs)
    _in_threads(lambda: azure.acquire_token_for_app(_SCOPE))
    _in_threads(lambda: application.acquire_token_for_client([_SCOPE]))
    return _requests_row(f"token requests for {_THREADS} threads at once", ours, "MSAL", theirs)


def _in_threads(call: Callable[[], object]) -> None:
    barrier = threading.Barrier(_THREADS)

    def run() -> None:
        barrier.wait()
        call()

    threads = [threading.Thread(target=run) for _ in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _requests_row(what: str, ours: SimulatedTenant, peer: str, theirs: SimulatedTenant) -> Row:
    count = ours.request_count("token")
    return Row(
        group=GROUP,
        what=what,
        ours=str(count),
        reference=f"{peer} {theirs.request_count('token')} requests",
        ratio=count,
        direction="≤",
        target=1,
        unit="requests",
    )


def _growth(users: int) -> Row:
    command = [sys.executable, str(_TRIAL), str(users)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    growth = json.loads(run.stdout)["growth"]
    return Row(
        group=GROUP,
        what=f"growth of the process under {users:,} users on whose behalf a token was got",
        ours=bytes_text(max(growth, 0)),
        reference="",
        ratio=max(growth, 0) / 1e6,
        unit="MB",
    )


def _timed(call: Callable[[], object], count: int) -> Callable[[], float]:
    def one_round() -> float:
        started_at = time.process_time()
        for _ in range(count):
            call()
        return (time.process_time() - started_at) / count

    return one_round


def _awaited(runner: asyncio.Runner, call: Callable[[], Awaitable[object]], count: int) -> Callable[[], float]:
    async def one_round() -> float:
        started_at = time.process_time()
        for _ in range(count):
            await call()
        return (time.process_time() - started_at) / count

    return lambda: runner.run(one_round())
