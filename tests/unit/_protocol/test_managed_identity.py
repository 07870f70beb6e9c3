"""Which host of managed identities is there, and what exactly it is asked."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from azuread_auth._protocol.managed_identity import Host, Selector, detected_host, resource_of, token_request
from azuread_auth._protocol.managed_identity_hosts import (
    APP_SERVICE,
    ARC,
    CLOUD_SHELL,
    IMDS,
    MSI_WITH_SECRET,
    SERVICE_FABRIC,
    HostKind,
)
from azuread_auth.errors import ConfigurationError, CredentialUnavailable

GUID = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
RESOURCE_ID = f"/subscriptions/{GUID}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id"
SHA1 = "0123456789abcdef0123456789abcdef01234567"
ENDPOINT = "http://127.0.0.1:41234/msi/token"
SELECTORS = {
    "none": Selector(),
    "client_id": Selector(client_id=GUID),
    "object_id": Selector(object_id=GUID),
    "resource_id": Selector(resource_id=RESOURCE_ID),
}
FABRIC = {"IDENTITY_ENDPOINT": "https://node:2377/t", "IDENTITY_HEADER": "h", "IDENTITY_SERVER_THUMBPRINT": SHA1}
APP = {"IDENTITY_ENDPOINT": ENDPOINT, "IDENTITY_HEADER": "canary"}
MSI = {"MSI_ENDPOINT": ENDPOINT, "MSI_SECRET": "canary"}
AZURE_ARC = {"IDENTITY_ENDPOINT": "http://localhost:40342/metadata/identity/oauth2/token", "IMDS_ENDPOINT": "http://x"}
SHELL = {"MSI_ENDPOINT": "http://localhost:50342/oauth2/token"}


@pytest.mark.parametrize(
    ("environ", "has_agent", "kind", "endpoint"),
    [
        pytest.param(MSI | FABRIC, True, SERVICE_FABRIC, "https://node:2377/t", id="Service Fabric before all"),
        pytest.param(APP | MSI, True, APP_SERVICE, ENDPOINT, id="App Service before its former variables"),
        pytest.param(MSI | AZURE_ARC, True, MSI_WITH_SECRET, ENDPOINT, id="Machine Learning before Arc"),
        pytest.param(AZURE_ARC | SHELL, False, ARC, AZURE_ARC["IDENTITY_ENDPOINT"], id="Arc by variables"),
        pytest.param(SHELL, True, ARC, AZURE_ARC["IDENTITY_ENDPOINT"], id="Arc by its program"),
        pytest.param(SHELL, False, CLOUD_SHELL, SHELL["MSI_ENDPOINT"], id="Cloud Shell"),
        pytest.param(
            {}, False, IMDS, "http://169.254.169.254/metadata/identity/oauth2/token", id="a virtual machine at last"
        ),
        pytest.param(
            {"AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://10.0.0.1:80/"},
            False,
            IMDS,
            "http://10.0.0.1:80/metadata/identity/oauth2/token",
            id="a stand-in of the pod",
        ),
        pytest.param(
            {"IDENTITY_ENDPOINT": " ", "MSI_ENDPOINT": ""},
            False,
            IMDS,
            "http://169.254.169.254/metadata/identity/oauth2/token",
            id="blank is absent",
        ),
        pytest.param(
            {"IDENTITY_ENDPOINT": ENDPOINT},
            False,
            IMDS,
            "http://169.254.169.254/metadata/identity/oauth2/token",
            id="an endpoint without its header",
        ),
    ],
)
def test_host_is_known_by_its_variables(
    environ: dict[str, str], has_agent: bool, kind: HostKind, endpoint: str
) -> None:
    """In the order in which Microsoft's own libraries look."""
    host = detected_host(environ, has_arc_agent=has_agent)
    assert (host.kind, host.endpoint) == (kind, endpoint)
    assert "canary" not in repr(host)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        pytest.param(APP | {"IDENTITY_ENDPOINT": "file:///etc/passwd"}, "IDENTITY_ENDPOINT is no address", id="file"),
        pytest.param(APP | {"IDENTITY_ENDPOINT": "http://a b"}, "IDENTITY_ENDPOINT is no address", id="space"),
        pytest.param(APP | {"IDENTITY_HEADER": "canary\r\nX: 1"}, "IDENTITY_HEADER has characters", id="line break"),
        pytest.param(MSI | {"MSI_SECRET": "canary\u00e9"}, "MSI_SECRET has characters", id="beyond ASCII"),
        pytest.param(
            FABRIC | {"IDENTITY_SERVER_THUMBPRINT": "12"}, "IDENTITY_SERVER_THUMBPRINT is no", id="thumbprint"
        ),
        pytest.param(FABRIC | {"IDENTITY_ENDPOINT": ENDPOINT}, "IDENTITY_ENDPOINT is not https", id="pin over http"),
    ],
)
def test_T121_variables_that_no_host_can_have_set(environ: dict[str, str], message: str) -> None:
    """T121: what would break out of a header or a pin is refused, and not shown."""
    with pytest.raises(CredentialUnavailable) as refused:
        detected_host(environ, has_arc_agent=False)
    assert str(refused.value).startswith(message)
    assert "canary" not in str(refused.value)


