"""The `next` of any characters leads to this origin by the rules that browsers read addresses by, or nowhere."""

from unicodedata import normalize
from urllib.parse import unquote

from azuread_auth._web.next_path import safe_next

READINGS = 3  # as it stands, and decoded once or twice by whoever decodes more often than he should


def one_input(data: bytes) -> None:
    value = data.decode("utf-8", "surrogateescape")
    found = safe_next(value)
    if found is None:
        return
    assert value.startswith(found), "an address was made up"
    assert found.isascii(), "an address was accepted that no header can carry"
    assert found.isprintable(), "an address was accepted that would end the header"
    assert " " not in found, "an address was accepted that is two words"
    assert len(found) <= 2_000, "an address is too long"
    assert safe_next(found) == found, "what was accepted is not accepted again"
    reading = found
    for _ in range(READINGS):
        assert leads_here(reading), "an address leads to another origin"
        reading = normalize("NFKC", unquote(reading))


def leads_here(address: str) -> bool:
    """Whether it stays at an https origin when resolved there (WHATWG URL 4.4, basic URL parser).

    Its path must also not begin with two slashes, for the next who redirects to it as it stands.
    """
    text = address.strip("".join(map(chr, range(0x21))))
    text = text.translate(dict.fromkeys(map(ord, "\t\n\r")))
    # "relative state" and "relative slash state": with another beginning it has a scheme, or names a host.
    if not text.startswith("/") or text[1:2] in ("/", "\\"):
        return False
    path = text.partition("#")[0].partition("?")[0].replace("\\", "/")
    segments: list[str] = []
    pieces = path.split("/")[1:]
    for position, piece in enumerate(pieces):
        plain = piece.lower().replace("%2e", ".")
        is_last = position == len(pieces) - 1
        if plain == "..":
            segments = segments[:-1]
        if plain not in (".", ".."):
            segments.append(piece)
        elif is_last:
            segments.append("")
    return segments[:1] != [""] or len(segments) == 1
