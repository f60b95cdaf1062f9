"""The stages of the HBase writer: parsed and mapped to cells, written."""

import struct
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from bench.stages import java
from bench.stages.costs import Costs
from bench.stages.dedup import Judged
from cluster.process import Process
from dealstream.domain.batch import unpack
from dealstream.domain.intake import Message
from dealstream.domain.rows import FAMILY, RowMapper
from dealstream.settings import Settings
from dealstream.stores.open import open_user_events
from dealstream.stores.user_events import Rows


def mapped(
    messages: Sequence[Message], judged: Sequence[Judged], settings: Settings, costs: Costs
) -> list[dict[bytes, dict[bytes, bytes]]]:
    """Map batches to cells as the bolt does; return the rows of each flush."""
    mapper = RowMapper(settings.relevance)
    flushes: list[dict[bytes, dict[bytes, bytes]]] = []
    rows: defaultdict[bytes, dict[bytes, bytes]] = defaultdict(dict)
    events = 0
    for (partition, first, next_, count, payload), (_, letters, _) in zip(messages, judged, strict=True):
        with costs.clock("writer", "unpack"):
            batch = unpack(partition, first, next_, payload)
        with costs.clock("writer", "parse and map"):
            for row, column, value in mapper.cells(batch, letters):
                rows[row][column] = value
        events += count
        if events >= settings.tuning.writer_flush_events:
            flushes.append(rows)
            rows, events = defaultdict(dict), 0
    return [*flushes, rows]


def write(flushes: Sequence[Rows], settings: Settings, hbase: Process, costs: Costs) -> None:
    """Write the rows twice: the first time warms the server up."""
    user_events = open_user_events(settings)
    for rows in flushes:
        user_events.write(rows)
    with costs.server("hbase", "write", [hbase]):
        for rows in flushes:
            with costs.clock("writer", "write"):
                user_events.write(rows)


def write_natively(flushes: Sequence[Rows], settings: Settings, hbase: Process, folder: Path, costs: Costs) -> None:
    """Set beside it what HBase's own client takes for the same cells."""
    (file := folder / "rows").write_bytes(b"".join(_dump(flushes)))
    class_path = subprocess.run(["hbase", "classpath"], capture_output=True, text=True, check=True).stdout.strip()
    arguments = [settings.relevance.user_events_table, FAMILY, file]
    client, server = costs.of("writer", "write"), costs.of("hbase", "write")
    with java.running("Write", class_path.split(":"), arguments, folder) as program:
        program.begin()
        before = hbase.processor_seconds()
        client.floor_seconds = program.end()
        server.floor_seconds = hbase.processor_seconds() - before
    client.floor = server.floor = "Java, BufferedMutator"


def _dump(flushes: Sequence[Rows]) -> Iterator[bytes]:
    """Write the number of rows; of each its parts, that is its key, then columns and values in turn, lengths first."""
    yield struct.pack(">i", sum(map(len, flushes)))
    prefix = len(FAMILY) + 1
    for row, columns in chain.from_iterable(rows.items() for rows in flushes):
        yield struct.pack(">i", 1 + 2 * len(columns))
        yield from map(_sized, (row, *chain.from_iterable((c[prefix:], value) for c, value in columns.items())))


def _sized(part: bytes) -> bytes:
    return struct.pack(">i", len(part)) + part
