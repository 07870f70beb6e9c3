"""A directory file of any bytes is a directory, the same each time, or ConfigurationError that repeats none of it."""

import tempfile
from pathlib import Path

from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.directory_file import load_directory

CANARY = "Zq7~Canary"  # what the seeds have for a secret


def one_input(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(prefix="fuzz-", suffix=".toml") as file:
        file.write(data)
        file.flush()
        _judge(Path(file.name))


def _judge(file: Path) -> None:
    try:
        found = load_directory(file)
    except ConfigurationError as error:
        _assert_quiet(error)
        return
    assert found.tenants, "a directory without a tenant was accepted"
    again = load_directory(file)
    assert list(again.users) == list(found.users), "one file is two directories"
    known = {None, PERSONAL_TENANT, *(tenant.tenant_id for tenant in found.tenants)}
    assert {user.tenant_id for user in found.users.values()} <= known, "a user is of no tenant"


def _assert_quiet(error: Exception) -> None:
    shown = f"{error} {error!r}"
    assert CANARY not in shown, "a refusal tells what is in the file"
    assert str(error).isprintable(), "an error can begin a line of its own in a log"
