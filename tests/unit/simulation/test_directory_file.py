"""A directory in a TOML file: what it makes of a tenant, and what it says of mistakes."""

import os
import traceback
from pathlib import Path

import pytest

from azuread_auth import AzureAdClient, ConfigurationError
from azuread_auth._protocol.clouds import PERSONAL_TENANT
from azuread_auth.simulation import SimulatedDirectory, SimulatedTenant, load_directory

EXAMPLE = Path(__file__).parents[3] / "examples" / "simulated_directory.toml"
TENANT = "3f6c2a10-8b4d-4e2f-9a7c-5d1e0f2b3c4d"
TAILSPIN = "7a1b9c3d-2e4f-4a6b-8c0d-1e2f3a4b5c6d"
APP = "5c8e1a3f-6b7d-4c9e-a1f2-3d4e5f6a7b8c"
ORDERS = "9d2f4b6a-8c0e-4d1f-b3a5-7c9e1f3a5b7d"
SECRET = "canary-secret-of-an-application"
LEAST = """
[[tenants]]
domain = "northwind.test"

[[users]]
name = "ana"
"""
WITH_APP = f"""{LEAST}
[[apps]]
name = "shop"
client_id = "{APP}"
secret = "{SECRET}"
"""


@pytest.fixture
def write(tmp_path):
    """Writes a directory file."""

    def written(text: str | bytes) -> Path:
        path = tmp_path / "directory.toml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return written


def test_example_is_a_whole_directory():
    """The file that is shown: tenants, people, groups, applications, consent."""
    directory = load_directory(str(EXAMPLE))
    assert isinstance(directory, SimulatedDirectory)
    assert [(each.tenant_id, each.domain, each.name) for each in directory.tenants] == [
        (TENANT, "northwind.test", "Northwind"),
        (TAILSPIN, "tailspin.test", "Tailspin"),
    ]
    users = directory.users
    assert list(users) == ["ana", "omar", "kai", "lee", "sam", "tess", "pia"]
    assert users["ana"].username == "ana@northwind.test"
    assert (users["omar"].roles, users["omar"].is_admin, users["omar"].needs_mfa) == (("Orders.Admin",), True, True)
    assert [directory.group_names[each] for each in users["omar"].groups] == ["Warehouse", "Managers"]
    assert len(users["kai"].groups) == 250
    assert (users["lee"].home_tenant_id, users["lee"].needs_consent) == (TAILSPIN, True)
    assert users["sam"].is_blocked
    assert (users["tess"].tenant_id, users["pia"].tenant_id) == (TAILSPIN, PERSONAL_TENANT)
    assert directory.tenant_consents == ((TAILSPIN, APP),)
    assert directory.user_consents == ((users["ana"].object_id, APP),)
    assert load_directory(EXAMPLE) == directory  # what is made up is made up alike


def test_tenant_is_the_files():
    """Its settings, its users and its own application are those of the file."""
    tenant = SimulatedTenant.from_file(EXAMPLE)
    assert (tenant.tenant_id, tenant.domain, tenant.client_id) == (TENANT, "northwind.test", APP)
    assert tenant.principal().name == "Ana Rivera"
    assert tenant.principal(user="omar").roles == {"Orders.Admin"}
    assert tenant.users["tess"].tenant_id == tenant.principal(user="tess").tenant_id
    assert tenant.principal(kind="app", roles="Any").tenant_id == TENANT
    with AzureAdClient(tenant.settings()) as azure:
        assert azure.validate_token(tenant.mint_token(user="lee")).is_guest
        assert azure.acquire_token_for_app("api://orders/.default").reveal()
    with pytest.raises(ConfigurationError, match="expected ana, omar"):
        tenant.mint_token(user="adele")


def test_other_application_can_be_the_tenants_own():
    """Any of the file, or one that is not in it."""
    assert SimulatedTenant.from_file(EXAMPLE, client_id=ORDERS).settings().client_id == ORDERS
    stranger = "11111111-2222-4333-8444-555555555555"
    tenant = SimulatedTenant.from_file(EXAMPLE, client_id=stranger)
    assert (tenant.client_id, tenant.settings().client_id) == (stranger, stranger)
    assert tenant.client_secret != SimulatedTenant.from_file(EXAMPLE).client_secret


