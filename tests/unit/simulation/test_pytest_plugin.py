"""The fixtures, as a project that has this package installed gets them."""

import subprocess
import sys

import pytest

from azuread_auth.client import AzureAdClient


def test_fixtures_belong_together(simulated_tenant, azuread_settings, mint_token):
    """Settings trust the tenant, and the tokens are the tenant's."""
    with AzureAdClient(azuread_settings) as azure:
        principal = azure.validate_token(mint_token(scopes=["Files.Read"], user="megan"))
    assert principal.tenant_id == simulated_tenant.tenant_id
    assert (principal.name, principal.scopes, principal.roles) == ("Megan Bowen", {"Files.Read"}, {"Admin"})


@pytest.mark.parametrize("workers", ["0", "2"], ids=["one after another", "in parallel"])
def test_each_test_has_a_tenant_of_its_own(tmp_path, workers):
    """State does not travel from one test to the next, and a port that was opened is closed; no conftest is needed."""
    (tmp_path / "test_project.py").write_text(
        "import socket, pytest\n"
        "seen = []\n"
        "@pytest.mark.parametrize('turn', [1, 2])\n"
        "def test_it(simulated_tenant, azuread_settings, mint_token, turn):\n"
        "    assert simulated_tenant.request_count() == 0\n"
        "    assert azuread_settings.tenant_id == simulated_tenant.tenant_id not in seen\n"
        "    seen.append(simulated_tenant.tenant_id)\n"
        "    simulated_tenant.go_down()\n"
        "    seen.append(int(simulated_tenant.serve().rpartition(':')[2]))\n"
        "    assert mint_token()\n"
        "def test_closed():\n"
        "    for port in seen[1::2]:\n"
        "        with pytest.raises(OSError):\n"
        "            socket.create_connection(('127.0.0.1', port), timeout=1)\n"
    )
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", workers]
    command += ["--dist", "loadfile", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


def test_loading_the_plugin_loads_nothing_else():
    """Projects whose tests never ask for a fixture pay for one small module."""
    program = (
        "import sys, pytest, azuread_auth; before = set(sys.modules);"
        "import azuread_auth.simulation.pytest_plugin;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "['azuread_auth.simulation', 'azuread_auth.simulation.pytest_plugin']"
