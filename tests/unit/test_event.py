"""What is an event, and why something is none: a function of the record alone."""

import json
from datetime import UTC, datetime, timedelta, timezone
from itertools import compress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.event import EventDecoder, event_fields, texts, times
from dealstream.domain.kept_events import KeptDecoder
from dealstream.domain.relevance_table import parse
from dealstream.domain.verdicts import kept, verdicts
from tests.support.events import HOUR_MS, RELEVANCE, TABLE, batch, event

DECODER = EventDecoder(RELEVANCE)
FIELDS = event_fields(RELEVANCE)
BOUNDED = EventDecoder(parse({**TABLE, "bounds": {"max_age": "1h", "max_ahead": "5m"}}))
NOW = 1_700_000_000_000


def with_raw(fields: bytes) -> bytes:
    """Return an event with fields as given, which win over its own."""
    return event()[:-1] + b", " + fields + b"}"


def without(field: str) -> bytes:
    return json.dumps({key: value for key, value in json.loads(event()).items() if key != field}).encode()


NO_EVENTS = {
    "null value": (None, "the value is null"),
    "empty": (b"", "truncated"),
    "blank": (b" \t", "truncated"),
    "cut off": (event()[:-5], "truncated"),
    "not JSON": (b"\xef\xbb\xbf{}", "malformed"),
    "two documents": (event() + event(), "malformed"),
    "two lines": (event() + b"\n" + event(), "malformed"),
    "a list": (b"[" + event() + b"]", "Expected `object`, got `array`"),
    "no id": (without("id"), "missing required field `id`"),
    "no time": (without("time"), "missing required field `time`"),
    "no type": (without("type"), "missing required field `type`"),
    "no user": (without("user"), "missing required field `user`"),
    "no deal": (without("deal"), "missing required field `deal`"),
    "null user": (event(user=None), "got `null` - at `$.user`"),
    "empty user": (event(user=""), "length >= 1 - at `$.user`"),
    "endless user": (event(user="x" * 201), "length <= 200 - at `$.user`"),
    "fractional deal": (event(deal=1.5), "got `float` - at `$.deal`"),
    "true id": (event(True), "got `bool` - at `$.id`"),
    "unknown type": (event(type="stolen"), "Invalid enum value 'stolen' - at `$.type`"),
    "endless type": (event(type="x" * 100_000), "Invalid enum value 'xxx"),
    "no time of day": (event(time="noon"), "Invalid RFC3339 encoded datetime - at `$.time`"),
    "negative time": (event(time=-1), ">= 0 - at `$.time`"),
    "time before 1970": (event(time="1969-12-31T23:59:59.999Z"), "the time lies before 1970"),
    "endless time": (event(time=2**53 + 1), "<= 9007199254740992 - at `$.time`"),
    "nested city": (event(city=["x"]), "got `array` - at `$.city`"),
    "endless city": (event(city="x" * 201), "length <= 200 - at `$.city`"),
    "price as text": (event(price="9.99"), "Expected `float | null`, got `str` - at `$.price`"),
    "price out of range": (with_raw(b'"price": 1e999'), "out of range - at `$.price`"),
    "endless number": (with_raw(b'"deal": ' + b"9" * 5000), "out of range - at `$.deal`"),
    "price that is no JSON": (with_raw(b'"price": NaN'), "malformed"),
    "latitude as text": (event(lat="52N"), "at `$.lat`"),
    "an integer of a million digits as a user": (with_raw(b'"user": ' + b"1" * 1_000_000), ""),
    "an integer of a million digits as a city": (with_raw(b'"city": ' + b"1" * 1_000_000), ""),
    "lone surrogate": (with_raw(rb'"user": "\ud83d"'), ""),
    "half a surrogate pair": (with_raw(rb'"user": "\ud83d\u0041"'), ""),
    "invalid UTF-8": (with_raw(b'"user": "\xff"'), "utf-8"),
    "nested without end": (with_raw(b'"extra": ' + b"[" * 500 + b"]" * 500), "nests deeper than 500 levels"),
    "nested and broken": (b'"' + rb"\"" * 100_000 + b"[" * 501, "truncated"),
    "nested beyond any stack": (with_raw(b'"extra": ' + b"[" * 100_000), "nests deeper than 500 levels"),
}


