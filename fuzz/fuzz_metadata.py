"""Bytes in place of an OpenID configuration are that of the authority, with nothing elsewhere, or ProviderUnavailable.

The first byte chooses the authority.
"""

from urllib.parse import urlsplit

from azuread_auth._protocol.authority import authority_at, authority_for_tenant
from azuread_auth._protocol.http import HttpResponse, json_object
from azuread_auth._protocol.metadata import Metadata, parse_metadata
from azuread_auth.errors import ProviderUnavailable

CANARY = "Zq7~Canary"  # what the seeds have for a secret
TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
PUBLIC = {"login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "sts.windows.net"}
AUTHORITIES = (
    # With the hosts that each may name; the first is its own.
    (authority_for_tenant("https://login.microsoftonline.com", TENANT), 2, {*PUBLIC}),
    (authority_for_tenant("https://login.microsoftonline.com", TENANT), 1, {*PUBLIC}),
    (authority_for_tenant("https://login.microsoftonline.com", "organizations"), 2, {*PUBLIC}),
    (authority_at(f"https://contoso.ciamlogin.com/{TENANT}"), 2, {"contoso.ciamlogin.com", f"{TENANT}.ciamlogin.com"}),
    (
        authority_at(f"https://contoso.b2clogin.com/{TENANT}/B2C_1_SignIn"),
        2,
        {"contoso.b2clogin.com", "login.microsoftonline.com", *PUBLIC},
    ),
    (authority_for_tenant("http://127.0.0.1:8400", TENANT), 2, {"127.0.0.1"}),
)


def one_input(data: bytes) -> None:
    number = data[0] % len(AUTHORITIES) if data else 0
    authority, version, hosts = AUTHORITIES[number]
    try:
        document = json_object(HttpResponse(status=200, body=data[1:]), what="the metadata", now=0.0)
        found = parse_metadata(document, authority=authority, version=version)
    except ProviderUnavailable as error:
        _assert_quiet(error)
        return
    for url in _addresses(found):
        parts = urlsplit(url)
        assert parts.hostname in hosts, "the metadata leads elsewhere"
        assert parts.scheme == authority.origin.partition(":")[0], "the metadata leads away from TLS"
        assert parts.username is None, "an address has two readings"
        assert url.isascii(), "an address has two readings"
        assert url.isprintable(), "an address has two readings"
        assert not {"\\", " ", "#"} & set(url), "an address has two readings"
    assert (found.tenant_id is None) == ("{tenantid}" in found.issuer), "whose tokens these are is not clear"
    assert found.tenant_id in {None, TENANT}, "the metadata names another tenant"
    assert found.tenant_id is not None or authority.tenant == "organizations", "one tenant's metadata speak for all"
    assert "{" not in found.issuer_for(TENANT), "an issuer is left open"


def _addresses(found: Metadata) -> list[str]:
    named = (found.jwks_uri, found.authorization_endpoint, found.token_endpoint, found.end_session_endpoint)
    return [found.issuer.replace("{tenantid}", TENANT), *(each for each in named if each is not None)]


def _assert_quiet(error: Exception) -> None:
    assert CANARY not in f"{error} {error!r}", "a refusal tells what is in the document"
