"""Requests through an ASGI application in this process: no server, no sockets."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated

from apps import DOCUMENT, Asgi, asgi_round, fastapi_app, starlette_app
from fastapi import Depends, FastAPI
from floors import LookUpMiddleware, VerifyMiddleware
from measure import Series, interleave, median_ratio
from older_pyjwt import VERSION, older_pyjwt_rounds
from peer_rounds import asgi_rounds
from starlette.applications import Starlette
from table import TIMES, Row, seconds_text, times
from tokens import Tokens

from azuread_auth import Principal
from azuread_auth.asgi import AzureAdAuth
from azuread_auth.fastapi import require_scope

__all__ = ["GROUP", "measure"]

GROUP = "asgi"
_FLOOR = {"repeat": "SHA-256 + dict + exp", "new": "verify + strict base64 + JSON"}
_SLOW = 40
"""Requests in a round of those that take long."""


def measure(tokens: Tokens, *, is_quick: bool) -> list[Row]:
    """The rows of repeat and new tokens against the bare applications."""
    count, rounds = (200, 15) if is_quick else (400, 60)
    repeat = tokens.distinct(1) * count
    with asyncio.Runner() as runner, older_pyjwt_rounds(tokens.trust, repeat[:_SLOW]) as older:
        contestants = {
            f"bare {name}": _rounds(runner, app, repeat)
            for name, app in (("Starlette", starlette_app()), ("FastAPI", fastapi_app()))
        }
        for name, make in (("Starlette", starlette_app), ("FastAPI", fastapi_app), ("require_scope", _scoped_app)):
            contestants[f"repeat {name}"] = _rounds(runner, _protected(make, tokens), repeat)
            contestants[f"new {name}"] = _new_rounds(runner, make, tokens, count // 2)
        contestants |= _floor_rounds(runner, tokens, repeat)
        peers = asgi_rounds(tokens.trust, repeat[:_SLOW], runner)
        contestants |= {f"now {name}": peers[name] for name in ("PyJWT", "fastapi-azure-auth")}
        contestants |= {f"older {name}": older[name] for name in older if name != "check"}
        found = interleave(contestants, rounds=rounds)
    return _rows(found)


def _floor_rounds(runner: asyncio.Runner, tokens: Tokens, repeat: Sequence[str]) -> dict[str, Callable[[], float]]:
    looking_up, verifying = starlette_app(), starlette_app()
    looking_up.add_middleware(LookUpMiddleware)
    verifying.add_middleware(VerifyMiddleware, trust=tokens.trust)
    new = tokens.distinct(len(repeat) // 2 + 1)[1:]
    return {"floor repeat": _rounds(runner, looking_up, repeat), "floor new": _rounds(runner, verifying, new)}


def _scoped_app() -> FastAPI:
    """The route as an application protects it by a scope: what fastapi-azure-auth does in one."""
    app = FastAPI()

    @app.get("/reports/1")
    async def report(_user: Annotated[Principal, Depends(require_scope("Files.Read"))]) -> dict[str, object]:
        return dict(DOCUMENT)

    return app


def _protected(make: Callable[[], Starlette], tokens: Tokens) -> Asgi:
    app = make()
    app.add_middleware(AzureAdAuth, settings=tokens.tenant.settings())
    return app


def _rounds(runner: asyncio.Runner, app: Asgi, tokens: Sequence[str]) -> Callable[[], float]:
    return lambda: runner.run(asgi_round(app, tokens))


def _new_rounds(
    runner: asyncio.Runner, make: Callable[[], Starlette], tokens: Tokens, count: int
) -> Callable[[], float]:
    first, *others = tokens.distinct(count + 1)

    def one_round() -> float:
        app = _protected(make, tokens)  # a fresh one has seen none of the tokens
        runner.run(asgi_round(app, [first]))  # and fetches the keys with this one
        return runner.run(asgi_round(app, others))

    return one_round


def _rows(found: dict[str, Series]) -> list[Row]:
    return [
        _against_bare(found, "repeat", "Starlette", target=1.40),
        _against_bare(found, "repeat", "FastAPI", target=1.15),
        _against_bare(found, "new", "Starlette"),
        _against_bare(found, "new", "FastAPI"),
        *_added(found),
    ]


def _against_bare(found: dict[str, Series], kind: str, framework: str, *, target: float | None = None) -> Row:
    ours, bare = found[f"{kind} {framework}"], found[f"bare {framework}"]
    peer = "PyJWT" if framework == "Starlette" else "fastapi-azure-auth"
    others = {peer: times(median_ratio(found[f"now {peer}"], bare))}
    if framework == "Starlette":
        others = {f"a middleware of only {_FLOOR[kind]}": times(median_ratio(found[f"floor {kind}"], bare))} | others
    if f"older {peer}" in found:
        name = f"PyJWT {VERSION}" if peer == "PyJWT" else f"{peer} on PyJWT {VERSION}"
        others[name] = times(median_ratio(found[f"older {peer}"], found[f"older {framework}"]))
    return Row(
        group=GROUP,
        what=f"{kind} token, {framework} in process",
        ours=seconds_text(ours.median),
        reference=f"bare {framework} {seconds_text(bare.median)}",
        ratio=median_ratio(ours, bare),
        direction="≤",
        target=target,
        others=others,
    )


def _added(found: dict[str, Series]) -> list[Row]:
    """What is added to a bare FastAPI route: by the middleware, and by a scope required of the route as well."""
    now = _difference(found["now fastapi-azure-auth"], found["bare FastAPI"])
    reference, name = now, "fastapi-azure-auth"
    is_older_there = "older FastAPI" in found
    if is_older_there:
        reference = _difference(found["older fastapi-azure-auth"], found["older FastAPI"])
        name = f"fastapi-azure-auth on PyJWT {VERSION}"
    rows = []
    for kind, target in (("repeat", 20.0), ("new", 2.5)):
        ours, scoped = (
            _difference(found[f"{kind} {what}"], found["bare FastAPI"]) for what in ("FastAPI", "require_scope")
        )
        rows.append(
            Row(
                group=GROUP,
                what=f"added to a FastAPI request, {kind} token",
                ours=seconds_text(ours.median),
                reference=f"{name} {seconds_text(reference.median)}",
                ratio=median_ratio(reference, ours),
                direction="≥",
                target=target if is_older_there else None,
                unit=f"{TIMES} less",
                others={
                    "with `require_scope`": seconds_text(scoped.median),
                    "fastapi-azure-auth on the current PyJWT": seconds_text(now.median),
                },
            )
        )
    return rows


def _difference(one: Series, other: Series) -> Series:
    return Series(tuple(a - b for a, b in zip(one.rounds, other.rounds, strict=True)))
