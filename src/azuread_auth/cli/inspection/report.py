"""An inspection as text for people and as JSON for programs."""

import json
from collections.abc import Iterator, Mapping

from azuread_auth._protocol.claims import CheckedClaims
from azuread_auth.cli.inspection.inspection import CHECKS, Inspection, Outcome
from azuread_auth.cli.inspection.masking import is_personal, masked, shown
from azuread_auth.cli.inspection.meanings import meaning_of, time_from_now

__all__ = ["json_report", "text_report"]


def text_report(inspection: Inspection, *, now: float, show_personal: bool) -> str:
    """The inspection on a page: the verdict, what the token says, each check, and what it looks like."""
    lines = [*_verdict_lines(inspection, now), ""]
    sections = (("Header", inspection.decoded.header), ("Claims", inspection.decoded.claims))
    for title, members in sections:
        if members is not None:
            word = "verified" if inspection.is_signature_good else "NOT VERIFIED: anybody can write this"
            lines += [f"{title} ({word})", *_member_lines(members, inspection, now, show_personal=show_personal), ""]
    lines += ["Checks, in the order in which they are made", *_check_lines(inspection)]
    if inspection.hints:
        lines += ["", "Hints", *(f"  - {hint}" for hint in inspection.hints)]
    return "\n".join(lines)


def _verdict_lines(inspection: Inspection, now: float) -> Iterator[str]:
    if inspection.accepted is not None:
        yield "GOOD: the middleware lets this token in"
        yield f"  {_caller(inspection.accepted)}; it expires {time_from_now(inspection.accepted.expires_at - now)}"
    elif inspection.rejection is not None:
        reason = inspection.rejection.reason
        yield f"REFUSED: {reason.value}"
        yield f"  {reason.explanation}"
        yield f"  what to do: {reason.remedy}"
    else:
        yield "UNDECIDED: the signature could not be checked"
        yield f"  {inspection.problem}"
        if inspection.settings is None:
            yield "  what to do: set AZURE_TENANT_ID and AZURE_CLIENT_ID, or give --tenant-id and --client-id"


def _caller(accepted: CheckedClaims) -> str:
    permissions = ", ".join(sorted(accepted.scopes | accepted.roles)) or "no permissions"
    if accepted.kind == "user":
        return f"it is of a user, through the client {accepted.client_id}, with {permissions}"
    return f"it is of an application, {accepted.client_id}, with {permissions}"


def _member_lines(
    members: Mapping[str, object], inspection: Inspection, now: float, *, show_personal: bool
) -> Iterator[str]:
    width = min(max((len(shown(name)) for name in members), default=0), 20)
    for name, value in members.items():
        visible = value if show_personal or not is_personal(name) else masked(value)
        meaning = meaning_of(name, value, settings=inspection.settings, now=now)
        yield f"  {shown(name):{width}}  {shown(visible)}{f'  ({meaning})' if meaning else ''}"


def _check_lines(inspection: Inspection) -> Iterator[str]:
    width = max(map(len, Outcome))
    for check, question in CHECKS.items():
        outcome = inspection.outcome(check)
        yield f"  {outcome.upper() if outcome is Outcome.FAILED else outcome:{width}}  {check}: {question}"
        error = inspection.findings.get(check)
        if error is not None:
            claim = f" ({error.claim})" if error.claim else ""
            yield f"  {'':{width}}  -> {error.reason.value}{claim}: {error.reason.explanation}"
            yield f"  {'':{width}}  fix: {error.reason.remedy}"


def json_report(inspection: Inspection, *, now: float, show_personal: bool) -> str:
    """The inspection as a JSON object. Members that do not apply are null."""
    rejection = inspection.rejection
    document = {
        "verdict": inspection.verdict.value,
        "reason": rejection.reason.value if rejection is not None else None,
        "explanation": rejection.reason.explanation if rejection is not None else None,
        "remedy": rejection.reason.remedy if rejection is not None else None,
        "problem": inspection.problem,
        "signature_verified": inspection.is_signature_good,
        "caller": _json_caller(inspection.accepted),
        "header": _json_members(inspection.decoded.header, show_personal=show_personal),
        "claims": _json_members(inspection.decoded.claims, show_personal=show_personal),
        "expires_in_seconds": _seconds_left(inspection.decoded.claims, now),
        "checks": [_json_check(inspection, check) for check in CHECKS],
        "hints": inspection.hints,
    }
    return json.dumps(document, indent=2)


def _json_caller(accepted: CheckedClaims | None) -> Mapping[str, object] | None:
    if accepted is None:
        return None
    return {
        "kind": accepted.kind,
        "client_id": accepted.client_id,
        "scopes": sorted(accepted.scopes),
        "roles": sorted(accepted.roles),
        "token_version": accepted.version,
    }


def _json_members(members: Mapping[str, object] | None, *, show_personal: bool) -> Mapping[str, object] | None:
    if members is None:
        return None
    return {name: value if show_personal or not is_personal(name) else masked(value) for name, value in members.items()}


def _seconds_left(claims: Mapping[str, object] | None, now: float) -> int | None:
    expires_at = claims.get("exp") if claims is not None else None
    if isinstance(expires_at, bool) or not isinstance(expires_at, int | float):
        return None
    return int(expires_at - now)


def _json_check(inspection: Inspection, check: str) -> dict[str, str | None]:
    error = inspection.findings.get(check)
    return {
        "check": check,
        "meaning": CHECKS[check],
        "outcome": inspection.outcome(check).value,
        "reason": error.reason.value if error is not None else None,
        "claim": error.claim if error is not None else None,
        "remedy": error.reason.remedy if error is not None else None,
    }
