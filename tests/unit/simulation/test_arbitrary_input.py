"""Whatever is in a directory file or in a command, it is taken or refused, and nothing breaks."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azuread_auth import ConfigurationError
from azuread_auth._protocol.http import HttpRequest
from azuread_auth.simulation import SimulatedTenant
from azuread_auth.simulation.control_commands import COMMANDS
from azuread_auth.simulation.directory_apps import read_apps
from azuread_auth.simulation.directory_people import read_groups, read_users
from azuread_auth.simulation.directory_tenants import read_tenants
from azuread_auth.simulation.strict_table import Table

GUIDS = st.sampled_from(["11111111-2222-4333-8444-555555555555", "9188040d-6c67-4c5b-b112-36a304b66dad"])
WORDS = st.sampled_from(["a.test", "b.test", "ana", "graph", "personal", "token", "discovery", "http://localhost", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | GUIDS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | WORDS, inner, max_size=3),
    max_leaves=6,
)
KEYS = {
    "tenants": ["id", "domain", "name"],
    "groups": ["id", "name"],
    "users": ["id", "name", "tenant", "guest_from", "groups", "more_groups", "roles", "username", "email", "admin"],
    "apps": ["client_id", "name", "tenant", "redirect_uris", "permissions", "granted_roles", "federated", "scopes"],
}
ARGUMENTS = ["kind", "status", "user", "scope", "seconds", "advance", "set", "claims", "body", "headers", "retry_after"]
ARGUMENTS += [
    "times",
    "error",
    "version",
    "expires_in",
    "authority_url",
    "tenant_id",
    "groups",
    "roles",
    "scopes",
    "fault",
]


def tables(keys):
    """Tables that have some of the keys, with any values."""
    return st.lists(st.dictionaries(st.sampled_from(keys), VALUES, max_size=5), max_size=3)


@given(st.fixed_dictionaries({}, optional={name: tables(keys) | VALUES for name, keys in KEYS.items()}))
@settings(max_examples=300, deadline=None)
def test_any_document_is_read_or_refused(tmp_path_factory, document):
    """The readers of a directory file raise ConfigurationError and nothing else."""
    whole = {"tenants": [{"domain": "a.test"}], "users": [{"name": "ana"}]} | document
    file = Table(whole)
    try:
        tenants = read_tenants(file)
        groups = read_groups(file)
        users = read_users(file, tenants=tenants, groups=groups)
        read_apps(file, tenants=tenants, users=users, folder=tmp_path_factory.getbasetemp())
    except ConfigurationError:
        return
    file.close()


@pytest.fixture(scope="module")
def served():
    """A tenant that can be steered, and its address."""
    with SimulatedTenant(control=True) as tenant:
        yield tenant, tenant.serve()


@given(st.sampled_from(sorted(COMMANDS)), st.dictionaries(st.sampled_from(ARGUMENTS), VALUES, max_size=4))
@settings(max_examples=400, deadline=None)
def test_any_command_is_obeyed_or_refused(served, name, arguments):
    """The answer is JSON of status 200 or 400, and the tenant still answers then."""
    tenant, origin = served
    headers = {"host": origin.partition("://")[2], "content-type": "application/json"}
    body = json.dumps(arguments).encode()
    url = f"{origin}/simulation/control/{name}"
    response = tenant.answer(HttpRequest(method="POST", url=url, headers=headers, body=body)).response
    assert response.status in (200, 400)
    assert isinstance(json.loads(response.body), dict)
    for path in ("common/discovery/v2.0/keys", f"{tenant.tenant_id}/oauth2/v2.0/token"):
        tenant.answer(HttpRequest(method="POST", url=f"{origin}/{path}", body=b"x"))
    tenant.answer(HttpRequest(method="POST", url=f"{origin}/simulation/control/reset", headers=headers, body=b"{}"))
