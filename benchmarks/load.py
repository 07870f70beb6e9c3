"""A program: loads a server on loopback over kept connections, and prints what it saw as JSON.

Closed loop (each connection asks again at once), where `wrk` is missing; or open loop, at a rate that does not wait for
answers, so that a server that stalls is not spared the requests it should have had meanwhile.
"""

import argparse
import asyncio
import json
import statistics
import time
from pathlib import Path

_REQUEST = b"GET /reports/1 HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer %b\r\n\r\n"


class Client:
    """Connections that are used again; a new one when none is free."""

    def __init__(self, port: int, tokens: list[bytes], number: int) -> None:
        self._port = port
        self._tokens = tokens
        self._number = number
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.statuses: list[int] = []

    async def ask(self) -> None:
        """One request with the next token."""
        token = self._tokens[self._number % len(self._tokens)]
        self._number += 1
        if self._free:
            reader, writer = self._free.pop()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(_REQUEST % token)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        self.statuses.append(int(head[9:12]))
        self._free.append((reader, writer))


async def closed_loop(client: Client, seconds: float, connections: int) -> float:
    """Requests per second."""
    ends_at = time.perf_counter() + seconds

    async def ask_again() -> None:
        while time.perf_counter() < ends_at:
            await client.ask()

    await asyncio.gather(*(ask_again() for _ in range(connections)))
    return len(client.statuses) / seconds


async def open_loop(client: Client, seconds: float, rate: float) -> list[float]:
    """Seconds from when each request was due until it was answered."""
    latencies: list[float] = []
    starts_at = time.perf_counter() + 0.1

    async def ask_once(due: float) -> None:
        await asyncio.sleep(due - time.perf_counter())
        try:
            await client.ask()
        except (OSError, asyncio.IncompleteReadError):
            client.statuses.append(0)
        latencies.append(time.perf_counter() - due)

    await asyncio.gather(*(ask_once(starts_at + number / rate) for number in range(int(seconds * rate))))
    return latencies


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("tokens", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rate", type=float)
    options = parser.parse_args()
    client = Client(options.port, options.tokens.read_bytes().split(), options.first)
    seen: dict[str, object] = {}
    if options.rate is None:
        seen["rate"] = await closed_loop(client, options.seconds, options.connections)
    else:
        latencies = await open_loop(client, options.seconds, options.rate)
        seen["p99"] = statistics.quantiles(latencies, n=100)[98]
        seen["median"] = statistics.median(latencies)
    seen["requests"] = len(client.statuses)
    seen["failures"] = sum(status != 200 for status in client.statuses)
    print(json.dumps(seen))


if __name__ == "__main__":
    asyncio.run(main())
