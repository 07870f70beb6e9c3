"""`azuread-auth doctor`: each check, by what it finds in a real installation of a simulated tenant."""

import json
import os
import subprocess
import sys
import time

import pytest

from azuread_auth.cli.checkup.tokens import graph_scope, identity_scope
from azuread_auth.settings import AzureAdSettings
from azuread_auth.simulation.apps import FederatedCredential
from tests.redis_server import RedisServer, free_port, require_redis_server

PROGRAM = (sys.executable, "-W", "error", "-c", "import sys; from azuread_auth.cli.main import main; sys.exit(main())")
KEY = "b" * 43


@pytest.fixture
def environ(directory):
    """The environment of an application with a client secret."""
    return directory.environ()


@pytest.fixture
def without_secret(environ):
    """The same without the secret."""
    return environ | {"AZURE_CLIENT_SECRET": ""}


@pytest.fixture
def examine(run):
    """Run the doctor: gives the exit code, and the checks by name."""

    def check(environ, *arguments, **others):
        outcome = run("doctor", "--json", *arguments, environ=environ, **others)
        report = json.loads(outcome.out)
        assert outcome.err == ""
        return outcome.code, {each["check"]: each for each in report["checks"]}

    return check


def test_healthy_installation_is_told_as_such(run, environ, directory):
    """All is ok but for what a simulated tenant needs, and nothing secret is in the report."""
    outcome = run("doctor", environ=environ)
    assert (outcome.code, outcome.err) == (0, "")
    for check in ("configuration", "metadata", "keys", "clock", "credential", "token"):
        assert f"ok       {check}" in outcome.out
    assert "4 usable signing keys" in outcome.out
    assert outcome.out.endswith("6 ok, 1 warning, 1 skipped\n")
    assert directory.client_secret not in outcome.out
    assert "eyJ" not in outcome.out


def test_wrong_configuration_is_unusable(run):
    """Settings that are wrong are told, what needs them is skipped, and the exit code is 2."""
    outcome = run("doctor", "--json", environ={"AZURE_TENANT_ID": "contoso.com"})
    report = json.loads(outcome.out)
    assert (outcome.code, report["verdict"]) == (2, "unusable")
    assert report["checks"][0]["outcome"] == "failed"
    assert "AZURE_CLIENT_ID" in report["checks"][0]["found"]
    assert {each["outcome"] for each in report["checks"][1:]} == {"skipped"}


def test_misspelt_variable_is_a_warning(examine, environ):
    """A variable that is nearly a setting is told in the report."""
    outcome = examine(environ | {"AZURE_AD_AUDIENCE": "api://x"})
    assert outcome[0] == 0
    assert "did you mean AZURE_AD_AUDIENCES" in outcome[1]["configuration"]["found"]
    assert outcome[1]["configuration"]["outcome"] == "warning"


@pytest.mark.parametrize(
    ("variable", "value", "check"),
    [
        ("AZURE_AD_TENANTS", "any", "tenants"),
        ("AZURE_AD_ACCEPT_TOKENS_WITHOUT_PERMISSIONS", "true", "permissions"),
        ("AZURE_AD_ALLOW_LOOPBACK_HTTP", "true", "loopback http"),
        ("AZURE_AD_CLOCK_SKEW_SECONDS", "600", "clock skew"),
    ],
)
def test_loose_setting_is_a_warning(examine, environ, variable, value, check):
    """What lets in more than it has to is named loudly."""
    code, checks = examine(environ | {variable: value})
    assert code == 0
    assert checks[check]["outcome"] == "warning"
    assert checks[check]["expected"]
    assert checks[check]["remedy"]


