"""What goes wrong, and when: one thing after the other, with time to heal between them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from azuread_auth.simulation import SimulatedTenant
from benchmarks.soak.server import Server
from benchmarks.soak.traffic import Traffic
from benchmarks.soak.world import World
from tests.redis_server import RedisServer

__all__ = ["FULL_MINUTES", "Faults", "Window", "schedule"]

FULL_MINUTES = 10.0
_COOL_DOWN_SECONDS = 320.0
"""Between two changes of keys: a process looks for keys that it does not know once in five minutes."""
_SKEW_SECONDS = 45.0
_HANG_SECONDS = 3600.0
_START_SECONDS = 6.0
"""What a worker may take to start on a busy machine."""
_ENDPOINTS = ("token", "discovery", "keys")


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the run, in seconds since its beginning."""

    name: str
    starts_at: float
    ends_at: float
    work: Callable[[float], Awaitable[None]]
    """Makes the trouble, ends it after so many seconds."""


class Faults:
    """Each method lasts for so many seconds, and puts right what it did wrong."""

    def __init__(
        self, tenant: SimulatedTenant, redis: RedisServer, server: Server, world: World, traffic: Traffic
    ) -> None:
        self._tenant = tenant
        self._redis = redis
        self._server = server
        self._world = world
        self._traffic = traffic

    async def calm(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def planned_roll(self, seconds: float) -> None:
        """A key is published, and used a while later; tokens of the old one stay good."""
        self._tenant.publish_key()
        await asyncio.sleep(seconds / 3)
        self._tenant.rotate_keys()
        self._world.change_key(keeps_old=True)
        await asyncio.sleep(seconds * 2 / 3)

    async def emergency_roll(self, seconds: float) -> None:
        """The key is taken away at once, and all tokens with it."""
        self._tenant.rotate_keys(keep_old=False)
        self._world.change_key(keeps_old=False)
        self._traffic.renew_tokens()
        await asyncio.sleep(seconds)

    async def hangs(self, seconds: float) -> None:
        with self._provider_trouble():
            self._tenant.slow_down(_HANG_SECONDS)
            await asyncio.sleep(seconds)

    async def throttles(self, seconds: float) -> None:
        with self._provider_trouble():
            for kind in _ENDPOINTS:
                self._tenant.fail(kind, status=429, retry_after=3)
            await asyncio.sleep(seconds)

    async def fails(self, seconds: float) -> None:
        with self._provider_trouble():
            for kind in _ENDPOINTS:
                self._tenant.fail(kind, status=503)
            await asyncio.sleep(seconds)

    async def babbles(self, seconds: float) -> None:
        """Garbage: a page, a document that is cut, and bytes that are nothing."""
        garbage = [b"<!doctype html><p>Welcome", b'{"access_token": "eyJ', bytes(range(256))]
        with self._provider_trouble():
            for body in garbage:
                for kind in _ENDPOINTS:
                    self._tenant.fail(kind, status=200, body=body)
                await asyncio.sleep(seconds / len(garbage))

    async def hangs_up_on_new_workers(self, seconds: float) -> None:
        """Connections are refused, and a worker has just been started that has no keys."""
        with self._provider_trouble():
            self._tenant.go_down()
            await self._kill(seconds / 4)
            await asyncio.sleep(seconds * 3 / 4)

    async def hangs_with_new_workers(self, seconds: float) -> None:
        with self._provider_trouble():
            self._tenant.slow_down(_HANG_SECONDS)
            await self._kill(seconds / 4)
            await asyncio.sleep(seconds * 3 / 4)

    async def workers_die(self, seconds: float) -> None:
        """Each of the workers, one after the other; in a short run as many as leave some to serve."""
        count = max(1, min(len(self._server.workers()), int(seconds / _START_SECONDS)))
        for _ in range(count):
            await self._kill(seconds / count)

    async def redis_dies(self, seconds: float) -> None:
        """It is killed, and comes back empty."""
        span = self._world.begin("redis")
        self._world.losses.append(time.monotonic())
        self._redis.kill()
        await asyncio.sleep(seconds)
        self._world.losses.append(time.monotonic())
        await asyncio.to_thread(self._redis.start)
        self._world.end(span)

    async def redis_freezes(self, seconds: float) -> None:
        """Connections are taken, and nothing is said."""
        span = self._world.begin("redis")
        self._redis.pause()
        await asyncio.sleep(seconds)
        self._redis.resume()
        self._world.end(span)

    async def clock_ahead(self, seconds: float) -> None:
        """The provider's: what it issues is of the future."""
        await self._skewed(_SKEW_SECONDS, seconds)

    async def clock_behind(self, seconds: float) -> None:
        await self._skewed(-_SKEW_SECONDS, seconds)

    async def _skewed(self, by: float, seconds: float) -> None:
        self._tenant.advance(by)
        await asyncio.sleep(seconds)
        self._tenant.clock.reset()

    async def _kill(self, seconds: float) -> None:
        """The worker that is oldest; the time is for the next one to start in."""
        living = self._server.workers()
        pid = min(living, key=lambda each: self._world.born_at.get(each, time.monotonic()))
        self._world.killed[pid] = time.monotonic()
        self._server.kill(pid)
        await asyncio.sleep(seconds)

    @contextmanager
    def _provider_trouble(self) -> Iterator[None]:
        span = self._world.begin("provider")
        try:
            yield
        finally:
            self._tenant.come_up()
            self._world.end(span)


def schedule(faults: Faults, minutes: float) -> list[Window]:
    """The windows of a run. In a short one keys change once alone, and everything is shorter."""
    plan: list[tuple[str, float, Callable[[float], Awaitable[None]]]] = [
        ("calm", 60, faults.calm),
        ("keys change as planned", 40, faults.planned_roll),
        ("provider hangs", 30, faults.hangs),
        ("healing", 20, faults.calm),
        ("provider answers 429", 25, faults.throttles),
        ("healing", 15, faults.calm),
        ("provider answers 503", 25, faults.fails),
        ("healing", 15, faults.calm),
        ("provider answers garbage", 24, faults.babbles),
        ("healing", 16, faults.calm),
        ("workers are killed", 32, faults.workers_die),
        ("Redis is killed, then empty", 15, faults.redis_dies),
        ("healing", 25, faults.calm),
        ("Redis freezes", 10, faults.redis_freezes),
        ("healing", 20, faults.calm),
        ("provider's clock ahead", 24, faults.clock_ahead),
        ("provider's clock behind", 24, faults.clock_behind),
        ("keys change at once", 30, faults.emergency_roll),
        ("provider down, a worker killed", 25, faults.hangs_up_on_new_workers),
        ("healing", 25, faults.calm),
        ("provider hangs, a worker killed", 25, faults.hangs_with_new_workers),
        ("calm again", 75, faults.calm),
    ]
    scale = minutes * 60 / sum(seconds for _, seconds, _ in plan)
    begins = {name: sum(seconds for _, seconds, _ in plan[:place]) for place, (name, _, _) in enumerate(plan)}
    between = (begins["keys change at once"] - begins["keys change as planned"]) * scale
    windows, at = [], 0.0
    for name, seconds, work in plan:
        lasts = seconds * scale
        is_too_soon = name == "keys change as planned" and between < _COOL_DOWN_SECONDS
        windows.append(Window(name, at, at + lasts, faults.calm if is_too_soon else work))
        at += lasts
    return windows