def asked(environ: dict[str, str], selector: Selector = SELECTORS["none"], **options: Any) -> dict[str, Any]:
    """The request in its parts."""
    host = detected_host(environ, has_arc_agent=False)
    request = token_request(host, selector, resource="https://vault.azure.net", timeout_seconds=7, **options)
    assert request.is_direct
    assert request.timeout_seconds == 7
    address = urlsplit(request.url)
    return {
        "method": request.method,
        "url": f"{address.scheme}://{address.netloc}{address.path}",
        "query": parse_qsl(address.query),
        "headers": dict(request.headers),
        "body": request.body,
        "pin": request.pinned_certificate_sha1,
    }


def expected(url: str, query: list[tuple[str, str]], headers: dict[str, str], pin: str | None = None) -> dict[str, Any]:
    """The parts of a GET."""
    return {"method": "GET", "url": url, "query": query, "headers": headers, "body": b"", "pin": pin}


RESOURCE = ("resource", "https://vault.azure.net")
METADATA = {"Metadata": "true"}


@pytest.mark.parametrize(
    ("environ", "parts"),
    [
        pytest.param(
            {},
            expected(
                "http://169.254.169.254/metadata/identity/oauth2/token",
                [("api-version", "2018-02-01"), RESOURCE],
                METADATA,
            ),
            id="virtual machine",
        ),
        pytest.param(
            APP,
            expected(ENDPOINT, [("api-version", "2019-08-01"), RESOURCE], METADATA | {"X-IDENTITY-HEADER": "canary"}),
            id="App Service",
        ),
        pytest.param(
            MSI,
            expected(ENDPOINT, [("api-version", "2017-09-01"), RESOURCE], METADATA | {"secret": "canary"}),
            id="Machine Learning",
        ),
        pytest.param(
            MSI | {"DEFAULT_IDENTITY_CLIENT_ID": GUID},
            expected(
                ENDPOINT,
                [("api-version", "2017-09-01"), RESOURCE, ("clientid", GUID)],
                METADATA | {"secret": "canary"},
            ),
            id="Machine Learning with an identity of its own",
        ),
        pytest.param(
            AZURE_ARC,
            expected(AZURE_ARC["IDENTITY_ENDPOINT"], [("api-version", "2020-06-01"), RESOURCE], METADATA),
            id="Arc",
        ),
        pytest.param(
            FABRIC,
            expected("https://node:2377/t", [("api-version", "2019-07-01-preview"), RESOURCE], {"Secret": "h"}, SHA1),
            id="Service Fabric",
        ),
        pytest.param(
            SHELL,
            {
                "method": "POST",
                "url": SHELL["MSI_ENDPOINT"],
                "query": [],
                "headers": METADATA | {"Content-Type": "application/x-www-form-urlencoded"},
                "body": b"resource=https%3A%2F%2Fvault.azure.net",
                "pin": None,
            },
            id="Cloud Shell",
        ),
    ],
)
def test_T117_request_is_exactly_what_the_host_knows(environ: dict[str, str], parts: dict[str, Any]) -> None:
    """T117: address, parameters and headers; `Metadata: true` is there, and nothing about a forwarded request."""
    assert asked(environ) == parts


