"""The OpenID configuration of an authority (OpenID Connect Discovery 1.0), believed only as far as it must be."""

from collections.abc import Mapping
from dataclasses import dataclass

from azuread_auth._protocol.authority import TENANT_TEMPLATE, Authority, TokenVersion
from azuread_auth.errors import ProviderUnavailable

__all__ = ["Metadata", "parse_metadata"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What an authority says of itself for tokens of one version."""

    version: TokenVersion
    issuer: str
    """May hold TENANT_TEMPLATE: see `issuer_for`."""
    tenant_id: str | None
    """The only tenant whose tokens this authority issues; None when the issuer is a template."""
    jwks_uri: str
    cloud_instance_name: str | None
    authorization_endpoint: str | None
    token_endpoint: str | None
    end_session_endpoint: str | None = None
    promises_iss: bool = False
    """Whether the answer to a sign-in names its issuer (RFC 9207 3)."""
    graph_host: str | None = None
    """What it says of where Microsoft Graph is (`msgraph_host`), which is not to be believed as it is."""

    def issuer_for(self, tenant_id: str) -> str:
        """The issuer of that tenant's tokens."""
        return self.issuer.replace(TENANT_TEMPLATE, tenant_id)


def parse_metadata(document: Mapping[str, object], *, authority: Authority, version: TokenVersion) -> Metadata:
    """Read a discovery document that came from `authority`.

    Raises ProviderUnavailable when its issuer is none of this authority's, or when it places keys or endpoints on
    another host: then nothing of it is trusted.
    """
    issuer = _text(document, "issuer")
    tenant = authority.tenant_in_issuer(issuer, version)
    if tenant is None:
        message = (
            f"the metadata of {authority.origin} names an issuer that is not this authority's; "
            "check tenant_id, authority_host and authority_url, and that no proxy answers in the provider's place"
        )
        raise ProviderUnavailable(message)
    return Metadata(
        version=version,
        issuer=issuer,
        tenant_id=None if tenant == TENANT_TEMPLATE else tenant,
        jwks_uri=_endpoint(document, "jwks_uri", authority),
        cloud_instance_name=_optional_text(document, "cloud_instance_name"),
        authorization_endpoint=_optional_endpoint(document, "authorization_endpoint", authority),
        token_endpoint=_optional_endpoint(document, "token_endpoint", authority),
        end_session_endpoint=_optional_endpoint(document, "end_session_endpoint", authority),
        promises_iss=document.get("authorization_response_iss_parameter_supported") is True,
        graph_host=graph_host if isinstance(graph_host := document.get("msgraph_host"), str) else None,
    )


def _optional_text(document: Mapping[str, object], member: str) -> str | None:
    value = document.get(member)
    if value is not None and not isinstance(value, str):
        message = f"the provider's metadata has a {member} that is not text"
        raise ProviderUnavailable(message)
    return value


def _text(document: Mapping[str, object], member: str) -> str:
    value = _optional_text(document, member)
    if not value:
        message = f"the provider's metadata has no {member}; expected an OpenID configuration"
        raise ProviderUnavailable(message)
    return value


def _optional_endpoint(document: Mapping[str, object], member: str, authority: Authority) -> str | None:
    return _endpoint(document, member, authority) if document.get(member) is not None else None


def _endpoint(document: Mapping[str, object], member: str, authority: Authority) -> str:
    url = _text(document, member)
    if not authority.may_have_endpoint(url):
        message = f"the provider's metadata places its {member} on another host than {authority.origin}"
        raise ProviderUnavailable(message)
    return url
