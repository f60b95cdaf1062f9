"""NDJSON files: read in blocks of whole lines, and every line judged by the rules the topology judges records by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from dealstream.domain.batch import Batch
from dealstream.domain.event import EventDecoder, texts
from dealstream.domain.relevance import Relevance

BLOCK_BYTES = 1 << 21
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Block:
    """Lines that follow each other, without their line ends and without blank ones; ``numbers`` count from 1."""

    source: str
    numbers: Sequence[int]
    lines: list[bytes]

    @property
    def size(self) -> int:
        """How many bytes it takes in a file."""
        return sum(map(len, self.lines)) + len(self.lines)

    def portions(self, size: int | None) -> Iterator["Block"]:
        """Cut it into blocks of at most ``size`` lines; None leaves it whole."""
        step = size or max(1, len(self.lines))
        for start in range(0, len(self.lines), step):
            yield Block(self.source, self.numbers[start : start + step], self.lines[start : start + step])


@dataclass(frozen=True)
class BadLine:
    """A line that is no event, and why."""

    source: str
    number: int
    reason: str

    def __str__(self) -> str:
        """Return it as compilers write it: ``FILE:LINE: reason``."""
        return f"{self.source}:{self.number}: {self.reason}"


@dataclass(frozen=True)
class Events:
    """The events of a block, their users as text, and the lines that are none."""

    lines: list[bytes]
    users: list[str]
    bad: list[BadLine]


def blocks(file: BinaryIO, source: str, size: int = BLOCK_BYTES) -> Iterator[Block]:
    """Cut ``file`` into blocks of about ``size`` bytes; of a pipe, as soon as something is there."""
    # read1 returns what a pipe holds; read would wait for all of `size`
    read = getattr(file, "read1", file.read)
    number, rest = 1, b""
    while data := read(size):
        whole, newline, rest = (rest + data).rpartition(b"\n")
        if newline:
            yield _block(source, number, whole)
            number += whole.count(b"\n") + 1
    if rest:
        yield _block(source, number, rest)


def _block(source: str, first: int, text: bytes) -> Block:
    if first == 1:
        text = text.removeprefix(_BYTE_ORDER_MARK)
    lines = text.replace(b"\r\n", b"\n").removesuffix(b"\r").split(b"\n")
    numbers: Sequence[int] = range(first, first + len(lines))
    if any(not line or line.isspace() for line in lines):
        kept = [(number, line) for number, line in zip(numbers, lines, strict=True) if line.strip()]
        return Block(source, [number for number, _ in kept], [line for _, line in kept])
    return Block(source, numbers, lines)


class LineJudge:
    """Tells the events of a deployment from lines that are none."""

    def __init__(self, relevance: Relevance) -> None:
        self._user = relevance.event.user
        self._decoder = EventDecoder(relevance)

    def judge(self, block: Block, now_ms: int) -> Events:
        """Judge every line as if it had become a Kafka record at ``now_ms``."""
        judged = self._decoder.judge(_batch(block.lines, now_ms))
        bad = [BadLine(block.source, block.numbers[row], reason) for row, reason in sorted(judged.reasons.items())]
        lines = [block.lines[row] for row in judged.rows.tolist()] if bad else block.lines
        return Events(lines, texts(judged.columns[self._user]), bad)


def _batch(lines: list[bytes], now_ms: int) -> Batch:
    count = len(lines)
    lengths = np.fromiter(map(len, lines), np.int32, count)
    text = b"\n".join([*lines, b""])
    return Batch(0, 0, count, np.arange(count), np.full(count, now_ms), lengths, text)
