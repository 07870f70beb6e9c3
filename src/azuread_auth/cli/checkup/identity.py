"""Which host gives out tokens of managed identities here, and whose they are."""

from collections.abc import Iterator
from typing import Final

from azuread_auth._protocol.managed_identity import detected_host
from azuread_auth.cli.checkup.finding import Finding, failed, ok, skipped
from azuread_auth.cli.checkup.tokens import identity_scope, tried_token
from azuread_auth.cli.inspection.decoded_token import decode_token
from azuread_auth.cli.inspection.masking import shown
from azuread_auth.cli.surroundings import Surroundings
from azuread_auth.client import AzureAdClient
from azuread_auth.credentials.arc_agent import ArcAgent
from azuread_auth.errors import CredentialUnavailable

__all__ = ["check_host", "check_identity"]

_IDENTITY: Final = "identity"
_NAMES: Final = {"client id": ("appid", "azp"), "object id": ("oid",), "resource": ("xms_mirid",)}


def check_host(surroundings: Surroundings) -> Finding:
    """Where tokens would come from, by the environment; nothing is asked yet."""
    agent = ArcAgent.of_platform(surroundings.environ, surroundings.platform)
    try:
        host = detected_host(surroundings.environ, has_arc_agent=agent.is_installed())
    except CredentialUnavailable as error:
        return failed("identity host", str(error))
    return ok("identity host", host.kind.name)


def check_identity(client: AzureAdClient, surroundings: Surroundings) -> Iterator[Finding]:
    """The host, a token of it, and the identity that the token names."""
    yield check_host(surroundings)
    finding, token = tried_token(client, identity_scope(client.settings), of_own_tenant=False)
    yield finding
    if token is None:
        yield skipped(_IDENTITY, "without a token nothing says which one it is")
        return
    claims = decode_token(token.reveal()).claims or {}
    if "scp" in claims:  # Azure Cloud Shell has no identity of its own
        yield ok(_IDENTITY, "none of its own: whoever is signed in there")
        return
    names = {
        name: next((shown(claims[claim]) for claim in choices if claim in claims), None)
        for name, choices in _NAMES.items()
    }
    known = ", ".join(f"{name} {value}" for name, value in names.items() if value is not None)
    yield ok(_IDENTITY, known) if known else skipped(_IDENTITY, "the token does not say which one it is")
