"""Links, pictures, commands and the navigation lead somewhere."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"(?:\]\(|(?:href|src)=\")(?P<target>[^)\"\s]+)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
DEMO = "pip install uv && uv run --all-extras azuread-auth demo"
TESTS = "pip install uv && uv run --all-extras pytest"


def named(page: Path) -> str:
    """The page within the project, as the id of a test."""
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """The page without its code."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors that the headings of a page make."""
    texts = HEADING.findall(prose(page))
    return {re.sub(r"[^\w\- ]", "", text).strip().lower().replace(" ", "-") for text in texts}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_of_the_page_lead_somewhere(page):
    """Files that are linked or shown are there, and so are the headings that are pointed at."""
    for match in LINK.finditer(prose(page)):
        path, _, anchor = match["target"].partition("#")
        if "://" in path or path.startswith("mailto:"):
            continue
        target = page if not path else (page.parent / path).resolve()
        assert target.exists(), match["target"]
        assert not anchor or anchor in anchors(target), match["target"]


def pages_in(entries: list[dict[str, object]]) -> list[str]:
    """The pages of a navigation, sections opened."""
    found: list[str] = []
    for entry in entries:
        for value in entry.values():
            found += [value] if isinstance(value, str) else pages_in(value)
    return found


def test_navigation_has_every_page_once():
    """No page is out of reach, none is missing."""
    nav = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]

    assert sorted(pages_in(nav)) == [page.relative_to(DOCS).as_posix() for page in sorted(DOCS.rglob("*.md"))]


def test_readme_has_the_two_commands():
    """Who clones the project finds the demo and the tests, one line each."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()

    assert lines.count(DEMO) == 1
    assert lines.count(TESTS) == 1
