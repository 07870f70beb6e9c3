"""What commands print."""

import io

from azuread_auth.cli.surroundings import Surroundings


def test_unprintable_characters_are_escaped():
    """A terminal without a character gets it escaped, and the command goes on."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    Surroundings(stdout=stream).say("Zoë ✓")
    assert raw.getvalue().splitlines() == [b"Zo\\xeb \\u2713"]


def test_warnings_go_to_standard_error(capsys):
    """What is not the result does not get into a pipe."""
    Surroundings().warn("careful")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "careful\n")
