"""Requests over connections that are kept, as a proxy or a browser keeps them; which worker has each is known."""

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Answer", "Broken", "Wire"]

_MOST_FREE, _FRESH = 32, 0.05
_LONGEST_IDLE_SECONDS = 20.0  # less than the server's, so that no request crosses its goodbye


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return ", ".join(value for each, value in self.headers if each == name)

    @property
    def pid(self) -> int:
        """The worker; 0 where it is the server's own answer."""
        return int(self.header("x-worker") or 0)

    @property
    def document(self) -> dict[str, Any]:
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Broken(Exception):
    """The connection ended before the answer did. `pid`: whose it was, 0 where it had not answered anything yet."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        super().__init__(pid)


@dataclass(slots=True, eq=False)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    pid: int = 0
    idle_since: float = field(default_factory=time.monotonic)

    def is_good(self) -> bool:
        is_idle = time.monotonic() - self.idle_since > _LONGEST_IDLE_SECONDS
        return not (is_idle or self.reader.at_eof() or self.writer.is_closing())


class Wire:
    """Sends each request at once, on any connection that is free; now and then, and where none is, on a new one.

    So all workers have something to do, however they divide new connections among them.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[_Connection] = []

    async def get(self, path: str, headers: dict[str, str]) -> Answer:
        """The answer. Raises Broken."""
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        connection = await self._connection()
        try:
            connection.writer.write("\r\n".join(lines).encode())
            answer = await _read(connection.reader)
        except (OSError, asyncio.IncompleteReadError):
            connection.writer.close()
            raise Broken(connection.pid) from None
        except BaseException:
            connection.writer.close()
            raise
        connection.pid = answer.pid or connection.pid
        if answer.header("connection") == "close" or len(self._free) >= _MOST_FREE:
            connection.writer.close()
        else:
            connection.idle_since = time.monotonic()
            self._free.append(connection)
        return answer

    async def _connection(self) -> _Connection:
        while self._free and random.random() >= _FRESH:
            place = random.randrange(len(self._free))
            self._free[place], self._free[-1] = self._free[-1], self._free[place]
            connection = self._free.pop()
            if connection.is_good():
                return connection
            connection.writer.close()
        try:
            return _Connection(*await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 20))
        except OSError:
            raise Broken(0) from None

    def close(self) -> None:
        """Hang up, so that the next request meets another worker perhaps."""
        while self._free:
            self._free.pop().writer.close()


async def _read(reader: asyncio.StreamReader) -> Answer:
    head, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines if line)]
    named = dict(headers)
    if named.get("transfer-encoding") == "chunked":
        body = await _chunks(reader)
    else:
        body = await reader.readexactly(int(named.get("content-length", "0")))
    return Answer(int(head.split(" ")[1]), headers, body)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return body
