"""The contracts about imports hold, and would be noticed if they did not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("importlinter", reason="import-linter is not installed; it is in the dependency group 'lint'")

ROOT = Path(__file__).parents[2]

PLANTED = {
    "_protocol/planted_clock.py": "import time",
    "_protocol/planted_upward.py": "import azuread_auth.settings",
    "_core/planted_loop.py": "import asyncio",
    "_core/planted_adapter.py": "import azuread_auth._adapters.async_runtime",
    "_core/planted_credential.py": "import azuread_auth.credentials.certificate",
    "_core/planted_client.py": "import azure.core",
    "_web/planted_store.py": "import redis",
    "_web/planted_meter.py": "import opentelemetry",
    "_web/planted_short_cut.py": "import azuread_auth._core.provider",
    "_web/planted_framework.py": "import starlette.requests",
    "stores/planted_fake.py": "import azuread_auth.simulation",
    "simulation/planted_wiring.py": "import azuread_auth.stores",
    "cli/planted_command.py": "import azuread_auth._core.provider",
    "planted_stranger.py": "",
}


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    """Judge the copy of the package in `tree`."""
    environ = os.environ | {"PYTHONPATH": str(tree / "src"), "NO_COLOR": "1", "COLUMNS": "200"}
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as main; main()"]
    return subprocess.run(
        [*command, "--no-cache", "--no-logo"], cwd=tree, env=environ, capture_output=True, text=True, check=False
    )


def copy_of_the_package(tree: Path) -> Path:
    """A copy of what import-linter reads."""
    shutil.copytree(ROOT / "src", tree / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """The verdict on a copy with every forbidden import planted in it."""
    tree = copy_of_the_package(tmp_path_factory.mktemp("planted"))
    package = tree / "src" / "azuread_auth"
    for path, line in PLANTED.items():
        (package / path).write_text(f"{line}\n")
    flow = package / "_core" / "flows" / "on_behalf_of.py"
    flow.write_text(f"{flow.read_text()}\nimport azuread_auth._core.flows.refresh_token\n")
    return lint_imports(tree)


def test_contracts_are_kept(tmp_path):
    """The package as it is keeps all contracts."""
    result = lint_imports(copy_of_the_package(tmp_path))
    assert result.returncode == 0, result.stdout + result.stderr
    assert " 0 broken" in result.stdout


def test_violation_fails_the_check(report):
    """Planted violations make the command fail, which is what CI looks at."""
    assert report.returncode == 1
    assert " 12 broken" in report.stdout, report.stdout


@pytest.mark.parametrize(
    "chain",
    [
        pytest.param("azuread_auth._protocol.planted_clock -> time", id="a rule reads the clock"),
        pytest.param("azuread_auth._protocol.planted_upward -> azuread_auth.settings", id="a rule knows the settings"),
        pytest.param("azuread_auth._core.planted_loop -> asyncio", id="the core knows an event loop"),
        pytest.param(
            "azuread_auth._core.planted_adapter -> azuread_auth._adapters.async_runtime", id="the core picks an adapter"
        ),
        pytest.param(
            "azuread_auth._core.planted_credential -> azuread_auth.credentials.certificate",
            id="the core knows one kind of credential",
        ),
        pytest.param(
            "azuread_auth._web.planted_short_cut -> azuread_auth._core.provider", id="inbound goes past the engine"
        ),
        pytest.param(
            "azuread_auth._core.flows.on_behalf_of -> azuread_auth._core.flows.refresh_token",
            id="a flow knows another",
        ),
        pytest.param("azuread_auth._core.planted_client -> azure", id="the core knows an Azure SDK"),
        pytest.param("azuread_auth._web.planted_store -> redis", id="inbound knows Redis"),
        pytest.param("azuread_auth._web.planted_meter -> opentelemetry", id="inbound knows OpenTelemetry"),
        pytest.param("azuread_auth._web.planted_framework -> starlette", id="inbound knows a framework"),
        pytest.param("azuread_auth.stores.planted_fake -> azuread_auth.simulation", id="a store knows the simulation"),
        pytest.param("azuread_auth.simulation.planted_wiring -> azuread_auth.stores", id="siblings know each other"),
    ],
)
def test_planted_import_is_reported(report, chain):
    """Each forbidden import is named, with both ends."""
    assert chain in report.stdout


def test_permitted_import_is_not_reported(report):
    """What stands at the top may import anything below."""
    assert "planted_command" not in report.stdout


def test_module_without_a_place_is_reported(report):
    """A new module at the top level fails until somebody decides which layer it belongs to."""
    assert "- azuread_auth.planted_stranger" in report.stdout
