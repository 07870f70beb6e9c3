"""Azure Arc: whoever asks must be able to read a file that only privileged processes can."""

import secrets
import uuid
from pathlib import Path

from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.identities.host_request import HostRequest, json_answer
from azuread_auth.simulation.identities.imds import refusal_like_imds

__all__ = ["azure_arc"]

_SELECTORS = ("client_id", "object_id", "msi_res_id")


def azure_arc(request: HostRequest) -> HttpResponse:
    """A challenge that names a file, and a token for whoever brings what it says."""
    refusal = refusal_like_imds(request, api_version="2020-06-01")
    if refusal is not None:
        return refusal
    folder = request.state.arc_key_folder
    if folder is None:
        return json_answer({"error": "not_configured", "error_description": "No key folder was given"}, status=500)
    scheme, _, value = (request.header("authorization") or "").partition(" ")
    if scheme != "Basic":
        return _challenge(request, folder)
    with request.state.lock:
        path = request.state.arc_keys.pop(value, None)
    if path is None:
        return json_answer({"error": "unauthorized", "error_description": "The key is not known"}, status=401)
    path.unlink(missing_ok=True)
    return _token(request)


def _challenge(request: HostRequest, folder: Path) -> HttpResponse:
    key = secrets.token_urlsafe(32)
    path = folder / f"{uuid.uuid4()}.key"
    path.write_text(key)
    with request.state.lock:
        request.state.arc_keys[key] = path
    return json_answer({}, status=401, www_authenticate=f"Basic realm={path}")


def _token(request: HostRequest) -> HttpResponse:
    named = [name for name in _SELECTORS if name in request.parameters]
    identity = request.identity(request.selectors(*_SELECTORS))
    if identity is None:
        return json_answer({"error": "invalid_request", "error_description": "Identity not found"}, status=400)
    token = request.token_of(identity)
    document: dict[str, object] = {
        "access_token": token.text,
        "expires_in": str(token.lifetime_seconds),
        "expires_on": str(token.expires_at),
        "resource": token.resource,
        "token_type": "Bearer",
    }
    # The identity that was asked for is named again: a host that knows only its own must be noticed.
    return json_answer(document | {name: request.parameters[name] for name in named})
