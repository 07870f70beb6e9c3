"""What is checked, and how. `nox` runs the quick sessions; `nox -l` lists all of them."""

import json
import os
import re
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

import nox

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "architecture", "docs", "tests"]

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
FLOOR = PYTHONS[0]
PROJECT = nox.project.load_toml("pyproject.toml")
ALL_EXTRAS = ",".join(PROJECT["project"]["optional-dependencies"])
DIST = Path("dist")


def install(session: nox.Session, *groups: str, options: tuple[str, ...] = ()) -> None:
    """Install the package as it is in the work tree, with all extras and the named dependency groups."""
    session.install(*options, "-e", f".[{ALL_EXTRAS}]", *nox.project.dependency_groups(PROJECT, *groups))


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests; arguments go to pytest, as `-n 2` for two at a time.

    With COVERAGE=1 also measure, and judge the parts that must be full.
    """
    install(session, "test")
    if os.environ.get("COVERAGE") != "1":
        session.run("pytest", *session.posargs)
        return
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")
    session.run("coverage", "report", "--include=*/_protocol/*,*/_core/*", "--fail-under=100")


@nox.session(python=FLOOR)
def e2e(session: nox.Session) -> None:
    """Run the tests that drive a real browser."""
    install(session, "test")
    session.run("pytest", "-m", "e2e", *session.posargs)


@nox.session(python=FLOOR)
def lowest(session: nox.Session) -> None:
    """Run the tests with the oldest versions of every dependency that are declared to do."""
    if session.venv_backend != "uv":
        session.skip("only uv resolves to the lowest versions")
    install(session, "test", options=("--resolution=lowest-direct",))
    session.run("pytest", "-m", "not e2e", *session.posargs)


@nox.session(python=FLOOR)
def lint(session: nox.Session) -> None:
    """Check style and formatting. `nox -s lint -- --fix` repairs what can be repaired."""
    session.install(*nox.project.dependency_groups(PROJECT, "lint"))
    if "--fix" in session.posargs:
        session.run("ruff", "check", "--fix")
        session.run("ruff", "format")
        return
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session(python=FLOOR)
def types(session: nox.Session) -> None:
    """Check types with mypy and pyright, and that the public interface is typed completely."""
    install(session, "typing")
    session.run("mypy")
    python = shutil.which("python", path=os.pathsep.join(session.virtualenv.bin_paths or [])) or sys.executable
    session.run("pyright", "--pythonpath", python)
    session.run("pyright", "--pythonpath", python, "--verifytypes", "azuread_auth", "--ignoreexternal")


@nox.session(python=FLOOR)
def architecture(session: nox.Session) -> None:
    """Check who imports whom, that a violation would be caught, and the shape of files and functions."""
    install(session, "test", "lint")
    session.run("lint-imports", "--no-logo")
    session.run("pytest", "tests/architecture", *session.posargs)


@nox.session(python=FLOOR)
def docs(session: nox.Session) -> None:
    """Build the documentation into site/; a warning fails. `nox -s docs -- serve` shows it while it is written."""
    session.install("-e", ".", *nox.project.dependency_groups(PROJECT, "docs"))
    if "serve" in session.posargs:
        session.run("zensical", "serve")
        return
    session.run("zensical", "build", "--clean", "--strict")


@nox.session(python=FLOOR)
def bench(session: nox.Session) -> None:
    """Measure speed and memory beside other libraries; prints a table and judges nothing."""
    install(session, "test", "bench")
    session.run("python", "benchmarks/run.py", *session.posargs)


@nox.session(python=FLOOR)
def soak(session: nox.Session) -> None:
    """Load four workers for ten minutes while keys, provider, Redis and workers fail: a lost request fails it.

    Threads and event loops one after the other, on Linux. `nox -s soak -- --minutes 1 --server wsgi` for a quick look.
    """
    install(session, "test")
    session.run("python", "-m", "benchmarks.soak", *session.posargs)


@nox.session(python=FLOOR)
def fuzz(session: nox.Session) -> None:
    """Feed the parsers with mutated input, a minute each. `nox -s fuzz -- jwks -runs=1000000` for one, and longer."""
    session.install("-e", ".", *nox.project.dependency_groups(PROJECT, "fuzz"))
    names = [path.stem.removeprefix("fuzz_") for path in sorted(Path("fuzz").glob("fuzz_*.py"))]
    wanted = [name for name in names if name in session.posargs] or names
    options = [option for option in session.posargs if option not in names] or ["-max_total_time=60"]
    for name in wanted:
        found = Path(session.create_tmp()) / name
        found.mkdir(exist_ok=True)
        # The seeds are only read; what the fuzzer learns, and an input that breaks something, is kept in .nox.
        folders = [str(found), f"fuzz/seeds/{name}", f"-artifact_prefix={found}{os.sep}"]
        session.run("python", "fuzz/run.py", name, *options, *folders)


@nox.session(python=FLOOR)
def mutate(session: nox.Session) -> None:
    """Change the rules at one place at a time, and see that a test fails; arguments are patterns of mutmut's names."""
    install(session, "test", "mutation")
    copy = Path(session.create_tmp()).resolve() / "tree"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(".", copy, ignore=shutil.ignore_patterns(".*", "dist", "mutants", "site", "__pycache__"))
    with session.chdir(copy):
        session.run("mutmut", "run", "--max-children", str(os.cpu_count() or 1), *session.posargs, silent=True)
    session.run("python", "mutation/judge.py", str(copy))


