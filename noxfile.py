"""What is checked, and how. `nox` runs the quick sessions; `nox -l` lists all of them."""

import os
import shutil
import sys
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
    """Feed the parsers with mutated input, a minute each. `nox -s fuzz -- -runs=1000000` for longer."""
    session.install("-e", ".", *nox.project.dependency_groups(PROJECT, "fuzz"))
    for target in sorted(Path("fuzz").glob("fuzz_*.py")):
        name = target.stem.removeprefix("fuzz_")
        found = Path(session.create_tmp()) / name
        found.mkdir(exist_ok=True)
        # The seeds are only read; what the fuzzer learns, and an input that breaks something, is kept in .nox.
        folders = [str(found), f"fuzz/seeds/{name}", f"-artifact_prefix={found}{os.sep}"]
        session.run("python", str(target), *(session.posargs or ["-max_total_time=60"]), *folders)


@nox.session(python=FLOOR)
def dist(session: nox.Session) -> None:
    """Build wheel and sdist, and use the wheel, with nothing but what it asks for, as a stranger would."""
    session.install("build>=1.2", "twine>=6")
    shutil.rmtree(DIST, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(DIST), silent=True)
    (wheel,) = DIST.glob("*.whl")
    (sdist,) = DIST.glob("*.tar.gz")
    session.run("twine", "check", "--strict", str(wheel), str(sdist))

    stranger = Path(session.create_tmp()).resolve() / "stranger"
    session.run("python", "-m", "venv", "--clear", str(stranger))
    python = str(stranger / ("Scripts" if os.name == "nt" else "bin") / "python")
    session.run(python, "-m", "pip", "install", "--quiet", str(wheel.resolve()), external=True)
    with session.chdir(stranger):
        session.run(python, "-W", "error", "-c", USE_THE_WHEEL, external=True)


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
