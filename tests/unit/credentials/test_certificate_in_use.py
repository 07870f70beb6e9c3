"""A certificate as it is used: assertions, renewal of its file, warnings of its end."""

import logging
import os
from pathlib import Path

import jwt
import pytest

from azuread_auth.credentials import ClientCertificate
from azuread_auth.credentials.base import ClientAuthentication
from azuread_auth.credentials.certificate_in_use import CertificateInUse
from azuread_auth.errors import CredentialUnavailable
from tests.conftest import Mode
from tests.unit.credentials.certificates import DAY, family, issued, pem, pfx, rsa_key
from tests.unit.credentials.conftest import CLIENT, NOW, TOKEN_URL, World, shown

FAMILY = family()
NEW_KEY = rsa_key()
OLD, NEW = pem(FAMILY.key, FAMILY.leaf, FAMILY.middle), pem(NEW_KEY, issued(NEW_KEY))


def header(world: World, used: ClientAuthentication) -> dict[str, object]:
    """The header of the next assertion."""
    fields = world.run(used.fields(client_id=CLIENT, token_url=TOKEN_URL))  # type: ignore[arg-type]
    return dict(jwt.get_unverified_header(fields["client_assertion"]))


def thumbprint(world: World, used: CertificateInUse) -> str:
    """That of the certificate which is used now."""
    return world.run(used.describe()).thumbprint_sha256


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a certificate."""
    path = tmp_path / "app.pem"
    path.write_bytes(OLD)
    return path


def replaced(file: Path, content: bytes) -> None:
    """As tools that renew certificates do it: another file takes the name."""
    fresh = file.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.rename(file)


def test_T120_each_request_has_an_assertion_of_its_own(world: World, file: Path) -> None:
    """For this client and endpoint, signed by the key, and never the same twice."""
    used = ClientCertificate(path=file).in_use(world.surroundings())
    assert isinstance(used, ClientAuthentication)
    assert used.client_id is None
    claims = []
    for _ in range(2):
        fields = world.run(used.fields(client_id=CLIENT, token_url=TOKEN_URL))
        assert fields["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
        key = FAMILY.key.public_key()
        claims.append(jwt.decode(fields["client_assertion"], key, ["PS256"], audience=TOKEN_URL, options=options))
    assert {(each["iss"], each["sub"], each["iat"]) for each in claims} == {(CLIENT, CLIENT, int(NOW))}
    assert claims[0]["jti"] != claims[1]["jti"]
    assert world.observer.events == []


@pytest.mark.parametrize("send_chain", [False, True])
def test_chain_is_sent_where_it_is_asked_for(world: World, send_chain: bool) -> None:
    """Subject-name-and-issuer registrations need the chain; others would be shown it for nothing."""
    used = ClientCertificate(data=OLD, send_chain=send_chain).in_use(world.surroundings())
    chain = header(world, used).get("x5c", [])
    assert len(chain) == (2 if send_chain else 0)  # type: ignore[arg-type]


def test_pkcs12_with_a_password(world: World) -> None:
    """The form that Key Vault and Windows export."""
    data = pfx(FAMILY.key, FAMILY.leaf, password=b"pw")
    used = ClientCertificate(data=data, password="pw").in_use(world.surroundings())
    assert "x5t#S256" in header(world, used)


def test_nothing_is_read_before_it_is_needed(world: World, tmp_path: Path) -> None:
    """The file may come later than the client."""
    used = ClientCertificate(path=tmp_path / "later.pem").in_use(world.surroundings())
    with pytest.raises(CredentialUnavailable) as refused:
        header(world, used)
    assert str(refused.value) == (
        f"ClientCertificate: {tmp_path / 'later.pem'} cannot be read (No such file or directory); "
        "name a PEM or PKCS#12 file that this process may read"
    )
    (tmp_path / "later.pem").write_bytes(OLD)
    assert header(world, used)


def test_content_in_memory_that_does_not_serve(world: World) -> None:
    """Content has no name but the argument's."""
    used = ClientCertificate(data=b"canary").in_use(world.surroundings())
    with pytest.raises(CredentialUnavailable, match=r"^ClientCertificate: data is neither PEM") as refused:
        header(world, used)
    assert "canary" not in shown(refused.value)


def test_changed_file_is_read_again(world: World, file: Path) -> None:
    """A renewed certificate serves some seconds after it was put there; between the looks nothing is read."""
    used = ClientCertificate(path=file).in_use(world.surroundings())
    old = thumbprint(world, used)
    replaced(file, NEW)
    world.runtime.time += 4.9
    assert thumbprint(world, used) == old
    world.runtime.time += 0.2
    assert thumbprint(world, used) != old
    world.runtime.time += 6
    file.chmod(0o000)  # unchanged, so that it need not be read
    assert thumbprint(world, used) != old


