"""The events of files in the order of time, each id once, as the topology would count them."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from dealstream.domain.batch import of_records
from dealstream.domain.event import EventDecoder, texts
from dealstream.domain.records import Records
from dealstream.domain.relevance import Relevance
from dealstream.domain.verdicts import verdicts
from dealstream.domain.window import Columns, FlushWindow
from dealstream.ndjson import Block


class EvaluationError(ValueError):
    """These events can't be evaluated as asked for; the message says why."""


@dataclass(frozen=True)
class Log:
    """Events, sorted by time; those of one time as they came. ``rejected`` is how many lines were no events."""

    columns: Columns
    rejected: int
    duplicates: int


def read(relevance: Relevance, blocks: Iterable[Block], now_ms: int) -> Log:
    """Read blocks of lines, judged as if they had become Kafka records at ``now_ms``."""
    decoder, window = EventDecoder(relevance), FlushWindow(relevance, whole=True)
    seen: set[str] = set()
    records = events = 0
    for block in blocks:
        count = len(block.lines)
        offsets = range(records, records + count)
        batch = of_records(Records.of(0, offsets, [now_ms] * count, block.lines), records, records + count)
        judged = decoder.judge(batch)
        known = np.zeros(len(judged.rows), np.bool_)
        for row, id_ in enumerate(texts(judged.columns[relevance.event.id])):
            known[row] = id_ in seen
            seen.add(id_)
        window.add(batch, verdicts(count, judged.rows, known))
        records += count
        events += len(judged.rows)
    columns = window.columns()
    in_order = columns.only(np.argsort(columns.times, kind="stable"))
    return Log(in_order, records - events, events - len(seen))
