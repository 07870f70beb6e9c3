"""Names of a package that load their module when they are first used (PEP 562)."""

import sys
from collections.abc import Mapping
from importlib import import_module

__all__ = ["load_name", "names_of"]


def load_name(package: str, home_of: Mapping[str, str], name: str) -> object:
    """What the package's `__getattr__` gives. `home_of` tells in which of its modules each name is."""
    home = home_of.get(name)
    if home is None:
        message = f"module {package!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(f"{package}.{home}"), name)
    setattr(sys.modules[package], name, value)
    return value


def names_of(package: str, home_of: Mapping[str, str]) -> list[str]:
    """What the package's `__dir__` gives: each name once, loaded or not."""
    return sorted({*vars(sys.modules[package]), *home_of})
