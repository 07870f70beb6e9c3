"""How long it takes to import the package, and to start a process up to its first answer."""

import subprocess
import sys
import time
from collections.abc import Callable

from measure import interleave, median_ratio
from servers import answer_of, spawn
from table import Row, seconds_text, times
from tokens import Tokens

__all__ = ["GROUP", "measure"]

GROUP = "start"
_IMPORTS = {
    "reference": "import starlette, jwt",
    "azuread_auth": "import azuread_auth",
    "asgi": "from azuread_auth.asgi import AzureAdAuth",
    "wsgi": "from azuread_auth.wsgi import AzureAdAuth",
    "by hand": "import starlette.authentication, starlette.middleware.authentication, jwt",
    "fastapi_azure_auth": "import fastapi_azure_auth",
}


def measure(tokens: Tokens, *, is_quick: bool) -> list[Row]:
    """The rows of imports and of the first answer."""
    rounds = 5 if is_quick else 15
    return [*_import_rows(rounds), _first_answer(tokens, rounds)]


def _import_rows(rounds: int) -> list[Row]:
    found = interleave({name: _import_round(code) for name, code in _IMPORTS.items()}, rounds=rounds)
    reference = found["reference"]
    others = {
        "`starlette.authentication` + its middleware + `jwt`": times(median_ratio(found["by hand"], reference)),
        "`fastapi_azure_auth`": times(median_ratio(found["fastapi_azure_auth"], reference)),
    }
    return [
        Row(
            group=GROUP,
            what=f"`{_IMPORTS[name]}`",
            ours=seconds_text(found[name].median),
            reference=f"`import starlette` + `import jwt` {seconds_text(reference.median)}",
            ratio=median_ratio(found[name], reference),
            direction="≤",
            target=target,
            others=others if name == "asgi" else {},
        )
        for name, target in (("azuread_auth", 1.25), ("asgi", None), ("wsgi", None))
    ]


def _import_round(code: str) -> Callable[[], float]:
    """Seconds of the processor's that a fresh interpreter takes for the import alone."""
    program = f"import time; t = time.process_time(); {code}; print(time.process_time() - t)"

    def one_round() -> float:
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return float(run.stdout)

    return one_round


def _first_answer(tokens: Tokens, rounds: int) -> Row:
    token = tokens.distinct(1)[0]

    def round_of(kind: str) -> Callable[[], float]:
        def one_round() -> float:
            started_at = time.perf_counter()
            server = spawn(kind, tokens)
            try:
                status = answer_of(server, token)
                seconds = time.perf_counter() - started_at
            finally:
                server.stop()
            if status != b"HTTP/1.1 200 OK":
                message = f"the server {kind} answered {status!r}"
                raise RuntimeError(message)
            return seconds

        return one_round

    kinds = ("bare-starlette", "starlette", "pyjwt", "fastapi-azure-auth")
    found = interleave({kind: round_of(kind) for kind in kinds}, rounds=rounds)
    bare = found["bare-starlette"]
    return Row(
        group=GROUP,
        what="start of the process to the first validated answer, Starlette on uvicorn",
        ours=seconds_text(found["starlette"].median),
        reference=f"bare Starlette {seconds_text(bare.median)}",
        ratio=median_ratio(found["starlette"], bare),
        direction="≤",
        target=1.25,
        others={"fastapi-azure-auth (with FastAPI)": times(median_ratio(found["fastapi-azure-auth"], bare))},
    )
