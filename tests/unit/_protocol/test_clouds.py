"""The national clouds."""

import pytest

from azuread_auth._protocol.clouds import CLOUDS, cloud_of


@pytest.mark.parametrize(
    ("host", "audience"),
    [
        ("login.microsoftonline.com", "api://AzureADTokenExchange"),
        ("login.microsoftonline.us", "api://AzureADTokenExchangeUSGov"),
        ("login.partner.microsoftonline.cn", "api://AzureADTokenExchangeChina"),
    ],
)
def test_federation_audience_of_a_cloud(host: str, audience: str) -> None:
    """Whoever trusts a managed identity expects its token to be made out for the cloud."""
    cloud = cloud_of(host)
    assert cloud is not None
    assert cloud.federation_audience == audience


def test_hosts_belong_to_one_cloud() -> None:
    """No host is in two, and an unknown one in none."""
    hosts = [host for cloud in CLOUDS for host in cloud.login_hosts]
    assert len(hosts) == len(set(hosts))
    assert cloud_of("login.example") is None
