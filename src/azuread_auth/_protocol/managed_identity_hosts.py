"""The kinds of hosts that give out tokens of managed identities, and in what their requests differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

__all__ = ["APP_SERVICE", "ARC", "CLOUD_SHELL", "IMDS", "MSI_WITH_SECRET", "SERVICE_FABRIC", "HostKind"]

_NONE: Final[Mapping[str, str]] = MappingProxyType({})
# Without it no host answers: a browser or an open redirect cannot be made to send it.
_METADATA: Final[Mapping[str, str]] = MappingProxyType({"Metadata": "true"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HostKind:
    """One kind of host: how it is named to people, and what its requests look like."""

    name: str
    api_version: str | None
    headers: Mapping[str, str] = field(default_factory=lambda: _METADATA)
    secret_header: str | None = None
    selectors: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """The parameter for each way to name an identity that the host knows."""
    posts: bool = False
    challenges: bool = False
    """Answers 401 first, with the name of a file to read; must name the identity that a token is for."""
    revokes: bool = False
    """Takes parameters about tokens that were revoked."""
    is_probed: bool = False
    """Nothing in the environment says that the host is there."""
    retries_missing: bool = True
    """Whether 404 means that the host is being updated."""


def _selectors(resource_id: str) -> Mapping[str, str]:
    return MappingProxyType({"client_id": "client_id", "object_id": "object_id", "resource_id": resource_id})


IMDS: Final = HostKind(
    name="the Azure Instance Metadata Service",
    api_version="2018-02-01",
    selectors=_selectors("msi_res_id"),
    is_probed=True,
)
# Azure Functions, Container Apps and Automation too; the last asks for the header that all others ignore.
APP_SERVICE: Final = HostKind(
    name="the identity endpoint of App Service",
    api_version="2019-08-01",
    secret_header="X-IDENTITY-HEADER",  # noqa: S106 - a header's name
    selectors=_selectors("mi_res_id"),
)
# Azure Machine Learning, and App Service as it was before 2019.
MSI_WITH_SECRET: Final = HostKind(
    name="the identity endpoint of Azure Machine Learning",
    api_version="2017-09-01",
    secret_header="secret",  # noqa: S106 - a header's name
    selectors=MappingProxyType({"client_id": "clientid"}),
)
ARC: Final = HostKind(
    name="the agent of Azure Arc",
    api_version="2020-06-01",
    selectors=_selectors("msi_res_id"),
    challenges=True,
)
SERVICE_FABRIC: Final = HostKind(
    name="the identity endpoint of Service Fabric",
    api_version="2019-07-01-preview",
    headers=_NONE,
    secret_header="Secret",  # noqa: S106 - a header's name
    revokes=True,
    retries_missing=False,
)
CLOUD_SHELL: Final = HostKind(
    name="Azure Cloud Shell",
    api_version=None,
    headers=MappingProxyType({"Metadata": "true", "Content-Type": "application/x-www-form-urlencoded"}),
    posts=True,
)
