"""The flush window: batches come, come again, and come cut differently; a record is in it once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain.window import FlushWindow
from tests.support.events import RELEVANCE, batch, event
from tests.support.logs import cuts, end_of, entries, piece

LOGS = entries(st.builds(event, st.integers(0, 99)), max_size=20)


def window_of(*judged) -> FlushWindow:
    window = FlushWindow(RELEVANCE)
    for batch_, letters in judged:
        window.add(batch_, letters)
    return window


def kept_offsets(window: FlushWindow) -> list[tuple[int, int]]:
    columns = window.columns()
    return sorted(zip(columns.partitions.tolist(), columns.offsets.tolist(), strict=True))


def test_a_batch_that_comes_twice_counts_once():
    first, again = batch([event(1), event(2)], first=10), batch([event(1), event(2)], first=10)
    window = window_of((first, b"KD"), (again, b"KD"))
    assert kept_offsets(window) == [(0, 10)]
    assert window.records == 2
    assert sum(len(letters) for _, _, letters in window.verdicts) == 2


@given(LOGS, st.data())
def test_however_the_log_is_cut_each_record_is_in_the_window_once(log, data):
    """Two cuts of the same log: as after a spout went back.

    [-----------)[-----)[--------)      the first time
    [---)[----------)[-----------)      again
    """
    pieces = [*data.draw(cuts(end_of(log))), *data.draw(cuts(end_of(log)))]
    window = window_of(*((piece(log, *bounds), b"K" * len(piece(log, *bounds))) for bounds in pieces))
    assert kept_offsets(window) == [(0, offset) for offset, _ in log]
    assert window.records == len(log)
    assert [ranges.dump() for ranges in window.ranges.values()] == ([f"0-{end_of(log)}".encode()] if log else [])


def test_the_same_offsets_of_two_partitions_are_two_records():
    window = window_of((batch([event(1)]), b"K"), (batch([event(1)], partition=1), b"K"))
    assert kept_offsets(window) == [(0, 0), (1, 0)]


def test_a_batch_without_records_still_moves_the_ranges():
    window = window_of((piece([], 5, 9), b""))
    assert list(window.ranges[0]) == [(5, 9)]
    assert kept_offsets(window) == []


def test_labels_are_numbered_anew_after_a_flush():
    window = window_of((batch([event(1, city="x"), event(2, city="y")]), b"KK"))
    window.clear()
    assert (window.records, dict(window.ranges), kept_offsets(window)) == (0, {}, [])
    window.add(batch([event(3, city="z")]), b"K")
    assert window.columns().labels["city"] == ["z"]


def test_types_and_codes_are_columns():
    values = [event(1, type="clicked", gender="m", city="x"), event(2), event(3, type="bought", city="x")]
    columns = window_of((batch(values), b"KDK")).columns()
    assert columns.types.tolist() == [2, 1]
    assert [columns.labels["gender"][code] for code in columns.codes["gender"]] == ["m", "unknown"]
    assert [columns.labels["city"][code] for code in columns.codes["city"]] == ["x", "x"]


def test_a_kept_record_that_is_no_event_is_refused():
    with pytest.raises(ValueError, match=r"a record of partition 0 in \[7, 8\) is no event, and was not rejected"):
        window_of((batch([b"{}"], first=7), b"K"))
