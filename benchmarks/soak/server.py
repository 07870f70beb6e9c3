"""gunicorn with four workers of either kind, and what the system says of them."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["KINDS", "WORKERS", "Sample", "Server"]

WORKERS = 4
THREADS = 32
KINDS = {
    "wsgi": ["-k", "gthread", "--threads", str(THREADS), "benchmarks.soak.wsgi_app:app"],
    "asgi": ["-k", "uvicorn_worker.UvicornWorker", "benchmarks.soak.asgi_app:app"],
}
_ROOT = Path(__file__).parents[2]
_COMMAND = ["--bind", "127.0.0.1:0", "--workers", str(WORKERS), "--keep-alive", "60", "--no-control-socket"]
_START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a worker."""

    at: float
    rss: int
    fds: int
    threads: int


class Server:
    """The server with its workers; it starts another one for each that dies."""

    def __init__(self, kind: str, environ: dict[str, str], folder: Path) -> None:
        self._log = folder / f"{kind}.log"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", *_COMMAND, *KINDS[kind]],
                env=inherited | environ,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=_ROOT,
            )
        self.port = self._told_port()

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def _told_port(self) -> int:
        deadline = time.monotonic() + _START_SECONDS
        while (told := re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", self.log)) is None:
            if self._process.poll() is not None or time.monotonic() > deadline:
                message = f"the server does not start:\n{self.log}"
                raise RuntimeError(message)
            time.sleep(0.05)
        return int(told[1])

    def workers(self) -> list[int]:
        """Their process ids."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def samples(self) -> dict[int, Sample]:
        """How each worker is now, by its process id."""
        found = {}
        for pid in self.workers():
            with suppress(OSError):  # it has died meanwhile
                found[pid] = _sample(pid)
        return found

    def kill(self, pid: int) -> None:
        """End a worker as the system does when memory is short."""
        os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """End all of them in good order."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _sample(pid: int) -> Sample:
    process = Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return Sample(
        at=time.monotonic(),
        rss=int(status["VmRSS"].split()[0]) * 1024,
        fds=len(list((process / "fd").iterdir())),
        threads=int(status["Threads"]),
    )