@pytest.mark.parametrize(("value", "reason"), NO_EVENTS.values(), ids=NO_EVENTS)
def test_what_is_no_event_gets_a_reason_and_leaves_the_others_alone(value, reason):
    judged = DECODER.judge(batch([event("before"), value, event("after")]))
    assert judged.rows.tolist() == [0, 2]
    assert judged.columns["id"] == ["before", "after"]
    assert list(judged.reasons) == [1]
    assert 0 < len(judged.reasons[1]) <= 200
    assert reason in judged.reasons[1]


HARMLESS = st.sampled_from([event("a"), event("b", city="x", price=3), event(7, time="2020-01-01T00:00:00Z")])
# pieces that could add up to events of their neighbours' lines
PIECES = st.sampled_from(
    [
        event("c") + b"\n" + event("d"),
        event("c") + event("d"),
        b'{"x": ',
        b'{"y": 1}, ' + event("i")[1:],
        b" ",
        event("e") + b"\n",
        b"\n" + event("f"),
        *(event("g").replace(b",", b"\n,")[cut] for cut in (slice(None), slice(0, 12), slice(12, None))),
        b'{"id": "h", "time": 0,',
        b'"type": "shown", "user": "u", "deal": "d"}',
        b"",
        None,
    ]
)


@given(st.lists(HARMLESS | PIECES | st.binary(max_size=8) | st.sampled_from([v for v, _ in NO_EVENTS.values()])))
def test_a_record_is_judged_as_if_it_were_alone(values):
    together = DECODER.judge(batch(values))
    alone = [DECODER.judge(batch([value])) for value in values]
    assert together.rows.tolist() == [row for row, judged in enumerate(alone) if len(judged.rows)]
    assert together.reasons == {row: judged.reasons[0] for row, judged in enumerate(alone) if judged.reasons}
    for field in FIELDS:
        assert list(together.columns[field]) == [value for judged in alone for value in judged.columns[field]]
    assert EventDecoder(RELEVANCE, ["city"]).judge(batch(values)).columns == {"city": together.columns["city"]}


@given(st.lists(HARMLESS | PIECES | st.sampled_from([v for v, _ in NO_EVENTS.values()])), st.data())
def test_what_a_sink_reads_of_kept_records_is_what_was_judged(values, data):
    """Whatever was rejected among them, and whichever are duplicates."""
    judged = DECODER.judge(batch(values))
    events = len(judged.rows)
    duplicates = np.array(data.draw(st.lists(st.booleans(), min_size=events, max_size=events)), bool)
    letters = verdicts(len(values), judged.rows, duplicates)
    found = KeptDecoder(RELEVANCE, FIELDS).columns(batch(values), letters, kept(letters))
    for field in FIELDS:
        assert list(found[field]) == list(compress(judged.columns[field], ~duplicates))


@pytest.mark.parametrize(
    ("values", "rows"),
    [
        ([event("a") + b"\n" + event("b"), None], []),
        ([event("a") + b"\n" + event("b"), b""], []),
        ([event("a") + event("b"), b" "], []),
        ([event()[:20], event()[20:], event("a") + event("b")], []),
        ([b'{"x": ', b'{"y": 1}, ' + event()[1:], event("a") + event("b")], []),
        ([b'{"x": [{"y": 1}', b', {"y": 1}], ' + event()[1:], event("a") + event("b")], []),
        ([event("a"), event("b") + b"\n" + event("c"), b"", event("d")], [0, 3]),
    ],
    ids=["a null", "nothing", "a blank", "halves", "halves that open", "halves that open and close", "between events"],
)
def test_as_many_events_as_records_are_not_one_a_record(values, rows):
    judged = DECODER.judge(batch(values))
    assert judged.rows.tolist() == rows
    assert sorted(judged.reasons) == [row for row in range(len(values)) if row not in rows]


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [
        (NOW, NOW),
        (float(NOW), NOW),
        (NOW + 0.9, NOW),
        ("2023-11-14T22:13:20Z", NOW),
        ("2023-11-14T23:13:20+01:00", NOW),
        ("2023-11-14T22:13:20", NOW),
        ("2023-11-14 22:13:20.001Z", NOW + 1),
        ("2023-11-14T22:13:20.0019Z", NOW + 1),
        ("1970-01-01T00:00:00Z", 0),
        (2**53, 2**53),
    ],
)
def test_times_are_milliseconds_or_iso_8601_and_utc_unless_they_say_otherwise(written, milliseconds):
    judged = DECODER.judge(batch([event(time=written)]))
    assert judged.reasons == {}
    assert times(judged.columns["time"]).tolist() == [milliseconds]


