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
    graph_hosts: tuple[str, ...] = ()
    """Where Microsoft Graph is; of several the first unless the metadata of a tenant names another of them."""


def _cloud(v1_issuer_host: str, *login_hosts: str, suffix: str = "", graph: tuple[str, ...]) -> Cloud:
    return Cloud(frozenset(login_hosts), v1_issuer_host, f"{PUBLIC_FEDERATION_AUDIENCE}{suffix}", graph)


# Source: MSAL.NET, known instance metadata, and its audiences of token exchange; Microsoft, "National clouds" and
# "Microsoft Graph national cloud deployments". US Government shares the public v1 issuer, and has two of Graph: the
# second is the Department of Defense's.
CLOUDS: Final = (
    _cloud(
        "sts.windows.net",
        *("login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"),
        graph=("graph.microsoft.com",),
    ),
    _cloud(
        "sts.windows.net",
        *("login.microsoftonline.us", "login.usgovcloudapi.net", "login-us.microsoftonline.com"),
        suffix="USGov",
        graph=("graph.microsoft.us", "dod-graph.microsoft.us"),
    ),
    _cloud(
        "sts.chinacloudapi.cn",
        *("login.partner.microsoftonline.cn", "login.chinacloudapi.cn"),
        suffix="China",
        graph=("microsoftgraph.chinacloudapi.cn",),
    ),
    _cloud("sts.microsoftonline.de", "login.microsoftonline.de", graph=("graph.microsoft.de",)),
    _cloud(*2 * ("login.sovcloud-identity.fr",), suffix="France", graph=("graph.svc.sovcloud.fr",)),
    _cloud(*2 * ("login.sovcloud-identity.de",), suffix="Germany", graph=("graph.svc.sovcloud.de",)),
    _cloud(*2 * ("login.sovcloud-identity.sg",), suffix="GovSG", graph=("graph.svc.sovcloud.sg",)),
)


def cloud_of(host: str) -> Cloud | None:
    """The cloud that the login host belongs to, or None for a host that is not Microsoft's shared ones."""
    return next((cloud for cloud in CLOUDS if host in cloud.login_hosts), None)
