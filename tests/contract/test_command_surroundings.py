"""Where programs are found, where they run and what they are told, on asyncio, trio and threads."""

import os
import sys
from pathlib import Path

import anyio.to_thread
import pytest

from azuread_auth._adapters.command_runner import AsyncCommandRunner
from azuread_auth.errors import CredentialUnavailable
from tests.conftest import Mode


def program_in(folder: Path) -> Path:
    """A program called az, which prints a word."""
    program = folder / "az"
    program.write_text("#!/bin/sh\necho planted\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("path", [".", "", ":/nowhere", "/nowhere:.", "/nowhere::", "bin", "../folder"])
def test_program_of_the_current_directory_is_not_run(mode: Mode, tmp_path: Path, path: str) -> None:
    """What lies in the directory that a process happens to run in may be anybody's."""
    folder = tmp_path / "folder"
    (folder / "bin").mkdir(parents=True)
    program_in(folder)
    program_in(folder / "bin")
    # Relative to the directory of this process, for which nothing is changed: the tests share it.
    relative = os.pathsep.join(
        os.path.relpath(folder / entry) if entry and entry != "/nowhere" else entry for entry in path.split(os.pathsep)
    )
    commands = mode.commands(environ={"PATH": relative})
    with pytest.raises(CredentialUnavailable, match="az is not installed"):
        mode.run(lambda: commands.run(["az"], timeout_seconds=20))


def test_program_named_by_a_relative_path_is_not_run(mode: Mode, tmp_path: Path) -> None:
    """Likewise."""
    name = os.path.relpath(program_in(tmp_path))
    with pytest.raises(CredentialUnavailable, match="az is not installed"):
        mode.run(lambda: mode.commands().run([name], timeout_seconds=20))


def test_absolute_folders_of_a_mixed_path_count(mode: Mode, tmp_path: Path) -> None:
    """The others are passed over."""
    program_in(tmp_path)
    commands = mode.commands(environ={"PATH": f".::bin:{tmp_path}"})
    assert mode.run(lambda: commands.run(["az"], timeout_seconds=20)).stdout == b"planted\n"


def test_programs_run_in_a_folder_of_the_system(mode: Mode) -> None:
    """A program that loads modules from where it runs finds nothing of anybody's there."""
    arguments = [sys.executable, "-c", "import os; print(os.getcwd())"]
    assert mode.run(lambda: mode.commands().run(arguments, timeout_seconds=20)).stdout == b"/\n"


def test_T112_secrets_of_this_process_are_not_inherited(mode: Mode) -> None:
    """T112: what the application proves itself with is nothing to the Azure CLI; what is passed by name arrives."""
    secrets = dict.fromkeys(
        (
            "AZURE_CLIENT_SECRET",
            "AZURE_CLIENT_CERTIFICATE_PASSWORD",
            "AZURE_AD_COOKIE_KEYS",
            "AZURE_AD_REDIS_URL",
            "IDENTITY_HEADER",
        ),
        "canary",
    )
    commands = mode.commands(environ={**secrets, "AZURE_CONFIG_DIR": "/kept"})
    arguments = [sys.executable, "-c", "import os; print(sorted(os.environ.items()))"]
    printed = mode.run(lambda: commands.run(arguments, timeout_seconds=20, environ={"AZURE_AD_X": "passed"})).stdout
    assert b"canary" not in printed
    assert b"('AZURE_CONFIG_DIR', '/kept')" in printed
    assert b"('AZURE_AD_X', 'passed')" in printed


def test_R10_commands_need_no_thread_of_the_event_loop(event_loop_mode: Mode) -> None:
    """R10: when all threads of the event loop are taken a program is run all the same."""
    commands = AsyncCommandRunner()

    async def body() -> bytes:
        limiter = anyio.to_thread.current_default_thread_limiter()
        limiter.total_tokens = 1
        # Taken as a thread takes it.
        async with limiter:
            with anyio.fail_after(10):
                return (await commands.run([sys.executable, "-c", "print(1)"], timeout_seconds=9)).stdout

    # On two event loops.
    assert event_loop_mode.run(body) == event_loop_mode.run(body) == b"1\n"
