"""Compares the mutants that no test noticed with those that are accepted: `python mutation/judge.py FOLDER`.

The folder is a copy of the tree in which mutmut has run. Prints the score of each module; fails for a survivor that
accepted.toml has no reason for.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ACCEPTED = Path(__file__).with_name("accepted.toml")
# How a run of the tests ends that noticed the mutant: with a failure, or by taking too long. As mutmut notes it.
NOTICED = frozenset({1, 3, 24, -24, 36, 152, 255})


@dataclass(frozen=True)
class Survivor:
    """A mutant by where it is and what it makes of the code: numbers of lines and of mutants change too easily."""

    function: str
    change: str


def verdicts(folder: Path) -> dict[str, int]:
    """How the tests of each mutant ended, by its name; without those that were not tried."""
    found: dict[str, int | None] = {}
    for file in sorted((folder / "mutants").rglob("*.py.meta")):
        found |= json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
    return {name: code for name, code in found.items() if code is not None}


def module_of(name: str) -> str:
    return name.rpartition(".")[0].removeprefix("azuread_auth.")


def function_of(name: str) -> str:
    """Without what mutmut puts around it: "x_function", and "xǁClassǁmethod"."""
    mangled = name.rpartition(".")[2].rpartition("__mutmut_")[0]
    return mangled[2:].replace("\N{LATIN LETTER LATERAL CLICK}", ".")


def survivor(folder: Path, name: str) -> Survivor:
    command = [sys.executable, "-m", "mutmut", "show", name]
    shown = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    added = [line[1:].strip() for line in shown.splitlines() if line.startswith("+") and not line.startswith("+++")]
    return Survivor(f"{module_of(name)}.{function_of(name)}", "\n".join(added))


def accepted() -> set[Survivor]:
    entries = tomllib.loads(ACCEPTED.read_text(encoding="utf-8"))
    return {
        Survivor(f"{module}.{entry['function']}", change)
        for module, listed in entries.items()
        for entry in listed
        for change in entry["changes"]
    }


def scores(found: dict[str, int], unnoticed: set[str]) -> Iterator[str]:
    """A line for each module, and one for all of them."""
    modules = sorted({module_of(name) for name in found})
    for module in (*modules, ""):
        names = {name for name in found if module in {module_of(name), ""}}
        killed = len(names - unnoticed)
        yield f"{module or 'all':40} {len(names):6} {len(names) - killed:4} {killed / max(len(names), 1):8.1%}"


def main(folder: Path) -> int:
    found = verdicts(folder)
    survivors = {name: survivor(folder, name) for name, code in found.items() if code not in NOTICED}
    print(f"{'module':40} {'mutants':>6} {'left':>3} {'noticed':>8}")
    print(*scores(found, set(survivors)), sep="\n")
    known = accepted()
    unexplained = {name: each for name, each in survivors.items() if each not in known}
    for name, each in unexplained.items():
        print(f"\nno test notices {name}:\n  {each.function}\n  {each.change}")
    gone = [each for each in known - set(survivors.values()) if each.function.rpartition(".")[0]]
    print(f"\n{len(survivors) - len(unexplained)} survivors are explained, {len(unexplained)} are not, ", end="")
    print(f"{len(gone)} explanations are of mutants that were noticed or not tried")
    return 1 if unexplained or not found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
