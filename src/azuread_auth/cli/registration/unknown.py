"""What nothing here tells, so that nobody takes the checklist for complete."""

from collections.abc import Iterator

from azuread_auth._protocol.authority import AuthorityKind
from azuread_auth.cli.registration.facts import RegistrationFacts
from azuread_auth.credentials.managed_identity import ManagedIdentityAssertion
from azuread_auth.credentials.workload_identity import WorkloadIdentity

__all__ = ["unknown"]


def unknown(facts: RegistrationFacts) -> tuple[str, ...]:
    """One sentence each."""
    return (*_of_code(facts), *_of_places(facts), *_of_grants(facts))


def _of_code(facts: RegistrationFacts) -> Iterator[str]:
    yield "what the registration says at present: the provider is not asked"
    if facts.knows_routes:
        yield "scopes, roles and other APIs that functions name inside, for requirement.check() or the client's methods"
        if facts.opaque_paths:
            paths = ", ".join(facts.opaque_paths)
            yield f"which scopes and roles callers need at {paths}: what is there could not be looked through"
    else:
        yield "which scopes and roles callers need: there is no table of routes that could be looked through"


def _of_places(facts: RegistrationFacts) -> Iterator[str]:
    if facts.authority.kind is AuthorityKind.B2C:
        yield "signInAudience: in a B2C tenant the user flow decides who may sign in"
    if any(not login.urls for login in facts.logins):
        yield "the address that browsers will use elsewhere than on this machine: base_url is not set"
    elif (facts.swagger is not None and not facts.bases) or facts.is_easy_auth:
        yield "the address that browsers use: put it in place of <host>"
    credential = facts.settings.credential
    if isinstance(credential, WorkloadIdentity) and facts.federated is None:
        yield "issuer and subject of the workload's token: the file cannot be read here; see the cluster's OIDC issuer"
    if isinstance(credential, ManagedIdentityAssertion) and credential.object_id is None:
        yield "the object id of the managed identity: az identity show, or the resource's page, has it as principalId"


def _of_grants(facts: RegistrationFacts) -> Iterator[str]:
    every = [scope for scope in (*facts.user_scopes, *facts.app_scopes) if scope.endswith("/.default")]
    for scope in dict.fromkeys(every):
        kind = "app roles" if scope in facts.app_scopes else "scopes"
        yield f"which {kind} of {scope.removesuffix('/.default')}: .default stands for whatever has been granted"
