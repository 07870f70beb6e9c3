"""A program that knows nothing of recordings: recorded, and replayed twice, by its environment alone."""

import os
import subprocess
import sys
from pathlib import Path

from azuread_auth.simulation import SimulatedTenant

PROGRAM = """
import asyncio, sys

OUTWARD = {"socket.connect", "socket.sendto", "socket.getaddrinfo", "subprocess.Popen"}

def noticed(event, arguments):
    if event in OUTWARD and sys.argv[1:] == ["alone"]:
        sys.exit(f"reached out: {event}")

sys.addaudithook(noticed)

from azuread_auth import AsyncAzureAdClient, AzureAdClient, ReplayMismatch

def blocking():
    with AzureAdClient() as client:
        return client.acquire_token_for_app("api://orders/.default")

async def waiting():
    async with AsyncAzureAdClient() as client:
        return await client.acquire_token_for_app("api://orders/.default")

for token in (blocking(), asyncio.run(waiting())):
    print(len(token.reveal().split(".")), token.expires_at > 0)
"""


def run(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    command = [sys.executable, "-W", "error", "-c", PROGRAM, *arguments]
    return subprocess.run(command, env=own | environ, capture_output=True, text=True, timeout=60, check=False)


def test_T127_a_recorded_program_replays_alone_and_changes_nothing(tmp_path: Path) -> None:
    """T127: twice the same file to the byte, and nobody is connected to; a warning is in the log each time."""
    path = tmp_path / "tokens.json"
    with SimulatedTenant() as tenant:
        environ = tenant.environ() | {"AZURE_AD_SIMULATION_FILE": str(path)}
        recorded = run(environ | {"AZURE_AD_SIMULATION_MODE": "recording"})
        requests = tenant.request_count()
    assert (recorded.returncode, recorded.stdout) == (0, "3 True\n3 True\n"), recorded.stderr
    content = path.read_bytes()
    for _ in range(2):
        replayed = run(environ | {"AZURE_AD_SIMULATION_MODE": "replay"}, "alone")
        assert (replayed.returncode, replayed.stdout) == (0, recorded.stdout), replayed.stderr
        assert "token requests of this client are simulated by Replay(" in replayed.stderr
        assert path.read_bytes() == content
    assert tenant.request_count() == requests
    assert list(tmp_path.iterdir()) == [path]


def test_T127_without_its_recording_it_does_not_start(tmp_path: Path) -> None:
    """T127: a missing file is told when the client is made, and nobody is asked in its place."""
    environ = {
        "AZURE_TENANT_ID": "11111111-1111-4111-8111-111111111111",
        "AZURE_CLIENT_ID": "22222222-2222-4222-8222-222222222222",
        "AZURE_CLIENT_SECRET": "any",
        "AZURE_AD_SIMULATION_MODE": "replay",
        "AZURE_AD_SIMULATION_FILE": str(tmp_path / "missing.json"),
    }
    ran = run(environ, "alone")
    assert ran.returncode == 1
    assert "ConfigurationError: the recording" in ran.stderr
    assert "record it with Recording first" in ran.stderr
