"""The federated token of a workload: whether it is there, whose it is, and until when."""

from typing import Final

from azuread_auth.cli.checkup.finding import Finding, failed, ok, warning
from azuread_auth.cli.inspection.decoded_token import decode_token
from azuread_auth.cli.inspection.masking import shown
from azuread_auth.cli.inspection.meanings import time_from_now
from azuread_auth.cli.registration.facts import FederatedToken
from azuread_auth.credentials.small_file import read_small_file
from azuread_auth.credentials.workload_identity import WorkloadIdentity
from azuread_auth.errors import CredentialUnavailable

__all__ = ["check_workload", "federated_token"]

_TOKEN_FILE: Final = "token file"  # noqa: S105 - the name of a check
_REMEDY: Final = "check that the pod has the workload identity's volume and label, and that the platform writes on"
_NAMES: Final = {"issuer": "iss", "subject": "sub", "audience": "aud"}


def federated_token(credential: WorkloadIdentity) -> FederatedToken | None:
    """What the token in its file says of itself; None where there is no file, or something else in it."""
    try:
        content = read_small_file(credential.token_file, "WorkloadIdentity", remedy=_REMEDY)
    except CredentialUnavailable:
        return None
    claims = decode_token(content.reveal_bytes().decode(errors="replace").strip()).claims or {}
    found = {name: claims.get(claim) for name, claim in _NAMES.items()}
    audience = found["audience"]
    if isinstance(audience, list) and len(audience) == 1:
        found["audience"] = audience[0]
    texts = {name: value for name, value in found.items() if isinstance(value, str)}
    return FederatedToken(**texts) if texts.keys() == _NAMES.keys() else None


def check_workload(credential: WorkloadIdentity, *, now: float) -> Finding:
    """The file that it names. What the token in it says is what a federated credential has to list."""
    path = credential.token_file
    try:
        content = read_small_file(path, "WorkloadIdentity", remedy=_REMEDY)
    except CredentialUnavailable as error:
        return failed(_TOKEN_FILE, str(error))
    claims = decode_token(content.reveal_bytes().decode(errors="replace").strip()).claims
    if claims is None:
        return failed(_TOKEN_FILE, f"{path} holds no JSON Web Token", expected="a federated token", remedy=_REMEDY)
    names = ", ".join(f"{name} {shown(claims[claim])}" for name, claim in _NAMES.items() if claim in claims)
    until = claims.get("exp")
    if isinstance(until, bool) or not isinstance(until, int | float):
        return warning(_TOKEN_FILE, f"{path} does not say when its token ends; {names}", expected="the claim exp")
    left = until - now
    if left <= 0:
        found = f"{path} holds a token that ended {time_from_now(left)}; {names}"
        return failed(_TOKEN_FILE, found, expected="one that is renewed before its end", remedy=_REMEDY)
    return ok(_TOKEN_FILE, f"{path} holds a token that ends {time_from_now(left)}; {names}")