def test_T125_simulation_mode_is_a_warning(examine, environ):
    """A switch for simulation in the environment is never passed over in silence."""
    mode = {"AZURE_AD_SIMULATION_MODE": "replay", "AZURE_AD_SIMULATION_FILE": "x.json"}
    _, checks = examine(environ | mode)
    assert checks["simulation"]["outcome"] == "warning"
    assert "AZURE_AD_SIMULATION_MODE is set" in checks["simulation"]["found"]
    _, checks = examine(environ | {"AZURE_AD_SIMULATION_MODE": "disabled"})
    assert "simulation" not in checks


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(None, "cannot be read (No such file or directory)", id="missing"),
        pytest.param("[]", "the document is wrong: expected an object", id="no recording"),
        pytest.param('{"format": 1.0, "exchanges": []}', "format is wrong", id="another format"),
    ],
)
def test_a_recording_that_cannot_be_replayed_is_a_failure(examine, environ, tmp_path, content, told):
    """The application would not start with it: the doctor says what is wrong with the file."""
    file = tmp_path / "tokens.json"
    if content is not None:
        file.write_text(content)
    code, checks = examine(environ | {"AZURE_AD_SIMULATION_MODE": "replay", "AZURE_AD_SIMULATION_FILE": str(file)})
    assert (code, checks["recording"]["outcome"]) == (1, "failed")
    assert told in checks["recording"]["found"]


@pytest.mark.parametrize("mode", ["recording", "replay"])
def test_T125_the_provider_is_examined_whatever_is_simulated(examine, environ, directory, tmp_path, mode):
    """A token is got from the provider, and what the doctor does is not in a recording."""
    file = tmp_path / "tokens.json"
    if mode == "replay":
        file.write_text('{"format": 1, "exchanges": []}')
    simulated = {"AZURE_AD_SIMULATION_MODE": mode, "AZURE_AD_SIMULATION_FILE": str(file)}
    code, checks = examine(environ | simulated)
    assert (code, checks["token"]["outcome"], checks["simulation"]["outcome"]) == (0, "ok", "warning")
    assert directory.request_count("token") == 1
    assert file.exists() is (mode == "replay")


def test_strict_settings_are_told_as_such(examine):
    """Without anything loose there is a line that says so, whatever else is wrong."""
    guid = "9b4f7c2e-1d3a-4f5b-8c6d-7e8f9a0b1c2d"
    environ = {"AZURE_TENANT_ID": guid, "AZURE_CLIENT_ID": guid, "HTTPS_PROXY": f"http://127.0.0.1:{free_port()}"}
    code, checks = examine(environ)
    assert code == 1
    assert checks["strictness"]["outcome"] == "ok"
    assert checks["metadata"]["outcome"] == "failed"
    assert "login.microsoftonline.com" in checks["metadata"]["found"]


def test_unreachable_provider_is_a_failure(examine, environ, directory):
    """A provider that does not answer is told with what to check, and the keys are skipped."""
    directory.go_down()
    code, checks = examine(environ | {"AZURE_AD_CREDENTIAL": "none"})
    assert code == 1
    assert checks["metadata"]["outcome"] == "failed"
    assert "HTTPS_PROXY" in checks["metadata"]["remedy"]
    assert (checks["keys"]["outcome"], checks["clock"]["outcome"]) == ("skipped", "skipped")


def test_foreign_issuer_is_a_failure(examine, environ, directory):
    """Metadata of somebody else are not taken for the provider's."""
    directory.fail("discovery", status=200, body={"issuer": "https://login.example.com/x/v2.0"})
    _, checks = examine(environ)
    assert checks["metadata"]["outcome"] == "failed"
    assert "names an issuer that is not this authority's" in checks["metadata"]["found"]


def test_keys_that_do_not_count_are_counted(examine, environ, directory):
    """A key set that cannot be had, or has no usable key, is a failure."""
    directory.fail("keys", status=500)
    _, checks = examine(environ)
    assert (checks["metadata"]["outcome"], checks["keys"]["outcome"]) == ("ok", "failed")


@pytest.mark.parametrize(
    ("ahead", "outcome", "text"),
    [
        (0, "ok", "agree"),
        (45, "warning", "ahead of"),
        (-45, "warning", "behind"),
        (300, "failed", "ahead of"),
        (-300, "failed", "behind"),
    ],
)
def test_clock_is_compared_with_the_providers(examine, environ, ahead, outcome, text):
    """A clock that is far off is a warning, and one beyond the tolerance a failure."""
    _, checks = examine(environ | {"AZURE_AD_CREDENTIAL": "none"}, now=lambda: time.time() + ahead)
    assert checks["clock"]["outcome"] == outcome
    assert text in checks["clock"]["found"]


