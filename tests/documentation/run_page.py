"""Runs the Python blocks of one page, each by itself, in the order of the page, and puts requests to what they make.

A block has its `code`, the `module` it is to be importable as (or null), its `line` in the page, and `tries`: requests
with the status, and a text, that must come back. The working directory is for the modules, and on the path.
"""

import importlib
import inspect
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

import httpx2
from starlette.testclient import TestClient


def main(blocks: list[dict[str, Any]]) -> None:
    """Run all blocks; the first exception ends it."""
    for block in blocks:
        names = run(block["code"], block["module"], block["line"])
        application = names.get("app", names.get("application"))
        if block["tries"]:
            make_requests(application, block["tries"])


def run(code: str, module: str | None, line: int) -> dict[str, Any]:
    """What the block defines."""
    if module is not None:
        Path(f"{module}.py").write_text(code, encoding="utf-8")
        importlib.invalidate_caches()
        return vars(importlib.import_module(module))
    names: dict[str, Any] = {"__name__": "page"}
    # Blank lines in front: a traceback then has the line numbers of the page.
    exec(compile("\n" * line + code, "the page", "exec"), names)
    return names


def make_requests(application: Any, tries: list[dict[str, Any]]) -> None:
    """Put each request and compare the answer."""
    with client_of(application) as client:
        for each in tries:
            answer = client.request(each["method"], each["path"], headers=each["headers"])
            told = f"{each['method']} {each['path']} {each['wishes']}: {answer.status_code} {answer.text}"
            assert answer.status_code == each["status"], told
            assert each["text"] in answer.text, told
            print(told)  # noqa: T201 - the test counts them


def client_of(application: Any) -> httpx2.Client:
    """A client of an ASGI or a WSGI application."""
    if inspect.iscoroutinefunction(application) or inspect.iscoroutinefunction(type(application).__call__):
        return TestClient(application)
    wsgi: WSGIApplication = application
    return httpx2.Client(transport=httpx2.WSGITransport(wsgi, raise_app_exceptions=False), base_url="http://testserver")
