"""The hosts of managed identities: each demands what the real one demands, and answers in its form."""

import json
import ssl
from pathlib import Path

import httpx2
import pytest

from azuread_auth._protocol.http import HttpRequest
from azuread_auth.client import AzureAdClient
from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation import SimulatedTenant

RESOURCE = "https://management.azure.com/"
IMDS = "http://169.254.169.254"
METADATA_PATH = "/metadata/identity/oauth2/token"
VERSIONS = {
    "imds": "2018-02-01",
    "azure_arc": "2020-06-01",
    "app_service": "2019-08-01",
    "app_service_2017": "2017-09-01",
    "azure_ml": "2017-09-01",
    "service_fabric": "2019-07-01-preview",
}
SELECTORS = {
    "imds": ("client_id", "object_id", "msi_res_id"),
    "azure_arc": ("client_id", "object_id", "msi_res_id"),
    "app_service": ("client_id", "object_id", "mi_res_id"),
    "app_service_2017": ("clientid",),
    "azure_ml": ("clientid",),
}
IDENTITY_OF = {
    "client_id": "client_id",
    "clientid": "client_id",
    "object_id": "object_id",
    "msi_res_id": "resource_id",
    "mi_res_id": "resource_id",
}


class Host:
    """Asks one kind of host as its client does."""

    def __init__(self, caller, kind: str, key_folder: Path) -> None:
        self.caller, self.kind = caller, kind
        self.environ = caller.tenant.managed_identity_environ(kind, key_folder=key_folder)

    @property
    def endpoint(self) -> str:
        """Where the environment says that the host is."""
        if self.kind == "imds":
            return self.environ.get("AZURE_POD_IDENTITY_AUTHORITY_HOST", IMDS) + METADATA_PATH
        return self.environ.get("IDENTITY_ENDPOINT") or self.environ["MSI_ENDPOINT"]

    def headers(self) -> dict[str, str]:
        """What the host wants to see."""
        if self.kind in ("imds", "azure_arc", "cloud_shell"):
            return {"Metadata": "true"}
        names = {"app_service": "X-IDENTITY-HEADER", "service_fabric": "Secret"}
        secret = self.environ.get("IDENTITY_HEADER") or self.environ["MSI_SECRET"]
        return {names.get(self.kind, "secret"): secret}

    def parameters(self, **changes: str | None) -> dict[str, str]:
        """What is asked; a change to None leaves the parameter out."""
        asked = {"api-version": VERSIONS.get(self.kind), "resource": RESOURCE} | changes
        return {name: value for name, value in asked.items() if value is not None}

    def request(self, headers: dict[str, str] | None = None, method: str = "GET", **changes: str | None) -> HttpRequest:
        """One request."""
        query = str(httpx2.QueryParams(self.parameters(**changes)))
        named = self.headers() if headers is None else headers
        pin = self.environ.get("IDENTITY_SERVER_THUMBPRINT")
        if self.kind == "cloud_shell":
            form = {"content-type": "application/x-www-form-urlencoded"}
            return HttpRequest(method="POST", url=self.endpoint, headers=named | form, body=query.encode())
        url = f"{self.endpoint}?{query}"
        return HttpRequest(method=method, url=url, headers=named, pinned_certificate_sha1=pin)

    def ask(self, headers: dict[str, str] | None = None, method: str = "GET", **changes: str | None):
        """Status and document; Azure Arc's challenge is met."""
        response = self.caller.tenant.answer(self.request(headers, method, **changes)).response
        realm = response.headers.get("www-authenticate", "").partition("realm=")[2]
        if realm:
            named = self.headers() | {"Authorization": f"Basic {Path(realm).read_text()}"}
            response = self.caller.tenant.answer(self.request(named, method, **changes)).response
        return response.status, json.loads(response.body)


@pytest.fixture
def host(caller, tmp_path):
    """Makes a host of a kind."""
    return lambda kind: Host(caller, kind, tmp_path)


