"""Where Microsoft Graph is asked for groups, and what its answers mean."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuread_auth._protocol.authority import authority_at, authority_for_tenant
from azuread_auth._protocol.clouds import CLOUDS
from azuread_auth._protocol.graph import MemberGroupsQuestion, graph_origin, group_page
from azuread_auth._protocol.http import HttpResponse
from azuread_auth._protocol.metadata import parse_metadata
from azuread_auth.errors import ProviderUnavailable

TENANT = "0f1a2b3c-1111-4222-8333-444455556666"
GROUP = "c3f1a2b4-5d6e-4f70-8192-a3b4c5d6e7f8"
PUBLIC, GOVERNMENT = "https://login.microsoftonline.com", "https://login.microsoftonline.us"
LOOPBACK, TLS = "http://127.0.0.1:8080", "https://127.0.0.1:8443"
SIMULATED = "https://login.azuread-auth.test"
ORIGIN = "https://graph.microsoft.com"
ME = MemberGroupsQuestion(origin=ORIGIN, path="me", is_user=True)


def entra(host):
    """A tenant on a login host."""
    return authority_for_tenant(host, TENANT)


@pytest.mark.parametrize(
    ("authority", "named", "origin"),
    [
        pytest.param(entra(PUBLIC), "graph.microsoft.com", ORIGIN, id="public"),
        pytest.param(entra("https://login.windows.net"), None, ORIGIN, id="public by another name, nothing named"),
        pytest.param(entra(PUBLIC), "GRAPH.microsoft.com", ORIGIN, id="in another case"),
        pytest.param(entra(PUBLIC), "graph.evil.example", None, id="T68 a stranger"),
        pytest.param(entra(PUBLIC), "graph.microsoft.com.evil.example", None, id="T68 a stranger that begins alike"),
        pytest.param(entra(PUBLIC), "graph.microsoft.com@evil.example", None, id="T68 a stranger behind a user"),
        pytest.param(entra(PUBLIC), "169.254.169.254", None, id="T68 the host of managed identities"),
        pytest.param(entra(PUBLIC), "login.microsoftonline.com", None, id="T68 the authority itself"),
        pytest.param(entra(PUBLIC), "graph.microsoft.us", None, id="T68 of another cloud"),
        pytest.param(entra(GOVERNMENT), None, "https://graph.microsoft.us", id="US Government"),
        pytest.param(entra(GOVERNMENT), "dod-graph.microsoft.us", "https://dod-graph.microsoft.us", id="its army"),
        pytest.param(
            entra("https://login.partner.microsoftonline.cn"),
            None,
            "https://microsoftgraph.chinacloudapi.cn",
            id="China",
        ),
        pytest.param(authority_at("https://c.ciamlogin.com/"), None, ORIGIN, id="External ID"),
        pytest.param(authority_at(f"https://login.contoso.com/{TENANT}"), "graph.microsoft.com", ORIGIN, id="a domain"),
        pytest.param(authority_at(f"https://login.contoso.com/{TENANT}"), "x.contoso.com", None, id="T68 beside it"),
        pytest.param(authority_at("https://c.b2clogin.com/c.onmicrosoft.com/p"), None, None, id="B2C has none"),
        pytest.param(authority_at("https://c.b2clogin.com/c.onmicrosoft.com/p"), "c.b2clogin.com", None, id="B2C"),
        pytest.param(entra(LOOPBACK), "127.0.0.1:8080", LOOPBACK, id="a tenant on loopback"),
        pytest.param(authority_at(f"{LOOPBACK}/{TENANT}"), "127.0.0.1:8080", LOOPBACK, id="as External ID"),
        pytest.param(entra(TLS), "127.0.0.1:8443", TLS, id="over TLS"),
        pytest.param(entra(LOOPBACK), "127.0.0.1:9090", None, id="T68 another port"),
        pytest.param(
            entra(LOOPBACK), "graph.microsoft.com", None, id="T68 tokens of a simulated tenant leave no machine"
        ),
        pytest.param(entra(LOOPBACK), None, None, id="nothing is named"),
        pytest.param(entra(SIMULATED), "graph.azuread-auth.test", None, id="T68 over a network"),
    ],
)
def test_T68_where_graph_is(authority, named, origin):
    """T68: users' tokens go to the hosts that Graph has in the authority's cloud, whatever anybody says."""
    assert graph_origin(authority, named) == origin


def test_graph_of_a_tenant_in_this_process():
    """Nothing is sent anywhere, so any host will do, if it is one."""
    assert graph_origin(entra(SIMULATED), "graph.azuread-auth.test", is_in_process=True) == (
        "https://graph.azuread-auth.test"
    )
    assert graph_origin(entra(SIMULATED), "a b/?", is_in_process=True) is None
    assert graph_origin(entra(PUBLIC), "graph.azuread-auth.test", is_in_process=True) is None


def test_every_cloud_has_a_graph():
    """And no host of it is in two."""
    hosts = [host for cloud in CLOUDS for host in cloud.graph_hosts]
    assert all(cloud.graph_hosts for cloud in CLOUDS)
    assert len(hosts) == len(set(hosts))


@pytest.mark.parametrize(("said", "read"), [("graph.microsoft.com", "graph.microsoft.com"), (None, None), (17, None)])
def test_metadata_that_names_it_badly_is_good_for_the_rest(said, read):
    """Nobody is refused for what only groups need."""
    document = {"issuer": f"{PUBLIC}/{TENANT}/v2.0", "jwks_uri": f"{PUBLIC}/{TENANT}/keys", "msgraph_host": said}
    assert parse_metadata(document, authority=entra(PUBLIC), version=2).graph_host == read


@pytest.mark.parametrize(
    ("path", "is_user", "scopes", "permissions"),
    [
        ("me", True, (f"{ORIGIN}/GroupMember.Read.All", f"{ORIGIN}/User.Read"), "delegated"),
        (f"users/{TENANT}", True, (f"{ORIGIN}/.default",), "User.ReadBasic.All"),
        (f"servicePrincipals/{TENANT}", False, (f"{ORIGIN}/.default",), "Application.Read.All"),
    ],
)
def test_questions(path, is_user, scopes, permissions):
    """Where to ask, with which permissions; of users security groups alone."""
    question = MemberGroupsQuestion(origin=ORIGIN, path=path, is_user=is_user)
    assert question.url == f"{ORIGIN}/v1.0/{path}/getMemberGroups"
    assert json.loads(question.body) == {"securityEnabledOnly": is_user}
    assert question.scopes == scopes
    assert permissions in question.permissions


def answer(document, status=200, **headers):
    """An answer of Graph's."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return HttpResponse(status=status, headers=headers, body=body)


