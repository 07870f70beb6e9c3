"""The applications of a directory file, and who consented to them."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, get_args

from azuread_auth._protocol.authority import TokenVersion
from azuread_auth.secret import Secret
from azuread_auth.simulation.apps import FederatedCredential, SignInAudience, SimulatedApp
from azuread_auth.simulation.directory_people import Users
from azuread_auth.simulation.directory_tenants import Tenants
from azuread_auth.simulation.requested_scopes import GRAPH
from azuread_auth.simulation.strict_table import Table

__all__ = ["Apps", "read_apps"]

_GRAPH: Final = "graph"
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?://[^/?#*\s]+[^#*\s]*|(?!//)[^#*\s]+)", re.ASCII)
_MOST_CERTIFICATE_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Apps:
    """The registrations, and the consent that there is at the beginning."""

    apps: tuple[SimulatedApp, ...]
    tenant_consents: tuple[tuple[str, str], ...]
    user_consents: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """An application whose references to others are not looked up yet."""

    table: Table
    app: SimulatedApp
    offered_roles: tuple[str, ...]
    permissions: Mapping[str, tuple[str, ...]] | None
    granted_roles: Mapping[str, tuple[str, ...]]


def read_apps(file: Table, *, tenants: Tenants, users: Users, folder: Path) -> Apps:
    """The applications of a file; certificates are looked for in its folder. Raises ConfigurationError."""
    drafts: list[_Draft] = []
    tenant_consents: list[tuple[str, str]] = []
    for table in file.tables("apps"):
        draft = _draft(table, tenants, folder)
        if any(draft.app.client_id == each.app.client_id for each in drafts):
            table.refuse("client_id", "a GUID that no other application has")
        drafts.append(draft)
        tenant_consents.extend((each, draft.app.client_id) for each in _consenting(table, tenants))
        table.close()
    user_consents = [
        (user_id, _named(table, "consented", name, drafts).app.client_id)
        for table, user_id, names in users.consented
        for name in names
    ]
    return Apps(
        apps=tuple(_finished(draft, drafts) for draft in drafts),
        tenant_consents=tuple(tenant_consents),
        user_consents=tuple(user_consents),
    )


def _draft(table: Table, tenants: Tenants, folder: Path) -> _Draft:
    tenant = tenants.named(table, "tenant") or tenants.own
    secret, logout_uri = table.text("secret"), table.text("front_channel_logout_uri")
    _addresses(table, "front_channel_logout_uri", () if logout_uri is None else (logout_uri,))
    app = SimulatedApp(
        client_id=table.required_guid("client_id"),
        name=table.text("name") or "",
        tenant_id=tenant.tenant_id,
        secret=None if secret is None else Secret(secret),
        certificates=tuple(_certificate(table, folder, each) for each in table.texts("certificates") or ()),
        federated=tuple(_federated(each) for each in table.tables("federated")),
        public=table.flag("public"),
        redirect_uris=_addresses(table, "redirect_uris", table.texts("redirect_uris") or ()),
        spa_redirect_uris=_addresses(table, "spa_redirect_uris", table.texts("spa_redirect_uris") or ()),
        front_channel_logout_uri=logout_uri,
        sign_in_audience=table.choice("sign_in_audience", get_args(SignInAudience)) or "AzureADMyOrg",
        identifier_uris=table.texts("identifier_uris") or (),
        scopes=table.texts("scopes"),
        access_token_version=_version(table),
    )
    return _Draft(
        table=table,
        app=app,
        offered_roles=table.texts("app_roles") or (),
        permissions=table.texts_by_name("permissions"),
        granted_roles=table.texts_by_name("granted_roles") or {},
    )


def _version(table: Table) -> TokenVersion | None:
    version = table.integer("access_token_version")
    if version not in (None, 1, 2):
        table.refuse("access_token_version", "1 or 2")
    return None if version is None else 1 if version == 1 else 2


def _federated(table: Table) -> FederatedCredential:
    credential = FederatedCredential(subject=table.required_text("subject"), issuer=table.text("issuer"))
    audience = table.text("audience")
    table.close()
    return credential if audience is None else replace(credential, audience=audience)


def _addresses(table: Table, key: str, addresses: tuple[str, ...]) -> tuple[str, ...]:
    for address in addresses:
        if not _ADDRESS.fullmatch(address):
            table.refuse(key, "whole addresses such as https://app.example/auth/callback, without # and *")
    return addresses


def _certificate(table: Table, folder: Path, name: str) -> bytes:
    from cryptography import x509  # noqa: PLC0415 - slow to load, and few files name certificates
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - as above

    path, der = folder / name, None
    with suppress(OSError, ValueError):
        if path.is_file() and path.stat().st_size <= _MOST_CERTIFICATE_BYTES:
            data = path.read_bytes()
            load = x509.load_pem_x509_certificate if b"-----BEGIN" in data else x509.load_der_x509_certificate
            der = load(data).public_bytes(Encoding.DER)
    if der is None:
        table.refuse("certificates", "paths of readable certificates, as PEM or DER, from the folder of this file")
    return der


def _consenting(table: Table, tenants: Tenants) -> tuple[str, ...]:
    found = [tenants.find(name) for name in table.texts("admin_consent") or ()]
    if None in found:
        table.refuse("admin_consent", "tenants of this file, by name, domain or id")
    return tuple(each.tenant_id for each in found if each is not None)


def _named(table: Table, key: str, name: str, drafts: list[_Draft]) -> _Draft:
    found = next((each for each in drafts if name in _names(each.app)), None)
    if found is None:
        table.refuse(key, "applications of this file, by name, client id or identifier URI")
    return found


def _names(app: SimulatedApp) -> tuple[str, ...]:
    return (*((app.name,) if app.name else ()), app.client_id, f"api://{app.client_id}", *app.identifier_uris)


def _finished(draft: _Draft, drafts: list[_Draft]) -> SimulatedApp:
    permissions = None if draft.permissions is None else _by_api("permissions", draft, draft.permissions, drafts)
    granted_roles = _by_api("granted_roles", draft, draft.granted_roles, drafts)
    return replace(draft.app, permissions=permissions, granted_roles=granted_roles)


def _by_api(
    key: str, draft: _Draft, named: Mapping[str, tuple[str, ...]], drafts: list[_Draft]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, wanted in named.items():
        if name in (_GRAPH, GRAPH):
            found[GRAPH] = wanted
            continue
        api = _named(draft.table, key, name, drafts)
        offered = api.offered_roles if key == "granted_roles" else api.app.scopes
        if offered is not None and not set(wanted) <= set(offered):
            draft.table.refuse(f"{key}.{name}", "what the API has")
        found[api.app.client_id] = wanted
    return found