def test_refused_secret_is_explained(examine, environ):
    """The meaning of the provider's code and its ids are told, the secret is not."""
    code, checks = examine(environ | {"AZURE_CLIENT_SECRET": "wrong-secret"})
    assert code == 1
    assert checks["token"]["outcome"] == "failed"
    for text in ("AADSTS7000215", "the client secret is wrong", "correlation id", "trace id"):
        assert text in checks["token"]["found"]
    assert "wrong-secret" not in str(checks)


def test_no_credential_is_fine(examine, without_secret):
    """An API that only checks tokens needs none."""
    code, checks = examine(without_secret)
    assert (code, checks["credential"]["outcome"]) == (0, "skipped")
    assert "token" not in checks


@pytest.mark.parametrize("tenant", ["organizations", "common"])
def test_token_of_many_tenants_is_not_tried(examine, environ, tenant):
    """An application gets tokens of one tenant, so nothing is asked where the settings name many."""
    many = {"AZURE_TENANT_ID": tenant, "AZURE_AD_TENANTS": "any"}
    _, checks = examine(environ | many)
    assert checks["token"]["outcome"] == "skipped"


@pytest.fixture
def certified(directory, without_secret, tmp_path):
    """Make a certificate that ends so many days from now; gives the environment that names it, and its thumbprint."""

    def make(days):
        certificate = directory.make_certificate(valid_seconds=days * 86_400)
        path = tmp_path / "app.pem"
        path.write_bytes(certificate.pem)
        return without_secret | {"AZURE_CLIENT_CERTIFICATE_PATH": str(path)}, certificate.sha1_thumbprint

    return make


@pytest.mark.parametrize(
    ("days", "outcome", "text"), [(400, "ok", "good until"), (10, "warning", "good until"), (-1, "failed", "ended on")]
)
def test_certificate_is_looked_at(examine, certified, days, outcome, text):
    """Its end and its thumbprints are told: early, and when it is too late."""
    environ, thumbprint = certified(days)
    _, checks = examine(environ)
    assert checks["certificate"]["outcome"] == outcome
    assert text in checks["certificate"]["found"]
    assert thumbprint in checks["certificate"]["found"]
    assert "PRIVATE" not in str(checks)


def test_missing_certificate_is_a_failure(examine, without_secret, tmp_path):
    """A file that is not there is told by its name."""
    path = str(tmp_path / "none.pem")
    code, checks = examine(without_secret | {"AZURE_CLIENT_CERTIFICATE_PATH": path})
    assert (code, checks["certificate"]["outcome"]) == (1, "failed")
    assert path in checks["certificate"]["found"]
    assert checks["token"]["outcome"] == "failed"


def test_certificate_of_tomorrow_is_a_failure(examine, certified):
    """A certificate that is not valid yet says when it will be."""
    _, checks = examine(certified(1)[0], now=lambda: time.time() - 10 * 86_400)
    assert "is not valid yet" in checks["certificate"]["found"]


def federated(directory, tmp_path, **options):
    """The environment of a workload whose token the tenant's application trusts."""
    subject = "system:serviceaccount:shop:api"
    directory.add_federated_credential(FederatedCredential(subject=subject, issuer=directory.external_issuer))
    path = tmp_path / "token"
    path.write_text(directory.federated_token(subject=subject, **options))
    return {"AZURE_FEDERATED_TOKEN_FILE": str(path)}


def test_workload_identity_is_looked_at(examine, without_secret, directory, tmp_path):
    """The file, its end, and what a federated credential has to list."""
    code, checks = examine(without_secret | federated(directory, tmp_path))
    assert (code, checks["token file"]["outcome"], checks["token"]["outcome"]) == (0, "ok", "ok")
    assert "subject system:serviceaccount:shop:api" in checks["token file"]["found"]
    assert "ends in 59 minutes" in checks["token file"]["found"]
    assert "eyJ" not in str(checks)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(None, "cannot be read", id="absent"),
        pytest.param("nonsense", "holds no JSON Web Token", id="no token"),
        pytest.param("e30.e30.x", "does not say when its token ends", id="no end"),
    ],
)
def test_unusable_token_file_is_told(examine, without_secret, tmp_path, content, text):
    """What is wrong with the file is told, without its content."""
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
    _, checks = examine(without_secret | {"AZURE_FEDERATED_TOKEN_FILE": str(path)})
    assert checks["token file"]["outcome"] in ("failed", "warning")
    assert text in checks["token file"]["found"]
    assert "nonsense" not in str(checks)


