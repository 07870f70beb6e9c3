"""The national clouds: which login hosts are one cloud, and who issues its tokens."""

from dataclasses import dataclass
from typing import Final

__all__ = ["CLOUDS", "PERSONAL_TENANT", "PUBLIC_FEDERATION_AUDIENCE", "Cloud", "cloud_of"]

PERSONAL_TENANT: Final = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant of personal Microsoft accounts."""

PUBLIC_FEDERATION_AUDIENCE: Final = "api://AzureADTokenExchange"
"""The audience of federated credentials in the public cloud."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Hosts that are aliases of each other, and the host in the issuer of v1 tokens."""

    login_hosts: frozenset[str]
    v1_issuer_host: str
    federation_audience: str = PUBLIC_FEDERATION_AUDIENCE
    """For whom a managed identity's token must be made out, to prove an application of this cloud."""


def _cloud(v1_issuer_host: str, *login_hosts: str, suffix: str = "") -> Cloud:
    return Cloud(frozenset(login_hosts), v1_issuer_host, f"{PUBLIC_FEDERATION_AUDIENCE}{suffix}")


# Source: MSAL.NET, known instance metadata, and its audiences of token exchange; Microsoft, "National clouds".
# US Government shares the public v1 issuer.
CLOUDS: Final = (
    _cloud(
        "sts.windows.net",
        *("login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"),
    ),
    _cloud(
        "sts.windows.net",
        *("login.microsoftonline.us", "login.usgovcloudapi.net", "login-us.microsoftonline.com"),
        suffix="USGov",
    ),
    _cloud("sts.chinacloudapi.cn", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn", suffix="China"),
    _cloud("sts.microsoftonline.de", "login.microsoftonline.de"),
    _cloud("login.sovcloud-identity.fr", "login.sovcloud-identity.fr", suffix="France"),
    _cloud("login.sovcloud-identity.de", "login.sovcloud-identity.de", suffix="Germany"),
    _cloud("login.sovcloud-identity.sg", "login.sovcloud-identity.sg", suffix="GovSG"),
)


def cloud_of(host: str) -> Cloud | None:
    """The cloud that the login host belongs to, or None for a host that is not Microsoft's shared ones."""
    return next((cloud for cloud in CLOUDS if host in cloud.login_hosts), None)
