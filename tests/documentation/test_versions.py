"""What is said about versions agrees: the package, its changelog, the page about versions, and what is tested."""

import importlib.metadata
import re
import tomllib
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "reference" / "versions.md").read_text(encoding="utf-8")
HEADING = re.compile(r"^## (.*)$", re.MULTILINE)
RELEASE = re.compile(r"\[(?P<version>\d+\.\d+\.\d+)\] - (?P<day>\d{4}-\d{2}-\d{2})")
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
TRIED_TOGETHER = {"demo": {"fastapi", "uvicorn"}}  # an extra of the command, not of an application


def releases(changelog: str) -> list[tuple[Version, date]]:
    """The versions that were released, the newest first; what is not released has no date."""
    first, *others = HEADING.findall(changelog)
    assert first == "[Unreleased]"
    found = []
    for heading in others:
        match = RELEASE.fullmatch(heading)
        assert match, f"not a version and a day: {heading}"
        found.append((Version(match["version"]), date.fromisoformat(match["day"])))
    return found


def unreleased(changelog: str) -> str:
    """What is under the first heading."""
    return re.split(r"^## .*$", changelog, flags=re.MULTILINE)[1].strip()


def rows(page: str) -> dict[str, list[str]]:
    """The rows of all tables of a page by their first cell, which loses its case and its quotes."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"]
    return {first.strip("`").lower(): rest for first, *rest in cells}


def floor_and_cap(specifier: SpecifierSet) -> list[str]:
    """What the page says of a requirement."""
    bounds = {each.operator: each.version for each in specifier}
    assert set(bounds) <= {">=", "<"}
    return [bounds[">="], f"below {bounds['<']}" if "<" in bounds else ""]


def test_changelog_has_the_form_that_it_names():
    """*Unreleased* comes first, then versions with their days, newest first; changes stand under the usual names."""
    found = releases(CHANGELOG)

    assert all(newer > older for newer, older in pairwise(found))
    for section in re.split(r"^## .*$", CHANGELOG, flags=re.MULTILINE)[1:]:
        kinds = re.findall(r"^### (.*)$", section, re.MULTILINE)
        assert set(kinds) <= set(KINDS)
        assert len(kinds) == len(set(kinds))
        assert not section.strip() or section.strip().startswith("### ")


def test_package_has_the_newest_version_of_the_changelog():
    """A release commit empties *Unreleased* and heads what was there with the version of the package."""
    version, found = Version(PROJECT["version"]), releases(CHANGELOG)

    assert str(version) == PROJECT["version"]
    assert unreleased(CHANGELOG) or found, "the changelog tells nothing"
    if found:
        assert version >= found[0][0]
    if not unreleased(CHANGELOG):
        assert version == found[0][0]


def test_installed_version_is_that_of_the_tree():
    """What programs ask for is what the project says."""
    assert importlib.metadata.version("azuread-auth") == PROJECT["version"]


@pytest.mark.parametrize(
    ("changelog", "said"),
    [
        pytest.param("## [0.1.0] - 2026-01-01\n", None, id="nothing for what comes next"),
        pytest.param("## [Unreleased]\n\n## 0.1.0\n", None, id="version without a day"),
        pytest.param("## [Unreleased]\n\n## [0.1.0] - 2026-02-30\n", None, id="a day that does not exist"),
        pytest.param("## [Unreleased]\n\n## [0.1.0] - 2026-02-03\n", "0.1.0", id="a release"),
    ],
)
def test_changelog_is_read_strictly(changelog, said):
    """What is not in the form is noticed."""
    if said is None:
        with pytest.raises((AssertionError, ValueError)):
            releases(changelog)
        return
    assert releases(changelog) == [(Version(said), date(2026, 2, 3))]


@pytest.mark.parametrize("requirement", [*map(Requirement, PROJECT["dependencies"])], ids=lambda each: each.name)
def test_dependency_is_on_the_page(requirement):
    """The page has the oldest version of a dependency, and the first that is too new."""
    assert rows(PAGE)[requirement.name] == floor_and_cap(requirement.specifier)


@pytest.mark.parametrize("extra", sorted(PROJECT["optional-dependencies"]))
def test_extra_is_on_the_page(extra):
    """So has it what an extra brings."""
    requirements = [Requirement(each) for each in PROJECT["optional-dependencies"][extra]]
    if extra in TRIED_TOGETHER:
        assert {each.name for each in requirements} == TRIED_TOGETHER[extra]
        return
    (requirement,) = requirements
    assert rows(PAGE)[extra] == [requirement.name, *floor_and_cap(requirement.specifier)]


def test_pythons_are_the_same_everywhere():
    """Classifiers, the oldest Python, the sessions that test and the page name the same versions."""
    classified = [each.rpartition(" ")[2] for each in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", each)]
    tested = re.search(r"^PYTHONS = (\[.*\])$", (ROOT / "noxfile.py").read_text(encoding="utf-8"), re.MULTILINE)

    assert tested
    assert classified == re.findall(r"3\.\d+", tested[1])
    assert PROJECT["requires-python"] == f">={classified[0]}"
    oldest, said = rows(PAGE)["python"]
    assert oldest == classified[0]
    assert f"today {classified[0]} to {classified[-1]} are tested" in said


def test_versions_before_one_are_not_called_stable():
    """The classifier says no more than the version number promises."""
    status = next(each for each in PROJECT["classifiers"] if each.startswith("Development Status"))
    assert ("Alpha" in status or "Beta" in status) == (Version(PROJECT["version"]) < Version("1.0"))


def test_mended_versions_are_the_same_in_the_security_policy():
    """Both say that only the newest minor version gets security fixes."""
    policy = rows((ROOT / "SECURITY.md").read_text(encoding="utf-8"))

    assert policy["the newest minor release"] == ["yes"]
    assert rows(PAGE)["the newest minor version"][0] == "as patch versions"
    assert policy["older"] == ["no"]
    assert set(rows(PAGE)["older"]) == {"no"}
