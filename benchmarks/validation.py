"""Tokens judged without a web framework, against the least that has to be done."""

import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from floors import looking_up, split, verifying, verifying_and_reading
from measure import Series, interleave, median_ratio
from older_pyjwt import VERSION, older_pyjwt_rounds
from peer_rounds import check_round
from peers import token_checkers
from table import Row, seconds_text, times
from tokens import Tokens

from azuread_auth import AzureAdClient
from azuread_auth.client import run_blocking

__all__ = ["GROUP", "measure"]

GROUP = "validation"
_SLOW = 40
T = TypeVar("T")


def measure(tokens: Tokens, *, is_quick: bool) -> list[Row]:
    """The rows of repeat and new tokens."""
    rounds = 15 if is_quick else 60
    return [*_repeat_rows(tokens, rounds, live=1_000 if is_quick else 10_000), *_new_rows(tokens, rounds)]


def _repeat_rows(tokens: Tokens, rounds: int, *, live: int) -> list[Row]:
    one = [tokens.distinct(1)[0].encode()] * 1000
    many = [token.encode() for token in tokens.distinct(live)]
    client = AzureAdClient(tokens.tenant.settings())
    for token in many:
        run_blocking(client.engine.validator.validate(token))
    random.Random(0).shuffle(many)
    found = interleave(
        {
            "floor": _round(looking_up(one), one),
            "ours": _round(client.engine.validator.recall, one),
            "floor many": _round(looking_up(many), many),
            "ours many": _round(client.engine.validator.recall, many),
        },
        rounds=rounds,
    )
    floor, floor_many = found["floor"], found["floor many"]
    return [
        _row("validate a repeat token", found["ours"], floor, "SHA-256 + dict + exp", target=1.25),
        _row(
            f"the same, {live:,} live tokens",
            found["ours many"],
            floor,
            "the same of one token",
            target=2.5,
            others={f"the floor with {live:,} tokens": times(median_ratio(floor_many, floor))},
        ),
    ]


def _new_rows(tokens: Tokens, rounds: int) -> list[Row]:
    trust, texts = tokens.trust, tokens.distinct(301)
    data = [token.encode() for token in texts]
    with older_pyjwt_rounds(trust, texts[:_SLOW]) as older:
        contestants = {
            "floor": _round(verifying_and_reading(trust), data),
            "verify": _round(verifying(trust), [split(token) for token in data]),
            "ours": _new_round(tokens, texts),
        }
        contestants |= {name: check_round(check, texts[:_SLOW]) for name, check in token_checkers(trust).items()}
        if older:
            contestants[f"PyJWT {VERSION}"] = older["check"]
        found = interleave(contestants, rounds=rounds)
    floor, ours = found["floor"], found["ours"]
    names = [name for name in found if name not in ("floor", "verify", "ours")]
    others = {name: times(median_ratio(found[name], floor)) for name in names}
    size = f"{len(data[0]) / 1000:.1f} kB"
    return [
        _row(
            f"validate a new token of {size}", ours, floor, "verify + strict base64 + JSON", target=1.20, others=others
        ),
        _row("the same", ours, found["verify"], "verify alone"),
    ]


def _new_round(tokens: Tokens, texts: Sequence[str]) -> Callable[[], float]:
    """All of it: ask the cache, which does not know the token, judge it, remember it and make a Principal."""

    def one_round() -> float:
        client = AzureAdClient(tokens.tenant.settings())  # a fresh one has seen none of the tokens
        client.validate_token(texts[0])  # and fetches the keys with this one
        return _round(client.validate_token, texts[1:])()

    return one_round


def _round(judge: Callable[[T], object], inputs: Sequence[T]) -> Callable[[], float]:
    def one_round() -> float:
        started_at = time.process_time()
        for each in inputs:
            judge(each)
        return (time.process_time() - started_at) / len(inputs)

    return one_round


def _row(
    what: str,
    ours: Series,
    reference: Series,
    name: str,
    *,
    target: float | None = None,
    others: dict[str, str] | None = None,
) -> Row:
    return Row(
        group=GROUP,
        what=what,
        ours=seconds_text(ours.median),
        reference=f"{name} {seconds_text(reference.median)}",
        ratio=median_ratio(ours, reference),
        direction="≤",
        target=target,
        others=others or {},
    )
