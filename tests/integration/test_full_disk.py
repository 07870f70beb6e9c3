"""A disk that is full: what was written before stays whole, nothing half written is left, and the message says why."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from azuread_auth.simulation import SimulatedTenant

FULL = "File too large"
"""What the system says where a file may not grow; a full disk is the same to who writes: the write fails."""

RECORD = """
import json, os, resource, sys
from pathlib import Path
from azuread_auth import AzureAdClient, AzureAdSettings
from azuread_auth.simulation import Recording

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

path = Path(sys.argv[1])
client = AzureAdClient(AzureAdSettings.from_env(simulation=Recording(path)))
seen = {}
client.acquire_token_for_app("api://orders/.default")
before = path.read_bytes()
limit(len(before))
client.acquire_token_for_app("api://bills/.default")
seen["is_whole"] = path.read_bytes() == before
seen["files"] = os.listdir(path.parent)
limit(resource.RLIM_INFINITY)
client.acquire_token_for_app("api://stock/.default")
seen["recorded"] = len(json.loads(path.read_bytes())["exchanges"])
print(json.dumps(seen))
"""

SIMULATE = """
import resource, sys
from azuread_auth.cli.main import main

unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, unlimited[1]))
try:
    sys.exit(main(sys.argv[1:]))
finally:
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)  # what measures the coverage writes when the process ends
"""


def run(program: str, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """The program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={name: value for name, value in os.environ.items() if not name.startswith("AZURE_")} | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_T126_a_recording_stays_whole_on_a_full_disk(own_tenant: SimulatedTenant, tmp_path: Path) -> None:
    """T126: requests go on, the file is as it was, the log says why; with room again everything is in it."""
    path = tmp_path / "tokens.json"
    done = run(RECORD, str(path), **own_tenant.environ())
    assert json.loads(done.stdout) == {"is_whole": True, "files": ["tokens.json"], "recorded": 3}
    assert f"cannot be written ({FULL}); check the folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_simulate_says_that_its_environment_cannot_be_written(tmp_path: Path) -> None:
    """The file of --env-file is there whole or not at all, and nothing else is left in its folder."""
    done = run(SIMULATE, "simulate", "--port", "0", "--env-file", str(tmp_path / "environment"))
    assert done.returncode == 2
    assert f"--env-file {tmp_path / 'environment'} cannot be written ({FULL})" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is full")
@pytest.mark.parametrize("arguments", [["key"], ["key", "--json"], ["--version"]], ids=" ".join)
def test_a_command_whose_output_is_lost_fails(arguments: list[str]) -> None:
    """A script that redirects to a full disk is told by the exit code and in words, once."""
    program = "import sys; from azuread_auth.cli.main import main; sys.exit(main(sys.argv[1:]))"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "the output cannot be written (No space left on device)" in done.stderr
