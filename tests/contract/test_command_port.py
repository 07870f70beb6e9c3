"""What every CommandPort does, on asyncio, trio and threads, with real child processes."""

import os
import sys
import time
from pathlib import Path

import anyio
import pytest

from azuread_auth.errors import CredentialUnavailable
from azuread_auth.ports import CommandResult
from tests.conftest import Mode


def run(
    mode: Mode, *arguments: str, timeout_seconds: float = 20, environ: dict[str, str] | None = None
) -> CommandResult:
    """The result of a program."""
    commands = mode.commands()
    return mode.run(lambda: commands.run(arguments, timeout_seconds=timeout_seconds, environ=environ))


def python(mode: Mode, program: str, *arguments: str, timeout_seconds: float = 20) -> CommandResult:
    """The result of a Python program."""
    return run(mode, sys.executable, "-c", program, *arguments, timeout_seconds=timeout_seconds)


def is_running(process: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(file: Path) -> int:
    """The number that a child process writes to the file."""
    while not file.exists() or not file.read_text():
        time.sleep(0.01)
    return int(file.read_text())


def test_output_and_exit_code_come_back(mode: Mode) -> None:
    """What the program printed is kept apart, and its failure is a result."""
    result = python(mode, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (result.exit_code, result.stdout, result.stderr) == (3, b"out\n", b"err\n")
    assert "out" not in repr(result)


def test_arguments_are_not_for_a_shell(mode: Mode) -> None:
    """An argument arrives as it is, whatever it holds."""
    argument = "a b; echo $HOME `id` 'x' \"y\" *"
    assert python(mode, "import sys; print(sys.argv[1])", argument).stdout.decode() == f"{argument}\n"


def test_there_is_no_standard_input(mode: Mode) -> None:
    """A program that asks a question gets no answer and does not wait for one."""
    assert python(mode, "import sys; print(repr(sys.stdin.read()))").stdout == b"''\n"


def test_environment_is_added_to(mode: Mode) -> None:
    """The program inherits the environment, and sees what is added."""
    program = "import os; print(os.environ['PATH'] + '|' + os.environ['ADDED'])"
    result = run(mode, sys.executable, "-c", program, environ={"ADDED": "yes"})
    assert result.stdout.decode() == f"{os.environ['PATH']}|yes\n"


def test_environment_can_be_passed_in(mode: Mode, tmp_path: Path) -> None:
    """Programs are found by the PATH of the environment that was passed in."""
    program = tmp_path / "az"
    program.write_text("#!/bin/sh\necho $ONLY\n")
    program.chmod(0o755)
    commands = mode.commands(environ={"PATH": str(tmp_path), "ONLY": "this"})
    assert mode.run(lambda: commands.run(["az"], timeout_seconds=20)).stdout == b"this\n"


def test_absent_program_is_unavailable(mode: Mode, tmp_path: Path) -> None:
    """A program that is not installed is named."""
    with pytest.raises(CredentialUnavailable, match="no-such-program is not installed"):
        run(mode, "no-such-program")


def test_program_that_cannot_start_is_unavailable(mode: Mode, tmp_path: Path) -> None:
    """A file that is marked as a program and is none is named."""
    program = tmp_path / "az"
    program.write_bytes(b"\x00\x01\x02")
    program.chmod(0o755)
    with pytest.raises(CredentialUnavailable, match="az cannot be started"):
        run(mode, str(program))


def test_slow_program_is_killed_with_its_children(mode: Mode, tmp_path: Path) -> None:
    """At the time limit the program ends, and what it has started ends with it."""
    file = tmp_path / "process"
    program = (
        "import subprocess, sys, pathlib;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "pathlib.Path(sys.argv[1]).write_text(str(child.pid)); child.wait()"
    )
    began = time.monotonic()
    with pytest.raises(CredentialUnavailable, match="did not end within 1 seconds and was killed"):
        python(mode, program, str(file), timeout_seconds=1)
    assert time.monotonic() - began < 5
    child = wait_for(file)
    for _ in range(100):
        if not is_running(child):
            break
        time.sleep(0.02)
    assert not is_running(child)


def test_program_that_closes_its_output_and_stays_is_killed(mode: Mode) -> None:
    """The time limit holds for the program, not for its output alone."""
    program = "import os, time; os.close(1); os.close(2); time.sleep(60)"
    with pytest.raises(CredentialUnavailable, match=r"did not end within 0\.5 seconds"):
        python(mode, program, timeout_seconds=0.5)


def test_output_is_limited(mode: Mode) -> None:
    """A program that prints without end is killed for it and never fills the memory."""
    program = "import sys\nwhile True: sys.stdout.write('x' * 100000)"
    with pytest.raises(CredentialUnavailable, match="printed more than 1000000 bytes"):
        python(mode, program)


def test_several_programs_at_once(mode: Mode) -> None:
    """Runs do not wait for each other or mix their output."""
    commands = mode.commands()

    async def run_one(number: int) -> bytes:
        arguments = [sys.executable, "-c", f"print({number})"]
        return (await commands.run(arguments, timeout_seconds=20)).stdout

    bodies = [lambda number=number: run_one(number) for number in range(4)]
    assert mode.run(lambda: mode.gather(*bodies)) == [b"0\n", b"1\n", b"2\n", b"3\n"]


def test_R10_cancelled_caller_ends_the_program(event_loop_mode: Mode, tmp_path: Path) -> None:
    """R10: a caller that gives up does not wait for the program, which is killed."""
    file = tmp_path / "process"
    program = "import os, sys, time, pathlib; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(60)"
    commands = event_loop_mode.commands()

    async def body() -> float:
        began = time.monotonic()
        with anyio.move_on_after(1):
            await commands.run([sys.executable, "-c", program, str(file)], timeout_seconds=60)
        return time.monotonic() - began

    assert event_loop_mode.run(body) < 3
    child = wait_for(file)
    for _ in range(100):
        if not is_running(child):
            break
        time.sleep(0.02)
    assert not is_running(child)