@pytest.mark.parametrize(
    ("environ", "selector", "parameter"),
    [
        pytest.param({}, "client_id", ("client_id", GUID), id="virtual machine, client id"),
        pytest.param({}, "object_id", ("object_id", GUID), id="virtual machine, object id"),
        pytest.param({}, "resource_id", ("msi_res_id", RESOURCE_ID), id="virtual machine, resource id"),
        pytest.param(APP, "client_id", ("client_id", GUID), id="App Service, client id"),
        pytest.param(APP, "object_id", ("object_id", GUID), id="App Service, object id"),
        pytest.param(APP, "resource_id", ("mi_res_id", RESOURCE_ID), id="App Service, resource id"),
        pytest.param(AZURE_ARC, "resource_id", ("msi_res_id", RESOURCE_ID), id="Arc, resource id"),
        pytest.param(MSI | {"DEFAULT_IDENTITY_CLIENT_ID": "x"}, "client_id", ("clientid", GUID), id="ML, client id"),
    ],
)
def test_selector_has_its_parameter(environ: dict[str, str], selector: str, parameter: tuple[str, str]) -> None:
    """Each host has a name of its own for it."""
    assert asked(environ, SELECTORS[selector])["query"][2:] == [parameter]


@pytest.mark.parametrize(
    ("environ", "selector", "can"),
    [
        (MSI, "object_id", "it can by client_id"),
        (MSI, "resource_id", "it can by client_id"),
        (FABRIC, "client_id", "it can by none"),
        (SHELL, "client_id", "it can by none"),
    ],
)
def test_selector_that_a_host_does_not_know(environ: dict[str, str], selector: str, can: str) -> None:
    """Left out, it would bring the token of another identity."""
    with pytest.raises(CredentialUnavailable, match=f"cannot be asked for an identity by {selector}; {can}"):
        asked(environ, SELECTORS[selector])


def test_revocation_is_told_to_who_knows_it() -> None:
    """Service Fabric takes parameters about a revoked token; others would refuse them or keep another token."""
    revocation = {"xms_cc": "CP1", "token_sha256_to_refresh": "ab"}
    assert asked(FABRIC, revocation=revocation)["query"][2:] == list(revocation.items())
    assert len(asked(APP, revocation=revocation)["query"]) == 2


def test_endpoint_with_a_query_keeps_it() -> None:
    """An address may have parameters of its own."""
    host = Host(kind=IMDS, endpoint="http://10.0.0.1/token?node=1")
    request = token_request(host, Selector(), resource="r", timeout_seconds=1)
    assert request.url == "http://10.0.0.1/token?node=1&api-version=2018-02-01&resource=r"


@pytest.mark.parametrize(
    ("scope", "resource"),
    [
        ("https://vault.azure.net/.default", "https://vault.azure.net"),
        ("https://management.azure.com//.default", "https://management.azure.com/"),
        ("api://orders/.default/.default", "api://orders/.default"),
        ("https://vault.azure.net", "https://vault.azure.net"),
        ("/.default/x/.default", "/.default/x"),
    ],
)
def test_resource_is_the_scope_without_its_end(scope: str, resource: str) -> None:
    """One `/.default` is taken away, and nothing else."""
    assert resource_of((scope,)) == resource


@pytest.mark.parametrize("scopes", [(), ("a/.default", "b/.default"), ("/.default",)])
def test_one_scope_names_one_resource(scopes: tuple[str, ...]) -> None:
    """Several would be a choice that nobody made."""
    with pytest.raises(ConfigurationError, match="one API at a time"):
        resource_of(scopes)


def test_selector_says_who_it_is() -> None:
    """For cache keys and messages."""
    assert [str(selector) for selector in SELECTORS.values()] == [
        "system",
        f"client_id={GUID}",
        f"object_id={GUID}",
        f"resource_id={RESOURCE_ID}",
    ]


def test_host_that_wants_no_secret_is_shown_none() -> None:
    """A kind of host may have one, and this one has not."""
    request = token_request(Host(kind=APP_SERVICE, endpoint=ENDPOINT), Selector(), resource="r", timeout_seconds=1)
    assert dict(request.headers) == METADATA
