"""Where a sign-in may lead, judged by the URL parser that browsers and Node.js share (WHATWG URL)."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import playwright
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from azuread_auth._web.next_path import safe_next

BASES = ["https://app.example.com", "https://app.example.com/prefix/", "http://localhost:8000"]
PAYLOADS = [
    json.loads(line)
    for line in (Path(__file__).parent / "redirect_payloads.txt").read_text(encoding="utf-8").splitlines()
    if line.startswith('"')
]
# For each base, whether new URL(address, base) stays at its origin, and so does whoever takes its path for an address.
JUDGE = """
const bases = JSON.parse(process.argv[1]);
const stays = (address, base) => {
  try {
    const found = new URL(address, base);
    return found.origin === new URL(base).origin && new URL(found.pathname, base).origin === found.origin;
  } catch { return false; }
};
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) =>
  console.log(JSON.stringify(bases.map((base) => stays(JSON.parse(line), base)))));
"""


class Browser:
    """Answers how browsers read an address."""

    def __init__(self) -> None:
        # Playwright brings a Node.js of its own, so there always is one where tests run.
        node = shutil.which("node") or str(Path(playwright.__file__).parent / "driver" / "node")
        command = [node, "-e", JUDGE, json.dumps(BASES)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lock = threading.Lock()

    def stays(self, address: str) -> bool:
        """Whether it leads to the same origin, from all bases."""
        with self._lock:
            self._process.stdin.write(json.dumps(address) + "\n")
            self._process.stdin.flush()
            return all(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One process for all questions."""
    browser = Browser()
    yield browser
    browser.close()


def readings(address: str) -> list[str]:
    """The address, and what one and two decodings too many make of it."""
    return [address, unquote(address), unquote(unquote(address))]


def test_T84_the_table_is_large_and_the_judge_awake(browser):
    """Most payloads do leave the origin when a browser, or somebody before it, reads them."""
    assert len(PAYLOADS) >= 300
    assert len([each for each in PAYLOADS if not all(map(browser.stays, readings(each)))]) > 200
    assert browser.stays("/a?b#c")
    assert not browser.stays("/\t/evil.example")


def test_T84_no_known_payload_leaves_the_origin(browser):
    """What is let through stays, raw and decoded once and twice, also where the payload comes encoded itself."""
    for payload in PAYLOADS:
        for given_address in readings(payload):
            address = safe_next(given_address)
            if address is not None:
                assert all(map(browser.stays, readings(address))), (payload, address)


def test_T84_few_payloads_are_let_through():
    """What is let through of the table begins as a path, and is little: names and queries that only look like hosts."""
    let_through = [payload for payload in PAYLOADS if safe_next(payload) is not None]
    assert all(payload.startswith("/") and not payload.startswith(("//", "/\\")) for payload in let_through)
    assert len(let_through) < len(PAYLOADS) / 10


PIECES = st.sampled_from(
    [
        *"/\\.:;@?#%&= \t\r\n\0a\u3002\uff0f\xad",
        *("//", "..", "%2f", "%5c", "%2e", "%09", "%0d", "%00", "%3f", "%23", "%25", "%252f", "%255c", "%252e"),
        *("%c0%af", "%E3%80%82", "%EF%BC%8F", "https:", "javascript:", "evil.example"),
    ]
)
ADDRESSES = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=40)


@given(ADDRESSES | ADDRESSES.map("/".__add__))
@example("/..//evil.example%3f/../../../x")
def test_T84_nothing_made_up_leaves_the_origin(browser, given_address):
    """Whatever is let through stays at the origin, also when it is decoded before, and is let through as it came."""
    address = safe_next(given_address)
    if address is not None:
        assert all(map(browser.stays, readings(address))), address
        assert given_address.startswith(address)
        assert safe_next(address) == address