def test_groups_are_read():
    """In one case, and with the next page where there is one."""
    page = group_page(answer({"value": [GROUP.upper(), TENANT]}), ME, now=0)
    assert (page.groups, page.next_url) == ({GROUP, TENANT}, None)
    following = f"{ORIGIN}/v1.0/me/getMemberGroups?$skiptoken=a-b_c%20'1'"
    page = group_page(answer({"value": [], "@odata.nextLink": following}), ME, now=0)
    assert (page.groups, page.next_url) == (set(), following)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"<html>", id="no JSON"),
        pytest.param([], id="no object"),
        pytest.param({}, id="no list"),
        pytest.param({"value": "x"}, id="one text"),
        pytest.param({"value": ["Everybody"]}, id="a name"),
        pytest.param({"value": [GROUP, None]}, id="nothing among groups"),
        pytest.param({"value": [{"id": GROUP}]}, id="objects"),
    ],
)
def test_answer_that_is_none_is_refused(document):
    """Half of an answer is worse than none."""
    with pytest.raises(ProviderUnavailable, match="Microsoft Graph"):
        group_page(answer(document), ME, now=0)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://evil.example/v1.0/me/getMemberGroups", id="another host"),
        pytest.param("http://graph.microsoft.com/v1.0/me/getMemberGroups", id="without TLS"),
        pytest.param("https://graph.microsoft.com.evil.example/v1.0/me", id="a host that begins alike"),
        pytest.param("https://graph.microsoft.com@evil.example/v1.0/me", id="the host as a user"),
        pytest.param("https://graph.microsoft.com:444/v1.0/me", id="another port"),
        pytest.param("https://graph.microsoft.com\\@evil.example/v1.0/", id="the host before a backslash"),
        pytest.param("https://graph.microsoft.com/beta/me", id="another version"),
        pytest.param("//evil.example/v1.0/", id="no scheme"),
        pytest.param("/v1.0/me", id="a path alone"),
        pytest.param(f"{ORIGIN}/v1.0/me\r\nx: y", id="a line break"),
        pytest.param(f"{ORIGIN}/v1.0/me\\x", id="a backslash in the path"),
        pytest.param(f"{ORIGIN}/v1.0/{'x' * 5000}", id="too long"),
        pytest.param("", id="empty"),
        pytest.param(17, id="a number"),
        pytest.param([], id="a list"),
    ],
)
def test_T68_next_page_elsewhere_is_not_asked_for(url):
    """T68: Graph's answer leads to no other host, port, scheme or API."""
    with pytest.raises(ProviderUnavailable, match="next page"):
        group_page(answer({"value": [GROUP], "@odata.nextLink": url}), ME, now=0)


