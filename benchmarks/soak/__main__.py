"""Loads a server with workers, Redis and a provider for minutes, while one after the other fails; counts what is lost.

`python -m benchmarks.soak --minutes 10 --server both --json soak.json`, from the root of the repository, on Linux.
Ends with 1 where a request was lost, or a worker grew beyond its bound.
"""

import argparse
import asyncio
import base64
import json
import random
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from azuread_auth.simulation import SimulatedTenant
from benchmarks.soak.faults import FULL_MINUTES, Faults, schedule
from benchmarks.soak.results import Growth, Judged, Run, summary_of, tables_of
from benchmarks.soak.server import KINDS, Sample, Server
from benchmarks.soak.traffic import RATES, Traffic
from benchmarks.soak.wire import Wire
from benchmarks.soak.world import Kind, Seen, World
from tests.redis_server import RedisServer, find_redis_server

_QUIET_SECONDS = 6.0
_SAMPLE_SECONDS = 5.0
_AHEAD_SECONDS = 1.0
_LAST_ANSWER_SECONDS = 60.0
_REFRESH_SECONDS = 90
_WARM_SECONDS = 30.0
"""After so long a worker that was started in the midst of a run has imported and opened what it needs."""


class Soak:
    """One run."""

    def __init__(self, kind: str, options: argparse.Namespace, folder: Path, redis: RedisServer) -> None:
        self._kind = kind
        self._options = options
        self._tenant = SimulatedTenant()
        # So that tokens are renewed during the run, in the background, well before they end.
        self._tenant.behaviour.refresh_in_seconds = _REFRESH_SECONDS
        self._redis = redis
        self._server = Server(kind, self._environ(), folder)
        self._world = World()
        self._wire = Wire(self._server.port)
        self._traffic = Traffic(self._tenant, self._wire, self._world, self._note, seed=options.seed)
        self._judged: list[Judged] = []
        self._things: dict[int, int] = defaultdict(int)
        self._series: dict[int, list[Sample]] = defaultdict(list)

    def _environ(self) -> dict[str, str]:
        key = base64.b64encode(random.randbytes(32)).decode()
        return self._tenant.environ() | {
            "AZURE_AD_REDIS_URL": self._redis.url,
            "AZURE_AD_ENCRYPTION_KEYS": key,
            "AZURE_AD_COOKIE_KEYS": key,
            "AZURE_AD_BASE_URL": "http://localhost:8000",
            "AZURE_AD_SCOPES": "api://orders/Orders.Read",
            "AZURE_AD_TIMEOUT_SECONDS": "2",
        }

    def _note(self, seen: Seen) -> None:
        self._judged.append(Judged(seen, self._world.judge(seen)))
        if seen.kind in ("new", "obo new", "sign-in"):
            self._things[seen.pid] += 1

    async def run(self) -> Run:
        try:
            return await self._run()
        finally:
            self._server.stop()
            self._tenant.close()

    async def _run(self) -> Run:
        sampling = asyncio.create_task(self._sample())
        await self._traffic.begin()
        minutes = self._options.minutes
        quiet = await self._quiet()
        self._judged.clear()
        faults = Faults(self._tenant, self._redis, self._server, self._world, self._traffic)
        windows = schedule(faults, minutes)
        began_at = time.monotonic()
        load = asyncio.create_task(self._load(began_at, began_at + minutes * 60))
        for window in windows:
            self._progress(window.name, began_at)
            await window.work(began_at + window.ends_at - time.monotonic())
        await load
        after = await self._quiet()
        sampling.cancel()
        return Run(
            kind=self._kind,
            minutes=minutes,
            began_at=began_at,
            windows=windows,
            judged=self._judged,
            growth=self._growth(quiet, after),
            healed=self._world.last_trouble,
            tracebacks=self._server.log.count("Traceback"),
            lateness=self._traffic.lateness,
            series=self._series,
        )

    async def _load(self, begin: float, end: float) -> None:
        """Begin each request at its time, whatever became of those before."""
        moments: list[tuple[float, Kind]] = []
        for kind, rate in RATES.items():
            distance = 1 / (rate * self._options.rate)
            moments += [(begin + distance * (n + 0.5), kind) for n in range(int((end - begin) / distance))]
        tasks: set[asyncio.Task[None]] = set()
        for due_at, kind in sorted(moments):
            await asyncio.sleep(due_at - _AHEAD_SECONDS - time.monotonic())
            task = asyncio.create_task(self._traffic.send(kind, due_at))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        if tasks:
            await asyncio.wait(tasks, timeout=_LAST_ANSWER_SECONDS)

    async def _quiet(self) -> dict[int, tuple[Sample, int]]:
        """Each worker while nothing is asked of it, and its tasks."""
        self._wire.close()
        await asyncio.sleep(_QUIET_SECONDS)
        tasks = await self._tasks()
        await asyncio.sleep(1.0)
        return {pid: (sample, tasks.get(pid, 0)) for pid, sample in self._server.samples().items()}

    async def _tasks(self) -> dict[int, int]:
        """By worker; each new connection meets any of them."""
        found: dict[int, int] = {}
        for _ in range(200):
            wire = Wire(self._server.port)
            answer = await wire.get("/facts", {"host": "localhost:8000"})
            wire.close()
            found[answer.pid] = answer.document["tasks"]
            if found.keys() >= set(self._server.workers()):
                break
        return found

    async def _sample(self) -> None:
        while True:
            for pid, sample in self._server.samples().items():
                self._world.born_at.setdefault(pid, sample.at)
                self._series[pid].append(sample)
            await asyncio.sleep(_SAMPLE_SECONDS if time.monotonic() % 1 else 0)

    def _growth(self, quiet: dict[int, tuple[Sample, int]], after: dict[int, tuple[Sample, int]]) -> list[Growth]:
        """A worker that took the place of another is compared with the first look at it that found it warm."""
        found = []
        files = max(sample.fds for sample, _ in quiet.values())
        tasks = max(count for _, count in quiet.values())
        for pid, (sample, count) in after.items():
            before = quiet.get(pid)
            if before is None:
                series = self._series[pid]
                warm = next((each for each in series if each.at > series[0].at + _WARM_SECONDS), sample)
                before = Sample(warm.at, warm.rss, files, warm.threads), tasks
            found.append(
                Growth(
                    pid=pid,
                    before=before[0],
                    after=sample,
                    tasks_before=before[1],
                    tasks_after=count,
                    new_things=self._things[pid],
                )
            )
        return found

    def _progress(self, name: str, began_at: float) -> None:
        lost = sum(each.verdict == "lost" for each in self._judged)
        seconds = time.monotonic() - began_at
        print(f"{self._kind} {seconds:6.1f} s: {len(self._judged):6} answered, {lost} lost; {name}", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=FULL_MINUTES)
    parser.add_argument("--server", choices=[*KINDS, "both"], default="both")
    parser.add_argument("--rate", type=float, default=1.0, help="times the usual number of requests (44 in a second)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    program = find_redis_server()
    if program is None:
        parser.error("no redis-server: install one, or name it in REDIS_SERVER")
    runs = []
    for kind in KINDS if options.server == "both" else [options.server]:
        with tempfile.TemporaryDirectory() as folder:
            redis = RedisServer(program, Path(folder))
            try:
                runs.append(asyncio.run(Soak(kind, options, Path(folder), redis).run()))
            finally:
                redis.stop()
        print(tables_of(runs[-1]), end="\n\n", flush=True)
    if options.json is not None:
        options.json.write_text(json.dumps([summary_of(run) for run in runs], indent=1), encoding="utf-8")
    return 1 if any(run.problems for run in runs) else 0


if __name__ == "__main__":
    sys.exit(main())
