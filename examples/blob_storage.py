"""A stand-in for Azure Blob Storage on 127.0.0.1, for azure_sdk.py: it lists containers, and really judges tokens.

An application of yours needs none of this: STORAGE_URL is https://<account>.blob.core.windows.net then.
"""

import base64
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from azuread_auth import AzureAdClient, AzureAdSettings, Principal, TokenRejected
from azuread_auth.ports import HttpRequest, HttpResponse, TransportAnswer
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.loopback_tls import LoopbackTls
from azuread_auth.simulation.server import LoopbackServer
from azuread_auth.simulation.users import DEFAULT_USERS

__all__ = ["BlobStorage", "blob_storage"]

ACCOUNT = "contosofiles"
AUDIENCE = "https://storage.azure.com"
STORAGE_APP = "e406a681-f3d4-42a8-90b6-c2b029497af1"  # Azure Storage, in every tenant
CONTAINERS: Mapping[str, tuple[str, ...]] = {"reports": ("2026-01.csv", "2026-02.csv"), "payroll": ("2026.csv",)}
READER = DEFAULT_USERS["adele"].object_id  # role assignments of real accounts go by object id too
# What payroll wants to have seen in a token: an authentication context of Conditional Access.
CLAIMS = {"access_token": {"acrs": {"essential": True, "value": "c1"}}}
XML = '<?xml version="1.0" encoding="utf-8"?>'


class BlobStorage:
    """One storage account, over TLS: clients of Azure SDKs send no token over http."""

    def __init__(self, tenant: SimulatedTenant) -> None:
        settings = AzureAdSettings.from_env(
            tenant.environ(),
            client_id=STORAGE_APP,
            audiences=(AUDIENCE,),
            accept_tokens_without_permissions=True,  # who may what is a matter of role assignments
            credential=None,
        )
        self._azure = AzureAdClient(settings)
        self._authority = f"{tenant.authority_host}/{tenant.tenant_id}/oauth2/authorize"
        self._tls = LoopbackTls(now=time.time())
        self._server = LoopbackServer(self._answer, tls=self._tls.context)
        self.url = f"{self._server.origin}/{ACCOUNT}"
        self.ca_bundle = str(self._tls.authority_file)

    def close(self) -> None:
        """Free the port."""
        self._server.close()
        self._tls.close()
        self._azure.close()

    def _answer(self, request: HttpRequest) -> TransportAnswer:
        return TransportAnswer(response=self._response(request))

    def _response(self, request: HttpRequest) -> HttpResponse:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            caller = self._azure.validate_token(token if scheme == "Bearer" else "")
        except TokenRejected:
            return self._unauthorized("InvalidAuthenticationInfo", f'resource_id="{AUDIENCE}"')
        parts = urlsplit(request.url)
        blobs = CONTAINERS.get(parts.path.removeprefix(f"/{ACCOUNT}/"))
        if request.method != "GET" or blobs is None or parse_qs(parts.query).get("comp") != ["list"]:
            return _error(404, "ResourceNotFound")
        if not _may_read(caller):
            return _error(403, "AuthorizationPermissionMismatch")
        if parts.path.endswith("/payroll") and caller.claims.get("acrs") != ["c1"]:
            claims = base64.b64encode(json.dumps(CLAIMS).encode()).decode()
            return self._unauthorized("InsufficientClaims", f'error="insufficient_claims", claims="{claims}"')
        return HttpResponse(status=200, headers={"content-type": "application/xml"}, body=_listing(blobs))

    def _unauthorized(self, code: str, parameters: str) -> HttpResponse:
        return _error(401, code, {"www-authenticate": f'Bearer authorization_uri="{self._authority}", {parameters}'})


@contextmanager
def blob_storage(tenant: SimulatedTenant) -> Iterator[Mapping[str, str]]:
    """The environment of an application in the tenant, with a storage account as long as the block lasts."""
    storage = BlobStorage(tenant)
    try:
        yield {
            **tenant.environ(),
            "AZURE_AD_CLIENT_CAPABILITIES": "CP1",  # the application answers claims challenges
            "STORAGE_URL": storage.url,
            "STORAGE_CA_BUNDLE": storage.ca_bundle,
        }
    finally:
        storage.close()


def _may_read(caller: Principal) -> bool:
    return caller.kind == "app" or caller.object_id == READER


def _listing(blobs: tuple[str, ...]) -> bytes:
    properties = "<Properties><Content-Length>9</Content-Length><BlobType>BlockBlob</BlobType></Properties>"
    entries = "".join(f"<Blob><Name>{blob}</Name>{properties}</Blob>" for blob in blobs)
    return f"{XML}<EnumerationResults><Blobs>{entries}</Blobs><NextMarker/></EnumerationResults>".encode()


def _error(status: int, code: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    told = {"content-type": "application/xml", "x-ms-error-code": code, **(headers or {})}
    body = f"{XML}<Error><Code>{code}</Code><Message>The stand-in says {code}.</Message></Error>"
    return HttpResponse(status=status, headers=told, body=body.encode())