def test_secret_of_the_file_counts(write):
    """An application that has one there has that one; it is printed nowhere."""
    directory = load_directory(write(WITH_APP))
    tenant = SimulatedTenant(client_id=APP, directory=directory)
    assert tenant.client_secret == SECRET
    assert SECRET not in f"{directory!r} {tenant!r} {tenant.settings()!r}"
    with AzureAdClient(tenant.settings()) as azure:
        assert azure.acquire_token_for_app(f"api://{APP}/.default").reveal()


def test_least_file_has_a_tenant_and_a_user(write):
    """The rest has defaults: ids, names, the usual application."""
    path = write(LEAST)
    first, second = SimulatedTenant.from_file(path), SimulatedTenant.from_file(path)
    assert first.tenant_id != second.tenant_id
    assert first.principal().name == "Ana"
    assert first.settings().client_id == SimulatedTenant().client_id


def test_certificates_of_the_file_prove(write, tmp_path):
    """As PEM and as DER, from the folder of the file."""
    made = SimulatedTenant().make_certificate(register=False)
    (tmp_path / "app.pem").write_bytes(made.pem)
    (tmp_path / "app.der").write_bytes(made.der)
    apps = load_directory(write(f'{WITH_APP}certificates = ["app.pem", "app.der"]')).apps
    assert apps[0].certificates == (made.der, made.der)


