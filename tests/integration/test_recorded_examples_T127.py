"""The calls of an example, recorded and replayed twice: its own code and suite, and no token request in a replay."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

# Graph answers whoever comes with a token: what it thinks of simulated ones is told elsewhere.
SUITE = """
import json, os, socket, sys, threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from graph import CALLS, create_app, graph
from loopback import run_asgi_in

OUTWARD = {"socket.connect", "socket.sendto", "socket.getaddrinfo"}


def noticed(event, arguments):
    if event in OUTWARD and not any(host in repr(arguments) for host in ("127.0.0.1", "localhost", "::1")):
        sys.stderr.write(f"reached out: {event} {arguments!r}")
        os._exit(9)


sys.addaudithook(noticed)


class Graph(BaseHTTPRequestHandler):
    def do_GET(self):
        scheme, _, token = self.headers["Authorization"].partition(" ")
        body = json.dumps({"displayName": "Adele", "mail": None}).encode()
        self.send_response(200 if (scheme, token.count(".")) == ("Bearer", 2) else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def surroundings(tenant):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Graph)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    mode = {name: value for name, value in os.environ.items() if name.startswith("AZURE_AD_SIMULATION_")}
    with graph(tenant) as environ:
        try:
            yield {**environ, **mode, "GRAPH_URL": f"http://127.0.0.1:{server.server_port}"}
        finally:
            print("token requests:", tenant.request_count("token"))
            server.shutdown()


run_asgi_in(surroundings, create_app, [call for call in CALLS if call.path == "/me"])
"""


def run_suite(mode: str, path: Path) -> subprocess.CompletedProcess[str]:
    """The example's calls in a process of their own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    environ = {
        **own,
        "PYTHONPATH": str(EXAMPLES),
        "AZURE_AD_SIMULATION_MODE": mode,
        "AZURE_AD_SIMULATION_FILE": str(path),
    }
    command = [sys.executable, "-W", "error", "-c", SUITE, "--check"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.slow
def test_T127_suite_of_an_example_replays_and_changes_nothing(tmp_path: Path) -> None:
    """T127: recorded with one token request, replayed twice with none: the same answers, and the same file."""
    path = tmp_path / "graph.json"
    recorded = run_suite("recording", path)
    assert recorded.returncode == 0, recorded.stderr
    answers, _, requests = recorded.stdout.partition("token requests: ")
    assert "200  GET /me, as Adele" in answers
    assert "401  GET /me, without a token" in answers
    assert requests == "1\n"
    content = path.read_bytes()
    for _ in range(2):
        replayed = run_suite("replay", path)
        assert (replayed.returncode, replayed.stdout) == (0, f"{answers}token requests: 0\n"), replayed.stderr
        assert path.read_bytes() == content
