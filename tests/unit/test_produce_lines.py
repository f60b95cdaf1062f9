"""From bytes to judged lines: blocks, their line numbers, and what is sent of them. Without Kafka."""

import io
import json
import os

import pytest

from dealstream.domain.relevance import Relevance
from dealstream.domain.relevance_table import parse
from dealstream.ndjson import BadLine, Block, LineJudge, blocks
from dealstream.pace import Pace


def relevance(**changes: object) -> Relevance:
    return parse(
        {
            "name": "test",
            "types": {"impression": "shown", "conversion": "bought"},
            "dimensions": {"price": {"field": "price", "edges": [10]}},
            "cuboids": [["deal", "price"]],
            **changes,
        }
    )


def event(**fields: object) -> bytes:
    whole = {"id": "1", "time": 1, "type": "shown", "user": 7, "deal": "d", **fields}
    return json.dumps({name: value for name, value in whole.items() if value is not ...}).encode()


def numbered(text: bytes, size: int) -> list[tuple[int, bytes]]:
    found = []
    for block in blocks(io.BytesIO(text), "f", size):
        assert block.source == "f"
        found += zip(block.numbers, block.lines, strict=True)
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (b"", []),
        (b"a", [(1, b"a")]),
        (b"a\n", [(1, b"a")]),
        (b"a\nbb\nccc", [(1, b"a"), (2, b"bb"), (3, b"ccc")]),
        (b"\n\na\n \t\nb\n\n", [(3, b"a"), (5, b"b")]),
        (b"a\r\nb\r\n", [(1, b"a"), (2, b"b")]),
        (b"a\r\n\r\nb\r", [(1, b"a"), (3, b"b")]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb", [(1, b"a"), (2, b"\xef\xbb\xbfb")]),
    ],
)
def test_lines_keep_their_numbers_however_the_file_is_cut(text, lines, size):
    assert numbered(text, size) == lines


def test_a_pipe_is_read_as_it_comes():
    reader, writer = os.pipe()
    os.write(writer, b"a\nb\n")
    with open(reader, "rb") as file:
        coming = blocks(file, "-")
        assert next(coming).lines == [b"a", b"b"]
        os.write(writer, b"c\n")
        block = next(coming)
        os.close(writer)
        assert (list(block.numbers), block.lines) == ([3], [b"c"])
        assert next(coming, None) is None


def test_portions_keep_numbers():
    block = Block("f", [1, 3, 4], [b"a", b"b", b"c"])
    assert [(list(p.numbers), p.lines) for p in block.portions(2)] == [([1, 3], [b"a", b"b"]), ([4], [b"c"])]
    assert [p.lines for p in block.portions(None)] == [block.lines]


def test_events_go_through_untouched_with_their_users_as_text():
    lines = [event(), event(user="ü", extra=[1, 2]), event(time="2026-05-01T10:00:00+02:00")]
    events = LineJudge(relevance()).judge(Block("f", range(1, 4), lines), now_ms=0)
    assert events.lines == lines
    assert events.users == ["7", "ü", "7"]
    assert events.bad == []


def test_bad_lines_are_named_and_left_out():
    good = event(id="good")
    lines = [
        b"junk", good, event(type="klick"), event(deal=...), event(price="cheap"), b"[1]", good, b'{"id":"\xff"}',
        good + good, event(id=None),
    ]  # fmt: skip
    events = LineJudge(relevance()).judge(Block("dir/f.ndjson", range(11, 21), lines), now_ms=0)
    assert events.lines == [good, good]
    assert events.users == ["7", "7"]
    assert [line.number for line in events.bad] == [11, 13, 14, 15, 16, 18, 19, 20]
    told = [str(line) for line in events.bad]
    assert all(line.startswith("dir/f.ndjson:") for line in told)
    assert "klick" in told[1]
    assert "`deal`" in told[2]
    assert "$.price" in told[3]


def test_a_block_without_any_event():
    events = LineJudge(relevance()).judge(Block("f", [4], [b"?"]), now_ms=0)
    assert (events.lines, events.users) == ([], [])
    assert [line.number for line in events.bad] == [4]


def test_times_are_judged_against_the_moment_of_sending():
    judge = LineJudge(relevance(bounds={"max_age": "1s", "max_ahead": "1s"}))
    lines = [event(time=time) for time in (8_999, 9_000, 10_000, 11_000, 11_001)]
    events = judge.judge(Block("f", range(1, 6), lines), now_ms=10_000)
    assert events.lines == lines[1:4]
    assert events.bad == [BadLine("f", 1, "the event is too old"), BadLine("f", 5, "the event lies in the future")]


class Watch:
    """A clock that waiting moves on."""

    def __init__(self) -> None:
        self.now = 100.0

    def wait(self, seconds: float) -> None:
        self.now += seconds


def test_a_rate_is_kept():
    watch = Watch()
    pace = Pace(200, lambda: watch.now, watch.wait)
    assert pace.portion == 10
    for _ in range(40):
        pace.did(10)
    assert watch.now == pytest.approx(102.0)


def test_what_was_lost_is_made_up_for_a_second_at_most():
    watch = Watch()
    pace = Pace(100, lambda: watch.now, watch.wait)
    watch.now += 60
    pace.did(100)
    assert watch.now == 160
    pace.did(50)
    assert watch.now == pytest.approx(160.5)


def test_without_a_rate_nothing_waits():
    pace = Pace(None, lambda: 0.0, lambda _: pytest.fail("waited"))
    pace.did(1_000_000)
    assert pace.portion is None
