"""What the answers of managed identities' hosts mean."""

import json
from typing import Any

import pytest

from azuread_auth._protocol.http import HttpResponse
from azuread_auth._protocol.managed_identity import Host, Selector
from azuread_auth._protocol.managed_identity_answer import challenged_key_file, expiry_in, issued_token, raise_for
from azuread_auth._protocol.managed_identity_hosts import APP_SERVICE, ARC, IMDS, SERVICE_FABRIC, HostKind
from azuread_auth._protocol.token_response import ReceivedToken
from azuread_auth.errors import (
    AzureAdError,
    CredentialUnavailable,
    ProviderUnavailable,
    Throttled,
    TokenRequestFailed,
)

NOW = 1_700_000_000.0
GUID = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
SCOPES = ("https://vault.azure.net/.default",)


def host(kind: HostKind) -> Host:
    """A host of the kind."""
    return Host(kind=kind, endpoint="http://127.0.0.1/")


def issued(kind: HostKind = IMDS, selector: Selector = Selector(), **members: Any) -> ReceivedToken:  # noqa: B008
    """The token of an answer with the members."""
    body = json.dumps({"access_token": "canary", "token_type": "Bearer", **members}).encode()
    response = HttpResponse(status=200, body=body)
    return issued_token(host(kind), selector, response, scopes=SCOPES, received_at=NOW)


@pytest.mark.parametrize(
    ("members", "life"),
    [
        pytest.param({"expires_on": "1700003600", "expires_in": "3600"}, 3600, id="virtual machine, as text"),
        pytest.param({"expires_on": "1700000600", "expires_in": "3600"}, 600, id="from the host's cache"),
        pytest.param({"expires_on": "1700003600", "expires_in": "600"}, 600, id="the shorter of the two"),
        pytest.param({"expires_on": 1700003600}, 3600, id="Service Fabric, as number"),
        pytest.param({"expires_on": "11/14/2023 23:13:20 +00:00"}, 3600, id="date of 24 hours"),
        pytest.param({"expires_on": "11/14/2023 11:13:20 PM +00:00"}, 3600, id="date of 12 hours"),
        pytest.param({"expires_on": "1600000000"}, 0, id="expired"),
        pytest.param({}, 3600, id="nothing is said"),
        pytest.param({"expires_on": "soon", "expires_in": "60"}, 60, id="one of them unreadable"),
    ],
)
def test_life_of_a_token(members: dict[str, Any], life: float) -> None:
    """Numbers, their texts, and two forms of dates."""
    token = issued(**members)
    assert token.expires_at - NOW == life
    assert token.scopes == frozenset(SCOPES)
    assert token.refresh_token is None


def test_long_lived_token_is_renewed_at_half_its_life() -> None:
    """The host has a new one by then; shorter ones are renewed in their last minutes."""
    assert issued(expires_in=86_000).refresh_at - NOW == 43_000
    assert issued(expires_in=7000).refresh_at - NOW == 6700


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1/16/2020 5:24:12 AM +00:00", 1_579_152_252),
        ("06/20/2019 02:57:58 +00:00", 1_560_999_478),
        ("1/1/2020 12:00:00 AM +00:00", 1_577_836_800),
        ("1/1/2020 12:00:00 PM +00:00", 1_577_880_000),
        pytest.param(1_565_244_611, 1_565_244_611, id="a number"),
        ("1565244611", 1_565_244_611),
        ("02/30/2020 00:00:00 +00:00", None),
        ("06/20/2019 02:57:58", None),
        ("06/20/2019 02:57:58 +02:00", None),
        ("", None),
        (None, None),
        ([], None),
    ],
)
def test_expiry_in_its_forms(value: object, seconds: float | None) -> None:
    """As Linux and Windows write it, and as seconds."""
    assert expiry_in(value) == seconds


@pytest.mark.parametrize("body", [b"<html>canary", b"", b"[1]", b'"canary"', b"\xff"])
@pytest.mark.parametrize("kind", [IMDS, APP_SERVICE])
def test_answer_that_is_not_json_is_no_identity(kind: HostKind, body: bytes) -> None:
    """A captive portal or another program answers in the host's place."""
    response = HttpResponse(status=200, body=body)
    with pytest.raises(CredentialUnavailable, match="no managed identity here") as refused:
        issued_token(host(kind), Selector(), response, scopes=SCOPES, received_at=NOW)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("members", [{"access_token": ""}, {"access_token": "a\r\nX: b"}, {"token_type": "pop"}])
def test_T121_answer_without_a_usable_token(members: dict[str, Any]) -> None:
    """T121: what no header can carry is no token."""
    with pytest.raises(ProviderUnavailable):
        issued(**members)