TEXT = {"expires_in": "3600", "expires_on": "1700003600", "not_before": "1700000000", "refresh_token": ""}


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        pytest.param("imds", TEXT | {"client_id": "*"}, id="imds"),
        pytest.param("cloud_shell", TEXT, id="cloud shell"),
        pytest.param("azure_arc", {"expires_in": "3600", "expires_on": "1700003600"}, id="arc"),
        pytest.param("app_service", {"expires_on": "1700003600", "client_id": "*"}, id="app service"),
        pytest.param("app_service_2017", {"expires_on": "11/14/2023 23:13:20 +00:00", "client_id": "*"}, id="of 2017"),
        pytest.param("azure_ml", {"expires_on": "1700003600", "client_id": "*"}, id="ml"),
        pytest.param("service_fabric", {"expires_on": 1700003600}, id="service fabric"),
    ],
)
def test_document_has_the_hosts_form(host, claims_of, kind, more):
    """Names and types are those of the real host, and the token is for the resource."""
    status, document = host(kind).ask()
    shown = {name: "*" if name == "client_id" else value for name, value in document.items()}
    token = shown.pop("access_token")
    assert (status, shown) == (200, {"resource": RESOURCE, "token_type": "Bearer"} | more)
    assert claims_of(token)["aud"] == RESOURCE
    assert claims_of(token).get("idtyp") == (None if kind == "cloud_shell" else "app")


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in SELECTORS.items() for name in names])
def test_identity_can_be_chosen(caller, host, claims_of, kind, name):
    """Each host has its own names for the selectors; an unknown identity is not found."""
    caller.tenant.add_managed_identity("other")
    identity = caller.tenant.add_managed_identity("chosen")
    status, document = host(kind).ask(**{name: getattr(identity, IDENTITY_OF[name]).upper()})
    claims = claims_of(document["access_token"])
    assert (status, claims["oid"], claims["azp"]) == (200, identity.object_id, identity.client_id)
    assert claims["xms_mirid"] == identity.resource_id
    if kind == "azure_arc":
        assert document[name] == getattr(identity, IDENTITY_OF[name]).upper()
    status, document = host(kind).ask(**{name: "8f1d2c3b-0000-4000-8000-000000000000"})
    assert (status, "Identity not found" in json.dumps(document)) == (400, True)


@pytest.mark.parametrize(
    ("kind", "changes", "status", "told"),
    [
        ("imds", {"headers": {}}, 400, "bad_request_102"),
        ("imds", {"headers": {"Metadata": "false"}}, 400, "bad_request_102"),
        ("imds", {"headers": {"Metadata": "true", "X-Forwarded-For": "192.0.2.1"}}, 400, "bad_request_101"),
        ("imds", {"api-version": "2017-01-01"}, 400, "api-version"),
        ("imds", {"resource": None}, 400, "resource"),
        ("imds", {"client_id": "a", "object_id": "b"}, 400, "More than one"),
        ("imds", {"method": "PUT"}, 405, "method"),
        ("azure_arc", {"headers": {}}, 400, "bad_request_102"),
        ("azure_arc", {"headers": {"Metadata": "true", "Authorization": "Basic x"}}, 401, "not known"),
        ("app_service", {"headers": {}}, 401, "X-IDENTITY-HEADER"),
        ("app_service", {"headers": {"X-IDENTITY-HEADER": "x"}}, 401, "X-IDENTITY-HEADER"),
        ("app_service", {"api-version": None}, 400, "api-version"),
        ("app_service", {"resource": None}, 400, "resource"),
        ("app_service", {"client_id": "a", "mi_res_id": "b"}, 400, "More than one"),
        ("app_service", {"method": "PUT"}, 405, "method"),
        ("azure_ml", {"headers": {}}, 401, "SECRET"),
        ("app_service_2017", {"headers": {"X-IDENTITY-HEADER": "x"}}, 401, "SECRET"),
        ("service_fabric", {"headers": {}}, 400, "SecretHeaderNotFound"),
        ("service_fabric", {"headers": {"Secret": "x"}}, 401, "InvalidSecret"),
        ("service_fabric", {"api-version": None}, 400, "InvalidApiVersion"),
        ("service_fabric", {"resource": None}, 400, "ArgumentNullOrEmpty"),
        ("cloud_shell", {"headers": {}}, 400, "metadata header"),
        ("cloud_shell", {"resource": None}, 400, "resource"),
    ],
    ids=str,
)
def test_T117_wrong_request_is_refused(host, kind, changes, status, told):
    """What the real host refuses is refused, in its form."""
    answered, document = host(kind).ask(**changes)
    assert (answered, told in json.dumps(document)) == (status, True)


@pytest.mark.parametrize("kind", [*VERSIONS, "cloud_shell"])
def test_hosts_move_to_loopback_with_the_tenant(caller, host, kind):
    """Once the tenant serves, the environment names loopback addresses, and they answer."""
    with caller.tenant:
        caller.tenant.serve()
        asked = host(kind)
        request = asked.request()
        assert request.url.startswith(("http://127.0.0.1:", "https://127.0.0.1:"))
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with httpx2.Client(trust_env=False, verify=context) as http:
            answer = http.request(request.method, request.url, headers=dict(request.headers), content=request.body)
        assert answer.status_code == (401 if kind == "azure_arc" else 200)
    assert "127.0.0.1" not in host(kind).endpoint


def test_system_assigned_identity_can_be_missing(caller, host, claims_of):
    """A machine without one has none, or the only one that it was given."""
    caller.tenant.system_assigned_identity = None
    assert host("imds").ask()[0] == 400
    assert host("service_fabric").ask()[1]["error"]["code"] == "ManagedIdentityNotFound"
    identity = caller.tenant.add_managed_identity()
    assert claims_of(host("imds").ask()[1]["access_token"])["oid"] == identity.object_id
    caller.tenant.add_managed_identity("second")
    assert host("imds").ask()[0] == 400
    assert caller.tenant.system_assigned_identity is None


