"""Requests per second through uvicorn with one worker, loaded by wrk."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from measure import Series, interleave, median_ratio
from servers import Server, running
from table import TIMES, Row
from tokens import Tokens

__all__ = ["GROUP", "measure"]

GROUP = "server"
_HERE = Path(__file__).parent
_CONNECTIONS = 16
_MORE_THAN_ARE_REMEMBERED = 21_000
"""Sent one after the other, so many tokens are all new each time: the cache holds at most 20,000."""


def measure(tokens: Tokens, *, is_quick: bool) -> list[Row]:
    """The rows of repeat and new tokens against the bare applications."""
    seconds, rounds = (1.0, 3) if is_quick else (1.0, 16)
    kinds = ["floor", "bare-starlette", "starlette", "pyjwt", "bare-fastapi", "fastapi", "fastapi-azure-auth"]
    with tempfile.TemporaryDirectory() as folder, running(kinds, tokens) as servers:
        repeat, new = Path(folder, "repeat"), Path(folder, "new")
        repeat.write_text(tokens.distinct(1)[0] + "\n", encoding="ascii")
        new.write_text("\n".join(tokens.distinct(_MORE_THAN_ARE_REMEMBERED)) + "\n", encoding="ascii")
        contestants = {kind: Load(server, repeat, seconds).one_round for kind, server in servers.items()}
        contestants["bare, new"] = Load(servers["bare-starlette"], new, seconds).one_round
        contestants["starlette, new"] = Load(servers["starlette"], new, seconds).one_round
        found = interleave(contestants, rounds=rounds)
    return _rows(found)


class Load:
    """Loads one server in short rounds; each goes on with the token after the last one's."""

    def __init__(self, server: Server, tokens: Path, seconds: float) -> None:
        self._server = server
        self._tokens = tokens
        self._seconds = seconds
        self._number = 0

    def one_round(self) -> float:
        """Seconds per request."""
        run: Callable[[], tuple[float, int, int]] = self._wrk if shutil.which("wrk") else self._client
        rate, requests, failures = run()
        if failures:
            message = f"{failures} of {requests} requests were not answered with 200"
            raise RuntimeError(message)
        self._number += requests
        return 1 / rate

    def _wrk(self) -> tuple[float, int, int]:
        command = ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{self._seconds:.0f}s", "-s", str(_HERE / "wrk_tokens.lua")]
        environ = {**os.environ, "TOKENS": str(self._tokens)}
        run = subprocess.run(
            [*command, self._server.url, "--", str(self._number)],
            env=environ,
            capture_output=True,
            text=True,
            check=True,
        )

        def figure(pattern: str) -> float:
            match = re.search(pattern, run.stdout)
            return float(match[1]) if match else 0.0

        failures = figure(r"Non-2xx or 3xx responses: (\d+)") + figure(r"Socket errors: connect (\d+)")
        # What wrk had sent and not seen answered when its time was up the server may have seen.
        return figure(r"Requests/sec: +([\d.]+)"), int(figure(r"(\d+) requests in")) + _CONNECTIONS, int(failures)

    def _client(self) -> tuple[float, int, int]:
        command = [sys.executable, str(_HERE / "load.py"), str(self._server.port), str(self._tokens)]
        command += [str(self._seconds), "--first", str(self._number), "--connections", str(_CONNECTIONS)]
        seen = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        return seen["rate"], seen["requests"], seen["failures"]


def _rows(found: dict[str, Series]) -> list[Row]:
    floor = "a middleware of only SHA-256 + dict + exp"
    return [
        _row(
            found, ("repeat tokens, Starlette", "starlette", "bare-starlette"), 0.97, {floor: "floor", "PyJWT": "pyjwt"}
        ),
        _row(found, ("new tokens, Starlette", "starlette, new", "bare, new"), 0.42, {"PyJWT": "pyjwt"}),
        _row(
            found,
            ("repeat tokens, FastAPI", "fastapi", "bare-fastapi"),
            0.97,
            {"fastapi-azure-auth": "fastapi-azure-auth"},
        ),
    ]


def _row(found: dict[str, Series], names: tuple[str, str, str], target: float, peers: dict[str, str]) -> Row:
    what, ours, bare = names
    return Row(
        group=GROUP,
        what=f"requests/s through uvicorn, {what}",
        ours=f"{1 / found[ours].median:,.0f}",
        reference=f"bare application {1 / found[bare].median:,.0f}",
        ratio=median_ratio(found[bare], found[ours]),
        direction="≥",
        target=target,
        others={name: f"{median_ratio(found[bare], found[peer]):.2f} {TIMES}" for name, peer in peers.items()},
    )
