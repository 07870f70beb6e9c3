"""What the tenant was asked, for the page: the newest first, without secrets."""

import hashlib
import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from azuread_auth.simulation.request_log import LoggedRequest
from azuread_auth.simulation.tenant import SimulatedTenant

__all__ = ["activity"]

_MOST: Final = 200
_STATE_CHARACTERS: Final = 32


def activity(tenant: SimulatedTenant, names: Mapping[str, str], *, known: str) -> dict[str, object]:
    """The last requests, and a name for their state; without them when that is the state that is `known`.

    `names` are the users' by object id.
    """
    entries = [_entry(each, names, tenant.tenant_id) for each in tenant.requests[: -_MOST - 1 : -1]]
    count = tenant.request_count()
    state = hashlib.sha256(json.dumps([count, entries]).encode()).hexdigest()[:_STATE_CHARACTERS]
    return {"state": state} if state == known else {"state": state, "count": count, "entries": entries}


def _entry(request: LoggedRequest, names: Mapping[str, str], tenant_id: str) -> dict[str, object]:
    path = urlsplit(request.url).path.replace(tenant_id, "{tenant}")
    return {
        "at": request.at,
        "kind": request.kind,
        "request": f"{request.method} {path}",
        "answer": _answer(request),
        "grant": request.grant_type or "",
        "client": request.client_id or "",
        "scopes": " ".join(request.scopes),
        "user": names.get(request.user or "", request.user or ""),
    }


def _answer(request: LoggedRequest) -> str:
    code = "" if request.aadsts is None else f"AADSTS{request.aadsts}"
    return " ".join(filter(None, (str(request.status or "none"), code or request.error)))
