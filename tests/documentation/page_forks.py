"""Runs pages and their tests in forks of one process, in which what they import of others is loaded already.

Of azuread_auth nothing is loaded before the fork: each page shows that it imports what it uses of that.

Standard input is one JSON object a line: the `arguments` of pytest, or null to run the blocks in `plan` (see
`run_page.py`), with the working directory `folder`, the environment `environ` and the seconds that it may take. The
answer is one line, too: the exit code (negative for a signal), and what was printed.
"""

import gc
import importlib
import json
import os
import signal
import sys
import tempfile
from typing import Any, BinaryIO, Final

import pytest
import run_page

LOADED: Final = (
    "anyio._backends._asyncio",
    "azure.identity",
    "cryptography.x509",
    "django.core.handlers.wsgi",
    "django.core.management",
    "django.test",
    "django.views",
    "fastapi.security",
    "flask",
    "httpx2",
    "litestar.testing",
    "mcp.client.streamable_http",
    "mcp.server.mcpserver",
    "msal",
    "opentelemetry.sdk.metrics.export",
    "quart",
    "starlette.testclient",
)


def main() -> int:
    """Answer until the input ends; in a fork: the exit code of its work."""
    for name in LOADED:
        importlib.import_module(name)
    gc.freeze()  # a fork that went through all that to find garbage would copy it, and take longer than an interpreter
    for line in sys.stdin:
        order = json.loads(line)
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            child = os.fork()
            if child == 0:
                return work(order, output, errors)
            _, status = os.waitpid(child, 0)
            code = os.waitstatus_to_exitcode(status)
            print(json.dumps({"code": code, "output": text(output), "errors": text(errors)}), flush=True)  # noqa: T201
    return 0


def work(order: dict[str, Any], output: BinaryIO, errors: BinaryIO) -> int:
    """What is to be done, as in a process that was started for it; it ends in the ordinary way."""
    signal.alarm(order["seconds"])
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - as a file descriptor
        for number, file in enumerate((nothing, output, errors)):
            os.dup2(file.fileno(), number)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environ"])
    sys.path.insert(0, order["folder"])
    if order["arguments"] is not None:
        return pytest.main(order["arguments"])
    run_page.main(order["plan"])
    return 0


def text(file: BinaryIO) -> str:
    """What was written to the file."""
    file.seek(0)
    return file.read().decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main())
