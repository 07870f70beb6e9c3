"""The reference says what the code says."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

from azuread_auth import errors
from azuread_auth.rejection import RejectionReason
from azuread_auth.settings import AzureAdSettings
from azuread_auth.simulation.faults import FAULTS
from azuread_auth.simulation.token_order import TokenWishes

HERE = Path(__file__).parent
REFERENCE = HERE.parents[1] / "docs" / "reference"
ROW = re.compile(r"^\| `([^`]+)`[^|]* \|", re.MULTILINE)


def rows(page: str, table: str) -> list[str]:
    """The first column of a generated table."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    return ROW.findall(text.partition(f"<!-- generated: {table} -->")[2].partition("<!-- end -->")[0])


def test_tables_are_up_to_date():
    """What `python tests/documentation/reference_tables.py` would write is there already."""
    command = [sys.executable, str(HERE / "reference_tables.py"), "--check"]

    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_settings_page_has_every_field():
    """Each setting is listed, and nothing else."""
    assert rows("settings.md", "settings") == [field.name for field in dataclasses.fields(AzureAdSettings)]


def test_errors_page_has_every_class():
    """Each error is listed, and nothing else."""
    assert rows("errors.md", "errors") == errors.__all__


def test_errors_page_has_every_reason():
    """Each reason of a refused token is listed, and nothing else."""
    assert rows("errors.md", "reasons") == [reason.value for reason in RejectionReason]


def test_simulation_page_has_every_wish():
    """Each keyword of mint_token is listed, and nothing else."""
    assert rows("simulation.md", "wishes") == list(TokenWishes.__annotations__)


def test_simulation_page_has_every_fault():
    """Each fault is listed, and nothing else."""
    assert rows("simulation.md", "faults") == list(FAULTS)
