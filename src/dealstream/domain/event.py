"""Events: JSON documents decoded into columns, and the reasons why something is not an event.

What is an event is a function of the record alone (its value and its own Kafka timestamp), so that a replay judges
the same. The JSON types, lengths and event types are checked by msgspec while it decodes.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import compress
from operator import attrgetter
from typing import Annotated, Any, Literal, NamedTuple

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
UNDECODABLE = (msgspec.MsgspecError, UnicodeDecodeError)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# an unfinished one too, so that the search stays linear
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)


class Field(NamedTuple):
    """The type of a JSON field, and whether an event must have it; one that it need not have may be null."""

    form: Any
    required: bool


# by JSON field, one value an event
Columns = dict[str, Sequence[Any]]


@dataclass(frozen=True)
class Judged:
    """The events of a batch and the reasons why the rest are none.

    ``rows`` are the events' positions in the batch; ``reasons`` is by position.
    """

    rows: npt.NDArray[np.int64]
    columns: Columns
    reasons: dict[int, str]

    def columns_without(self, left_out: npt.NDArray[np.bool_]) -> Columns:
        """Return the columns of the events that are not ``left_out``, a mask with an entry an event."""
        if not left_out.any():
            return self.columns
        kept = (~left_out).tolist()
        return {field: [*compress(column, kept)] for field, column in self.columns.items()}


def event_fields(relevance: Relevance) -> dict[str, Field]:
    """Return every field of an event that is looked at, with its type."""
    names = relevance.event
    fields: dict[str, Field] = {}
    for dimension in relevance.dimensions.values():
        form = float | None if isinstance(dimension, Banded | Distance) else _Plain
        fields |= dict.fromkeys(dimension.fields, Field(form, required=False))
    fields |= dict.fromkeys((names.id, names.user, names.deal), Field(_Key, required=True))
    fields[names.time] = Field(_Time, required=True)
    fields[names.type] = Field(Literal[relevance.types.names], required=True)
    return fields


def json_decoder(fields: Mapping[str, Field]) -> tuple[msgspec.json.Decoder[msgspec.Struct], dict[str, str]]:
    """Return a decoder of JSON documents to structs, and the attribute of each field, in the order of the struct."""
    ordered = sorted(fields, key=lambda field: not fields[field].required)
    attributes = {field: f"f{number}" for number, field in enumerate(ordered)}
    struct = msgspec.defstruct(
        "Event",
        [
            (
                attribute,
                fields[field].form,
                msgspec.field(name=field) if fields[field].required else msgspec.field(name=field, default=None),
            )
            for field, attribute in attributes.items()
        ],
        gc=False,
    )
    return msgspec.json.Decoder(struct), attributes


class EventDecoder:
    """Judges every field of what may be an event, and returns the columns of the ``wanted`` ones (None: all)."""

    def __init__(self, relevance: Relevance, wanted: Collection[str] | None = None) -> None:
        self._relevance = relevance
        fields = event_fields(relevance)
        self._json, attributes = json_decoder(fields)
        self._time_of = attrgetter(attributes[relevance.event.time])
        self._getters = {field: attrgetter(attributes[field]) for field in (fields if wanted is None else wanted)}

    def judge(self, batch: Batch) -> Judged:
        """Decode a batch. Never raises for what a record holds: it becomes a reason."""
        events, rows, reasons = self._decode(batch)
        wrong = self._out_of_bounds(times([*map(self._time_of, events)]), batch.timestamps[rows])
        if wrong:
            reasons |= {int(rows[position]): reason for position, reason in wrong.items()}
            kept = [position for position in range(len(rows)) if position not in wrong]
            rows, events = rows[kept], [events[position] for position in kept]
        return Judged(rows, {field: [*map(getter, events)] for field, getter in self._getters.items()}, reasons)

    def _decode(self, batch: Batch) -> tuple[list[msgspec.Struct], npt.NDArray[np.int64], dict[int, str]]:
        if _is_plain(batch):
            try:
                events = self._json.decode_lines(batch.lines)
                if len(events) == len(batch):
                    return events, np.arange(len(batch)), {}
            except UNDECODABLE:
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
            except UNDECODABLE as error:
                reasons[row] = str(error)[:MAX_TEXT]
        return events, np.array(rows, np.int64), reasons

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
    return [*map(str, column)]


def times(column: Sequence[Any]) -> npt.NDArray[np.int64]:
    """Return times in milliseconds since 1970, as JSON may have them; one without zone is UTC."""
    if {*map(type, column)} <= {int}:
        return np.fromiter(column, np.int64, len(column))
    return np.fromiter(map(_milliseconds, column), np.int64, len(column))


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
    if batch.lengths.max(initial=0) <= MAX_NESTING:
        return True
    openings = batch.lines.count(b"{") + batch.lines.count(b"[")
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