def test_identity_opens_the_own_api(caller, host):
    """Its token is good by the rules of production."""
    caller.tenant = SimulatedTenant()
    _, document = host("imds").ask(resource=f"api://{caller.tenant.client_id}")
    with AzureAdClient(caller.tenant.settings()) as azure:
        principal = azure.validate_token(document["access_token"])
    assert principal.object_id == caller.tenant.system_assigned_identity.object_id


@pytest.mark.parametrize(
    ("form", "at", "text"),
    [
        ("linux", 1_700_000_000, "11/14/2023 23:13:20 +00:00"),
        ("windows", 1_700_000_000, "11/14/2023 11:13:20 PM +00:00"),
        ("windows", 1_577_836_800, "1/1/2020 1:00:00 AM +00:00"),
    ],
)
def test_dates_can_be_text(caller, host, form, at, text):
    """Older hosts spell dates as their platform does."""
    caller.now = at
    caller.tenant.behaviour.expires_on_form = form
    assert host("azure_ml").ask()[1]["expires_on"] == text
    assert (host("app_service_2017").ask()[1]["expires_on"] == text) is True


def test_cloud_shell_wants_a_form(caller):
    """There is nothing to be had by a GET."""
    assert caller.send("http://localhost:50342/oauth2/token?resource=x", metadata="true").status == 405


def test_server_of_service_fabric_is_opened_once(caller):
    """Its address stays the same until the tenant closes."""
    with caller.tenant as tenant:
        tenant.serve()
        environments = [tenant.managed_identity_environ("service_fabric") for _ in range(2)]
    assert environments[0] == environments[1]
    assert environments[0]["IDENTITY_ENDPOINT"].startswith("https://127.0.0.1:")


def test_identity_header_rotates(caller, host):
    """What the environment said before is refused afterwards."""
    before = host("app_service")
    caller.tenant.rotate_identity_header()
    assert before.ask()[0] == 401
    assert host("app_service").ask()[0] == 200


def test_T118_arc_key_is_a_file_that_counts_once(caller, host, tmp_path):
    """The challenge names a new file in the folder that was given; its content opens once, and the file goes."""
    asked = host("azure_arc")
    challenge = caller.tenant.answer(asked.request()).response
    path = Path(challenge.headers["www-authenticate"].removeprefix("Basic realm="))
    assert (challenge.status, path.parent, path.suffix) == (401, tmp_path, ".key")
    headers = asked.headers() | {"Authorization": f"Basic {path.read_text()}"}
    statuses = [caller.tenant.answer(asked.request(headers)).response.status for _ in range(2)]
    assert statuses == [200, 401]
    assert not list(tmp_path.iterdir())


def test_arc_needs_a_folder(caller, tmp_path):
    """Without a folder for its keys there is no challenge."""
    for folder in (None, tmp_path / "missing"):
        with pytest.raises(ConfigurationError, match="key_folder= is not a folder"):
            caller.tenant.managed_identity_environ("azure_arc", key_folder=folder)
    url = f"http://localhost:40342{METADATA_PATH}?api-version=2020-06-01&resource=x"
    assert caller.send(url, metadata="true").status == 500
    with pytest.raises(ConfigurationError, match="kind= is no host"):
        caller.tenant.managed_identity_environ("mainframe")


def test_service_fabric_is_pinned(caller, host):
    """In process too, a client that does not look at the certificate gets no connection."""
    asked = host("service_fabric")
    request = HttpRequest(url=asked.request().url, headers=asked.headers())
    assert caller.tenant.answer(request).response is None
    status, document = asked.ask(xms_cc="CP1")
    assert (status, "access_token" in document) == (200, True)


def test_requests_are_logged_and_can_fail(caller, host):
    """Hosts of managed identities are a kind of request of their own."""
    caller.tenant.fail("managed_identity", status=410, times=1)
    asked = host("imds")
    statuses = [caller.tenant.answer(asked.request(client_id="x")).response.status for _ in range(2)]
    assert statuses == [410, 400]
    entry = caller.tenant.requests[-1]
    assert (entry.kind, entry.client_id, entry.scopes) == ("managed_identity", "x", (RESOURCE,))
    caller.tenant.go_down()
    assert caller.tenant.answer(asked.request()).response is None
    caller.tenant.come_up()
    assert caller.send(f"{asked.request().url}&resource=y", metadata="true").status == 400
    assert caller.tenant.request_count("managed_identity") == 4


def test_added_routes_come_first(caller, host):
    """What a test adds for the address of a host is what is answered there."""
    asked = host("imds")
    caller.tenant.route(asked.endpoint, {"error": "unreachable"})
    assert asked.ask() == (200, {"error": "unreachable"})
