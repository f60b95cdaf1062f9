"""The stream as record batches in a file: making an event costs more than counting it, so it is done once."""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import msgspec

from bench import market, record_batches
from bench.market import DEALS, Kind, Market

PARTITIONS = 4
PROCESSES = 2
SEED = 1
AHEAD = 64
_BATCHES, _INDEX = "batches", "index.ndjson"

Made = TypeVar("Made")


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One batch in the file: which partition it is for, its bytes, how many events it holds, and the last of them."""

    partition: int
    size: int
    count: int
    last: str


@dataclass(frozen=True)
class Batch:
    """A batch to send."""

    partition: int
    data: bytes
    count: int
    last: bytes


@dataclass(frozen=True)
class Stream:
    """The stream of a kind, in blocks; `made` makes the file that it is read from."""

    kind: Kind
    folder: Path
    deals: int = DEALS

    def blocks(self, first: int, last: int) -> Iterator[list[Batch]]:
        """Yield the batches of each of the blocks ``[first, last)``, no two of a block for the same partition."""
        index = (self.folder / _INDEX).read_bytes().splitlines()
        blocks = [msgspec.json.decode(line, type=list[Entry]) for line in index[:last]]
        with (self.folder / _BATCHES).open("rb") as file:
            file.seek(sum(entry.size for entry in chain(*blocks[:first])))
            for entries in blocks[first:]:
                yield [Batch(e.partition, file.read(e.size), e.count, e.last.encode()) for e in entries]

    def texts(self, blocks: int) -> Iterator[bytes]:
        """Return the first ``blocks`` blocks as NDJSON, for a second computation of the counts."""
        return _in_processes(partial(_text, self.kind, self.deals), blocks)


def made(kind: Kind, blocks: int, folder: Path, deals: int = DEALS) -> Stream:
    """Return a stream of ``blocks`` blocks; its file is made in ``folder`` unless it is there already."""
    stream = Stream(kind, folder / f"stream-{kind}-{deals}-{blocks}-{_recipe()}", deals)
    if not stream.folder.exists():
        unfinished = stream.folder.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        _write(stream, blocks, unfinished)
        unfinished.rename(stream.folder)
    return stream


def _write(stream: Stream, blocks: int, folder: Path) -> None:
    with (folder / _BATCHES).open("wb") as batches, (folder / _INDEX).open("w") as index:
        for block in _in_processes(partial(_batches, stream.kind, stream.deals), blocks):
            entries = [
                (batch.partition, batches.write(batch.data), batch.count, batch.last.decode()) for batch in block
            ]
            index.write(json.dumps(entries) + "\n")


def _recipe() -> str:
    """Return a hash of what the file depends on."""
    return sha256(b"".join(Path(str(m.__file__)).read_bytes() for m in (market, record_batches))).hexdigest()[:8]


def _in_processes(work: Callable[[int], Made], blocks: int) -> Iterator[Made]:
    """Yield ``work(number)`` of each block in order; not many are ready before they are taken."""
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        for start in range(0, blocks, AHEAD):
            yield from pool.map(work, range(start, min(start + AHEAD, blocks)), chunksize=8)


@cache
def _market(kind: Kind, deals: int) -> Market:
    return Market(kind, SEED, deals)


def _text(kind: Kind, deals: int, number: int) -> bytes:
    return b"\n".join(_market(kind, deals).block(number).lines)


def _batches(kind: Kind, deals: int, number: int) -> list[Batch]:
    block = _market(kind, deals).block(number)
    numbers = block.users.tolist()
    events = [(b"user-%07d" % user, user % PARTITIONS, line) for user, line in zip(numbers, block.lines, strict=True)]
    batches = []
    for partition in range(PARTITIONS):
        mine = [(key, line) for key, of, line in events if of == partition]
        if mine:
            keys, lines = zip(*mine, strict=True)
            batches.append(Batch(partition, record_batches.build(keys, lines), len(lines), lines[-1]))
    return batches
