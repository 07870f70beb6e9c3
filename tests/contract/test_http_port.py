"""What every HttpPort over real sockets does, on asyncio, trio and threads."""

import asyncio
import gc
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from azuread_auth._adapters.async_runtime import AsyncRuntime
from azuread_auth._adapters.httpx import AsyncHttpx
from azuread_auth._protocol.http import HttpRequest, HttpResponse
from azuread_auth.errors import ProviderUnavailable
from tests.conftest import Mode
from tests.contract.conftest import Certificate, LoopbackServer


def fetch(mode: Mode, url: str, *, options: dict[str, Any] | None = None, **request: Any) -> HttpResponse:
    http = mode.http(**(options or {}))
    return mode.run(lambda: http.send(HttpRequest(url=url, **request)))


def refusal(mode: Mode, url: str, *, options: dict[str, Any] | None = None, **request: Any) -> str:
    with pytest.raises(ProviderUnavailable) as caught:
        fetch(mode, url, options=options, **request)
    return str(caught.value)


def test_x(mode: Mode, server: LoopbackServer) -> None:
    """The answer."""
    assert fetch(mode, f"{server.url}/ok").body == b"hello"
