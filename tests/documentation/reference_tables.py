"""The tables of the documentation that repeat what the code says: `python tests/documentation/reference_tables.py`.

Writes them between `<!-- generated: NAME -->` and `<!-- end -->`. A test compares; nothing else has to be remembered.
"""

import argparse
import ast
import dataclasses
import html
import inspect
import re
import runpy
import sys
import typing
from collections.abc import Callable, Iterable
from pathlib import Path

from threat_tests import LAST, files_by_id

from azuread_auth import errors, settings
from azuread_auth._protocol.clouds import CLOUDS
from azuread_auth._settings.environment import _READERS, _SHARED_NAMES
from azuread_auth.cli.command import EXIT_CODES, Command
from azuread_auth.cli.main import COMMANDS
from azuread_auth.rejection import RejectionReason
from azuread_auth.simulation.faults import FAULTS
from azuread_auth.simulation.token_order import TokenOrder

DOCS = Path(__file__).parents[2] / "docs"
STRANGERS = Path(__file__).parents[1] / "integration" / "strangers" / "matrix.py"
MARKED = re.compile(r"(<!-- generated: (?P<name>[a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)

NAMED_DEFAULTS = {"client_id": "required", "authority_host": "`AUTHORITY_PUBLIC`"}
CLOUD_NAMES = {
    "login.microsoftonline.com": "Public",
    "login.microsoftonline.us": "US Government",
    "login.partner.microsoftonline.cn": "China, operated by 21Vianet",
    "login.microsoftonline.de": "Germany, the closed one",
    "login.sovcloud-identity.fr": "France",
    "login.sovcloud-identity.de": "Germany",
    "login.sovcloud-identity.sg": "Singapore",
}


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(text: str) -> str:
    """The text as code. Python-Markdown would show the escape of a bar within backticks."""
    return f"<code>{html.escape(text).replace('|', '&#124;')}</code>" if "|" in text else f"`{text}`"


def settings_table() -> str:
    """Each field of AzureAdSettings."""
    meanings = attribute_docstrings(settings.AzureAdSettings)
    rows = []
    for field in dataclasses.fields(settings.AzureAdSettings):
        names = [field.name]
        names += [f"AZURE_AD_{field.name.upper()}"] if field.name in _READERS else []
        names += [_SHARED_NAMES[field.name]] if field.name in _SHARED_NAMES else []
        default = NAMED_DEFAULTS.get(field.name, code(repr(field.default)))
        rows.append(["<br>".join(map(code, names)), default, meanings[field.name]])
    return table(["setting, and its variables", "default", "meaning"], rows)


def wishes_table() -> str:
    """Each keyword of mint_token."""
    meanings = attribute_docstrings(TokenOrder)
    rows = []
    for field in dataclasses.fields(TokenOrder):
        choices = ", ".join(code(repr(choice)) for choice in typing.get_args(field.type))
        meaning = meanings.get(field.name) or f"one of {choices}"
        rows.append([code(field.name), code(repr(field.default)), html_safe(meaning)])
    return table(["wish", "default", "meaning"], rows)


def faults_table() -> str:
    """Each fault that a minted token can have."""
    rows = [
        [code(name), html_safe(fault.description), code(fault.reason.value) if fault.reason else ""]
        for name, fault in FAULTS.items()
    ]
    return table(["fault", "the token", "reason"], rows)


def attribute_docstrings(cls: type) -> dict[str, str]:
    """The text under each annotated attribute of a class."""
    (definition,) = ast.parse(inspect.getsource(cls)).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for statement, following in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(statement, ast.AnnAssign) and isinstance(following, ast.Expr):
            assert isinstance(statement.target, ast.Name)
            found[statement.target.id] = " ".join(str(ast.literal_eval(following.value)).split())
    return found


def errors_table() -> str:
    """Each class of errors."""
    classes = [getattr(errors, name) for name in errors.__all__]
    rows = [
        [f"{code(each.__name__)}<br>{code(each.code)}", "yes" if each.retryable else "no", first_paragraph(each)]
        for each in classes
    ]
    return table(["class, and its `code`", "`retryable`", "meaning"], rows)


def first_paragraph(documented: object) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((inspect.getdoc(documented) or "").partition("\n\n")[0].split())


def reasons_table() -> str:
    """Each reason for which a token is refused."""
    rows = [
        [code(reason.value), "403" if reason.is_forbidden else "401", reason.explanation, reason.remedy]
        for reason in RejectionReason
    ]
    return table(["reason", "answer", "what was wrong", "what to do"], (map(html_safe, row) for row in rows))


def html_safe(text: str) -> str:
    """The text with `<client id>` and the like shown, not taken for HTML."""
    return text if text.startswith("`") else text.replace("<", "&lt;").replace(">", "&gt;")


def commands() -> str:
    """Each command with its options."""
    return "\n\n".join(map(command_section, COMMANDS))


def command_section(command: Command) -> str:
    """A command: what it is for, and its arguments."""
    parser = argparse.ArgumentParser(prog=command.name, add_help=False)
    command.configure(parser)
    rows = [[code(named(action)), html_safe(action.help or "")] for action in parser._actions]
    description = "\n\n".join(" ".join(part.split()) for part in command.description.split("\n\n"))
    return f"## {command.name}\n\n{html_safe(description)}\n\n{table(['argument', 'meaning'], rows)}"


def named(action: argparse.Action) -> str:
    """How the argument is written."""
    if not action.option_strings:
        return str(action.metavar or action.dest)
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return f"{', '.join(action.option_strings)}{value}"


def exit_codes_table() -> str:
    """Each exit code."""
    lines = [line.split(maxsplit=1) for line in EXIT_CODES.splitlines()[1:]]
    return table(["code", "meaning"], ([code(number), meaning] for number, meaning in lines))


def clouds_table() -> str:
    """Each cloud with its login hosts, the one to configure first."""
    rows = []
    for cloud in CLOUDS:
        (main,) = cloud.login_hosts & CLOUD_NAMES.keys()
        others = sorted(cloud.login_hosts - {main})
        rows.append([CLOUD_NAMES[main], code(main), ", ".join(map(code, others)), code(cloud.v1_issuer_host)])
    return table(["cloud", "`authority_host`", "other names", "issuer host of v1 tokens"], rows)


def strangers_table() -> str:
    """Each client that gets tokens from the simulated tenant, with what it calls for each grant."""
    tried = runpy.run_path(str(STRANGERS))
    clients = tried["CLIENTS"]
    rows = [
        [name, *(code(tried["MATRIX"][client][grant]) for client in clients)] for grant, name in tried["GRANTS"].items()
    ]
    return table(["grant", *clients.values()], rows)


def threat_tests_table() -> str:
    """Each row of the threat model, with the files of its tests, or none where it does not apply."""
    files = files_by_id()
    ids = [f"{letter}{number:02}" for letter, last in LAST.items() for number in range(1, last + 1)]
    return table(["id", "files in `tests`"], ([each, "<br>".join(map(code, files[each]))] for each in ids))


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "errors": errors_table,
    "reasons": reasons_table,
    "commands": commands,
    "exit codes": exit_codes_table,
    "clouds": clouds_table,
    "wishes": wishes_table,
    "faults": faults_table,
    "strangers": strangers_table,
    "threat tests": threat_tests_table,
}


def refreshed(text: str) -> str:
    """A page with its tables made anew."""
    return MARKED.sub(lambda match: f"{match[1]}\n{TABLES[match['name']]()}\n\n{match[3]}", text)


def main() -> int:
    """Write the pages, or with --check only say which are out of date."""
    is_check = sys.argv[1:] == ["--check"]
    outdated = []
    for page in sorted(DOCS.rglob("*.md")):
        present = page.read_text(encoding="utf-8")
        wanted = refreshed(present)
        if wanted == present:
            continue
        outdated.append(page.relative_to(DOCS).as_posix())
        if not is_check:
            page.write_text(wanted, encoding="utf-8")
    if outdated and is_check:
        sys.stdout.write(f"out of date: {', '.join(outdated)}; run python tests/documentation/reference_tables.py\n")
    return 1 if outdated and is_check else 0


if __name__ == "__main__":
    sys.exit(main())
