"""Events: JSON documents decoded into columns, and the reasons why something is not an event.

What is an event is a function of the record alone (its value and its own Kafka timestamp), so that a replay judges
the same. The JSON types, lengths and event types are checked by msgspec while it decodes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta

from dealstream.domain.batch import Batch
from dealstream.domain.dimension import Banded, Distance
from dealstream.domain.relevance import Relevance

MAX_TEXT = 200
# far below Python's recursion limit, which leaves each component a different depth
MAX_NESTING = 500
_MAX_TIME = 2**53

# a number of a million digits is JSON too, and would be a key that no store takes
_Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
_Key = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)] | _Integer
_Time = Annotated[int, Meta(ge=0, le=_MAX_TIME)] | Annotated[float, Meta(ge=0, le=float(_MAX_TIME))] | datetime
_Plain = Annotated[str, Meta(max_length=MAX_TEXT)] | _Integer | float | bool | None
_UNDECODABLE = (msgspec.MsgspecError, UnicodeDecodeError)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# an unfinished one too, so that the search stays linear
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)


@dataclass(frozen=True)
class Judged:
    """The events of a batch and the reasons why the rest are none.

    ``rows`` are the events' positions in the batch; ``reasons`` is by position. Columns are by JSON field.
    """

    rows: npt.NDArray[np.int64]
    columns: dict[str, Sequence[Any]]
    reasons: dict[int, str]


class EventDecoder:
    """Decodes the fields one component needs; every decoder of a deployment agrees on what an event is."""

    def __init__(self, relevance: Relevance) -> None:
        self._relevance = relevance
        names = relevance.event
        forms: dict[str, Any] = {}
        for dimension in relevance.dimensions.values():
            form = float | None if isinstance(dimension, Banded | Distance) else _Plain
            forms.update(dict.fromkeys(dimension.fields, (form, None)))
        forms.update(dict.fromkeys((names.id, names.user, names.deal), (_Key,)))
        forms[names.time] = (_Time,)
        forms[names.type] = (Literal[relevance.types.names],)
        self.fields = tuple(forms)
        required_first = sorted(forms.items(), key=lambda item: len(item[1]))
        struct = msgspec.defstruct(
            "Event",
            [
                (f"f{number}", form[0], msgspec.field(name=field, **({"default": None} if len(form) > 1 else {})))
                for number, (field, form) in enumerate(required_first)
            ],
            gc=False,
        )
        self._fields = tuple(field for field, _ in required_first)
        self._json: msgspec.json.Decoder[msgspec.Struct] = msgspec.json.Decoder(struct)

    def judge(self, batch: Batch) -> Judged:
        """Decode a batch. Never raises for what a record holds: it becomes a reason."""
        events, rows, reasons = self._decode(batch)
        columns = self._columns(events)
        times = self.times(columns)
        wrong = self._out_of_bounds(times, batch.timestamps[rows])
        if not wrong:
            return Judged(rows, columns, reasons)
        reasons |= {int(rows[position]): reason for position, reason in wrong.items()}
        kept = [position for position in range(len(rows)) if position not in wrong]
        return Judged(rows[kept], self._columns([events[position] for position in kept]), reasons)

    def times(self, columns: dict[str, Sequence[Any]]) -> npt.NDArray[np.int64]:
        """Return the events' times in milliseconds since 1970; a time without zone is UTC."""
        column = columns[self._relevance.event.time]
        return np.fromiter(map(_milliseconds, column), np.int64, len(column))

    def _decode(self, batch: Batch) -> tuple[list[msgspec.Struct], npt.NDArray[np.int64], dict[int, str]]:
        if _is_plain(batch):
            try:
                events = self._json.decode_lines(batch.lines)
                if len(events) == len(batch):
                    return events, np.arange(len(batch)), {}
            except _UNDECODABLE:
                pass  # somewhere in here is a record that is no event: find it one by one
        return self._decode_one_by_one(batch)

    def _decode_one_by_one(self, batch: Batch) -> tuple[list[msgspec.Struct], npt.NDArray[np.int64], dict[int, str]]:
        events, rows, reasons = [], [], {}
        for row, value in enumerate(batch.values):
            if value is None:
                reasons[row] = "the value is null"
                continue
            if _nests_too_deep(value):
                reasons[row] = f"the value nests deeper than {MAX_NESTING} levels"
                continue
            try:
                events.append(self._json.decode(value))
                rows.append(row)
            except _UNDECODABLE as error:
                reasons[row] = str(error)[:MAX_TEXT]
        return events, np.array(rows, np.int64), reasons

    def _columns(self, events: list[msgspec.Struct]) -> dict[str, Sequence[Any]]:
        if not events:
            return {field: () for field in self._fields}
        return dict(zip(self._fields, zip(*map(msgspec.structs.astuple, events), strict=True), strict=True))

    def _out_of_bounds(self, times: npt.NDArray[np.int64], timestamps: npt.NDArray[np.int64]) -> dict[int, str]:
        """Judge times against the records' own timestamps, never the wall clock: a replay must decide the same."""
        wrong = dict.fromkeys(np.flatnonzero(times < 0).tolist(), "the time lies before 1970")
        ahead = times - timestamps
        if self._relevance.max_age_ms is not None:
            wrong |= dict.fromkeys(np.flatnonzero(ahead < -self._relevance.max_age_ms).tolist(), "the event is too old")
        if self._relevance.max_ahead_ms is not None:
            wrong |= dict.fromkeys(
                np.flatnonzero(ahead > self._relevance.max_ahead_ms).tolist(), "the event lies in the future"
            )
        return wrong


def texts(column: Sequence[Any]) -> list[str]:
    """Return ids, users or deals as text, whether JSON had them as strings or integers."""
    return [value if type(value) is str else str(value) for value in column]


def _milliseconds(value: int | float | datetime) -> int:
    if isinstance(value, datetime):
        return ((value if value.tzinfo else value.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND
    return int(value)


def _is_plain(batch: Batch) -> bool:
    """Tell whether as many events as values are one a value, of reasonable nesting.

    Between two documents `}` is followed by `{`, within one never: so values that start with `{` and end with `}` hold
    whole documents only.
    """
    text, ends = np.frombuffer(batch.lines, np.uint8), np.cumsum(np.maximum(batch.lengths, 0) + 1) - 1
    if (
        (batch.lengths <= 0).any()
        or (text[ends - batch.lengths] != ord("{")).any()
        or (text[ends - 1] != ord("}")).any()
    ):
        return False
    openings = int(np.count_nonzero(text == ord("{")) + np.count_nonzero(text == ord("[")))
    return openings < len(batch) + MAX_NESTING or not any(value and _nests_too_deep(value) for value in batch.values)


def _nests_too_deep(value: bytes) -> bool:
    if value.count(b"{") + value.count(b"[") <= MAX_NESTING:
        return False
    depth = 0
    for char in _STRING.sub(b"", value):
        depth += (char in b"{[") - (char in b"}]")
        if depth > MAX_NESTING:
            return True
    return False
