"""How long callers wait at 200 requests a second while the keys are due and their endpoint is slow, or fails."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from servers import Server, answer_of, running
from table import Row, seconds_text
from tokens import Tokens

__all__ = ["GROUP", "measure"]

GROUP = "outage"
_RATE = 200
_TOKENS = 50
_A_DAY_AND_MORE = 90_000
_MORE_THAN_AN_HOUR = 3_700
_MORE_THAN_A_BACK_OFF = 400


@dataclass(frozen=True, slots=True)
class Seen:
    """What callers saw in one phase."""

    p99: float
    requests: int
    failures: int


class Trial:
    """One server under load, and the tenant that it depends on."""

    def __init__(self, server: Server, tokens: Tokens, file: Path) -> None:
        self._server = server
        self._tokens = tokens
        self._file = file

    def phase(self, seconds: float, *, age_each_second: float = 0.0) -> Seen:
        """Load the server for a while, in which its keys grow older by more than real time."""
        command = [sys.executable, str(Path(__file__).with_name("load.py")), str(self._server.port), str(self._file)]
        command += [str(seconds), "--rate", str(_RATE)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        ends_at = time.monotonic() + seconds
        while age_each_second and time.monotonic() < ends_at:
            self.age(age_each_second)
            time.sleep(1)
        output, _ = process.communicate()
        seen = json.loads(output)
        return Seen(seen["p99"], seen["requests"], seen["failures"])

    def age(self, seconds: float) -> None:
        """Make the server's keys that much older."""
        answer_of(self._server, "", method="POST", path=f"/age?{seconds}")

    def during(self, disturb: Callable[[], None], seconds: float, *, age: float, age_each_second: float) -> Seen:
        """A phase in which keys are due and their endpoint is disturbed."""
        disturb()
        try:
            self.age(age)
            return self.phase(seconds, age_each_second=age_each_second)
        finally:
            self._tokens.tenant.come_up()

    def ask(self) -> None:
        """One request outside the phases."""
        answer_of(self._server, self._tokens.distinct(1)[0])

    def recover(self) -> None:
        """Let it fetch keys again before the next phase."""
        self.age(_MORE_THAN_A_BACK_OFF)
        self.ask()
        time.sleep(0.5)


def measure(tokens: Tokens, *, is_quick: bool) -> list[Row]:
    """The rows of a slow and of a failing key endpoint; phases alternate with undisturbed ones."""
    seconds, cycles = (3.0, 1) if is_quick else (6.0, 3)
    disturbances: dict[str, Callable[[], None]] = {
        "takes 5 s": lambda: tokens.tenant.slow_down(5.0, "keys"),
        "answers 503": lambda: tokens.tenant.fail("keys", status=503),
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "tokens")
        file.write_text("\n".join(tokens.distinct(_TOKENS)) + "\n", encoding="ascii")
        with running(["outage"], tokens) as servers:
            ours = _ours(Trial(servers["outage"], tokens, file), disturbances, seconds, cycles)
        with running(["outage-fastapi-azure-auth"], tokens) as servers:
            theirs = _theirs(Trial(servers["outage-fastapi-azure-auth"], tokens, file), disturbances, seconds)
    return [_row(name, ours[name], ours["normal"], theirs[name]) for name in disturbances]


def _ours(
    trial: Trial, disturbances: dict[str, Callable[[], None]], seconds: float, cycles: int
) -> dict[str, list[Seen]]:
    found: dict[str, list[Seen]] = {"normal": [], **{name: [] for name in disturbances}}
    trial.phase(1.0)
    for _ in range(cycles):
        for name, disturb in disturbances.items():
            found["normal"].append(trial.phase(seconds))
            seen = trial.during(disturb, seconds, age=_MORE_THAN_AN_HOUR, age_each_second=_MORE_THAN_A_BACK_OFF)
            found[name].append(seen)
            trial.recover()
    return found


def _theirs(trial: Trial, disturbances: dict[str, Callable[[], None]], seconds: float) -> dict[str, Seen]:
    trial.phase(1.0)
    found = {}
    for name, disturb in disturbances.items():
        found[name] = trial.during(disturb, seconds, age=_A_DAY_AND_MORE, age_each_second=0.0)
        trial.ask()
    return found


def _row(name: str, disturbed: list[Seen], normal: list[Seen], theirs: Seen) -> Row:
    failures = sum(seen.failures for seen in disturbed)
    requests = sum(seen.requests for seen in disturbed)
    p99, usual = (statistics.median(seen.p99 for seen in many) for many in (disturbed, normal))
    return Row(
        group=GROUP,
        what=f"p99 at {_RATE} requests/s while the key endpoint {name}",
        ours=f"{seconds_text(p99)}, {failures} of {requests:,} failed",
        reference=f"normal {seconds_text(usual)}",
        ratio=p99 / usual if not failures else float("inf"),
        direction="≤",
        target=2.0,
        others={
            "fastapi-azure-auth": f"{seconds_text(theirs.p99)}, {theirs.failures} of {theirs.requests:,} failed",
        },
    )
