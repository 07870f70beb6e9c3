"""Nothing needs chance when it is imported, and incoming tokens never do: a machine short of it starts and serves."""

import ast
from pathlib import Path
from typing import Any

import pytest

from azuread_auth import AzureAdClient
from azuread_auth._adapters.blocking_runtime import BlockingRuntime
from azuread_auth.simulation import SimulatedTenant

PACKAGE = Path(__file__).parents[2] / "src" / "azuread_auth"
SOURCES_OF_CHANCE = {"urandom", "token_bytes", "token_hex", "token_urlsafe", "uuid1", "uuid4", "randbytes", "getrandom"}


def calls_at_import(tree: ast.AST) -> set[str]:
    """What is called while a module is imported: outside functions, class bodies included."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call):
            found.add(getattr(node.func, "attr", getattr(node.func, "id", "")))
        found |= calls_at_import(node)
    return found


def test_a_call_at_import_would_be_noticed():
    """The check below finds what it looks for, in a class too, and not what waits in a function."""
    source = "import os\nclass A:\n    key = os.urandom(9)\ndef f():\n    uuid4()\ng = lambda: token_hex()\n"
    assert calls_at_import(ast.parse(source)) == {"urandom"}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_import_asks_for_no_chance(path):
    """A process that starts early, before the system has gathered any, does not wait."""
    assert not calls_at_import(ast.parse(path.read_text(encoding="utf-8"))) & SOURCES_OF_CHANCE


def test_incoming_tokens_ask_for_no_secrets():
    """Checking tokens waits for no random bytes, which a system may be slow with: they are the runtime's to give."""
    asked: list[int] = []
    runtime: Any = BlockingRuntime()
    give = runtime.random_bytes

    def counted(count: int) -> bytes:
        asked.append(count)
        return give(count)

    runtime.random_bytes = counted
    with SimulatedTenant() as tenant, AzureAdClient(tenant.settings(), runtime=runtime) as client:
        token = tenant.mint_token()
        for _ in range(3):
            client.validate_token(token)
        client.validate_token(tenant.mint_token(user="megan"))
        assert asked == []
        client.start_authorization(redirect_uri="http://localhost/auth/callback")
        assert sum(asked) >= 32