@given(st.integers(0, 4 * 10**12), st.integers(-14 * 60, 14 * 60))
def test_a_time_in_iso_8601_is_exact_to_the_millisecond(milliseconds, zone_minutes):
    at = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)).astimezone(
        timezone(timedelta(minutes=zone_minutes))
    )
    judged = DECODER.judge(batch([event(time=at.isoformat(timespec="milliseconds"))]))
    assert times(judged.columns["time"]).tolist() == [milliseconds]


@pytest.mark.parametrize(
    ("ahead_ms", "reason"),
    [
        (-HOUR_MS - 1, "the event is too old"),
        (-HOUR_MS, None),
        (0, None),
        (5 * 60_000, None),
        (5 * 60_000 + 1, "the event lies in the future"),
    ],
)
def test_bounds_are_judged_against_the_records_own_timestamp(ahead_ms, reason):
    stamps = [NOW, NOW - 10 * HOUR_MS, 10 * HOUR_MS]
    written = [stamp + ahead for stamp, ahead in zip(stamps, (0, ahead_ms, 0), strict=True)]
    values = [b"no event", *(event(number, time=time) for number, time in enumerate(written))]
    judged = BOUNDED.judge(batch(values, timestamps=[0, *stamps]))
    assert judged.reasons.pop(0)
    assert judged.reasons == ({2: reason} if reason else {})
    assert judged.columns["id"] == ([0, 2] if reason else [0, 1, 2])


def test_an_event_may_be_printed_prettily():
    pretty = json.dumps(json.loads(event("a")), indent=2).encode()
    assert DECODER.judge(batch([pretty, b" " + event("b") + b"\r\n"])).columns["id"] == ["a", "b"]


def test_columns_hold_what_the_fields_had():
    judged = DECODER.judge(batch([event(1, city="Berlin", price=9, extra={"deep": []}), event("two", city=None)]))
    assert judged.columns == {
        "id": [1, "two"], "time": [0, 0], "type": ["shown", "shown"], "user": ["u1", "u1"], "deal": ["d1", "d1"],
        "gender": [None, None], "city": ["Berlin", None], "price": [9.0, None],
        "lat": [None, None], "lon": [None, None], "deal_lat": [None, None], "deal_lon": [None, None],
    }  # fmt: skip


@pytest.mark.parametrize(
    "extra",
    [
        b"[" * 499 + b"]" * 499,
        b"[" + b"{}," * 9999 + b"{}]",
        b'"' + b"[" * 9999 + b'"',
        rb'"\\\"' + b"{" * 9999 + b'"',
    ],
    ids=["deep", "wide", "brackets in a text", "brackets in a text with escapes"],
)
def test_what_is_not_read_may_be_large(extra):
    assert DECODER.judge(batch([with_raw(b'"extra": ' + extra)])).reasons == {}


def test_numbers_and_texts_name_the_same():
    assert texts([7, "7", "sept"]) == ["7", "7", "sept"]


@pytest.mark.parametrize("values", [[], [None], [b"no", None]])
def test_a_batch_without_events_has_empty_columns(values):
    judged = DECODER.judge(batch(values))
    assert judged.rows.tolist() == []
    assert judged.columns == {field: [] for field in FIELDS}
    assert len(judged.reasons) == len(values)
