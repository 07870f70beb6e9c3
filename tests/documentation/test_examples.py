"""Every example runs by one command against a simulated tenant."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SHARED = {"blob_storage.py", "loopback.py", "mcp_loopback.py", "pages.py", "sign_in_loopback.py"}
PROGRAMS = sorted({path.name for path in EXAMPLES.glob("*.py")} - SHARED)
WEB_PROGRAMS = [program for program in PROGRAMS if program.endswith("_web.py")]


def test_examples_are_found():
    """An API and pages for each framework, an API for each interface, a page with an API, calls, an MCP server."""
    assert PROGRAMS == [
        "azure_sdk.py",
        "django_api.py",
        "django_web.py",
        "fastapi_api.py",
        "fastapi_web.py",
        "flask_api.py",
        "flask_web.py",
        "graph.py",
        "litestar_api.py",
        "litestar_web.py",
        "mcp_server.py",
        "plain_asgi.py",
        "plain_wsgi.py",
        "quart_api.py",
        "quart_web.py",
        "spa_api.py",
        "starlette_api.py",
    ]


def check(program: str, *options: str) -> str:
    """What an example prints with --check, which has to go well."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / program), "--check", *options],
        env={name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "eyJ" not in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
    return ran.stdout


@pytest.mark.parametrize("program", sorted({*PROGRAMS} - {"mcp_server.py"}))
def test_example_answers_its_own_calls(program):
    """With --check an example serves, makes each call it shows, prints the answers, and ends with 0: all were right."""
    statuses = re.findall(r"^(\d{3})  GET /", check(program), re.MULTILINE)

    assert {"200", "401", "403"} <= set(statuses)


def test_mcp_example_signs_in_and_calls_tools():
    """With --check the SDK's client finds the tenant, signs in, and once more for the tool that needs more."""
    told = check("mcp_server.py")

    assert re.findall(r"^(\d{3})  GET /", told, re.MULTILINE) == ["200", "401"]
    assert "tool orders, as adele: A book for Adele Vance" in told
    first, second = re.findall("adele signs in for (.*)", told)
    assert "/Orders.Read" in first
    assert "/Orders.Write" not in first
    assert "/Orders.Write" in second


@pytest.mark.parametrize("program", WEB_PROGRAMS)
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_example_signs_in_and_out(program, mode):
    """With --check an example with pages signs two people in, whichever way the code comes back, and out again."""
    told = check(program, "--response-mode", mode)

    assert "A book for Adele Vance" in told
    assert len(re.findall("^303  GET /profile, after that", told, re.MULTILINE)) == 2


@pytest.mark.parametrize("program", PROGRAMS)
def test_example_says_how_to_run_it(program):
    """The docstring has the command, with the example's own name."""
    text = (EXAMPLES / program).read_text(encoding="utf-8")

    assert f"uv run --all-extras python examples/{program} " in text
    assert f"uv run --all-extras python examples/{program} --check" in text
