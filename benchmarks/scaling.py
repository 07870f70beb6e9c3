"""How the work for one call grows with what there is: tenants that tokens come from, and threads that ask."""

import threading
import time
import uuid
from collections.abc import Callable, Sequence

from measure import Series, interleave, median_ratio
from outbound_peers import msal_application
from peers import pyjwt_claims
from table import Row, seconds_text, times
from tokens import SCOPE, Tokens

from azuread_auth import ANY_TENANT, AzureAdClient
from azuread_auth.simulation import SimulatedTenant

__all__ = ["GROUP", "measure"]

GROUP = "scaling"
_TENANTS = 500
_THREADS = 16
_BESIDE_SECONDS = 0.1
"""Many turns of threads."""
_GRAPH = "https://graph.microsoft.com/.default"
Call = Callable[[], object]


def measure(tokens: Tokens, *, is_quick: bool) -> list[Row]:
    """The rows of many tenants and of many threads, against one."""
    tenants, rounds = (50, 7) if is_quick else (_TENANTS, 31)
    return [*_tenant_rows(tenants, rounds), *_thread_rows(tokens, rounds)]


def _tenant_rows(count: int, rounds: int) -> list[Row]:
    found = interleave({**_inbound(count), **_outbound(count)}, rounds=rounds)
    return [
        _row(f"validate a repeat token, of {count} tenants in turn", found, ("inbound many", "inbound one"), "of one"),
        _row(f"validate a new token, each of another of {count} tenants", found, ("new many", "new one"), "of one"),
        _row(
            f"app token that is cached, for {count} tenants in turn",
            found,
            ("outbound many", "outbound one"),
            "for one",
        ),
    ]


def _inbound(count: int) -> dict[str, Callable[[], float]]:
    """An application of several tenants: its keys are those of all, and each token names its own issuer."""
    tenant = SimulatedTenant()
    settings = tenant.settings(tenant_id="organizations", tenants=ANY_TENANT)

    def minted(guid: str, number: int) -> str:
        issuer = f"{tenant.authority_host}/{guid}/v2.0"
        return tenant.mint_token(scopes=[SCOPE], claims={"tid": guid, "iss": issuer, "uti": f"{number:022d}"})

    one = str(uuid.uuid4())
    of_one = [minted(one, number) for number in range(count)]
    of_many = [minted(str(uuid.uuid4()), number) for number in range(count)]
    warm = AzureAdClient(settings)
    for token in (*of_one, *of_many):
        warm.validate_token(token)

    def new_round(texts: Sequence[str]) -> Callable[[], float]:
        def one_round() -> float:
            fresh = AzureAdClient(settings)
            fresh.validate_token(texts[0])
            return _seconds([lambda text=text: fresh.validate_token(text) for text in texts[1:]])  # type: ignore[misc]

        return one_round

    return {
        "inbound one": _round([lambda text=text: warm.validate_token(text) for text in of_one]),  # type: ignore[misc]
        "inbound many": _round([lambda text=text: warm.validate_token(text) for text in of_many]),  # type: ignore[misc]
        "new one": new_round(of_one),
        "new many": new_round(of_many),
    }


def _outbound(count: int) -> dict[str, Callable[[], float]]:
    client = AzureAdClient(SimulatedTenant().settings())
    guids = [str(uuid.uuid4()) for _ in range(count)]
    calls: list[Call] = [lambda guid=guid: client.acquire_token_for_app(_GRAPH, tenant_id=guid) for guid in guids]  # type: ignore[misc]
    _seconds(calls)
    return {"outbound one": _round(calls[:1] * count), "outbound many": _round(calls)}


def _thread_rows(tokens: Tokens, rounds: int) -> list[Row]:
    client, tenant = AzureAdClient(tokens.tenant.settings()), SimulatedTenant()
    azure, application = AzureAdClient(tenant.settings()), msal_application(tenant)
    text, check = tokens.distinct(1)[0], pyjwt_claims(tokens.trust)
    calls: dict[str, tuple[Call, int]] = {
        "inbound": (lambda: client.validate_token(text), 4_000),
        "PyJWT": (lambda: check(text), 160),
        "outbound": (lambda: azure.acquire_token_for_app(_GRAPH), 8_000),
        "MSAL": (lambda: application.acquire_token_for_client([_GRAPH]), 800),
    }
    contestants = {}
    for name, (call, count) in calls.items():
        contestants[f"{name} one"] = _threads_round(call, 1, count)
        contestants[f"{name} many"] = _threads_round(call, _THREADS, count)
        contestants[f"{name} beside"] = _beside_round(call, count // 100 or 1)
    found = interleave(contestants, rounds=rounds)
    return [
        _row(
            f"{what}, {case}",
            found,
            (f"{ours} {key}", f"{ours} one"),
            "one thread",
            others={peer: times(median_ratio(found[f"{peer} {key}"], found[f"{peer} one"]))},
        )
        for key, case in (("many", f"{_THREADS} threads at once"), ("beside", "beside a thread that computes"))
        for what, ours, peer in (
            ("validate a repeat token", "inbound", "PyJWT"),
            ("app token that is cached", "outbound", "MSAL"),
        )
    ]


def _threads_round(call: Call, threads: int, count: int) -> Callable[[], float]:
    """Seconds per call when so many threads share the calls. Python runs one of them at a time."""

    def run(barrier: threading.Barrier) -> None:
        barrier.wait()
        for _ in range(count // threads):
            call()

    def one_round() -> float:
        barrier = threading.Barrier(threads + 1)
        running = [threading.Thread(target=run, args=(barrier,)) for _ in range(threads)]
        for thread in running:
            thread.start()
        barrier.wait()
        started_at = time.perf_counter()
        for thread in running:
            thread.join()
        return (time.perf_counter() - started_at) / count

    return one_round


def _beside_round(call: Call, batch: int) -> Callable[[], float]:
    """Seconds per call while another thread computes: with fair turns of 5 ms each takes twice as long as alone.

    Who gives the interpreter away within a call waits such a turn for it, each time.
    """

    def one_round() -> float:
        is_over = threading.Event()

        def compute() -> None:
            while not is_over.is_set():
                sum(range(1000))

        other = threading.Thread(target=compute)
        other.start()
        started_at, calls, seconds = time.perf_counter(), 0, 0.0
        while seconds < _BESIDE_SECONDS:
            for _ in range(batch):
                call()
            calls += batch
            seconds = time.perf_counter() - started_at
        is_over.set()
        other.join()
        return seconds / calls

    return one_round


def _round(calls: Sequence[Call]) -> Callable[[], float]:
    return lambda: _seconds(calls)


def _seconds(calls: Sequence[Call]) -> float:
    """Seconds per call."""
    started_at = time.process_time()
    for call in calls:
        call()
    return (time.process_time() - started_at) / len(calls)


def _row(
    what: str, found: dict[str, Series], names: tuple[str, str], reference: str, others: dict[str, str] | None = None
) -> Row:
    many, one = (found[name] for name in names)
    return Row(
        group=GROUP,
        what=what,
        ours=seconds_text(many.median),
        reference=f"{reference} {seconds_text(one.median)}",
        ratio=median_ratio(many, one),
        others=others or {},
    )
