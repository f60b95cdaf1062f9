"""Where a spout starts to read."""

import pytest

from dealstream.domain.ranges import Ranges
from dealstream.domain.start import EventsGoneError, Start, start_of

NOTHING = Ranges()


def upto(end: int, *islands: tuple[int, int]) -> Ranges:
    return Ranges.of([(0, end), *islands])


@pytest.mark.parametrize(
    ("committed", "applied", "bounds", "start"),
    [
        pytest.param(None, [NOTHING, NOTHING], (0, 90), Start(0), id="a new deployment"),
        pytest.param(None, [NOTHING, NOTHING], (0, 0), Start(0), id="an empty topic"),
        pytest.param(None, [NOTHING, NOTHING], (40, 90), Start(40, skipped=40), id="new, and the log begins at 40"),
        pytest.param(70, [NOTHING, NOTHING], (0, 90), Start(0), id="a new schema counts the log anew"),
        pytest.param(70, [NOTHING, NOTHING], (40, 90), Start(40, skipped=40), id="what is left of the log anew"),
        pytest.param(70, [upto(70), upto(70)], (0, 90), Start(70), id="a restart"),
        pytest.param(70, [upto(80), upto(90)], (0, 90), Start(70), id="counted but not committed"),
        pytest.param(70, [upto(70), upto(50)], (0, 90), Start(50), id="a server set back"),
        pytest.param(70, [upto(70), NOTHING], (0, 90), Start(0), id="a server lost"),
        pytest.param(70, [upto(70), Ranges.of([(60, 70)])], (0, 90), Start(0), id="a server lost, an island counted"),
        pytest.param(70, [upto(70, (75, 80)), upto(60, (65, 80))], (0, 90), Start(60), id="islands do not count"),
        pytest.param(None, [upto(70), upto(70)], (0, 90), Start(0), id="commits lost"),
        pytest.param(90, [upto(90), upto(90)], (90, 90), Start(90), id="all counted and deleted"),
    ],
)
def test_the_lowest_offset_that_is_uncommitted_or_uncounted(committed, applied, bounds, start):
    assert start_of(3, committed, applied, bounds) == start


@pytest.mark.parametrize(
    ("committed", "applied", "bounds"),
    [
        pytest.param(70, [upto(70), upto(50)], (60, 90), id="a server set back to what retention deleted"),
        pytest.param(70, [upto(70), NOTHING], (1, 90), id="a server lost, and so is the first event"),
        pytest.param(70, [upto(70), upto(70)], (0, 69), id="the topic was made anew"),
    ],
)
def test_events_that_are_gone_are_never_passed_over(committed, applied, bounds):
    with pytest.raises(EventsGoneError, match=rf"partition 3 must be read from offset \d+, .* holds \[{bounds[0]}, "):
        start_of(3, committed, applied, bounds)
