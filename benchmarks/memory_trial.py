"""A program: fills the cache of validated tokens in one way and prints what that cost. Has a tenant of its own."""

import base64
import gc
import json
import logging
import resource
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from tokens import Tokens

from azuread_auth import AzureAdClient, TokenRejected
from azuread_auth._core.validated_tokens import RememberedToken, ValidatedTokens
from azuread_auth._protocol.strict_json import parse_object
from azuread_auth.client import run_blocking

_PAGE_BYTES = resource.getpagesize()
_WARMED_UP = 1_000


def live(count: int) -> dict[str, float]:
    """Tokens validated for good, and remembered."""
    tokens, client = _tokens_and_client()
    texts = tokens.distinct(count)
    validate = client.engine.validator.validate

    def fill() -> None:
        for text in texts:
            run_blocking(validate(text.encode()))

    return _weigh(fill, count)


def dicts(count: int) -> dict[str, float]:
    """What a cache of parsed claims would weigh, under the same digests."""
    tokens, client = _tokens_and_client()
    texts = tokens.distinct(count)
    payloads = [bytes(run_blocking(client.engine.validator.validate(text.encode())).payload) for text in texts]
    known: dict[bytes, object] = {}

    def fill() -> None:
        for text, payload in zip(texts, payloads, strict=True):
            known[sha256(text.encode()).digest()] = parse_object(payload)

    return _weigh(fill, count)


def kept(count: int) -> dict[str, float]:
    """Claims of distinct payloads put where validated tokens are kept: a million signatures would take minutes."""
    tokens, client = _tokens_and_client()
    checked = run_blocking(client.engine.validator.validate(tokens.distinct(1)[0].encode()))
    source = client.engine.provider.keys(2)
    trusted = run_blocking(source.get())
    cache = ValidatedTokens()

    def keep(number: int) -> None:
        payload = checked.payload[:-1] + b',"jti":"%022d"}' % number
        mine = replace(checked, payload=payload, object_id=f"{number:036d}")
        remembered = RememberedToken(mine, trusted.keys.keys[0], source, time.monotonic() + 3600)
        cache.keep(sha256(payload).digest(), remembered)

    return _flood(keep, count)


def real(count: int) -> dict[str, float]:
    """Tokens signed and validated one after the other."""
    tokens, client = _tokens_and_client()

    def validate(number: int) -> None:
        text = tokens.mint(number)
        run_blocking(client.engine.validator.validate(text.encode()))

    return _flood(validate, count)


def invalid(count: int) -> dict[str, float]:
    """Tokens refused for a signature, a key name, a header or a spelling that is wrong, each in its own way."""
    tokens, client = _tokens_and_client()
    header, payload, signature = tokens.distinct(1)[0].split(".")
    kinds: tuple[Callable[[str], str], ...] = (
        lambda mark: f"{header}.{payload[:-20]}{mark}.{signature}",
        lambda mark: f"{_header_naming(mark)}.{payload}.{signature}",
        lambda mark: f"{mark}.{payload}.{signature}",
        lambda mark: f"{header}.{payload}.{signature}{mark}",
    )

    def refuse(number: int) -> None:
        text = kinds[number % len(kinds)](f"{number:020d}")
        try:
            client.validate_token(text)
        except TokenRejected:
            return
        message = "an invalid token was accepted"
        raise RuntimeError(message)

    return _flood(refuse, count)


def _header_naming(kid: str) -> str:
    members = json.dumps({"typ": "JWT", "alg": "RS256", "kid": kid})
    return base64.urlsafe_b64encode(members.encode()).decode().rstrip("=")


def _tokens_and_client() -> tuple[Tokens, AzureAdClient]:
    tokens = Tokens()
    client = AzureAdClient(tokens.tenant.settings())
    client.warm_up()
    return tokens, client


def _weigh(fill: Callable[[], object], count: int) -> dict[str, float]:
    """Bytes for each of `count` things that `fill` makes, and seconds that a full collection takes for all of them."""
    gc.collect()
    gc.freeze()  # what was there before is left out of collections
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    fill()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {"bytes": (after - before) / count, "collection": statistics.median(_collections(21))}


def _collections(times: int) -> Iterator[float]:
    for _ in range(times):
        started_at = time.process_time()
        gc.collect()
        yield time.process_time() - started_at


def _flood(one: Callable[[int], None], count: int) -> dict[str, float]:
    """Bytes by which the process is larger after `count` tokens than after the first thousand."""
    for number in range(_WARMED_UP):
        one(number)
    gc.collect()
    before = _resident_bytes()
    for number in range(_WARMED_UP, _WARMED_UP + count):
        one(number)
    gc.collect()
    return {"growth": float(_resident_bytes() - before)}


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    trials = {"live": live, "dicts": dicts, "kept": kept, "real": real, "invalid": invalid}
    print(json.dumps(trials[sys.argv[1]](int(sys.argv[2]))))
