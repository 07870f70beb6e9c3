"""What runs on the hosted machines has no more rights than it needs, and is the code that was looked at."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
USES = re.compile(r"^\s*(?:- )?uses:\s*(?P<action>\S+)(?P<comment>.*)$", re.MULTILINE)
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
VERSION = re.compile(r" # v\d+\.\d+\.\d+")
MAX_MINUTES = 30

# Beyond reading the project: who may publish, and who may add files to a release.
RIGHTS = {("publish.yml", "publish"): {"id-token": "write"}, ("publish.yml", "release"): {"contents": "write"}}


def parsed(path: Path) -> dict[str, Any]:
    """A workflow; YAML takes the key `on` for true."""
    workflow: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in workflow.items()}


JOBS = [
    pytest.param(path, name, job, id=f"{path.name}: {name}")
    for path in WORKFLOWS
    for name, job in parsed(path)["jobs"].items()
]
STEPS = [
    pytest.param(step, id=f"{param.id}, step {number}")
    for param in JOBS
    for number, step in enumerate(param.values[2]["steps"], 1)
]


def test_there_are_workflows():
    """The rules below are judged on something."""
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "publish.yml"]
    assert not list((ROOT / ".github" / "workflows").glob("*.yaml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_action_is_pinned_by_its_hash(path):
    """A tag can be moved to other code, a hash cannot. A comment says which version it is; one version everywhere."""
    found = [(match["action"], match["comment"]) for match in USES.finditer(path.read_text(encoding="utf-8"))]
    assert found
    for action, comment in found:
        assert PINNED.fullmatch(action), action
        assert VERSION.fullmatch(comment), f"{action} lacks its version"


def test_action_has_one_version_everywhere():
    """What is renewed in one workflow is renewed in the other."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    versions: dict[str, set[str]] = {}
    for match in USES.finditer(text):
        versions.setdefault(match["action"].partition("@")[0], set()).add(match["action"] + match["comment"])
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_is_granted_to_all_jobs(path):
    """The token of a workflow can do nothing, unless a job says what it needs."""
    assert parsed(path)["permissions"] == {}


@pytest.mark.parametrize(("path", "name", "job"), JOBS)
def test_job_has_few_rights_and_an_end(path, name, job):
    """A job says its permissions and how long it may take. Only those named above may do more than read."""
    granted = job["permissions"]
    assert granted == RIGHTS.get((path.name, name), granted)
    assert (path.name, name) in RIGHTS or granted in ({}, {"contents": "read"})
    assert job["timeout-minutes"] <= MAX_MINUTES


@pytest.mark.parametrize(("path", "name", "job"), JOBS)
def test_right_to_publish_is_apart_from_the_code(path, name, job):
    """Where more may be done than reading, neither the project nor anything it installs is run."""
    if (path.name, name) not in RIGHTS:
        return
    actions = [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]
    assert "actions/checkout" not in actions
    assert not [step for step in job["steps"] if re.search(r"\b(pip|uv|nox|python)\b", step.get("run", ""))]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_proposals_of_strangers_see_no_secret(path):
    """What a pull request starts has no secrets, and pull requests do not run in the name of the project."""
    text = path.read_text(encoding="utf-8")
    triggers = parsed(path)["on"]
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(triggers)
    assert "secrets." not in text
    assert "secrets: inherit" not in text
    if "pull_request" in triggers:
        assert "github.token" not in text
        assert "environment:" not in text


@pytest.mark.parametrize("step", STEPS)
def test_script_takes_values_from_its_environment(step):
    """No expression is written into a script: a branch or tag could be named like a command."""
    assert "${{" not in step.get("run", "")
    if step.get("uses", "").startswith("actions/checkout@"):
        assert step["with"]["persist-credentials"] is False


def test_packages_alone_go_to_the_index():
    """The job that publishes gets wheel and sdist, and attests where they were built."""
    jobs = parsed(ROOT / ".github" / "workflows" / "publish.yml")["jobs"]
    given = [step["with"] for step in jobs["build"]["steps"] if "upload-artifact" in step.get("uses", "")]
    uploads = {each["name"]: each["path"].split() for each in given}
    got, publishing = jobs["publish"]["steps"]
    assert uploads == {"dist": ["dist/*.whl", "dist/*.tar.gz"], "materials": ["dist/*.cdx.json"]}
    assert got["with"] == {"name": "dist", "path": "dist/"}
    assert publishing["with"] == {"attestations": True}


def test_every_python_of_the_classifiers_is_tested():
    """CI has a job for each version that the package says it runs with."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    said = [each.rpartition(" ")[2] for each in project["classifiers"] if re.search(r":: 3\.\d+$", each)]
    jobs = parsed(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]
    assert jobs["tests"]["strategy"]["matrix"]["python"] == said
