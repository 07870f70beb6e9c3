"""Files and functions keep the size and the names that CONTRIBUTING.md promises."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "azuread_auth"
MODULES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES_PER_FILE = 300
MAX_LINES_PER_FUNCTION = 30
NAMES_THAT_SAY_NOTHING = {"base_utils", "common", "helper", "helpers", "manager", "misc", "types", "util", "utils"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def named(path: Path) -> str:
    """The file within the package, as the id of a test."""
    return path.relative_to(PACKAGE).as_posix()


def functions_in(tree: ast.AST) -> list[Function]:
    """All functions, methods and functions within functions."""
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def lines_of_code(function: Function) -> int:
    """The lines of its body, without docstring and without the functions defined in it."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not body:
        return 0
    inner = [nested for statement in body for nested in functions_in(statement)]
    skipped = {line for nested in inner for line in range(nested.lineno, (nested.end_lineno or nested.lineno) + 1)}
    return len(set(range(body[0].lineno, (body[-1].end_lineno or 0) + 1)) - skipped)


def test_the_package_is_found():
    """The rules below are judged on something."""
    assert len(MODULES) > 20


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_file_holds_one_concept(path):
    """No file is too long, and none has a name under which anything could hide."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES_PER_FILE
    assert path.stem not in NAMES_THAT_SAY_NOTHING


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_functions_are_short(path):
    """A function fits on the screen."""
    functions = functions_in(ast.parse(path.read_text(encoding="utf-8")))
    too_long = {each.name: lines for each in functions if (lines := lines_of_code(each)) > MAX_LINES_PER_FUNCTION}
    assert not too_long


@pytest.mark.parametrize("path", [path for path in MODULES if "/_" not in f"/{named(path)}"], ids=named)
def test_public_module_says_what_is_public(path):
    """Every module that applications may import lists its public names."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assigned = {
        target.id
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    assert "__all__" in assigned
