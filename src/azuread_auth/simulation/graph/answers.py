"""What Microsoft Graph answers: a person, and the groups of a person."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth._protocol.strict_json import parse_object
from azuread_auth.simulation.directory import CLOUD, origin_of
from azuread_auth.simulation.graph.callers import GraphCaller, graph_caller
from azuread_auth.simulation.graph.errors import GraphRefused, graph_headers, graph_refusal
from azuread_auth.simulation.refusals import Refused
from azuread_auth.simulation.request_form import query_of
from azuread_auth.simulation.tenant_state import TenantState
from azuread_auth.simulation.users import SimulatedUser

__all__ = ["graph_answer", "is_graph"]

_ROOT: Final = "/v1.0/"
_PATH: Final = re.compile(r"/v1\.0/(?:me|users/(?P<user>[^/]+))(?:/(?P<part>[A-Za-z]+))?/?")
_ALL: Final = frozenset({"User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"})
_OF_SELF: Final = frozenset({"User.Read", "User.ReadWrite"})
_BASIC: Final = frozenset({"User.ReadBasic.All"})
_OF_GROUPS: Final = frozenset(
    {"GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All"}
)
_PAGE: Final = 100
_LARGEST_PAGE: Final = 999


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    request: HttpRequest
    caller: GraphCaller
    user: SimulatedUser
    is_self: bool
    state: TenantState

    @property
    def root(self) -> str:
        """Where Graph is for the client that asks."""
        return f"{origin_of(self.request.url)}/v1.0"


def is_graph(url: str, state: TenantState) -> bool:
    """Whether a URL is Graph's: on a host of its own in process, beside the tenant where it serves."""
    origin = origin_of(url)
    is_host = origin == f"https://graph.{CLOUD}" or (state.loopback_origin is not None and origin == state.origin)
    return is_host and urlsplit(url).path.startswith(_ROOT)


def graph_answer(request: HttpRequest, state: TenantState) -> HttpResponse:
    """The answer, good or bad."""
    try:
        document = _document(request, state)
    except GraphRefused as refused:
        return graph_refusal(refused, request=request, now=state.now())
    except Refused:
        bad = GraphRefused(400, "The parameters in the URL are not properly encoded, or there twice.")
        return graph_refusal(bad, request=request, now=state.now())
    return HttpResponse(status=200, headers=graph_headers(request), body=json.dumps(document).encode())


def _document(request: HttpRequest, state: TenantState) -> dict[str, object]:
    caller = graph_caller(request, state)
    match = _PATH.fullmatch(urlsplit(request.url).path)
    answer = None if match is None else _ANSWERS.get(match["part"])
    if match is None or answer is None:
        raise GraphRefused(404, "The simulated tenant has no such resource.", code="ResourceNotFound")
    method, respond = answer
    if request.method != method:
        raise GraphRefused(405, f"The resource takes {method} requests.")
    return respond(_question(request, caller, match["user"], state))


def _question(request: HttpRequest, caller: GraphCaller, name: str | None, state: TenantState) -> _Question:
    if name is None:
        if caller.user is None:
            raise GraphRefused(400, "/me is for tokens of users only.")
        return _Question(request=request, caller=caller, user=caller.user, is_self=True, state=state)
    caller.check_permission(_OF_SELF | _ALL | _BASIC | _OF_GROUPS)
    with state.lock:
        user = state.people.known_as(unquote(name))
    if user is None or user.tenant_id not in (None, caller.tenant_id):
        raise GraphRefused(404, "There is no such user in the tenant.")
    is_self = caller.user is not None and caller.user.object_id == user.object_id
    return _Question(request=request, caller=caller, user=user, is_self=is_self, state=state)


def _person(question: _Question) -> dict[str, object]:
    question.caller.check_permission(_ALL | _BASIC | (_OF_SELF if question.is_self else frozenset()))
    user = question.user
    given_name, _, surname = user.name.partition(" ")
    person: dict[str, object] = {
        "businessPhones": [],
        "displayName": user.name,
        "givenName": given_name,
        "jobTitle": None,
        "mail": user.email,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": surname,
        "userPrincipalName": user.username,
        "id": user.object_id,
    }
    selected = query_of(question.request).get("$select")
    if selected is not None:
        person = {name: person.get(name) for name in selected.split(",") if name in person}
    return {"@odata.context": f"{question.root}/$metadata#users/$entity", **person}


def _check_membership(question: _Question) -> None:
    question.caller.check_permission(_ALL | _OF_GROUPS | (_OF_SELF if question.is_self else frozenset()))


def _member_objects(question: _Question) -> dict[str, object]:
    _check_membership(question)
    try:
        body = parse_object(question.request.body)
    except (ValueError, RecursionError):
        raise GraphRefused(400, "The body is no JSON object.") from None
    if not isinstance(body.get("securityEnabledOnly"), bool):
        raise GraphRefused(400, "The body must say whether securityEnabledOnly is true or false.")
    context = f"{question.root}/$metadata#Collection(Edm.String)"
    return {"@odata.context": context, "value": list(question.user.groups)}


def _memberships(question: _Question) -> dict[str, object]:
    _check_membership(question)
    query = query_of(question.request)
    top, first = _number(query, "$top", _PAGE), _number(query, "$skiptoken", 0)
    if not 1 <= top <= _LARGEST_PAGE:
        raise GraphRefused(400, f"$top must be between 1 and {_LARGEST_PAGE}.")
    groups, people = question.user.groups, question.state.people
    value = [
        {"@odata.type": "#microsoft.graph.group", "id": each, "displayName": people.group_name(each)}
        for each in groups[first : first + top]
    ]
    document: dict[str, object] = {"@odata.context": f"{question.root}/$metadata#directoryObjects", "value": value}
    if first + top < len(groups):
        path = quote(urlsplit(question.request.url).path.removeprefix("/v1.0"), safe="/%@")
        document["@odata.nextLink"] = f"{question.root}{path}?$top={top}&$skiptoken={first + top}"
    return document


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise GraphRefused(400, f"{name} is no number.")
    return int(text)


_ANSWERS: Final[Mapping[str | None, tuple[str, Callable[[_Question], dict[str, object]]]]] = MappingProxyType(
    {
        None: ("GET", _person),
        "memberOf": ("GET", _memberships),
        "transitiveMemberOf": ("GET", _memberships),
        "getMemberObjects": ("POST", _member_objects),
        "getMemberGroups": ("POST", _member_objects),
    }
)
