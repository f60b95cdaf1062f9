"""The stream: what is sent, in which order and at which time is a function of the seed alone.

Lines come in blocks of originals. With them come repeats of earlier lines (2 %), some at once and some
minutes later, and lines that are no events (0.1 %). Times run on a clock of the stream's own.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tests.chaos.people import Marketplace

BLOCK = 1000
REPEATED = 0.02
MALFORMED = 0.001
LONGEST_REPEAT_BLOCKS = 900
"""Nearly a million events later, three minutes at 5,000 a second; within the dedup window that `stage` configures."""
START_MS = 1_746_093_600_000  # 2025-05-01T10:00:00Z
EVENTS_PER_MS = 5
TYPES = ("shown", "clicked", "bought")


@dataclass(frozen=True)
class Portion:
    """Lines to send in this order, each with its user; `fresh` are those that are events and no repeats."""

    timestamp_ms: int
    users: list[str]
    lines: list[bytes]
    fresh: list[bytes]
    repeats: int
    malformed: int


def stream(seed: int) -> Iterator[Portion]:
    """Yield the stream, block after block, for ever."""
    marketplace = Marketplace(seed)
    due: dict[int, list[tuple[str, bytes]]] = defaultdict(list)
    number = 0
    while True:
        yield _portion(seed, number, marketplace, due)
        number += 1


def _portion(seed: int, number: int, marketplace: Marketplace, due: dict[int, list[tuple[str, bytes]]]) -> Portion:
    rng = np.random.default_rng([seed, number])
    first = number * BLOCK
    users, lines = _originals(rng, seed, first, marketplace)
    for index in np.flatnonzero(rng.random(BLOCK) < REPEATED).tolist():
        delay = int(math.exp(rng.uniform(0, math.log(LONGEST_REPEAT_BLOCKS)))) - 1
        due[number + delay].append((users[index], lines[index]))
    repeats = due.pop(number, [])
    broken = [
        (users[index], _broken(lines[index], int(rng.integers(BROKEN))))
        for index in np.flatnonzero(rng.random(BLOCK) < MALFORMED).tolist()
    ]
    return Portion(
        _clock(first),
        [*users, *(user for user, _ in (*repeats, *broken))],
        [*lines, *(line for _, line in (*repeats, *broken))],
        lines,
        len(repeats),
        len(broken),
    )


def _clock(number: int) -> int:
    return START_MS + number // EVENTS_PER_MS


def _originals(
    rng: np.random.Generator, seed: int, first: int, marketplace: Marketplace
) -> tuple[list[str], list[bytes]]:
    users = marketplace.users(rng, BLOCK)
    deals = marketplace.deals(rng, BLOCK)
    types = rng.choice(3, BLOCK, p=(0.8, 0.15, 0.05))
    times = _clock(first) + np.arange(BLOCK) // EVENTS_PER_MS - _lateness_ms(rng)
    columns = zip(users.tolist(), deals.tolist(), types.tolist(), times.tolist(), strict=True)
    lines = [
        f'{{"id":"{seed}-{first + index}","time":{time},"type":"{TYPES[type_]}"'
        f"{marketplace.user_fields[user]}{marketplace.deal_fields[deal]}}}".encode()
        for index, (user, deal, type_, time) in enumerate(columns)
    ]
    return [f"u{user}" for user in users.tolist()], lines


def _lateness_ms(rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Most events are seconds late, some minutes, a few hours."""
    scale = rng.choice((2e3, 3e5, 2e7), BLOCK, p=(0.9, 0.09, 0.01))
    return np.asarray(rng.uniform(0, 1, BLOCK) * scale, np.int64)


BROKEN = 6


def _broken(line: bytes, how: int) -> bytes:
    """Make of an event's line one that is no event, each in another way."""
    return (
        line[: len(line) // 2],
        line.replace(b'"type":"', b'"type":"un', 1),
        line.replace(b'"user":', b'"nobody":', 1),
        line.replace(b'"time":1', b'"time":3', 1),  # from the future
        line.replace(b'"time":1', b'"time":', 1),  # too old
        b"\xff\xfe no JSON",
    )[how]
