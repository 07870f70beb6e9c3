"""Contents of files in the place of their paths."""

import pytest

from azuread_auth._protocol.misplaced import is_content


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("-----BEGIN CERTIFICATE-----MIIC", id="PEM on one line"),
        pytest.param("first\nsecond", id="two lines"),
        pytest.param("first\rsecond", id="two lines of another system"),
        pytest.param("M" * 1025, id="longer than paths are"),
        pytest.param("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln-_", id="a token"),
        pytest.param("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", id="a token without signature"),
    ],
)
def test_T112_contents_are_known(text: str) -> None:
    """T112: certificates, keys and tokens, which no message may quote."""
    assert is_content(text)


@pytest.mark.parametrize(
    "path",
    ["/var/run/secrets/token", "C:\\Keys\\app.pem", "a.b.c", "/etc/eyJ.a.b", "eyJ.txt", "M" * 1024, "key with spaces"],
    ids=["POSIX", "Windows", "with dots", "like a token", "like a token's beginning", "long", "with spaces"],
)
def test_paths_are_paths(path: str) -> None:
    """Whatever else."""
    assert not is_content(path)
