"""MSAL and azure-identity, wired to the simulated tenant in this process: their own code and no network."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import msal
from azure.core.pipeline.transport import HttpResponse, HttpTransport
from azure.identity import ClientSecretCredential

from azuread_auth._protocol.http import HttpRequest as OurRequest
from azuread_auth._protocol.http import HttpResponse as OurResponse
from azuread_auth.simulation import SimulatedTenant


def _answer(tenant: SimulatedTenant, method: str, url: str, headers: Mapping[str, str], body: bytes) -> OurResponse:
    named = {name.lower(): value for name, value in headers.items()}
    response = tenant.answer(OurRequest(url=url, method=method, headers=named, body=body)).response
    if response is None:
        message = "the simulated tenant is down"
        raise ConnectionError(message)
    return response


class _MsalAnswer:
    def __init__(self, response: OurResponse) -> None:
        self.status_code = response.status
        self.headers = dict(response.headers)
        self.text = response.body.decode()

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            message = f"HTTP {self.status_code}"
            raise RuntimeError(message)


class _MsalHttp:
    """What MSAL takes as `http_client`."""

    def __init__(self, tenant: SimulatedTenant) -> None:
        self._tenant = tenant

    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], **_: object) -> _MsalAnswer:
        named = {"content-type": "application/x-www-form-urlencoded", **headers}
        return _MsalAnswer(_answer(self._tenant, "POST", url, named, urlencode(data).encode()))

    def get(self, url: str, *, headers: Mapping[str, str] | None = None, **_: object) -> _MsalAnswer:
        return _MsalAnswer(_answer(self._tenant, "GET", url, headers or {}, b""))

    def close(self) -> None:
        """Nothing is open."""


def confidential_msal(tenant: SimulatedTenant, credential: object = None) -> Any:
    """MSAL with the tenant's secret, or with another credential in its own form."""
    return msal.ConfidentialClientApplication(
        tenant.client_id, client_credential=credential or tenant.client_secret, **_msal_options(tenant)
    )


def public_msal(tenant: SimulatedTenant) -> Any:
    """MSAL without a credential."""
    return msal.PublicClientApplication(tenant.client_id, **_msal_options(tenant))


def _msal_options(tenant: SimulatedTenant) -> dict[str, Any]:
    return {
        "authority": f"{tenant.authority_host}/{tenant.tenant_id}",
        "http_client": _MsalHttp(tenant),
        "validate_authority": False,
        "instance_discovery": False,
    }


class _AzureAnswer(HttpResponse):
    def __init__(self, request: Any, response: OurResponse) -> None:
        super().__init__(request, None)
        self.status_code = response.status
        self.headers = dict(response.headers)
        self.reason = ""
        self.content_type = response.headers.get("content-type")
        self._body = response.body

    def body(self) -> bytes:
        return self._body


class AzureTransport(HttpTransport):
    """What azure-core takes as `transport`."""

    def __init__(self, tenant: SimulatedTenant) -> None:
        self._tenant = tenant

    def open(self) -> None:
        """Nothing is opened."""

    def close(self) -> None:
        """Nothing is open."""

    def send(self, request: Any, **_: object) -> _AzureAnswer:
        data = request.body
        body = urlencode(data).encode() if isinstance(data, Mapping) else (data or b"")
        body = body.encode() if isinstance(body, str) else body
        headers = dict(request.headers)
        return _AzureAnswer(request, _answer(self._tenant, request.method, request.url, headers, body))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Nothing is open."""


def azure_identity(tenant: SimulatedTenant) -> ClientSecretCredential:
    """The credential of azure-identity with the tenant's secret."""
    return ClientSecretCredential(
        tenant.tenant_id,
        tenant.client_id,
        tenant.client_secret,
        authority=tenant.authority_host,
        disable_instance_discovery=True,
        transport=AzureTransport(tenant),
    )
