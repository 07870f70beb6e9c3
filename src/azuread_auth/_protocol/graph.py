"""Microsoft Graph, as far as the groups of somebody are asked for there: where it is, and what it answers.

Source: Microsoft, "directoryObject: getMemberGroups" and "Groups overage claim".
"""

import json
import re
from dataclasses import dataclass
from typing import Final

from azuread_auth._protocol.authority import Authority, AuthorityKind
from azuread_auth._protocol.clouds import CLOUDS, cloud_of
from azuread_auth._protocol.guid import as_guid
from azuread_auth._protocol.http import Document, HttpResponse, json_document
from azuread_auth._protocol.retry import retry_after_seconds
from azuread_auth.errors import ProviderUnavailable

__all__ = ["GroupPage", "MemberGroupsQuestion", "graph_origin", "group_page"]

_WHAT: Final = "Microsoft Graph"
_VERSION: Final = "/v1.0/"
_HOST: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]{1,5})?", re.ASCII)
# What follows the origin of a next page: neither blanks nor backslashes, which parsers read in different ways.
_PATH: Final = re.compile(r"[A-Za-z0-9._~/?=&%+:$@(),'!*;-]{0,4000}", re.ASCII)
_ERROR_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,63}", re.ASCII)


def graph_origin(authority: Authority, named_host: str | None, *, is_in_process: bool = False) -> str | None:
    """Scheme and host of Microsoft Graph for the tenants of an authority; None where there is none.

    Users' tokens are sent there, so `named_host`, which is what the authority's metadata says, only chooses: among the
    hosts of the cloud, or the authority itself where it is a simulated tenant. `is_in_process`: nothing is sent over a
    network, so any host will do.
    """
    hosts, (scheme, _, own) = _known_hosts(authority), authority.origin.partition("://")
    if named_host is None:
        return f"https://{hosts[0]}" if hosts else None
    host = named_host.lower()
    if host in hosts:
        return f"https://{host}"
    if authority.kind is AuthorityKind.B2C or cloud_of(authority.host) is not None:
        return None
    if host == own:
        return f"{scheme}://{own}"
    return f"https://{host}" if is_in_process and _HOST.fullmatch(host) else None


def _known_hosts(authority: Authority) -> tuple[str, ...]:
    cloud = cloud_of(authority.host)
    if cloud is None and authority.kind is AuthorityKind.EXTERNAL_ID and not authority.is_loopback_http:
        cloud = CLOUDS[0]
    return cloud.graph_hosts if cloud is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberGroupsQuestion:
    """In which groups somebody is, also by way of other groups."""

    origin: str
    path: str
    """Whose: "me", or a collection and the GUID of one in it."""
    is_user: bool
    """Only of users security groups can be asked for alone; applications have no other memberships to speak of."""

    @property
    def url(self) -> str:
        """Where to ask."""
        return f"{self.origin}{_VERSION}{self.path}/getMemberGroups"

    @property
    def body(self) -> bytes:
        """What to ask."""
        return json.dumps({"securityEnabledOnly": self.is_user}).encode()

    @property
    def scopes(self) -> tuple[str, ...]:
        """The permissions for it: the least that do, of the user, or all that the application was granted."""
        if self.path == "me":
            return (f"{self.origin}/GroupMember.Read.All", f"{self.origin}/User.Read")
        return (f"{self.origin}/.default",)

    @property
    def permissions(self) -> str:
        """The permissions in words, for who has to grant them."""
        if self.path == "me":
            return "the delegated permissions User.Read and GroupMember.Read.All"
        if self.is_user:
            return "the application permissions User.ReadBasic.All and GroupMember.Read.All"
        return "the application permissions Application.Read.All and GroupMember.Read.All"


@dataclass(frozen=True, slots=True)
class GroupPage:
    """Some of the groups, by their GUIDs in lower case, and where the others are."""

    groups: frozenset[str]
    next_url: str | None


def group_page(response: HttpResponse, question: MemberGroupsQuestion, *, now: float) -> GroupPage:
    """Read an answer. Raises ProviderUnavailable for one that is an error, or not what was asked for."""
    if response.status != 200:
        raise _failure(response, question, now=now)
    document = json_document(response, what=_WHAT)
    return GroupPage(_groups(document), _next_url(document, question.origin))


def _groups(document: Document) -> frozenset[str]:
    value = document.get("value")
    groups = [as_guid(each) for each in value] if isinstance(value, list) else [None]
    found = frozenset(group for group in groups if group is not None)
    if None in groups:
        message = f"{_WHAT} answered with something else than a list of GUIDs"
        raise ProviderUnavailable(message)
    return found


def _next_url(document: Document, origin: str) -> str | None:
    url = document.get("@odata.nextLink")
    if url is None:
        return None
    start = f"{origin}{_VERSION}"
    if not (isinstance(url, str) and url.startswith(start) and _PATH.fullmatch(url, len(start))):
        message = f"{_WHAT} named a next page that is not at {start}, so it is not asked for"
        raise ProviderUnavailable(message)
    return url


def _failure(response: HttpResponse, question: MemberGroupsQuestion, *, now: float) -> ProviderUnavailable:
    code = _error_code(response)
    told = f"{response.status} {code}".rstrip()
    remedy = f"; grant the application {question.permissions} of {_WHAT}" if response.status == 403 else ""
    retry_after = retry_after_seconds(response.headers, now=now)
    return ProviderUnavailable(f"{_WHAT} answered {told}, expected 200{remedy}", retry_after=retry_after)


def _error_code(response: HttpResponse) -> str:
    """Graph's own code; its message, which may quote what was sent, is not read."""
    try:
        error = json_document(response, what=_WHAT).get("error")
    except ProviderUnavailable:
        return ""
    code = error.get("code") if isinstance(error, Document) else None
    return code if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else ""
