"""Where a spout starts to read."""

import pytest

from dealstream.domain.ranges import Ranges
from dealstream.domain.start import LogShrunkError, Start, set_back_to, start_of

NOTHING = Ranges()


def upto(end: int, *islands: tuple[int, int]) -> Ranges:
    return Ranges.of([(0, end), *islands])


@pytest.mark.parametrize(
    ("committed", "applied", "bounds", "start"),
    [
        pytest.param(None, [NOTHING, NOTHING], (0, 90), Start(0), id="a new deployment"),
        pytest.param(None, [NOTHING, NOTHING], (0, 0), Start(0), id="an empty topic"),
        pytest.param(None, [NOTHING, NOTHING], (40, 90), Start(40, gone=(0, 40)), id="new, and the log begins at 40"),
        pytest.param(70, [NOTHING, NOTHING], (0, 90), Start(0), id="a new schema counts the log anew"),
        pytest.param(70, [NOTHING, NOTHING], (40, 90), Start(40, gone=(0, 40)), id="what is left of the log anew"),
        pytest.param(70, [upto(70), upto(70)], (0, 90), Start(70), id="a restart"),
        pytest.param(70, [upto(80), upto(90)], (0, 90), Start(70), id="counted but not committed"),
        pytest.param(70, [upto(70), upto(50)], (0, 90), Start(50), id="a server set back"),
        pytest.param(70, [upto(70), NOTHING], (0, 90), Start(0), id="a server lost"),
        pytest.param(70, [upto(70), Ranges.of([(60, 70)])], (0, 90), Start(0), id="a server lost, an island counted"),
        pytest.param(70, [upto(70, (75, 80)), upto(60, (65, 80))], (0, 90), Start(60), id="islands do not count"),
        pytest.param(None, [upto(70), upto(70)], (0, 90), Start(0), id="commits lost"),
        pytest.param(90, [upto(90), upto(90)], (90, 90), Start(90), id="all counted and deleted"),
        pytest.param(70, [upto(70), upto(50)], (60, 90), Start(60, gone=(50, 60)), id="set back to what is deleted"),
        pytest.param(70, [upto(70), NOTHING], (1, 90), Start(1, gone=(0, 1)), id="a server lost, and the first event"),
    ],
)
def test_the_lowest_offset_that_is_uncommitted_or_uncounted(committed, applied, bounds, start):
    assert start_of(3, committed, applied, bounds) == start


@pytest.mark.parametrize(
    ("committed", "applied"),
    [
        pytest.param(70, [upto(60), upto(60)], id="committed"),
        pytest.param(None, [upto(60), upto(60, (65, 70))], id="counted"),
    ],
)
def test_a_log_that_ends_before_what_is_known_is_another_log(committed, applied):
    with pytest.raises(LogShrunkError, match="partition 3: the log ends at 69, but offsets up to 70 "):
        start_of(3, committed, applied, (0, 69))


@pytest.mark.parametrize(
    ("committed", "applied", "position"),
    [
        (70, [upto(70), upto(90)], None),
        (70, [upto(70), upto(69)], 69),
        (70, [upto(90), NOTHING], 0),
        (70, [upto(50, (60, 90)), upto(90)], 50),
        (0, [NOTHING, NOTHING], None),
    ],
)
def test_a_slot_that_forgot_what_was_committed_sets_the_spout_back(committed, applied, position):
    assert set_back_to(committed, applied) == position
