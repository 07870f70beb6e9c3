"""MSAL and azure-identity, wired to the simulated tenant in this process: their own code and no network."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import msal
from azure.core.pipeline.transport import AsyncHttpResponse, AsyncHttpTransport, HttpRequest
from azure.identity.aio import ClientSecretCredential

from azuread_auth._protocol.http import HttpRequest as OurRequest
from azuread_auth.simulation import SimulatedTenant

__all__ = ["azure_identity", "msal_application"]


class _MsalAnswer:
    def __init__(self, status: int, headers: Mapping[str, str], text: str) -> None:
        self.status_code = status
        self.headers = dict(headers)
        self.text = text

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            message = f"HTTP {self.status_code}"
            raise RuntimeError(message)


class _MsalHttp:
    """What MSAL takes as `http_client`."""

    def __init__(self, tenant: SimulatedTenant) -> None:
        self._tenant = tenant

    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], **_: object) -> _MsalAnswer:
        all_headers = {"content-type": "application/x-www-form-urlencoded", **headers}
        return self._send(
            OurRequest(url=url, method="POST", headers=_lower(all_headers), body=urlencode(data).encode())
        )

    def get(self, url: str, *, headers: Mapping[str, str] | None = None, **_: object) -> _MsalAnswer:
        return self._send(OurRequest(url=url, headers=_lower(headers or {})))

    def close(self) -> None:
        pass

    def _send(self, request: OurRequest) -> _MsalAnswer:
        response = self._tenant.answer(request).response
        if response is None:
            message = "the simulated tenant is down"
            raise ConnectionError(message)
        return _MsalAnswer(response.status, response.headers, response.body.decode())


def msal_application(tenant: SimulatedTenant) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        tenant.client_id,
        client_credential=tenant.client_secret,
        authority=f"{tenant.authority_host}/{tenant.tenant_id}",
        http_client=_MsalHttp(tenant),
        validate_authority=False,
        instance_discovery=False,
    )


class _AzureAnswer(AsyncHttpResponse):
    def __init__(self, request: HttpRequest, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(request, None)
        self.status_code = status
        self.headers = dict(headers)
        self.reason = ""
        self.content_type = headers.get("content-type")
        self._body = body

    def body(self) -> bytes:
        return self._body


class _AzureTransport(AsyncHttpTransport):
    def __init__(self, tenant: SimulatedTenant) -> None:
        self._tenant = tenant

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def send(self, request: HttpRequest, **_: object) -> _AzureAnswer:
        data = request.body
        body = data if isinstance(data, bytes) else (data or "").encode() if isinstance(data, str) else b""
        if isinstance(data, Mapping):
            body = urlencode(data).encode()
        ours = OurRequest(url=request.url, method=request.method, headers=_lower(request.headers), body=body)
        await asyncio.sleep(0)
        response = self._tenant.answer(ours).response
        assert response is not None
        return _AzureAnswer(request, response.status, response.headers, response.body)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        pass


def azure_identity(tenant: SimulatedTenant) -> ClientSecretCredential:
    return ClientSecretCredential(
        tenant.tenant_id,
        tenant.client_id,
        tenant.client_secret,
        authority=tenant.authority_host,
        disable_instance_discovery=True,
        transport=_AzureTransport(tenant),
    )


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
