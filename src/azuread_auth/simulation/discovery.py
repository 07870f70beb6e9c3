"""The public documents of a simulated tenant, shaped as Entra's are."""

import json
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from azuread_auth._protocol.authority import TENANT_TEMPLATE, TokenVersion
from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth._protocol.http import HttpResponse
from azuread_auth.simulation.directory import CLOUD, Endpoint, SimulatedAuthority, origin_of
from azuread_auth.simulation.key_ring import PublishedKey

__all__ = ["ANOTHER_CLOUD", "graph_host", "instance_metadata", "json_response", "key_set", "metadata", "preflight"]

ANOTHER_CLOUD: Final = "microsoftonline.us"
_CLAIMS: Final = (
    "sub iss cloud_instance_name cloud_instance_host_name cloud_graph_host_name msgraph_host aud exp iat auth_time acr "
    "nonce preferred_username name tid ver at_hash c_hash email"
)


def metadata(authority: SimulatedAuthority, endpoint: Endpoint) -> dict[str, object]:
    """The OpenID configuration of a directory for tokens of the endpoint's version."""
    version = 2 if authority.policy is not None else endpoint.version
    base = f"{authority.origin}/{authority.path}"
    oauth2 = f"{base}/oauth2/v2.0" if version == 2 else f"{base}/oauth2"
    document: dict[str, object] = {
        "token_endpoint": f"{oauth2}/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": _keys_url(authority, version, endpoint.app_id),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": authority.issuer(version),
        "authorization_endpoint": f"{oauth2}/authorize",
        "end_session_endpoint": f"{oauth2}/logout",
        "http_logout_supported": True,
        "frontchannel_logout_supported": True,
        "claims_supported": _CLAIMS.split(),
    }
    if authority.policy is None:
        document |= _of_entra(authority, version, oauth2)
    return document


def graph_host(origin: str) -> str:
    """Where Microsoft Graph is for clients of an authority: a host of its own in process, else the authority's."""
    host = urlsplit(origin).netloc
    return f"graph.{CLOUD}" if host.endswith(f".{CLOUD}") else host


def _of_entra(authority: SimulatedAuthority, version: TokenVersion, oauth2: str) -> dict[str, object]:
    """What Entra's documents have and B2C's lack."""
    of_version: dict[str, object] = (
        {"microsoft_multi_refresh_token": True} if version == 1 else {"request_uri_parameter_supported": False}
    )
    return of_version | {
        "userinfo_endpoint": f"{authority.origin}/oidc/userinfo",
        "device_authorization_endpoint": f"{oauth2}/devicecode",
        "tenant_region_scope": None if authority.issuer_tenant == TENANT_TEMPLATE else "WW",
        "cloud_instance_name": CLOUD,
        "cloud_graph_host_name": graph_host(authority.origin),
        "msgraph_host": graph_host(authority.origin),
        "rbac_url": f"https://pas.{CLOUD}",
    }


def _keys_url(authority: SimulatedAuthority, version: TokenVersion, app_id: str | None) -> str:
    query = f"?appid={app_id}" if app_id else ""
    path = f"{authority.path}/discovery/v2.0/keys" if version == 2 else "common/discovery/keys"
    return f"{authority.origin}/{path}{query}"


def key_set(authority: SimulatedAuthority, version: TokenVersion, keys: Iterable[PublishedKey]) -> dict[str, object]:
    """The key set of a directory. Keys are bound to issuers in version 2 only, and in B2C to nothing."""
    if authority.policy is not None:
        return {"keys": [_b2c_key(each) for each in keys if each.binding == "any-tenant"]}
    if version == 1:
        # Personal accounts have no tokens of version 1.
        return {"keys": [_key_of_version_1(each) for each in keys if each.binding != "personal-accounts"]}
    return {"keys": [_key_of_version_1(each) | {"issuer": _key_issuer(authority, each)} for each in keys]}


def _b2c_key(published: PublishedKey) -> dict[str, object]:
    return {name: value for name, value in published.key.jwk().items() if name not in ("x5t", "x5c")}


def _key_of_version_1(published: PublishedKey) -> dict[str, object]:
    cloud = ANOTHER_CLOUD if published.binding == "another-cloud" else CLOUD
    return published.key.jwk() | {"cloud_instance_name": cloud}


def _key_issuer(authority: SimulatedAuthority, published: PublishedKey) -> str:
    # Real key sets list keys of another cloud under the template issuer of this one; only the cloud's name differs.
    tenant = PERSONAL_TENANT if published.binding == "personal-accounts" else TENANT_TEMPLATE
    return authority.issuer(2, tenant_id=tenant)


def instance_metadata(authorization_url: str, *, origin: str, tenant_id: str) -> dict[str, object] | None:
    """Which hosts are this cloud: this one alone; None for an authorization endpoint elsewhere.

    MSAL for Python asks about hosts without their ports, and looks for them among the aliases so too.
    """
    host, name = urlsplit(origin).netloc, urlsplit(origin).hostname or ""
    if origin_of(authorization_url) not in (origin, f"https://{name}"):
        return None
    return {
        "tenant_discovery_endpoint": f"{origin}/{tenant_id}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [
            {"preferred_network": host, "preferred_cache": host, "aliases": list(dict.fromkeys((host, name)))}
        ],
    }


def json_response(
    document: object, *, status: int = 200, headers: Mapping[str, str] | None = None, request_id: str
) -> HttpResponse:
    """A JSON answer with the headers that Entra sends; any web page may read it."""
    standard = {
        "cache-control": "max-age=86400, private",
        "content-type": "application/json; charset=utf-8",
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, OPTIONS",
        "x-ms-request-id": request_id,
        "x-ms-ests-server": "simulated",
    }
    return HttpResponse(status=status, headers=standard | dict(headers or {}), body=json.dumps(document).encode())


def preflight(*, request_id: str, methods: str = "GET, OPTIONS") -> HttpResponse:
    """The answer to a browser that asks whether a page of another origin may read (Fetch 4.8)."""
    headers = {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": methods,
        "access-control-allow-headers": "*",
        "x-ms-request-id": request_id,
    }
    return HttpResponse(status=200, headers=headers)
