"""The program as a whole: its commands, help and exit codes."""

import importlib.metadata
import io

import pytest

from azuread_auth.cli.main import COMMANDS, build_parser, main


class InterruptedInput(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise KeyboardInterrupt


def test_version_is_the_distributions(run):
    """--version prints the version that is installed."""
    outcome = run("--version")
    assert outcome.code == 0
    assert outcome.out == f"azuread-auth {importlib.metadata.version('azuread-auth')}\n"


def test_half_a_command_is_wrong_usage(run):
    """The first of two words alone gets the help of that word, on standard error."""
    outcome = run("token")
    assert (outcome.code, outcome.out) == (2, "")
    assert "usage: azuread-auth token" in outcome.err
    assert "device" in outcome.err


def test_no_command_is_wrong_usage(run):
    """Without a command the help goes to standard error, and the exit code is 2."""
    outcome = run()
    assert (outcome.code, outcome.out) == (2, "")
    assert "commands:" in outcome.err


@pytest.mark.parametrize(
    "command", [(), ("token",), *(tuple(command.name.split()) for command in COMMANDS)], ids=" ".join
)
def test_help_documents_exit_codes(command, capsys):
    """The help of the program and of each command says what the exit codes mean."""
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    assert "exit codes:\n  0 " in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-command",),
        ("key", "--loud"),
        ("demo", "--port", "70000"),
        ("demo", "--port", "x"),
        ("token", "user", "--port", "-1"),
    ],
)
def test_wrong_arguments_are_wrong_usage(arguments, capsys):
    """Arguments that make no sense end the program with 2 and a message."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_interrupted_command_ends_quietly(run):
    """Ctrl-C ends a command without a traceback."""
    outcome = run("inspect", stdin=InterruptedInput())
    assert (outcome.code, outcome.out, outcome.err) == (130, "", "")


def test_every_command_is_in_the_parser():
    """Each command can be named, and the parser says which one it was."""
    parser = build_parser()
    for command in COMMANDS:
        assert parser.parse_args(command.name.split()).command is command
