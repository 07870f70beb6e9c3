"""Browser sign-in: what a session costs a request, what the callback costs, and what unfinished sign-ins leave."""

import asyncio
import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from apps import starlette_app
from measure import Series, interleave, median_ratio
from session_apps import (
    CLAIMS_PAGE,
    PAGE,
    asgi_putter,
    flask_page,
    flask_with_login,
    flask_with_sessions,
    new_tenant,
    starlette_with_login,
    starlette_with_sessions,
    wsgi_putter,
)
from session_browser import Asked, Browser, Put
from session_callbacks import measure_callbacks
from table import Row, bytes_text, seconds_text, times
from tokens import Tokens

from azuread_auth import MemoryStore, Principal

__all__ = ["GROUP", "measure"]

GROUP = "sessions"
_TRIAL = Path(__file__).with_name("session_trial.py")
_UNFINISHED = 10_000
_SESSION = {
    "sealed": "session that was seen before, in a sealed cookie",
    "new": "session that is new to the process, in a sealed cookie",
    "stored": "session in a `MemoryStore`",
}


def measure(_tokens: Tokens, *, is_quick: bool) -> list[Row]:
    """The rows of requests with a session, of the callback, and of growth."""
    count, rounds = (200, 15) if is_quick else (400, 60)
    with asyncio.Runner() as runner:
        return [
            *_reads(runner, count, rounds),
            measure_callbacks(GROUP, runner, rounds=rounds),
            *(_growth(kind) for kind in ("asgi", "wsgi")),
        ]


def _reads(runner: asyncio.Runner, count: int, rounds: int) -> list[Row]:
    tenant = new_tenant()
    settings, users = tenant.settings(), list[Principal]()
    sealed = asgi_putter(runner, starlette_with_login(settings, on_login=users.append))
    stored = asgi_putter(runner, starlette_with_login(settings, session_store=MemoryStore()))
    flask = wsgi_putter(flask_with_login(settings))
    contestants = {}
    for name, put in (("sealed Starlette", sealed), ("stored Starlette", stored), ("sealed Flask", flask)):
        browser = Browser(put)
        browser.sign_in(tenant)
        contestants[name] = _round(put, [Asked(PAGE, browser.cookies)] * count)
        if name.startswith("sealed"):
            contestants[name.replace("sealed", "new")] = _new_round(put, browser.cookies, count)
        if name == "sealed Starlette":
            contestants["claims"] = _round(put, [Asked(CLAIMS_PAGE, browser.cookies)] * count)
    kept = dict(users[0].claims)
    for framework, bare, own in (
        ("Starlette", asgi_putter(runner, starlette_app()), asgi_putter(runner, starlette_with_sessions(kept))),
        ("Flask", wsgi_putter(flask_page()), wsgi_putter(flask_with_sessions(kept))),
    ):
        browser = Browser(own)
        browser.get("/begin")
        contestants[f"own {framework}"] = _round(own, [Asked(PAGE, browser.cookies)] * count)
        contestants[f"bare {framework}"] = _round(bare, [Asked(PAGE, browser.cookies)] * count)
    found = interleave(contestants, rounds=rounds)
    return [
        _read_row(found, "sealed", "Starlette", target=2.8),
        _read_row(found, "new", "Starlette"),
        _read_row(found, "stored", "Starlette"),
        _read_row(found, "sealed", "Flask"),
        _read_row(found, "new", "Flask"),
    ]


def _round(put: Put, requests: list[Asked]) -> Callable[[], float]:
    def one_round() -> float:
        replies, seconds = put(requests)
        statuses = {reply.status for reply in replies}
        if statuses != {200}:
            message = f"the application answered {sorted(statuses)}; expected 200 alone"
            raise RuntimeError(message)
        return seconds / len(requests)

    return one_round


def _new_round(put: Put, cookies: str, count: int) -> Callable[[], float]:
    """What was opened is remembered by all cookies of a request: another one beside makes it new."""
    visits = itertools.count()

    def one_round() -> float:
        return _round(put, [Asked(PAGE, f"{cookies}; visit={next(visits)}") for _ in range(count)])()

    return one_round


def _read_row(found: dict[str, Series], kind: str, framework: str, *, target: float | None = None) -> Row:
    ours, bare = found[f"{kind} {framework}"], found[f"bare {framework}"]
    others = {"with the claims read": times(median_ratio(found["claims"], bare))} if target is not None else {}
    peer = "Starlette's `SessionMiddleware`" if framework == "Starlette" else "Flask's own sessions"
    return Row(
        group=GROUP,
        what=f"{_SESSION[kind]}, {framework} in process",
        ours=seconds_text(ours.median),
        reference=f"bare {framework} {seconds_text(bare.median)}",
        ratio=median_ratio(ours, bare),
        direction="≤",
        target=target,
        others=others | {peer: times(median_ratio(found[f"own {framework}"], bare))},
    )


def _growth(kind: str) -> Row:
    command = [sys.executable, str(_TRIAL), kind, str(_UNFINISHED)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    growth = max(json.loads(run.stdout)["growth"], 0)
    return Row(
        group=GROUP,
        what=f"growth of the process under {_UNFINISHED:,} sign-ins that nobody finishes, {kind.upper()}",
        ours=bytes_text(growth),
        reference="",
        ratio=growth / 1e6,
        direction="≤",
        target=1.0,
        unit="MB",
    )