@nox.session(python=FLOOR)
def dist(session: nox.Session) -> None:
    """Build wheel, sdist and bill of materials, look into them, and use the wheel as a stranger would."""
    session.install("build[uv]>=1.2", "cyclonedx-bom>=7", "pip>=25", "twine>=6")
    session.env["SOURCE_DATE_EPOCH"] = time_of_commit(session)
    wheel, sdist = build(session, Path(), DIST)
    session.run("twine", "check", "--strict", str(wheel), str(sdist))
    look_inside(session, wheel, sdist)
    build_again(session, wheel, sdist)

    stranger = Path(session.create_tmp()).resolve() / "stranger"
    session.run("python", "-m", "venv", "--clear", "--without-pip", str(stranger))
    python = str(stranger / ("Scripts" if os.name == "nt" else "bin") / "python")
    session.run("python", "-m", "pip", "--python", python, "install", "--quiet", str(wheel.resolve()))
    with session.chdir(stranger):
        session.run(python, "-W", "error", "-c", USE_THE_WHEEL, external=True)
    list_materials(session, python, DIST / f"{sdist.name.removesuffix('.tar.gz')}.cdx.json")


def time_of_commit(session: nox.Session) -> str:
    """The time that all built files bear, so that whoever builds a version again gets the same bytes."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return given or str(session.run("git", "log", "-1", "--format=%ct", external=True, silent=True)).strip()


def build(session: nox.Session, source: Path, folder: Path) -> tuple[Path, Path]:
    """Make the sdist, and from it the wheel."""
    shutil.rmtree(folder, ignore_errors=True)
    session.run("python", "-m", "build", "--installer", "uv", "--outdir", str(folder), str(source), silent=True)
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    return wheel, sdist


def build_again(session: nox.Session, wheel: Path, sdist: Path) -> None:
    """See that the sdist is all that is needed to build both, byte for byte."""
    unpacked = Path(session.create_tmp()).resolve() / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    shutil.unpack_archive(sdist, unpacked, filter="data")
    again = build(session, next(unpacked.iterdir()), unpacked.with_name("again"))
    for first, second in zip((wheel, sdist), again, strict=True):
        if first.read_bytes() != second.read_bytes():
            session.error(f"{first.name} is not the same when it is built again, from the sdist: {second}")


def look_inside(session: nox.Session, wheel: Path, sdist: Path) -> None:
    """See that the wheel is the package and nothing else, and that the sdist has what it promises."""
    with zipfile.ZipFile(wheel) as opened:
        in_wheel = set(opened.namelist())
    sources = {path.relative_to("src").as_posix() for path in Path("src").rglob("*") if path.is_file()}
    sources = {name for name in sources if "__pycache__" not in name}
    metadata = {name for name in in_wheel if ".dist-info/" in name}
    if in_wheel - metadata != sources or not any(name.endswith("/licenses/LICENSE") for name in metadata):
        session.error(f"the wheel is not src and a licence: {sorted((in_wheel - metadata) ^ sources)}")
    with tarfile.open(sdist) as opened:
        in_sdist = {name.partition("/")[2] for name in opened.getnames()}
    wanted = {name.strip("/") for name in PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]}
    present = {name.partition("/")[0] for name in in_sdist}
    unwanted = {name for name in in_sdist if name.endswith(".pyc") or "__pycache__" in name}
    if unwanted or present != wanted | {".gitignore", "PKG-INFO", "pyproject.toml"}:
        session.error(f"the sdist lacks {sorted(wanted - present)}; too much are {sorted(unwanted | present - wanted)}")


def list_materials(session: nox.Session, python: str, path: Path) -> None:
    """Write what the wheel brought along as CycloneDX, and check it by its schema.

    It stays outside the wheel, which contains none of this and may be installed with other versions.
    """
    options = ["--pyproject", "pyproject.toml", "--mc-type", "library", "--output-reproducible", "--validate"]
    session.run("cyclonedx-py", "environment", *options, "--output-file", str(path), python)
    listed = json.loads(path.read_text(encoding="utf-8"))
    names = {component["name"].lower() for component in listed["components"]}
    direct = {re.split(r"[<>=\[ ]", each)[0].lower() for each in PROJECT["project"]["dependencies"]}
    if listed["metadata"]["component"]["version"] != PROJECT["project"]["version"] or not direct <= names:
        session.error(f"{path} lacks {sorted(direct - names)} or the version")


USE_THE_WHEEL = """
import importlib.metadata, importlib.resources, pathlib
import azuread_auth, azuread_auth.asgi, azuread_auth.wsgi
package = importlib.resources.files("azuread_auth")
assert "site-packages" in str(package), package
assert package.joinpath("py.typed").is_file(), "py.typed is missing: type checkers would ignore the annotations"
for name in azuread_auth.__all__:
    getattr(azuread_auth, name)
print("azuread-auth", importlib.metadata.version("azuread-auth"), "is installed and imports")
"""
