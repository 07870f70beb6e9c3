"""What came of a run, as tables, as JSON and as a verdict."""

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from benchmarks.soak.faults import Window
from benchmarks.soak.server import THREADS, Sample
from benchmarks.soak.world import Seen, Verdict
from benchmarks.table import seconds_text

__all__ = ["Growth", "Judged", "Run", "summary_of", "tables_of"]

MOST_FDS_MORE = 30
"""Connections that are kept for later: 20 to Redis, and a few more."""
MOST_THREADS = {"wsgi": THREADS + 8, "asgi": 40}
"""The server's own, one that serves `/facts`, and those of the store that have not ended yet."""
MOST_TASKS_MORE = 3
BYTES_MORE = 24_000_000
BYTES_FOR_EACH = 8_000
"""What one token, session or sign-in that was never seen before may leave in a worker's caches."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A request, and what to make of it."""

    seen: Seen
    verdict: Verdict

    @property
    def seconds(self) -> float:
        return self.seen.ended_at - self.seen.due_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A worker, when nothing was asked of it: the first time after it was warm, and at the end."""

    pid: int
    before: Sample
    after: Sample
    tasks_before: int
    tasks_after: int
    new_things: int
    """How much it saw that it had to remember."""

    @property
    def most_bytes(self) -> int:
        """How much larger it may have become."""
        return BYTES_MORE + BYTES_FOR_EACH * self.new_things

    def problems(self, kind: str) -> list[str]:
        """What has grown beyond its bound."""
        bounds = {
            "memory": (self.after.rss - self.before.rss, self.most_bytes),
            "open files more than before": (self.after.fds - self.before.fds, MOST_FDS_MORE),
            "threads": (self.after.threads, MOST_THREADS[kind]),
            "tasks more than before": (self.tasks_after - self.tasks_before, MOST_TASKS_MORE),
        }
        return [
            f"worker {self.pid}: {what} {found}, at most {most}"
            for what, (found, most) in bounds.items()
            if found > most
        ]


@dataclass(kw_only=True)
class Run:
    """One kind of server under load."""

    kind: str
    minutes: float
    began_at: float
    windows: list[Window]
    judged: list[Judged]
    growth: list[Growth]
    healed: dict[str, float]
    tracebacks: int
    lateness: list[float]
    series: dict[int, list[Sample]] = field(default_factory=dict)

    @property
    def lost(self) -> list[Judged]:
        return [each for each in self.judged if each.verdict == "lost"]

    @property
    def problems(self) -> list[str]:
        """Why the run is no good; nothing where it is."""
        found = [f"{len(self.lost)} requests were lost"] if self.lost else []
        found += [problem for each in self.growth for problem in each.problems(self.kind)]
        return found + ([f"{self.tracebacks} tracebacks in the server's log"] if self.tracebacks else [])


def tables_of(run: Run) -> str:
    """The tables of one run, to be read."""
    windows = [_row(window.name, _within(run, window)) for window in run.windows]
    kinds = sorted({each.seen.kind for each in run.judged})
    by_kind = [_row(kind, [each for each in run.judged if each.seen.kind == kind]) for kind in kinds]
    head = ["requests", "right", "told to wait", "refused", "on killed", "lost", "p50", "p99", "slowest", "which"]
    return "\n\n".join(
        [
            f"# {run.kind}, {run.minutes:g} minutes",
            _table([["while", *head], *windows]),
            _table([["kind", *head], *by_kind, _row("all", run.judged)]),
            _table([_GROWTH_HEAD, *map(_growth_row, run.growth)]),
            f"told to wait last, after the trouble had ended: {_healed(run)}",
            f"requests were begun late by the machine's fault: {_lateness(run)}",
            "\n".join(run.problems) or "nothing was lost, and nothing grew beyond its bound",
            *_examples(run),
        ]
    )


_GROWTH_HEAD = ["worker", "memory", "bound", "open files", "threads", "tasks"]


def _growth_row(each: Growth) -> list[str]:
    return [
        str(each.pid),
        f"{each.before.rss / 1e6:.1f} → {each.after.rss / 1e6:.1f} MB",
        f"+ {each.most_bytes / 1e6:.1f} MB",
        f"{each.before.fds} → {each.after.fds}",
        f"{each.before.threads} → {each.after.threads}",
        f"{each.tasks_before} → {each.tasks_after}",
    ]


def _healed(run: Run) -> str:
    return ", ".join(f"{what} {seconds:.1f} s" for what, seconds in run.healed.items()) or "nobody"


def _lateness(run: Run) -> str:
    late = sorted(run.lateness)
    return f"p99 {seconds_text(late[int(len(late) * 0.99)])}, at most {seconds_text(late[-1])}"


def _examples(run: Run) -> Iterable[str]:
    for each in run.lost[:20]:
        seen = each.seen
        what = f"{seen.kind} {seen.step}".strip()
        status = seen.answer.status if seen.answer is not None else f"none (worker {seen.broken_pid})"
        at = seen.due_at - run.began_at
        yield f"lost: {what} at {at:.1f} s, status {status} of {seen.pid} after {each.seconds:.2f} s"


def _within(run: Run, window: Window) -> list[Judged]:
    begin, end = run.began_at + window.starts_at, run.began_at + window.ends_at
    return [each for each in run.judged if begin <= each.seen.due_at < end]


def _row(name: str, judged: list[Judged]) -> list[str]:
    counts = Counter(each.verdict for each in judged)
    verdicts: list[Verdict] = ["right", "told to wait", "rightly refused", "on a killed worker", "lost"]
    cells = [name, str(len(judged)), *(str(counts[verdict] or "") for verdict in verdicts)]
    if len(judged) < 2:
        return [*cells, "", "", "", ""]
    seconds = sorted(each.seconds for each in judged)
    slowest = max(judged, key=lambda each: each.seconds)
    cuts = statistics.quantiles(seconds, n=100)
    which = f"{slowest.seen.kind} {slowest.seen.step}".strip()
    return [*cells, seconds_text(cuts[49]), seconds_text(cuts[98]), seconds_text(seconds[-1]), which]


def _table(rows: list[list[str]]) -> str:
    rows.insert(1, ["---"] * len(rows[0]))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = (" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(f"| {line} |" for line in lines)


def summary_of(run: Run) -> dict[str, object]:
    """The same for programs: each window with each kind, in seconds."""
    return {
        "kind": run.kind,
        "minutes": run.minutes,
        "problems": run.problems,
        "healed_after_seconds": run.healed,
        "begun_late_by_seconds": max(run.lateness),
        "windows": [
            {"name": window.name, "starts_at": window.starts_at, "kinds": _figures(_within(run, window))}
            for window in run.windows
        ],
        "all": _figures(run.judged),
        "workers": [
            {**asdict(each), "most_bytes": each.most_bytes, "samples": [asdict(s) for s in run.series[each.pid]]}
            for each in run.growth
        ],
    }


def _figures(judged: list[Judged]) -> dict[str, object]:
    return {kind: _figures_of([each for each in judged if each.seen.kind == kind]) for kind in _kinds(judged)}


def _kinds(judged: list[Judged]) -> list[str]:
    return sorted({each.seen.kind for each in judged})


def _figures_of(judged: list[Judged]) -> dict[str, object]:
    seconds = sorted(each.seconds for each in judged)
    return {
        "requests": len(judged),
        "verdicts": dict(Counter(each.verdict for each in judged)),
        "p50": seconds[len(seconds) // 2],
        "p99": seconds[int(len(seconds) * 0.99)],
        "slowest": seconds[-1],
    }
