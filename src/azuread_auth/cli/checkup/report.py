"""A check-up as text for people and as JSON for programs."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from azuread_auth.cli.checkup.checkup import Checkup
from azuread_auth.cli.checkup.finding import Finding, Outcome
from azuread_auth.cli.checkup.routes import Route
from azuread_auth.cli.registration.report import json_registration, registration_lines

__all__ = ["json_report", "text_report"]

_LOUD = (Outcome.WARNING, Outcome.FAILED)


def text_report(checkup: Checkup) -> str:
    """The check-up on a page: each check, then the routes, what the registration needs, and the sum."""
    lines = [line for finding in checkup.findings for line in _finding_lines(finding, checkup.findings)]
    if checkup.routes is not None:
        lines += ["", "Routes", *_route_lines(checkup.routes)]
    if checkup.registration is not None:
        lines += ["", *registration_lines(checkup.registration)]
    return "\n".join([*lines, "", _sum(checkup.findings)])


def _finding_lines(finding: Finding, all_findings: Sequence[Finding]) -> Iterator[str]:
    width = max(len(each.check) for each in all_findings)
    outcome = finding.outcome.upper() if finding.outcome in _LOUD else finding.outcome.value
    yield f"  {outcome:7}  {finding.check:{width}}  {finding.found}"
    if finding.expected:
        yield f"  {'':7}  {'':{width}}  expected: {finding.expected}"
    if finding.remedy:
        yield f"  {'':7}  {'':{width}}  what to do: {finding.remedy}"


def _route_lines(routes: Sequence[Route]) -> Iterator[str]:
    names = [f"{','.join(route.methods)} {route.path}" for route in routes]
    width = max(map(len, names), default=0)
    for name, route in zip(names, routes, strict=True):
        requirements = f": {', '.join(route.requirements)}" if route.requirements else ""
        yield f"  {name:{width}}  {route.access}{requirements}"


def _sum(findings: Sequence[Finding]) -> str:
    counted = Counter(finding.outcome for finding in findings)
    return ", ".join(f"{counted[outcome]} {outcome.value}" for outcome in Outcome if counted[outcome])


def json_report(checkup: Checkup) -> str:
    """The check-up as a JSON object; `routes` and `registration` are null where none are known."""
    document = {
        "verdict": checkup.worst.value if checkup.has_settings else "unusable",
        "checks": [
            {
                "check": finding.check,
                "outcome": finding.outcome.value,
                "found": finding.found,
                "expected": finding.expected or None,
                "remedy": finding.remedy or None,
            }
            for finding in checkup.findings
        ],
        "routes": None if checkup.routes is None else [_json_route(route) for route in checkup.routes],
        "registration": None if checkup.registration is None else json_registration(checkup.registration),
    }
    return json.dumps(document, indent=2)


def _json_route(route: Route) -> dict[str, object]:
    return {
        "path": route.path,
        "methods": route.methods,
        "access": route.access,
        "requirements": route.requirements,
    }
