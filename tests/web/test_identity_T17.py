"""Who the application is told is calling, and that nothing but a good token can tell it."""

import pytest

IDENTITY_HEADERS = [
    ("x-ms-client-principal", b"eyJjbGFpbXMiOltdfQ=="),
    ("x-ms-client-principal-id", b"00000000-0000-0000-0000-000000000001"),
    ("x-ms-client-principal-name", b"admin@contoso.com"),
    ("x-ms-token-aad-access-token", b"{token}"),
    ("x-ms-token-aad-id-token", b"{token}"),
    ("x-forwarded-user", b"admin"),
    ("x-forwarded-email", b"admin@contoso.com"),
    ("x-forwarded-access-token", b"{token}"),
    ("x-auth-request-user", b"admin"),
    ("x-user", b"admin"),
    ("x_user", b"admin"),
    ("remote-user", b"admin"),
    ("remote_user", b"admin"),
    ("x-authorization", b"Bearer {token}"),
    ("proxy-authorization", b"Bearer {token}"),
    ("cookie", b"AppServiceAuthSession={token}; access_token={token}"),
    ("sec-websocket-protocol", b"bearer, {token}"),
]


def with_token(header, tenant):
    """The header with a token put in."""
    return header[0], header[1].replace(b"{token}", tenant.mint_token().encode())


@pytest.mark.parametrize("header", IDENTITY_HEADERS, ids=[name for name, _ in IDENTITY_HEADERS])
def test_T17_no_other_header_is_an_identity(make_door, tenant, header):
    """What proxies and Easy Auth put in headers, any client can: it opens nothing, and nobody is taken for it."""
    strict, lax = make_door(), make_door(allow_anonymous=True)

    strict.ask("/", with_token(header, tenant)).assert_is("401c")
    lax.ask("/", with_token(header, tenant)).assert_is("OK")

    assert not strict.visits
    assert lax.visits[0].principal is None
    assert lax.visits[0].claims == {}


def test_T17_no_other_header_changes_an_identity(door, tenant):
    """Beside a good token, forged headers change nothing about who is calling."""
    token = tenant.mint_token(user="megan", scopes=["Files.Read"])
    forged = [with_token(header, tenant) for header in IDENTITY_HEADERS]

    door.ask("/", *forged, ("authorization", f"Bearer {token}".encode())).assert_is("OK")

    principal = door.visits[0].principal
    assert principal == tenant_principal(door, token)
    assert principal.scopes == {"Files.Read"}
    assert principal.claims["oid"] == principal.object_id


def tenant_principal(door, token):
    """Whom the token alone stands for."""
    door.ask_with(token).assert_is("OK")
    return door.visits[-1].principal


@pytest.mark.parametrize("repeats", [1, 2])
def test_a_good_token_gives_principal_claims_and_client(make_door, kind_of_door, tenant, repeats):
    """The application finds the caller, all claims read-only and the shared client; the second time from memory too."""
    client = kind_of_door.own_client(tenant.settings())
    door = make_door(client=client)
    token = tenant.mint_token(scopes=["Files.Read", "Files.Write"], roles=["Admin"], groups=["g-1"])

    for _ in range(repeats):
        door.ask_with(token).assert_is("OK")

    visit = door.visits[-1]
    assert visit.principal.scopes == {"Files.Read", "Files.Write"}
    assert visit.principal.tenant_id == tenant.tenant_id
    assert visit.principal.token.reveal() == token
    assert visit.claims["tid"] == tenant.tenant_id
    assert len(visit.claims) == len(list(visit.claims)) > 10
    with pytest.raises(TypeError):
        visit.claims["tid"] = "another"
    assert visit.client is client


def test_an_anonymous_caller_has_a_client_and_no_claims(make_door, kind_of_door, tenant):
    """On an optional path without credentials: no principal, no claims, the same client."""
    client = kind_of_door.own_client(tenant.settings())
    door = make_door(client=client, allow_anonymous=True)

    door.ask("/").assert_is("OK")

    visit = door.visits[0]
    assert (visit.principal, dict(visit.claims), visit.client) == (None, {}, client)


def test_one_caller_is_not_another(door, tenant):
    """Callers that follow each other are told apart, whether remembered or not."""
    adele, megan = tenant.mint_token(user="adele"), tenant.mint_token(user="megan")

    for token in (adele, megan, adele, megan):
        door.ask_with(token).assert_is("OK")

    first, second, third, fourth = (visit.principal for visit in door.visits)
    assert first == third
    assert second == fourth
    assert first != second
    assert [visit.claims["oid"] for visit in door.visits] == [each.object_id for each in (first, second, third, fourth)]
