"""A simulated directory in a TOML file: read strictly, so that a slip of the pen is named with its place."""

import codecs
import re
import stat
import tomllib
from pathlib import Path
from typing import Final

from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.directory_apps import read_apps
from azuread_auth.simulation.directory_content import SimulatedDirectory
from azuread_auth.simulation.directory_people import read_groups, read_users
from azuread_auth.simulation.directory_tenants import read_tenants
from azuread_auth.simulation.people import MOST_GROUPS
from azuread_auth.simulation.strict_table import Table

__all__ = ["load_directory"]

_MOST_BYTES: Final = 1_048_576
_POSITION: Final = re.compile(r"at line \d+, column \d+", re.ASCII)


def load_directory(path: str | Path) -> SimulatedDirectory:
    """The directory in a file of at most a mebibyte.

    Raises ConfigurationError that names the file and the place in it; what is at the place is not repeated.
    """
    file = Path(path)
    try:
        table = Table(_document(file))
        directory = _directory(table, file.parent)
        table.close()
    except ConfigurationError as error:
        message = f"{file}: {error}"
        raise ConfigurationError(message) from None
    return directory


def _document(file: Path) -> dict[str, object]:
    data = _data(file)
    if data.startswith(codecs.BOM_UTF8):
        message = "begins with a byte order mark, which TOML has none; save it as UTF-8 without one"
        raise ConfigurationError(message)
    try:
        return tomllib.loads(data.decode())
    except tomllib.TOMLDecodeError as error:
        # Its own message may repeat what is there.
        position = _POSITION.search(str(error))
        message = f"{position[0] if position else 'at its end'}: this is not TOML"
    except UnicodeDecodeError:
        message = "expected TOML in UTF-8"
    except RecursionError:
        message = "is nested too deeply; a directory has lists of tables and lists of text"
    raise ConfigurationError(message) from None


def _data(file: Path) -> bytes:
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            message = "expected a regular file"
            raise ConfigurationError(message)
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        message = f"cannot be read ({type(error).__name__})"
        raise ConfigurationError(message) from error
    if len(data) > _MOST_BYTES:
        message = f"is larger than {_MOST_BYTES} bytes"
        raise ConfigurationError(message)
    return data


def _directory(table: Table, folder: Path) -> SimulatedDirectory:
    most_groups = table.integer("overage_threshold")
    tenants = read_tenants(table)
    groups = read_groups(table)
    users = read_users(table, tenants=tenants, groups=groups)
    apps = read_apps(table, tenants=tenants, users=users, folder=folder)
    return SimulatedDirectory(
        tenants=tenants.known,
        users=users.by_name,
        group_names={group_id: name for name, group_id in groups.items()},
        apps=apps.apps,
        tenant_consents=apps.tenant_consents,
        user_consents=apps.user_consents,
        most_groups=MOST_GROUPS if most_groups is None else most_groups,
    )