@pytest.mark.parametrize(
    ("status", "document", "told"),
    [
        (
            403,
            {"error": {"code": "Authorization_RequestDenied", "message": "canary"}},
            "403 Authorization_RequestDenied",
        ),
        (500, {"error": {"code": "x" * 99, "message": "canary"}}, "answered 500,"),
        (500, {"error": {"code": 17}}, "answered 500,"),
        (500, {"error": "canary"}, "answered 500,"),
        (302, b"canary", "answered 302,"),
        (429, b"", "answered 429,"),
    ],
)
def test_errors_are_told_by_code(status, document, told):
    """Graph's own code, and never its message; a refusal says what to grant."""
    error = None
    try:
        group_page(answer(document, status, **{"retry-after": "7"}), ME, now=0)
    except ProviderUnavailable as caught:
        error = caught
    assert error is not None
    assert told in str(error)
    assert "canary" not in str(error)
    assert ("grant the application the delegated permissions" in str(error)) is (status == 403)
    assert error.retry_after == 7


@given(st.integers(100, 599), st.binary(max_size=200) | st.text(max_size=50).map(str.encode))
def test_arbitrary_answers_are_errors_of_ours(status, body):
    """Whatever comes is groups, or a ProviderUnavailable."""
    try:
        page = group_page(HttpResponse(status=status, body=body), ME, now=0)
    except ProviderUnavailable:
        return
    assert page.groups is not None


def test_R05_wait_that_graph_asks_for_is_told():
    """Also as a date, by the clock that is passed in."""
    with pytest.raises(ProviderUnavailable, match=r"answered 429, expected 200$") as refused:
        group_page(answer(b"", 429, **{"retry-after": "Thu, 01 Jan 1970 00:00:19 GMT"}), ME, now=0)
    assert refused.value.retry_after == 19


def test_address_of_the_next_page_has_its_limit():
    """What follows the place of the API is at most 4,000 characters."""
    start = f"{ORIGIN}/v1.0/"
    longest = start + "x" * 4_000
    assert group_page(answer({"value": [], "@odata.nextLink": longest}), ME, now=0).next_url == longest
    with pytest.raises(ProviderUnavailable):
        group_page(answer({"value": [], "@odata.nextLink": f"{longest}x"}), ME, now=0)
