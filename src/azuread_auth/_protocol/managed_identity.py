"""What a managed identity's host is asked, and which of the hosts is there, by the environment that it sets up.

Source: Microsoft, "How to use managed identities" for virtual machines, App Service, Service Fabric, Azure Arc and
Azure Machine Learning.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from azuread_auth._protocol.http import HttpRequest
from azuread_auth._protocol.managed_identity_hosts import (
    APP_SERVICE,
    ARC,
    CLOUD_SHELL,
    IMDS,
    MSI_WITH_SECRET,
    SERVICE_FABRIC,
    HostKind,
)
from azuread_auth._protocol.thumbprint import sha1_thumbprint
from azuread_auth.errors import ConfigurationError, CredentialUnavailable
from azuread_auth.secret import Secret

__all__ = ["Host", "Selector", "detected_host", "resource_of", "token_request"]

_IMDS_ORIGIN: Final = "http://169.254.169.254"
_IMDS_PATH: Final = "/metadata/identity/oauth2/token"
_ARC_ENDPOINT: Final = "http://localhost:40342/metadata/identity/oauth2/token"
_HEADER_SAFE: Final = re.compile(r"[\x21-\x7e]+")
_URL: Final = re.compile(r"https?://[\x21\x23-\x7e]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Which identity is meant: one of the three is set, or none for the system-assigned one."""

    client_id: str | None = None
    object_id: str | None = None
    resource_id: str | None = None

    @property
    def chosen(self) -> tuple[str, str] | None:
        """The name of the field that is set and its value."""
        fields = {"client_id": self.client_id, "object_id": self.object_id, "resource_id": self.resource_id}
        return next(((name, value) for name, value in fields.items() if value is not None), None)

    def __str__(self) -> str:
        return "system" if self.chosen is None else "=".join(self.chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host as it was found: what kind it is, where it is, and what it wants to be shown."""

    kind: HostKind
    endpoint: str
    secret: Secret | None = None
    thumbprint: str | None = None
    default_client_id: str | None = None


def detected_host(environ: Mapping[str, str], *, has_arc_agent: bool) -> Host:
    """The host that the environment tells of, else the one that every virtual machine has.

    `has_arc_agent`: whether the agent of Azure Arc is installed here. Raises CredentialUnavailable when a variable has
    something that no host can have set.
    """
    endpoint, secret = _url(environ, "IDENTITY_ENDPOINT"), _header_value(environ, "IDENTITY_HEADER")
    if endpoint and secret:
        thumbprint = _text(environ, "IDENTITY_SERVER_THUMBPRINT")
        if thumbprint is None:
            return Host(kind=APP_SERVICE, endpoint=endpoint, secret=secret)
        _check_pinning(endpoint, thumbprint)
        return Host(kind=SERVICE_FABRIC, endpoint=endpoint, secret=secret, thumbprint=thumbprint)
    msi_endpoint, msi_secret = _url(environ, "MSI_ENDPOINT"), _header_value(environ, "MSI_SECRET")
    if msi_endpoint and msi_secret:
        default = _text(environ, "DEFAULT_IDENTITY_CLIENT_ID")
        return Host(kind=MSI_WITH_SECRET, endpoint=msi_endpoint, secret=msi_secret, default_client_id=default)
    if (endpoint and _text(environ, "IMDS_ENDPOINT")) or has_arc_agent:
        return Host(kind=ARC, endpoint=endpoint or _ARC_ENDPOINT)
    if msi_endpoint:
        return Host(kind=CLOUD_SHELL, endpoint=msi_endpoint)
    origin = _url(environ, "AZURE_POD_IDENTITY_AUTHORITY_HOST") or _IMDS_ORIGIN
    return Host(kind=IMDS, endpoint=origin.rstrip("/") + _IMDS_PATH)


def _check_pinning(endpoint: str, thumbprint: str) -> None:
    if sha1_thumbprint(thumbprint) is None:
        message = "IDENTITY_SERVER_THUMBPRINT is no SHA-1 of a certificate; expected 40 hexadecimal digits"
        raise CredentialUnavailable(message)
    if not endpoint.lower().startswith("https:"):
        message = "IDENTITY_ENDPOINT is not https, where IDENTITY_SERVER_THUMBPRINT names the certificate to expect"
        raise CredentialUnavailable(message)


def _text(environ: Mapping[str, str], name: str) -> str | None:
    return environ.get(name, "").strip() or None


def _url(environ: Mapping[str, str], name: str) -> str | None:
    text = _text(environ, name)
    if text is not None and _URL.fullmatch(text) is None:
        message = f"{name} is no address; the platform sets it to http:// or https:// and a host"
        raise CredentialUnavailable(message)
    return text


def _header_value(environ: Mapping[str, str], name: str) -> Secret | None:
    text = _text(environ, name)
    if text is not None and _HEADER_SAFE.fullmatch(text) is None:
        message = f"{name} has characters that no header can carry; the platform sets it to visible ASCII"
        raise CredentialUnavailable(message)
    return None if text is None else Secret(text)


def resource_of(scopes: tuple[str, ...]) -> str:
    """The resource that a scope is about: the scope without one `/.default` at its end.

    Raises ConfigurationError for several scopes: a managed identity gets a token for one resource.
    """
    if len(scopes) != 1 or not scopes[0].removesuffix("/.default"):
        message = "a managed identity gets a token for one API at a time; give one scope that ends in /.default"
        raise ConfigurationError(message)
    return scopes[0].removesuffix("/.default")


def token_request(
    host: Host,
    selector: Selector,
    *,
    resource: str,
    timeout_seconds: float,
    revocation: Mapping[str, str] | None = None,
) -> HttpRequest:
    """The request for a token; `revocation` are parameters about a token that was revoked, for hosts that take them.

    Raises CredentialUnavailable when this kind of host cannot be asked for the identity that is selected.
    """
    kind = host.kind
    parameters = {"resource": resource, **_selected(host, selector), **(revocation or {} if kind.revokes else {})}
    if kind.api_version is not None:
        parameters = {"api-version": kind.api_version, **parameters}
    headers = dict(kind.headers)
    if kind.secret_header is not None and host.secret is not None:
        headers[kind.secret_header] = host.secret.reveal()
    separator = "&" if "?" in host.endpoint else "?"
    return HttpRequest(
        url=host.endpoint if kind.posts else f"{host.endpoint}{separator}{urlencode(parameters)}",
        method="POST" if kind.posts else "GET",
        headers=headers,
        body=urlencode(parameters).encode() if kind.posts else b"",
        timeout_seconds=timeout_seconds,
        is_direct=True,
        pinned_certificate_sha1=host.thumbprint,
    )


def _selected(host: Host, selector: Selector) -> dict[str, str]:
    chosen = selector.chosen
    if chosen is None:
        default = host.default_client_id
        return {} if default is None else {host.kind.selectors["client_id"]: default}
    name, value = chosen
    parameter = host.kind.selectors.get(name)
    if parameter is None:
        can = ", ".join(host.kind.selectors) or "none: it has one identity, by its own configuration"
        message = f"{host.kind.name} cannot be asked for an identity by {name}; it can by {can}"
        raise CredentialUnavailable(message)
    return {parameter: value}
