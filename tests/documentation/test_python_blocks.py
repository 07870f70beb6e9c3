"""Every Python block of README and documentation runs, and what it makes answers as the page says.

Comments before a block are requests to put to the `app` or `application` in it, and what must come back:

    <!-- try: GET /files -> 401 -->
    <!-- try: GET /files scopes=Files.Read user=megan -> 200 "Megan" -->

With wishes for `mint_token` the request has a token: lists are separated by commas, claims are JSON without blanks. A
block with a title is a module that later blocks may import; one with tests is run by pytest.
"""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from azuread_auth.simulation import SimulatedTenant

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

BLOCK = re.compile(
    r"(?P<tries>(?:^<!-- try: [^\n]+ -->\n)*)\n?^```python(?: title=\"(?P<title>[\w.]+)\")?\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
FENCE = re.compile(r"^ *```python", re.MULTILINE)
TRY = re.compile(
    r"<!-- try: (?P<method>[A-Z]+) (?P<path>\S+)(?P<wishes>.*?) -> (?P<status>\d+)(?: \"(?P<text>.*)\")? -->"
)
LISTS = {"scopes", "roles", "groups"}
DJANGO_PROJECT = {"PYTHONPATH": str(HERE)}
# Of anyio, which is a plugin of pytest: that its asserts cannot tell what they compared.
LOADED_BEFORE = "ignore:Module already imported so cannot be rewritten:pytest.PytestAssertRewriteWarning"


@dataclass(frozen=True, kw_only=True)
class Block:
    """One block of a page."""

    code: str
    module: str | None
    line: int
    tries: tuple[re.Match[str], ...]

    @property
    def is_tests(self) -> bool:
        return self.module is not None and self.module.startswith("test_")


def blocks_of(page: Path) -> list[Block]:
    """The Python blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            code=match["code"],
            module=match["title"].removesuffix(".py") if match["title"] else None,
            line=text.count("\n", 0, match.start("code")),
            tries=tuple(TRY.finditer(match["tries"])),
        )
        for match in BLOCK.finditer(text)
    ]


def named(page: Path) -> str:
    """The page within the project, as the id of a test."""
    return page.relative_to(ROOT).as_posix()


def wish(text: str) -> tuple[str, Any]:
    """One keyword of `mint_token`."""
    name, _, value = text.partition("=")
    if name == "claims":
        return name, json.loads(value)
    return name, value.split(",") if name in LISTS else value


def as_request(attempt: re.Match[str], tenant: SimulatedTenant) -> dict[str, Any]:
    """A request as the child process puts it."""
    wishes = dict(map(wish, attempt["wishes"].split()))
    return {
        "method": attempt["method"],
        "path": attempt["path"],
        "wishes": attempt["wishes"].strip(),
        "headers": tenant.headers(**wishes) if wishes else {},
        "status": int(attempt["status"]),
        "text": attempt["text"] or "",
    }


def bare_environment() -> dict[str, str]:
    """What a fresh process needs, without a tenant."""
    return {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}


def environment(tenant: SimulatedTenant) -> dict[str, str]:
    """What a fresh process needs, with a tenant on loopback and a Django project."""
    return bare_environment() | tenant.environ() | DJANGO_PROJECT | {"DJANGO_SETTINGS_MODULE": "mysite.settings"}


@pytest.fixture(scope="module")
def forks():
    """Has work done by `page_forks.py`; gives the answer."""
    started = subprocess.Popen(
        [sys.executable, "-W", "error", str(HERE / "page_forks.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=bare_environment() | DJANGO_PROJECT,
        text=True,
    )

    def run(**order: Any) -> dict[str, Any]:
        print(json.dumps(order, default=str), file=started.stdin, flush=True)
        answer: dict[str, Any] = json.loads(started.stdout.readline())
        return answer

    yield run
    started.communicate(timeout=60)
    assert started.returncode == 0


PAGES_WITH_CODE = [page for page in PAGES if blocks_of(page)]


def test_pages_are_found():
    """The rules below are judged on something, and on every block and request there is."""
    assert len(PAGES_WITH_CODE) >= 8
    for page in PAGES:
        text, blocks = page.read_text(encoding="utf-8"), blocks_of(page)
        assert len(blocks) == len(FENCE.findall(text)), named(page)
        assert sum(len(block.tries) for block in blocks) == text.count("<!-- try: "), named(page)


@pytest.mark.parametrize("page", PAGES_WITH_CODE, ids=named)
def test_blocks_run(page, tmp_path, simulated_tenant, forks):
    """The blocks of a page run in a process of their own, warnings as errors, and the requests get their answers."""
    environ = environment(simulated_tenant)
    blocks = [block for block in blocks_of(page) if not block.is_tests]
    plan = [
        {
            "code": block.code,
            "module": block.module,
            "line": block.line,
            "tries": [as_request(each, simulated_tenant) for each in block.tries],
        }
        for block in blocks
    ]

    ran = forks(arguments=None, plan=plan, folder=tmp_path, environ=environ, seconds=60)

    assert ran["code"] == 0, ran["errors"]
    answers = [line for line in ran["output"].splitlines() if re.match(r"[A-Z]+ /.*: \d{3} ", line)]
    assert len(answers) == sum(len(block.tries) for block in blocks)


@pytest.mark.parametrize(
    "page", [page for page in PAGES_WITH_CODE if any(b.is_tests for b in blocks_of(page))], ids=named
)
def test_tests_in_pages_pass(page, tmp_path, forks):
    """The tests that a page shows pass, beside the modules that the page shows, and with no tenant configured."""
    for block in blocks_of(page):
        if block.module is not None:
            (tmp_path / f"{block.module}.py").write_text(block.code, encoding="utf-8")

    unused = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    arguments = ["-W", "error", "-W", LOADED_BEFORE, *unused, "--rootdir", str(tmp_path), "-q"]
    environ = bare_environment() | DJANGO_PROJECT
    ran = forks(arguments=arguments, folder=tmp_path, environ=environ, seconds=120)

    assert ran["code"] == 0, ran["output"]