def test_federated_credentials_of_the_file_are_trusted():
    """`federated_token` mints for the issuers that the file names."""
    tenant = SimulatedTenant.from_file(EXAMPLE)
    issuer = "https://cluster.northwind.test"
    token = tenant.federated_token(subject="system:serviceaccount:jobs:nightly", issuer=issuer)
    nightly = next(app for app in load_directory(EXAMPLE).apps if app.name == "nightly")
    assert nightly.federated[0].issuer == issuer
    assert nightly.federated[0].audience == "api://AzureADTokenExchange"
    assert token


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "tenants: expected at least one, under [[tenants]]", id="nothing"),
        pytest.param('[[tenants]]\ndomain = "a.test"', "users: expected at least one", id="nobody"),
        pytest.param("tenants = 5", "tenants: expected tables, each under [[tenants]]", id="no tables"),
        pytest.param("tenants = [5]", "tenants: expected tables", id="no tables either"),
        pytest.param("[[tenants]]", "tenants.1.domain: expected text, which must be there", id="no domain"),
        pytest.param('[[tenants]]\ndomain = "a b"', "tenants.1.domain: expected a domain such as", id="bad domain"),
        pytest.param(
            '[[tenants]]\ndomain = "a.test"\nid = "x"', "tenants.1.id: expected a GUID", id="tenant without GUID"
        ),
        pytest.param(
            f'{LEAST}[[tenants]]\nid = "{PERSONAL_TENANT}"\ndomain = "b.test"',
            "tenants.2.id: expected a GUID that no other tenant has",
            id="the personal tenant",
        ),
        pytest.param(
            f'{LEAST}[[tenants]]\ndomain = "Northwind.test"',
            "tenants.2.domain: expected a domain that no other tenant has",
            id="domain twice",
        ),
        pytest.param(f"{LEAST}roles = 'x'", "users.1.roles: expected a list of text", id="roles are no list"),
        pytest.param(f"{LEAST}roles = [1]", "users.1.roles: expected a list of text", id="roles are numbers"),
        pytest.param(f"{LEAST}admin = 1", "users.1.admin: expected true or false", id="flag"),
        pytest.param(f"{LEAST}email = 1", "users.1.email: expected text", id="text"),
        pytest.param(f"{LEAST}email = ' '", "users.1.email: expected text", id="blank text"),
        pytest.param(
            f"{LEAST}rolls = []", "users.1.rolls: there is no such key; expected one of name, tenant, id", id="key"
        ),
        pytest.param(
            f'{LEAST}"a\\nb" = []', "users.1.(a key with other characters): there is no such key", id="odd key"
        ),
        pytest.param(f"colour = 1\n{LEAST}", "colour: there is no such key", id="key at the top"),
        pytest.param(f"overage_threshold = -1\n{LEAST}", "overage_threshold: expected a whole number", id="negative"),
        pytest.param(
            f"overage_threshold = true\n{LEAST}", "overage_threshold: expected a whole number", id="not whole"
        ),
        pytest.param(f"{LEAST}[[users]]\nname = 'ana'", "users.2.name: expected a name that no", id="user twice"),
        pytest.param(f"{LEAST}[[users]]\nname = 'application'", "users.2.name: expected another name", id="reserved"),
        pytest.param(
            f"{LEAST}[[users]]\nname = 'b'\nusername = 'ANA@northwind.test'",
            "users.2.username: expected a user name that no other user has",
            id="user name twice",
        ),
        pytest.param(f"{LEAST}[[users]]\nname = 'a b'", "users.2.name: expected up to 60 letters", id="odd name"),
        pytest.param(
            f"{LEAST}id = '{APP}'\n[[users]]\nname = 'b'\nid = '{APP.upper()}'",
            "users.2.id: expected a GUID",
            id="id twice",
        ),
        pytest.param(f"{LEAST}tenant = 'x'", "users.1.tenant: expected the name, domain or id of a", id="tenant"),
        pytest.param(f"{LEAST}guest_from = 'x'", "users.1.guest_from: expected a tenant of this", id="home"),
        pytest.param(
            f"{LEAST}guest_from = 'northwind.test'", "users.1.guest_from: expected another tenant", id="guest at home"
        ),
        pytest.param(f"{LEAST}groups = ['x']", "users.1.groups: expected names of groups", id="unknown group"),
        pytest.param(f"{LEAST}more_groups = 10001", "users.1.more_groups: expected at most 10000", id="too many"),
        pytest.param(
            f"{LEAST}[[groups]]\nname = 'g'\n[[groups]]\nname = 'g'", "groups.2.name: expected a name", id="group twice"
        ),
        pytest.param(
            f"{LEAST}[[groups]]\nname = 'g'\nid = '{APP}'\n[[groups]]\nname = 'h'\nid = '{APP}'",
            "groups: expected an id of its own",
            id="group id twice",
        ),
        pytest.param(f"{LEAST}consented = ['x']", "users.1.consented: expected applications of this", id="consent"),
        pytest.param(f"{WITH_APP}secret2 = 'x'", "apps.1.secret2: there is no such key", id="key of an app"),
        pytest.param(f"{LEAST}[[apps]]", "apps.1.client_id: expected a GUID, which must be there", id="no client id"),
        pytest.param(
            f"{WITH_APP}[[apps]]\nclient_id = '{APP}'",
            "apps.2.client_id: expected a GUID that no other",
            id="app twice",
        ),
        pytest.param(f"{WITH_APP}redirect_uris = ['/x']", "apps.1.redirect_uris: expected whole", id="relative"),
        pytest.param(
            f"{WITH_APP}redirect_uris = ['https://*.x.test/']", "apps.1.redirect_uris: expected", id="wildcard"
        ),
        pytest.param(f"{WITH_APP}redirect_uris = ['https:///x']", "apps.1.redirect_uris: expected", id="no host"),
        pytest.param(
            f"{WITH_APP}front_channel_logout_uri = 'x'", "apps.1.front_channel_logout_uri: expected", id="logout"
        ),
        pytest.param(
            f"{WITH_APP}sign_in_audience = 'all'",
            "apps.1.sign_in_audience: expected one of AzureADMyOrg, AzureADMultipleOrgs",
            id="audience",
        ),
        pytest.param(f"{WITH_APP}certificates = ['x.pem']", "apps.1.certificates: expected paths", id="no certificate"),
        pytest.param(
            f"{WITH_APP}certificates = ['directory.toml']", "apps.1.certificates: expected", id="no such thing"
        ),
        pytest.param(
            f"{WITH_APP}access_token_version = 3", "apps.1.access_token_version: expected 1 or 2", id="no version"
        ),
        pytest.param(f"{WITH_APP}spa_redirect_uris = ['/x']", "apps.1.spa_redirect_uris: expected", id="relative page"),
        pytest.param(f"{WITH_APP}admin_consent = ['x']", "apps.1.admin_consent: expected tenants", id="who consents"),
        pytest.param(f"{WITH_APP}permissions = 5", "apps.1.permissions: expected a table", id="no table"),
        pytest.param(
            f"{WITH_APP}permissions = {{ graph = 5 }}", "apps.1.permissions.graph: expected a list", id="list"
        ),
        pytest.param(f"{WITH_APP}permissions = {{ x = [] }}", "apps.1.permissions: expected applications", id="no API"),
        pytest.param(
            f"{WITH_APP}scopes = ['A']\npermissions = {{ shop = ['B'] }}",
            "apps.1.permissions.shop: expected what the API has",
            id="no such scope",
        ),
        pytest.param(
            f"{WITH_APP}granted_roles = {{ shop = ['B'] }}",
            "apps.1.granted_roles.shop: expected what the API has",
            id="no such role",
        ),
        pytest.param(f"{WITH_APP}[[apps.federated]]", "apps.1.federated.1.subject: expected text", id="federated"),
        pytest.param(
            f"{WITH_APP}[[apps.federated]]\nsubject = 's'\naud = 'x'",
            "apps.1.federated.1.aud: there is no such key",
            id="key of a federated credential",
        ),
    ],
)
def test_mistake_is_named_with_its_place(write, text, said):
    """The file, the place in it, and what was expected there; never what is there."""
    path = write(text)
    with pytest.raises(ConfigurationError) as caught:
        load_directory(path)
    assert str(caught.value).startswith(f"{path}: {said}")
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(f'secret = "{SECRET}', "this is not TOML", id="no end"),
        pytest.param(f'"{SECRET}" "x"', "at line 1, column", id="with a position"),
        pytest.param(f'a = "{SECRET}"\na = 1', "this is not TOML", id="key twice"),
        pytest.param(b"a = '\xff'", "expected TOML in UTF-8", id="not UTF-8"),
        pytest.param("a = " + "[" * 100_000, "is nested too deeply", id="too deep"),
        pytest.param(b"\xef\xbb\xbf" + LEAST.encode(), "save it as UTF-8 without one", id="byte order mark"),
        pytest.param(b"#" * 1_048_577, "is larger than 1048576 bytes", id="too large"),
    ],
)
def test_what_is_no_directory_is_refused(write, text, said):
    """Without a word of what is there."""
    with pytest.raises(ConfigurationError, match=said) as caught:
        load_directory(write(text))
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_only_regular_files_are_read(tmp_path):
    """A pipe would be waited for, a folder cannot be read, and a file must be there."""
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    for path, said in ((pipe, "regular file"), (tmp_path, "regular file"), (tmp_path / "x", "cannot be read")):
        with pytest.raises(ConfigurationError, match=said):
            load_directory(path)


def test_tenant_is_named_once(write):
    """By the file, or by the argument."""
    with pytest.raises(ConfigurationError, match="leave one of them out"):
        SimulatedTenant(tenant_id=TENANT, directory=load_directory(write(LEAST)))


def test_audience_of_a_federated_credential(write):
    """May be another than the usual one."""
    text = f"{WITH_APP}[[apps.federated]]\nsubject = 's'\naudience = 'api://x'"
    assert load_directory(write(text)).apps[0].federated[0].audience == "api://x"


@pytest.mark.parametrize("domain", ["a/b.test", "x", "a.b?c", "a" * 254, "", "-a.test", "a..test"])
def test_T124_domain_is_a_domain(domain):
    """It is part of addresses, and must not make them another host's."""
    with pytest.raises(ConfigurationError, match="domain= is no domain"):
        SimulatedTenant(domain=domain)
