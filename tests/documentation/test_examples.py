"""Every example runs by one command against a simulated tenant."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SHARED = "loopback.py"
PROGRAMS = sorted(path.name for path in EXAMPLES.glob("*.py") if path.name != SHARED)


def test_examples_are_found():
    """There is one for each framework, and one for each server interface without."""
    assert PROGRAMS == [
        "django_api.py",
        "fastapi_api.py",
        "flask_api.py",
        "plain_asgi.py",
        "plain_wsgi.py",
        "starlette_api.py",
    ]


@pytest.mark.parametrize("program", PROGRAMS)
def test_example_answers_its_own_calls(program):
    """With --check an example serves, makes each call it shows, prints the answers, and ends with 0: all were right."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / program), "--check"],
        env={name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    statuses = re.findall(r"^(\d{3})  GET /", ran.stdout, re.MULTILINE)
    assert {"200", "401", "403"} <= set(statuses)
    assert "eyJ" not in ran.stdout + ran.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_example_says_how_to_run_it(program):
    """The docstring has the command, with the example's own name."""
    text = (EXAMPLES / program).read_text(encoding="utf-8")

    assert f"uv run --all-extras python examples/{program} " in text
    assert f"uv run --all-extras python examples/{program} --check" in text