def test_ended_federated_token_is_a_failure(examine, without_secret, directory, tmp_path):
    """A token that the platform has not renewed is told with its end."""
    _, checks = examine(without_secret | federated(directory, tmp_path, expires_in=-3700))
    assert checks["token file"]["outcome"] == "failed"
    assert "ended 1 hour ago" in checks["token file"]["found"]


@pytest.mark.parametrize(
    ("kind", "host"),
    [
        ("imds", "the Azure Instance Metadata Service"),
        ("app_service", "the identity endpoint of App Service"),
    ],
)
def test_managed_identity_is_named(examine, without_secret, directory, kind, host):
    """The kind of host, and the identity that its tokens are of."""
    host_environ = directory.managed_identity_environ(kind) | {"AZURE_USE_MANAGED_IDENTITY": "true"}
    code, checks = examine(without_secret | host_environ)
    identity = directory.system_assigned_identity
    assert (code, checks["identity host"]["found"]) == (0, host)
    assert identity.object_id in checks["identity"]["found"]
    assert identity.client_id in checks["identity"]["found"]
    assert "eyJ" not in str(checks)


def test_user_of_a_shell_is_not_named(examine, without_secret, directory):
    """Azure Cloud Shell gives tokens of whoever is signed in, of whom nothing is told."""
    host_environ = directory.managed_identity_environ("cloud_shell") | {"AZURE_USE_MANAGED_IDENTITY": "true"}
    code, checks = examine(without_secret | host_environ)
    assert (code, checks["identity host"]["found"]) == (0, "Azure Cloud Shell")
    assert checks["identity"]["found"] == "none of its own: whoever is signed in there"


def test_missing_managed_identity_is_a_failure(examine, without_secret, directory):
    """Where the host knows no identity, that is told, and which one it would be is skipped."""
    directory.system_assigned_identity = None
    host_environ = directory.managed_identity_environ("app_service") | {"AZURE_USE_MANAGED_IDENTITY": "true"}
    code, checks = examine(without_secret | host_environ)
    assert (code, checks["token"]["outcome"], checks["identity"]["outcome"]) == (1, "failed", "skipped")
    assert "turn on the system-assigned identity" in checks["token"]["found"]


def test_managed_identity_as_proof_is_looked_at(examine, without_secret, directory):
    """A managed identity that proves the application: the host, and a token for the application."""
    directory.add_federated_credential(directory.system_assigned_identity)
    host_environ = directory.managed_identity_environ("app_service")
    code, checks = examine(without_secret | host_environ | {"AZURE_AD_CREDENTIAL": "managed_identity_assertion"})
    assert (code, checks["identity host"]["outcome"], checks["token"]["outcome"]) == (0, "ok", "ok")


def test_impossible_host_is_a_failure(examine, without_secret):
    """A variable that no host can have set is told."""
    strange = {
        "AZURE_USE_MANAGED_IDENTITY": "true",
        "IDENTITY_ENDPOINT": "http://127.0.0.1:1/x",
        "IDENTITY_HEADER": "header-value",
        "IDENTITY_SERVER_THUMBPRINT": "none",
    }
    _, checks = examine(without_secret | strange)
    assert checks["identity host"]["outcome"] == "failed"
    assert "header-value" not in str(checks)


def test_store_is_written_and_read(examine, environ, tmp_path):
    """With Redis an entry is put, taken and deleted again."""
    server = RedisServer(require_redis_server(), tmp_path)
    try:
        _, checks = examine(environ | {"AZURE_AD_REDIS_URL": server.url, "AZURE_AD_ENCRYPTION_KEYS": KEY})
        assert checks["token store"]["outcome"] == "ok"
        assert server.ask("DBSIZE") == 0
    finally:
        server.stop()


