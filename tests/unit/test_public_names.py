"""What `import azuread_auth` offers."""

import subprocess
import sys

import pytest

import azuread_auth


def test_names_are_sorted_and_there() -> None:
    """The list of public names is sorted, without repetition, and each of them can be had."""
    names = azuread_auth.__all__
    assert names == sorted(set(names))
    assert all(getattr(azuread_auth, name) is not None for name in names)
    assert set(names) <= set(dir(azuread_auth))


def test_other_names_are_refused_as_ever() -> None:
    """A name that is not there is an AttributeError that says so."""
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        azuread_auth.nonsense  # noqa: B018


def test_import_is_light() -> None:
    """Importing the package, settings and errors loads no HTTP client, web framework, x509 or command line."""
    heavy = "httpx2 httpcore2 starlette anyio asyncio ssl jwt argparse azuread_auth.cli azuread_auth.simulation"
    script = (
        "import sys; import azuread_auth; azuread_auth.AzureAdSettings; azuread_auth.ConfigurationError; "
        f"print([name for name in {heavy.split()} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
