"""What a race between a caller's cancellation and a worker thread comes to."""

import sys

import pytest

from azuread_auth._adapters.command_runner import _Command
from azuread_auth.errors import CredentialUnavailable


def test_command_cancelled_before_its_thread_has_begun_is_not_started() -> None:
    """A caller that is gone when the worker thread comes to it costs no process."""
    command = _Command([sys.executable, "-c", "raise SystemExit"], {})
    command.kill()
    with pytest.raises(CredentialUnavailable, match="its caller was cancelled"):
        command.result(timeout_seconds=5)


def test_command_that_has_ended_is_not_killed() -> None:
    """Once a program has been waited for, its number may be another's: killing it later does nothing."""
    command = _Command([sys.executable, "-c", "raise SystemExit(3)"], {})
    assert command.result(timeout_seconds=20).exit_code == 3
    command.kill()
