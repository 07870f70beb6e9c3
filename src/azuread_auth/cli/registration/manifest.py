"""The rules: from what is known of an application to what its registration has to say.

The names are those of Microsoft Graph's application resource, which the portal's manifest shares.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from azuread_auth._protocol.authority import AuthorityKind
from azuread_auth._protocol.clouds import PUBLIC_FEDERATION_AUDIENCE, cloud_of
from azuread_auth._protocol.guid import as_guid
from azuread_auth._protocol.outbound_scopes import OPENID_SCOPES, resource_of
from azuread_auth.cli.registration.facts import RegistrationFacts
from azuread_auth.credentials.certificate import ClientCertificate
from azuread_auth.credentials.client_secret import ClientSecret
from azuread_auth.credentials.managed_identity import ManagedIdentityAssertion
from azuread_auth.credentials.workload_identity import WorkloadIdentity
from azuread_auth.requirements import AppRole, AuthContext, Client, Group, IsApp

__all__ = ["HOST", "Item", "checklist"]

HOST: Final = "https://<host>"
"""Stands for an address that nothing here tells."""
_DEFAULT: Final = ".default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that a registration has to say. Nothing in it is secret."""

    client_id: str
    """Which registration; nearly always the application's own."""
    setting: str
    value: object
    """As JSON has it."""
    why: str


def checklist(facts: RegistrationFacts) -> tuple[Item, ...]:
    """All of it, in the order in which it can be put in."""
    rules = (_tokens, _exposed, _redirects, _claims, _credentials, _permissions)
    own = facts.settings.client_id
    return tuple(item if item.client_id else _of(own, item) for rule in rules for item in rule(facts))


def _of(client_id: str, item: Item) -> Item:
    return Item(client_id=client_id, setting=item.setting, value=item.value, why=item.why)


def _item(setting: str, value: object, why: str, *, client_id: str = "") -> Item:
    return Item(client_id=client_id, setting=setting, value=value, why=why)


def _tokens(facts: RegistrationFacts) -> Iterator[Item]:
    """Who may sign in, and which form tokens have."""
    audience = _sign_in_audience(facts)
    if audience is not None:
        yield _item("signInAudience", *audience)
    uris = sorted(facts.settings.accepted_audiences - {facts.settings.client_id})
    why = f"in version 2 aud is the client id, which is always accepted; in version 1 it has to be {' or '.join(uris)}"
    yield _item("api.requestedAccessTokenVersion", 2, why)


def _sign_in_audience(facts: RegistrationFacts) -> tuple[str, str] | None:
    authority = facts.authority
    if authority.kind is AuthorityKind.B2C:
        return None
    if authority.tenant == "consumers":
        return "PersonalMicrosoftAccount", "personal accounts alone are welcome"
    if not facts.settings.is_multi_tenant:
        return "AzureADMyOrg", "accounts of one tenant alone are welcome"
    if authority.tenant == "common":
        return "AzureADandPersonalMicrosoftAccount", "accounts of other tenants and personal ones are welcome"
    return "AzureADMultipleOrgs", "accounts of other tenants are welcome; whose, the settings say"


def _exposed(facts: RegistrationFacts) -> Iterator[Item]:
    """What callers can be granted."""
    prefix, scopes, roles = facts.settings.scope_prefix or "", facts.scopes, facts.roles
    if scopes or roles or not facts.logins:
        yield _item("identifierUris", [prefix], "callers ask for tokens with it before the scope's name")
    if scopes:
        value = [_scope(facts.settings.client_id, name) for name in scopes]
        yield _item("api.oauth2PermissionScopes", value, f"callers need {', '.join(scopes)}")
    if roles:
        value = [_role(facts.settings.client_id, name, members) for name, members in roles]
        yield _item("appRoles", value, f"callers need {', '.join(name for name, _ in roles)}")


def _scope(client_id: str, name: str) -> Mapping[str, object]:
    return {
        "id": _id(client_id, "scope", name),
        "value": name,
        "type": "User",
        "isEnabled": True,
        "adminConsentDisplayName": name,
        "adminConsentDescription": f"Call the application as the user: {name}",
    }


def _role(client_id: str, name: str, members: tuple[str, ...]) -> Mapping[str, object]:
    return {
        "id": _id(client_id, "role", name),
        "value": name,
        "allowedMemberTypes": list(members),
        "isEnabled": True,
        "displayName": name,
        "description": f"The role {name}",
    }


