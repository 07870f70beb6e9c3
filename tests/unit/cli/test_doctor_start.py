"""`azuread-auth doctor --app`: functions that make the application, and whether users could sign in to it."""

import json
import textwrap
import uuid

import pytest

LOGIN = """
    from starlette.applications import Starlette
    from azuread_auth import WebLogin
    from azuread_auth.asgi import AzureAdAuth
    app = Starlette()
    app.add_middleware(AzureAdAuth, login=WebLogin())
"""
FACTORY = """
    from starlette.applications import Starlette
    from azuread_auth.asgi import AzureAdAuth
    def create_app(PARAMETERS):
        app = Starlette()
        app.add_middleware(AzureAdAuth)
        return app
"""


@pytest.fixture
def examine(run, directory, tmp_path):
    """Run the doctor on an application with this source: gives the exit code, and the checks by name."""

    def check(source, *, attribute=":app", **environ):
        module = f"app_{uuid.uuid4().hex}"
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(source))
        environ = directory.environ() | environ
        outcome = run("doctor", "--json", "--app", f"{module}{attribute}", environ=environ, folder=tmp_path)
        return outcome.code, {each["check"]: each for each in json.loads(outcome.out)["checks"]}

    return check


def test_login_with_a_credential_that_proves_the_application_is_ok(examine):
    """The server would start, and users could sign in."""
    code, checks = examine(LOGIN)
    assert (code, checks["application"]["outcome"], checks["sign-in"]["outcome"]) == (0, "ok", "ok")


def test_login_without_a_credential_is_a_failure(examine):
    """The server would not start: a credential is missing, though none is needed to check tokens."""
    code, checks = examine(LOGIN, AZURE_CLIENT_SECRET="")
    assert (code, checks["sign-in"]["outcome"]) == (1, "failed")
    assert "login= needs a credential that proves the application" in checks["sign-in"]["found"]


def test_login_with_the_credential_of_another_application_is_a_failure(examine, tmp_path):
    """A workload identity that is not the application itself gets tokens for jobs, and signs nobody in."""
    other = "11111111-2222-4333-8444-555555555555"
    file = str(tmp_path / "token")
    code, checks = examine(LOGIN, AZURE_CLIENT_SECRET="", AZURE_FEDERATED_TOKEN_FILE=file, AZURE_AD_CLIENT_ID=other)
    assert (code, checks["sign-in"]["outcome"]) == (1, "failed")


def test_login_is_judged_by_the_settings_of_its_middleware(examine):
    """Another credential in the environment, which the middleware does not use, changes nothing."""
    settings = """
        from azuread_auth import AzureAdSettings
        guid = "9b4f7c2e-1d3a-4f5b-8c6d-7e8f9a0b1c2d"
        settings = AzureAdSettings(tenant_id=guid, client_id=guid, credential=None)
    """
    source = textwrap.dedent(settings) + textwrap.dedent(LOGIN).replace("AzureAdAuth, ", "AzureAdAuth, settings, ")
    proxy = "http://127.0.0.1:1"
    code, checks = examine(source, HTTPS_PROXY=proxy)
    assert (code, checks["sign-in"]["outcome"]) == (1, "failed")


def test_login_without_settings_is_skipped(examine):
    """What is wrong with the settings is told by another check."""
    code, checks = examine(LOGIN, AZURE_TENANT_ID="")
    assert (code, checks["configuration"]["outcome"], checks["sign-in"]["outcome"]) == (2, "failed", "skipped")


def test_application_without_login_has_no_such_check(examine):
    """An API that only checks tokens needs no credential."""
    code, checks = examine(LOGIN.replace(", login=WebLogin()", ""), AZURE_CLIENT_SECRET="")
    assert code == 0
    assert "sign-in" not in checks


@pytest.mark.parametrize("attribute", [":create_app", ":create_app()"])
@pytest.mark.parametrize("parameters", ["", "settings=None, *, debug=False", "**options"])
def test_function_that_makes_the_application_is_called(examine, attribute, parameters):
    """As servers do, where it needs nothing; the parentheses are gunicorn's way to say so."""
    code, checks = examine(FACTORY.replace("PARAMETERS", parameters), attribute=attribute)
    assert (code, checks["application"]["outcome"]) == (0, "ok")


def test_application_that_is_a_function_is_not_called(examine):
    """What a server calls with each request wants something, or takes whatever comes."""
    for source in ("def app(environ, start_response): 1 / 0", "async def app(*arguments): 1 / 0"):
        code, checks = examine(source)
        assert code == 1
        assert "has no AzureAdAuth around it" in checks["application"]["found"]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        pytest.param("async def app(): ...", "expected one that is not async", id="async"),
        pytest.param("app = 1", "is no function", id="no function"),
        pytest.param(
            "def app(): raise ValueError('pass-word')", "cannot make an application: ValueError at", id="error"
        ),
        pytest.param("def app(): raise SystemExit(3)", "SystemExit at", id="exit"),
        pytest.param("def app(settings): ...", "TypeError at", id="a parameter"),
    ],
)
def test_function_that_makes_no_application_is_told(examine, source, told):
    """What its code raises is told by kind and place, not by text."""
    code, checks = examine(source, attribute=":app()")
    assert code == 1
    assert told in checks["application"]["found"]
    assert "pass-word" not in str(checks)


def test_wrong_configuration_in_the_application_is_told_alone(examine):
    """A message that says what is expected is not followed by what else could have been expected."""
    code, checks = examine(
        "from azuread_auth import WebLogin\nWebLogin.from_env({'AZURE_AD_BASE_URL': 'https://a.example'})"
    )
    assert code == 1
    found = checks["application"]["found"]
    assert "AZURE_AD_COOKIE_KEYS is missing" in found
    assert found.count("expected") == 1
