"""What `import azuread_auth` offers."""

import subprocess
import sys
from types import ModuleType

import pytest

import azuread_auth
import azuread_auth.credentials

LAZY = pytest.mark.parametrize("module", [azuread_auth, azuread_auth.credentials], ids=lambda module: module.__name__)


@LAZY
def test_names_are_sorted_and_there(module: ModuleType) -> None:
    """The list of public names is sorted, without repetition, and each of them can be had."""
    names = module.__all__
    assert names == sorted(set(names))
    assert all(getattr(module, name) is not None for name in names)
    assert set(names) <= set(dir(module))


@LAZY
def test_what_is_not_loaded_yet_is_listed(module: ModuleType) -> None:
    """Editors ask dir() for what there is; what has been loaded since stands there once."""
    script = (
        f"import {module.__name__} as m; print(set(m.__all__) <= set(dir(m))); m.{module.__all__[0]}; "
        "print(len(dir(m)) == len(set(dir(m))), m.__all__[0] in vars(m))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True"] * 3


@LAZY
def test_other_names_are_refused_as_ever(module: ModuleType) -> None:
    """A name that is not there is an AttributeError that says so."""
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        module.nonsense  # noqa: B018


def test_import_is_light() -> None:
    """Importing the package, settings and errors loads no HTTP client, web framework, x509 or command line."""
    heavy = (
        "httpx2 httpcore2 starlette anyio asyncio ssl cryptography.x509 jwt argparse azuread_auth.cli "
        "azuread_auth.simulation"
    )
    script = (
        "import sys; import azuread_auth; azuread_auth.AzureAdSettings; azuread_auth.ConfigurationError; "
        f"print([name for name in {heavy.split()} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_the_middleware_loads_what_it_needs_and_no_more() -> None:
    """Before the first token: no HTTP client, no library of tokens, no certificates, and no credential."""
    heavy = "httpx2 httpcore2 jwt cryptography.x509 cryptography.hazmat.primitives.serialization.ssh"
    credentials = "azuread_auth.credentials."
    script = (
        "import sys; import azuread_auth.asgi, azuread_auth.wsgi; "
        f"loaded = {{name for name in sys.modules if name in {heavy.split()} or name.startswith({credentials!r})}}; "
        f"print(sorted(loaded - {{'{credentials}base'}}))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