def test_missing_store_is_a_failure(examine, environ):
    """Redis that is not there is told, without its password."""
    url = f"redis://:pass-word@127.0.0.1:{free_port()}/0"
    code, checks = examine(environ | {"AZURE_AD_REDIS_URL": url, "AZURE_AD_ENCRYPTION_KEYS": KEY})
    assert (code, checks["token store"]["outcome"]) == (1, "failed")
    assert "AZURE_AD_REDIS_URL" in checks["token store"]["remedy"]
    assert "pass-word" not in str(checks)


def test_azure_cli_that_is_absent_is_a_failure(examine, without_secret, tmp_path):
    """A credential that needs a program says so where there is none."""
    code, checks = examine(without_secret | {"AZURE_AD_CREDENTIAL": "azure_cli", "PATH": str(tmp_path)})
    assert (code, checks["token"]["outcome"]) == (1, "failed")
    assert "management.azure.com" in checks["token"]["found"]


def test_policies_of_b2c_give_no_tokens_for_graph(examine, environ):
    """Where an authority is a B2C policy, no token is asked for."""
    url = f"{environ['AZURE_AUTHORITY_HOST']}/contoso.onmicrosoft.com/B2C_1_signin"
    _, checks = examine(environ | {"AZURE_AD_AUTHORITY_URL": url, "AZURE_AUTHORITY_HOST": ""})
    assert checks["token"]["outcome"] == "skipped"


@pytest.mark.parametrize(
    ("host", "graph", "management"),
    [
        ("login.microsoftonline.com", "https://graph.microsoft.com", "https://management.azure.com"),
        ("login.microsoftonline.us", "https://graph.microsoft.us", "https://management.usgovcloudapi.net"),
        (
            "login.partner.microsoftonline.cn",
            "https://microsoftgraph.chinacloudapi.cn",
            "https://management.chinacloudapi.cn",
        ),
        ("login.microsoftonline.de", "https://graph.microsoft.de", "https://graph.microsoft.de"),
        ("login.sovcloud-identity.fr", "https://graph.svc.sovcloud.fr", "https://graph.svc.sovcloud.fr"),
        ("login.sovcloud-identity.de", "https://graph.svc.sovcloud.de", "https://graph.svc.sovcloud.de"),
        ("login.sovcloud-identity.sg", "https://graph.svc.sovcloud.sg", "https://graph.svc.sovcloud.sg"),
        ("http://localhost:1", "https://graph.microsoft.com", "https://management.azure.com"),
    ],
)
def test_apis_of_each_cloud_are_asked_for(host, graph, management):
    """The token that is tried is for an API of the settings' cloud; for Graph where its Azure is not known."""
    guid = "9b4f7c2e-1d3a-4f5b-8c6d-7e8f9a0b1c2d"
    settings = AzureAdSettings(tenant_id=guid, client_id=guid, authority_host=host, allow_loopback_http=True)
    assert (graph_scope(settings), identity_scope(settings)) == (f"{graph}/.default", f"{management}/.default")


def test_missing_redis_package_is_named(environ):
    """Without redis-py the message is the command that installs it."""
    # None in sys.modules is how Python itself marks a module that cannot be imported.
    code = "import sys; sys.modules['redis'] = None; from azuread_auth.cli.main import main; sys.exit(main())"
    store = {"AZURE_AD_REDIS_URL": "redis://127.0.0.1:1", "AZURE_AD_ENCRYPTION_KEYS": KEY}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    command, env = [sys.executable, "-c", code, "doctor"], clean | environ | store
    result = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert result.returncode == 1
    assert 'pip install "azuread-auth[redis]"' in result.stdout


def test_program_tells_by_its_exit_code(environ):
    """As a process: 0 for an installation that works, 1 for one that does not."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    for change, code in (({}, 0), ({"AZURE_CLIENT_SECRET": "wrong"}, 1)):
        command = [*PROGRAM, "doctor"]
        result = subprocess.run(command, capture_output=True, text=True, env=clean | environ | change, check=False)
        assert (result.returncode, result.stderr) == (code, "")