@pytest.mark.parametrize(
    ("selector", "members", "is_good"),
    [
        pytest.param(Selector(), {}, True, id="its own identity"),
        pytest.param(Selector(client_id=GUID), {"client_id": GUID.upper()}, True, id="client id"),
        pytest.param(Selector(object_id=GUID), {"object_id": GUID}, True, id="object id"),
        pytest.param(Selector(resource_id="/Sub/1"), {"msi_res_id": "/sub/1"}, True, id="resource id"),
        pytest.param(Selector(client_id=GUID), {}, False, id="nothing is said"),
        pytest.param(Selector(client_id=GUID), {"client_id": GUID[1:]}, False, id="another"),
        pytest.param(Selector(client_id=GUID), {"object_id": GUID}, False, id="of another kind"),
        pytest.param(Selector(client_id=GUID), {"client_id": [GUID]}, False, id="of another type"),
    ],
)
def test_arc_must_name_the_identity(selector: Selector, members: dict[str, Any], is_good: bool) -> None:
    """An agent that is too old ignores the selector and gives the token of the machine."""
    if is_good:
        assert issued(ARC, selector, **members)
        return
    with pytest.raises(CredentialUnavailable, match="does not say that it is of the identity"):
        issued(ARC, selector, **members)


def raised(kind: HostKind, status: int, body: object = b"", selector: Selector = Selector()) -> AzureAdError:  # noqa: B008
    """What an answer that is not 200 means."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = HttpResponse(status=status, headers={"retry-after": "7"}, body=content)
    with pytest.raises(AzureAdError) as caught:
        raise_for(host(kind), selector, response, now=NOW)
    assert "canary" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        pytest.param(
            IMDS, 400, {"error": "invalid_request", "error_description": "Identity not found"}, id="virtual machine"
        ),
        pytest.param(
            APP_SERVICE,
            400,
            {"statusCode": 400, "message": "No User Assigned or Delegated Managed Identity found"},
            id="App Service",
        ),
        pytest.param(SERVICE_FABRIC, 404, {"error": {"code": "ManagedIdentityNotFound"}}, id="Service Fabric"),
    ],
)
def test_identity_that_is_not_there(kind: HostKind, status: int, body: object) -> None:
    """What is to be done is told: to turn it on, or to assign it."""
    system = raised(kind, status, body)
    assert isinstance(system, CredentialUnavailable)
    assert "turn on the system-assigned identity" in str(system)
    user = raised(kind, status, body, Selector(client_id=GUID))
    assert f"(client_id={GUID}); assign the user-assigned identity to this resource" in str(user)


def test_host_behind_a_proxy_that_knows_none() -> None:
    """Docker Desktop answers in the place of the metadata service."""
    error = raised(IMDS, 403, b"connecting to 169.254.169.254:80: dial tcp: a socket operation was unreachable")
    assert isinstance(error, CredentialUnavailable)
    assert "no managed identity here" in str(error)


@pytest.mark.parametrize("status", [404, 408, 410, 500, 502, 503])
def test_host_in_trouble(status: int) -> None:
    """To be asked again later, when it said so."""
    error = raised(IMDS, status, b"canary")
    assert isinstance(error, ProviderUnavailable)
    assert error.retry_after == 7


def test_too_many_requests() -> None:
    """Told apart, with the wait that the host asks for."""
    error = raised(IMDS, 429)
    assert isinstance(error, Throttled)
    assert (error.error, error.retry_after) == ("http_429", 7)


@pytest.mark.parametrize(
    ("body", "code", "aadsts"),
    [
        pytest.param({"error": "invalid_resource"}, "invalid_resource", None, id="code"),
        pytest.param(
            {"error": "invalid_resource", "error_description": "AADSTS500011: canary"},
            "invalid_resource",
            500011,
            id="Entra's number",
        ),
        pytest.param({"error": {"code": "SecretHeaderNotFound"}}, "SecretHeaderNotFound", None, id="nested code"),
        pytest.param({"error": "canary canary"}, "http_400", None, id="text in place of a code"),
        pytest.param({"error": {"code": 7}}, "http_400", None, id="number in place of a code"),
        pytest.param({}, "http_400", None, id="no code"),
        pytest.param(b"canary", "http_400", None, id="not JSON"),
        pytest.param(b"\xff AADSTS70011", "http_400", 70011, id="not even text"),
    ],
)
def test_refusal_has_its_code_and_no_text(body: object, code: str, aadsts: int | None) -> None:
    """Of an error nothing is told but its code and number."""
    error = raised(APP_SERVICE, 400, body)
    assert type(error) is TokenRequestFailed
    assert (error.error, error.aadsts) == (code, aadsts)


@pytest.mark.parametrize(
    ("header", "file"),
    [
        ("Basic realm=/var/opt/azcmagent/tokens/a.key", "/var/opt/azcmagent/tokens/a.key"),
        ('basic realm="C:\\ProgramData\\a b.key"', "C:\\ProgramData\\a b.key"),
        ("Basic  realm=/a.key ", "/a.key"),
    ],
    ids=["as it is", "in quotes", "with blanks"],
)
def test_key_file_of_a_challenge(header: str, file: str) -> None:
    """The name, with or without quotes."""
    response = HttpResponse(status=401, headers={"www-authenticate": header})
    assert challenged_key_file(host(ARC), response, now=NOW) == file


@pytest.mark.parametrize(
    ("status", "header", "error", "message"),
    [
        pytest.param(401, "", CredentialUnavailable, "without naming a file", id="no challenge"),
        pytest.param(401, "Bearer realm=/a.key", CredentialUnavailable, "without naming a file", id="another scheme"),
        pytest.param(401, "Basic realm=", CredentialUnavailable, "without naming a file", id="no name"),
        pytest.param(401, "Basic realm=a, Basic realm=b", CredentialUnavailable, "without naming", id="two names"),
        pytest.param(200, "", CredentialUnavailable, "unasked for proof", id="a token at once"),
        pytest.param(503, "", ProviderUnavailable, "answered 503", id="in trouble"),
        pytest.param(400, "", TokenRequestFailed, "answered 400", id="bad request"),
    ],
)
def test_T118_answer_that_is_no_challenge(status: int, header: str, error: type[AzureAdError], message: str) -> None:
    """T118: whoever gives a token without having seen the key is not the agent."""
    response = HttpResponse(status=status, headers={"www-authenticate": header})
    with pytest.raises(error, match=message):
        challenged_key_file(host(ARC), response, now=NOW)


DATE = "Tue, 14 Nov 2023 22:13:29 GMT"  # nine seconds after NOW


@pytest.mark.parametrize("status", [429, 503])
def test_R05_wait_as_a_date(status: int) -> None:
    """`Retry-After` is read by the clock that is passed in."""
    response = HttpResponse(status=status, headers={"retry-after": DATE})
    with pytest.raises(AzureAdError) as caught:
        raise_for(host(IMDS), Selector(), response, now=NOW)
    assert getattr(caught.value, "retry_after", None) == 9
    with pytest.raises(AzureAdError) as caught:
        challenged_key_file(host(ARC), response, now=NOW)
    assert getattr(caught.value, "retry_after", None) == 9


def test_throttling_has_its_code_and_number() -> None:
    """What the operator needs to ask Microsoft."""
    error = raised(IMDS, 429, {"error": "throttled", "error_description": "AADSTS90055 canary"})
    assert isinstance(error, Throttled)
    assert (error.error, error.aadsts) == ("throttled", 90055)
    assert str(error).startswith(f"{IMDS.name} has had too many requests (")


@pytest.mark.parametrize("body", [b"unreachable", b"network unreachable, unreachable"])
def test_only_a_403_tells_of_a_proxy_without_a_way(body: bytes) -> None:
    """The same word in another answer is that answer's, and in the 403 it may be anywhere in the beginning."""
    assert isinstance(raised(IMDS, 503, body), ProviderUnavailable)
    assert isinstance(raised(IMDS, 403, body), CredentialUnavailable)
    assert isinstance(raised(IMDS, 403), TokenRequestFailed)


