"""What `manage.py check` says about the configuration of a Django project."""

import os
import subprocess
import sys

import pytest

from azuread_auth.simulation.users import SECOND_TENANT

pytest_plugins = ("tests.web.django_fixtures",)

HTTPS = {"base_url": "https://app.example.com"}
SECURE = {
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "CSRF_TRUSTED_ORIGINS": ["https://app.example.com"],
}
OURS = "azuread_auth.django.AzureAdMiddleware"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
CORS = "corsheaders.middleware.CorsMiddleware"
CSRF = "django.middleware.csrf.CsrfViewMiddleware"


@pytest.fixture
def ids(configure):
    """Configures the site, and gives the ids of what the checks say."""

    def ids(**changes):
        from azuread_auth.django.checks import check_configuration  # noqa: PLC0415 - Django is set up only now

        configure(**changes)
        found = check_configuration()
        assert all(message.hint or message.id[-4] == "E" for message in found)
        return [message.id.partition(".")[2] for message in found]

    return ids


def test_a_good_configuration(ids, entra):
    """Nothing is said about one, on this machine or at a public address."""
    assert ids() == []
    assert ids(login=HTTPS, others=SECURE) == []
    assert ids(login=None) == []
    proxied = {**SECURE, "CSRF_TRUSTED_ORIGINS": [], "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")}
    assert ids(login=HTTPS, others=proxied) == []
    prefixed = {**SECURE, "LOGIN_URL": "/portal/auth/login"}
    assert ids(login={"base_url": "https://app.example.com/portal"}, others=prefixed) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"settings": ..., "tenant_id": "none"}, ["E001"], id="a wrong setting"),
        pytest.param({"public_paths": "/a"}, ["E001"], id="a wrong path"),
        pytest.param({"login": {"session_scopes": ["api://other/A"]}}, ["E001"], id="a scope of another API"),
        pytest.param({"others": {"MIDDLEWARE": [CSRF, AUTHENTICATION]}}, ["E002"], id="no middleware"),
        pytest.param({"others": {"MIDDLEWARE": [CSRF, OURS, AUTHENTICATION]}}, ["E003"], id="the wrong order"),
        pytest.param({"others": {"AUTHENTICATION_BACKENDS": []}}, ["E004"], id="no backend"),
        pytest.param({"others": {"LOGIN_URL": "/accounts/login/"}}, ["W005"], id="Django's own LOGIN_URL"),
        pytest.param({"others": {"LOGIN_URL": "login"}}, [], id="LOGIN_URL is the name of a route"),
        pytest.param({"login": HTTPS}, ["W006", "W007", "W011"], id="https without secure cookies"),
        pytest.param({"others": {"ALLOWED_HOSTS": ["app.example.com"]}}, ["W008"], id="a host that is not allowed"),
        pytest.param({"others": {"ALLOWED_HOSTS": [], "DEBUG": True}}, [], id="a developer's machine"),
        pytest.param({"others": {"MIDDLEWARE": [AUTHENTICATION, OURS]}}, ["W009"], id="no CSRF check"),
        pytest.param(
            {"login": None, "others": {"MIDDLEWARE": [AUTHENTICATION, OURS]}},
            ["W009"],
            id="no CSRF check where sessions begin with a password",
        ),
        pytest.param({"others": {"MIDDLEWARE": [CSRF, AUTHENTICATION, OURS, CORS]}}, ["W014"], id="CORS inside"),
        pytest.param({"others": {"MIDDLEWARE": [CORS, CSRF, AUTHENTICATION, OURS]}}, [], id="CORS outside"),
        pytest.param({"bearer_rights": "api://other/A"}, ["E001"], id="rights by a scope of another API"),
        pytest.param({"others": {"SESSION_COOKIE_SAMESITE": "Strict"}}, ["W010"], id="strict cookies"),
        pytest.param(
            {"others": {"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"}},
            ["W013"],
            id="sessions in cookies",
        ),
    ],
)
def test_what_is_wrong_is_told(ids, changes, expected):
    """Each slip has a number of its own, and a hint."""
    assert ids(**changes) == expected


def test_roles_of_other_tenants(ids, entra):
    """Rights by roles, where other tenants' administrators can assign these, are warned of."""
    settings = entra.settings(tenants=[entra.tenant_id, SECOND_TENANT])
    assert ids(settings=settings) == ["W012"]
    assert ids(settings=settings, staff_role=..., superuser_role=...) == ["W012"]
    assert ids(settings=settings, staff_role=..., superuser_role=..., group_roles=...) == []


def test_users_named_by_email(configure, django_project):
    """A model whose user names cannot be identities needs a function."""
    from django.contrib.auth.base_user import AbstractBaseUser  # noqa: PLC0415 - Django is set up only now
    from django.db.models import CharField, EmailField  # noqa: PLC0415 - as above

    from azuread_auth.django.checks import user_model_messages  # noqa: PLC0415 - as above

    class Mailed(AbstractBaseUser):
        mail = EmailField(unique=True)
        USERNAME_FIELD = "mail"

        class Meta:
            app_label = "auth"

    class Short(AbstractBaseUser):
        short = CharField(max_length=30, unique=True)
        USERNAME_FIELD = "short"

        class Meta:
            app_label = "auth"

    for model in (Mailed, Short):
        assert [message.id for message in user_model_messages(model)] == ["azuread_auth.E005"]


def test_manage_py_check_needs_no_network():
    """The command says the same, in a process of its own that has no tenant to ask."""
    environ = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    environ |= {"DJANGO_SETTINGS_MODULE": "tests.web.django_site.settings", "PYTHONPATH": os.pathsep.join(sys.path)}
    guid = "9b4f7c2e-1d3a-4f5b-8c6d-7e8f9a0b1c2d"
    good = {"AZURE_TENANT_ID": guid, "AZURE_CLIENT_ID": guid, "AZURE_CLIENT_SECRET": "a secret"}
    command = [sys.executable, "-W", "error", "-m", "django", "check"]
    fine = subprocess.run(command, env=environ | good, capture_output=True, text=True, timeout=60, check=False)
    assert (fine.returncode, "no issues" in fine.stdout) == (0, True), fine.stderr
    wrong = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert wrong.returncode == 1
    assert "(azuread_auth.E001) AZUREAD_AUTH: client_id (AZ" in wrong.stderr
