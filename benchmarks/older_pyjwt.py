"""PyJWT 2.10.1, the last release before 2.13 began to check base64 one character at a time, beside the current one."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from peer_rounds import Round
from peers import Trust

__all__ = ["VERSION", "older_pyjwt_rounds"]

VERSION = "2.10.1"
_HERE = Path(__file__).parent
_PLACE = _HERE.parent / ".nox" / f"bench-pyjwt-{VERSION}"
_NAMES = ("Starlette", "FastAPI", "PyJWT", "fastapi-azure-auth", "check")


@contextmanager
def older_pyjwt_rounds(trust: Trust, tokens: Sequence[str]) -> Iterator[dict[str, Round]]:
    """The rounds of `peer_rounds`, run in a process with that release; none, and a note, where it cannot be had."""
    python = _python()
    if python is None:
        yield {}
        return
    process = subprocess.Popen(
        [python, str(_HERE / "peer_rounds.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    with process:
        requests, answers = process.stdin, process.stdout
        assert requests is not None
        assert answers is not None
        requests.write(json.dumps({"trust": asdict(trust), "tokens": list(tokens)}) + "\n")

        def rounds_of(name: str) -> Round:
            def one_round() -> float:
                requests.write(f"{name}\n")
                return float(answers.readline())

            return one_round

        yield {name: rounds_of(name) for name in _NAMES}
        requests.close()


def _python() -> str | None:
    """An interpreter with that release, made at the first run; None when the index does not answer."""
    python = _PLACE / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not python.exists():
        shutil.rmtree(_PLACE, ignore_errors=True)
        try:
            _install(str(python))
        except (OSError, subprocess.CalledProcessError) as error:
            shutil.rmtree(_PLACE, ignore_errors=True)
            print(f"PyJWT {VERSION} could not be installed and is left out: {error}", file=sys.stderr)
            return None
    return str(python)


def _install(python: str) -> None:
    packages = [f"pyjwt[crypto]=={VERSION}", "fastapi-azure-auth>=5.3"]
    uv = shutil.which("uv")
    if uv is not None:
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(_PLACE)], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *packages], check=True)
        return
    subprocess.run([sys.executable, "-m", "venv", str(_PLACE)], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