def test_only_the_beginning_of_an_answer_is_read() -> None:
    """Ten thousand bytes tell what is wrong; nobody waits for a search through megabytes."""
    assert isinstance(raised(IMDS, 400, b"Identity not found"), CredentialUnavailable)
    assert isinstance(raised(IMDS, 400, b" " * 10_000 + b"Identity not found"), TokenRequestFailed)
    assert isinstance(raised(IMDS, 403, b" " * 10_000 + b"unreachable"), TokenRequestFailed)


def test_T118_agent_is_named_where_its_answer_is_wrong() -> None:
    """An operator has to know who answered what."""
    with pytest.raises(CredentialUnavailable, match=IMDS.name):
        issued_token(host(IMDS), Selector(), HttpResponse(status=200, body=b"<html>"), scopes=SCOPES, received_at=NOW)
    with pytest.raises(CredentialUnavailable, match=ARC.name):
        issued(ARC, Selector(client_id=GUID))
    with pytest.raises(CredentialUnavailable, match="without naming a file"):
        challenged_key_file(host(ARC), HttpResponse(status=401), now=NOW)


def test_two_hours_are_a_long_life() -> None:
    """From there on a host keeps its tokens itself, and gives the same one for half of their life."""
    assert issued(expires_in=7200).refresh_at == NOW + 3600
    assert issued(expires_in=7199).refresh_at == NOW + 7199 - 300


def test_agent_that_knows_no_identity_says_what_to_do() -> None:
    """Also where it was asked for its challenge."""
    response = HttpResponse(status=400, body=b'{"error_description": "Identity not found"}')
    with pytest.raises(CredentialUnavailable, match=r"\(system\); turn on the system-assigned identity"):
        challenged_key_file(host(ARC), response, now=NOW)
