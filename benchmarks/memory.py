"""What remembered tokens weigh, and how far a flood of distinct tokens lets the process grow."""

import json
import subprocess
import sys
from pathlib import Path

from table import Row, bytes_text, seconds_text
from tokens import Tokens

__all__ = ["GROUP", "measure"]

GROUP = "memory"
_MILLION = 1_000_000
_LIVE = 10_000
_REAL = 100_000
_PROGRAM = Path(__file__).with_name("memory_trial.py")


def measure(_tokens: Tokens, *, is_quick: bool) -> list[Row]:
    """The rows of one token's weight, of garbage collection and of growth; each trial has a process of its own."""
    flood, real = (50_000, 5_000) if is_quick else (_MILLION, _REAL)
    kept, dicts = _run("live", _LIVE), _run("dicts", _LIVE)
    grown = {kind: _run(kind, count)["growth"] for kind, count in (("kept", flood), ("real", real), ("invalid", flood))}
    return [
        Row(
            group=GROUP,
            what=f"memory of one remembered token of 2.5 kB, {_LIVE:,} of them",
            ours=bytes_text(kept["bytes"]),
            reference="as parsed dict " + bytes_text(dicts["bytes"]),
            ratio=kept["bytes"] / 1000,
            direction="≤",
            target=2.5,
            unit="kB",
        ),
        Row(
            group=GROUP,
            what=f"full garbage collection, {_LIVE:,} remembered tokens",
            ours=seconds_text(kept["collection"]),
            reference="as parsed dicts " + seconds_text(dicts["collection"]),
            ratio=kept["collection"] * 1000,
            direction="≤",
            target=5.0,
            unit="ms",
        ),
        _growth(f"{flood:,} distinct valid tokens, kept in the cache without their signatures", grown["kept"]),
        _growth(f"{real:,} distinct valid tokens, each signed and validated", grown["real"]),
        _growth(f"{flood:,} distinct invalid tokens", grown["invalid"]),
    ]


def _growth(what: str, growth: float) -> Row:
    return Row(
        group=GROUP,
        what=f"growth of the process under {what}",
        ours=bytes_text(max(growth, 0)),
        reference="",
        ratio=max(growth, 0) / 1e6,
        direction="≤",
        target=100.0,
        unit="MB",
    )


def _run(trial: str, count: int) -> dict[str, float]:
    command = [sys.executable, str(_PROGRAM), trial, str(count)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, float] = json.loads(run.stdout)
    return figures