def test_file_written_in_place_is_read_again(world: World, file: Path) -> None:
    """Same inode and same size, another time."""
    used = ClientCertificate(path=file).in_use(world.surroundings())
    old = thumbprint(world, used)
    file.write_bytes(NEW)
    os.utime(file, ns=(1, 1))
    world.runtime.time += 6
    assert thumbprint(world, used) != old


@pytest.mark.parametrize(
    "content", [NEW[:1000], b"", pem(NEW_KEY, FAMILY.leaf)], ids=["half written", "empty", "key and certificate apart"]
)
def test_broken_file_leaves_the_former_certificate_serving(world: World, file: Path, content: bytes) -> None:
    """What cannot be used is said once; the certificate from before serves until the file is whole."""
    used = ClientCertificate(path=file).in_use(world.surroundings())
    old = thumbprint(world, used)
    replaced(file, content)
    for _ in range(3):
        world.runtime.time += 6
        assert thumbprint(world, used) == old
    assert world.observer.names == ["certificate.not_reloaded"]
    event = world.observer.events[0]
    assert event.level == logging.WARNING
    assert str(file) in event.message
    replaced(file, NEW)
    world.runtime.time += 6
    assert thumbprint(world, used) != old
    file.unlink()
    world.runtime.time += 6
    assert thumbprint(world, used) != old
    assert world.observer.names == ["certificate.not_reloaded"] * 2


def test_refused_certificate_is_read_anew(world: World, file: Path) -> None:
    """When the provider refuses it, a file is worth another look at once; content in memory is not."""
    used = ClientCertificate(path=file).in_use(world.surroundings())
    old = thumbprint(world, used)
    replaced(file, NEW)
    assert used.reload()
    assert thumbprint(world, used) != old
    of_memory = ClientCertificate(data=OLD).in_use(world.surroundings())
    assert thumbprint(world, of_memory) == old
    assert not of_memory.reload()


@pytest.mark.parametrize(
    ("begins_in", "ends_in", "name", "text"),
    [
        pytest.param(-DAY, 31 * DAY, None, "", id="long valid"),
        pytest.param(-DAY, 29 * DAY, "certificate.expires_soon", "expires in 29 days", id="soon"),
        pytest.param(-2 * DAY, -DAY, "certificate.expired", "has expired", id="expired"),
        pytest.param(3 * DAY, 90 * DAY, "certificate.not_yet_valid", "is not valid yet", id="not yet valid"),
    ],
)
def test_end_of_a_certificate_is_told(
    world: World, begins_in: float, ends_in: float, name: str | None, text: str
) -> None:
    """It is used all the same, with a warning once a day."""
    certificate = issued(FAMILY.key, begins_in=begins_in, ends_in=ends_in)
    used = ClientCertificate(data=pem(FAMILY.key, certificate)).in_use(world.surroundings())
    for _ in range(3):
        assert header(world, used)
    assert world.observer.names == ([name] if name else [])
    assert all(text in event.message and event.level == logging.WARNING for event in world.observer.events)
    if name:
        world.runtime.time += DAY / 2
        header(world, used)
        assert len(world.observer.events) == 1
        world.runtime.time += DAY / 2
        header(world, used)
        assert len(world.observer.events) == 2


def test_description_is_for_people(world: World) -> None:
    """Until when, and how the portal calls it."""
    description = world.run(ClientCertificate(data=OLD).in_use(world.surroundings()).describe())
    assert description.not_after == NOW + 300 * DAY
    assert description.not_before == NOW - DAY
    assert len(description.thumbprint_sha1) == 40


def test_many_at_once_load_it_once(mode: Mode, world: World, file: Path) -> None:
    """On event loops and in threads: all get assertions, of one certificate."""
    used = ClientCertificate(path=file).in_use(world.surroundings(runtime=mode.runtime))

    async def ask() -> str:
        fields = await used.fields(client_id=CLIENT, token_url=TOKEN_URL)
        return str(jwt.get_unverified_header(fields["client_assertion"])["x5t#S256"])

    assert len(set(mode.run(lambda: mode.gather(*[ask] * 8)))) == 1


def test_T112_nothing_shows_key_or_password(world: World) -> None:
    """Neither the thing in use nor what it holds."""
    used = ClientCertificate(data=OLD, password="canary").in_use(world.surroundings())
    assert "canary" not in repr(used)
    assert "PRIVATE" not in repr(vars(used))