def _id(client_id: str, kind: str, name: str) -> str:
    """The same each time, so that the list can be put in again."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"api://{client_id}/{kind}/{name}"))


def _redirects(facts: RegistrationFacts) -> Iterator[Item]:
    """Where browsers come back to."""
    addresses = [*_login_addresses(facts)]
    if facts.is_easy_auth:
        addresses.append(f"{HOST}/.auth/login/aad/callback")
        setting = "web.implicitGrantSettings.enableIdTokenIssuance"
        yield _item(setting, value=True, why="App Service signs users in with a hybrid flow")
    if addresses:
        yield _item("web.redirectUris", list(dict.fromkeys(addresses)), "sign-in, sign-out and consent come back there")
    logout = next((url for url in _logout_addresses(facts) if url.startswith("https://")), None)
    if logout is not None:
        why = "sessions in a store end when the user signs out of another application; there can be one such address"
        yield _item("web.logoutUrl", logout, why)
    swagger = facts.swagger
    if swagger is not None:
        places = [f"{base}{swagger.redirect_path}" for base in facts.bases or (HOST,)]
        why = "Swagger UI signs users in with PKCE: the platform single-page application"
        yield _item("spa.redirectUris", places, why, client_id=swagger.client_id)


def _login_addresses(facts: RegistrationFacts) -> Iterator[str]:
    for login in facts.logins:
        for path in (login.callback_path, login.signed_out_path, login.admin_consent_path):
            if path is not None:
                yield from (f"{base.rstrip('/')}{path}" for base in login.urls or ("http://localhost",))


def _logout_addresses(facts: RegistrationFacts) -> Iterator[str]:
    for login in facts.logins:
        if login.session_store is not None:
            yield from (f"{base.rstrip('/')}{login.frontchannel_logout_path}" for base in login.urls)


def _claims(facts: RegistrationFacts) -> Iterator[Item]:
    """What tokens have to say that they do not by themselves."""
    wanted = {"idToken": _id_token_claims(facts), "accessToken": _access_token_claims(facts)}
    if any(wanted.values()):
        value = {
            kind: [{"name": name, "essential": False} for name in reasons]
            for kind, reasons in wanted.items()
            if reasons
        }
        whys = [f"{name}: {why}" for reasons in wanted.values() for name, why in reasons.items()]
        yield _item("optionalClaims", value, "; ".join(dict.fromkeys(whys)))
    if facts.has(Group):
        why = (
            "routes want a group; only those assigned to the application are listed, so that there are seldom too many"
        )
        yield _item("groupMembershipClaims", "ApplicationGroup", why)


def _id_token_claims(facts: RegistrationFacts) -> dict[str, str]:
    reasons: dict[str, str] = {}
    if facts.logins:
        reasons["login_hint"] = "nobody has to choose an account again to sign out or to step up"
    if any(login.session_store is not None for login in facts.logins):
        reasons["sid"] = "front-channel sign-out names the session by it"
    return reasons | (_of_guests(facts) if facts.logins or facts.is_easy_auth else {})


def _access_token_claims(facts: RegistrationFacts) -> dict[str, str]:
    reasons = _of_guests(facts)
    if facts.has(AppRole, Client, IsApp):
        reasons["idtyp"] = "the token itself says that an application calls for itself"
    if facts.has(AuthContext):
        reasons["xms_cc"] = "it tells which clients can answer a claims challenge"
    return reasons


def _of_guests(facts: RegistrationFacts) -> dict[str, str]:
    return {} if facts.settings.allow_guests else {"acct": "guests are told from members by it"}


def _credentials(facts: RegistrationFacts) -> Iterator[Item]:
    """What the application proves itself with; what is secret stays where it is."""
    match facts.settings.credential:
        case ClientSecret():
            yield _item("passwordCredentials", "a client secret", "the settings have one")
        case ClientCertificate():
            yield _item("keyCredentials", "the certificate, without its key", "the settings have one")
        case WorkloadIdentity() as workload:
            why = "the workload's own token proves the application"
            value = _federated_workload(facts)
            yield _item("federatedIdentityCredentials", [value], why, client_id=workload.client_id or "")
        case ManagedIdentityAssertion() as identity:
            why = "the managed identity's token proves the application; its subject is the identity's object id"
            value = _federated_identity(facts, identity)
            yield _item("federatedIdentityCredentials", [value], why)
        case _:
            return


def _federated_workload(facts: RegistrationFacts) -> Mapping[str, object]:
    token = facts.federated
    if token is None:
        return _federated("workload", "<issuer>", "<subject>", PUBLIC_FEDERATION_AUDIENCE)
    return _federated("workload", token.issuer, token.subject, token.audience)


def _federated_identity(facts: RegistrationFacts, identity: ManagedIdentityAssertion) -> Mapping[str, object]:
    authority = facts.authority
    cloud = cloud_of(authority.host)
    audience = PUBLIC_FEDERATION_AUDIENCE if cloud is None else cloud.federation_audience
    issuer = f"{authority.origin}/{as_guid(facts.settings.tenant_id) or '<tenant>'}/v2.0"
    return _federated("managed-identity", issuer, identity.object_id or "<object id>", audience)


def _federated(name: str, issuer: str, subject: str, audience: str) -> Mapping[str, object]:
    return {"name": name, "issuer": issuer, "subject": subject, "audiences": [audience]}


def _permissions(facts: RegistrationFacts) -> Iterator[Item]:
    """What the application asks of other APIs, and who has to agree."""
    asked: dict[str, list[str]] = {}
    for scope in facts.user_scopes:
        resource, name = resource_of(scope), scope.rpartition("/")[2]
        if resource is not None and scope not in OPENID_SCOPES and name != _DEFAULT:
            asked.setdefault(resource, []).append(name)
    for resource, names in asked.items():
        value = {"resource": resource, "delegated": names}
        yield _item("requiredResourceAccess", value, "asked for in the name of users")
    if facts.app_scopes:
        resources = ", ".join(scope.removesuffix(f"/{_DEFAULT}") for scope in facts.app_scopes)
        yield _item(
            "admin consent", "of this tenant", f"the application calls {resources} for itself, which users cannot allow"
        )
    if facts.settings.is_multi_tenant and (asked or facts.app_scopes):
        yield _item("admin consent", "of each other tenant", _onboarding(facts))


def _onboarding(facts: RegistrationFacts) -> str:
    path = next((login.admin_consent_path for login in facts.logins if login.admin_consent_path), None)
    where = (
        f"send their administrators to {path}" if path else "send their administrators to client.admin_consent_url()"
    )
    return f"what the application asks of other APIs is granted in each tenant by itself; {where}"
