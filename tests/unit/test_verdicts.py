"""One letter a record."""

import numpy as np
import pytest

from dealstream.domain.verdicts import kept, verdicts


@pytest.mark.parametrize(
    ("records", "events", "duplicates", "letters"),
    [
        (0, [], [], b""),
        (3, [0, 1, 2], [False, False, False], b"KKK"),
        (3, [0, 1, 2], [False, True, False], b"KDK"),
        (4, [1, 3], [True, False], b"RDRK"),
        (2, [], [], b"RR"),
    ],
)
def test_what_is_no_event_is_rejected_and_of_the_events_the_known_are_duplicates(records, events, duplicates, letters):
    found = verdicts(records, np.array(events, np.int64), np.array(duplicates, bool))
    assert found == letters
    assert kept(found).tolist() == [letter == ord("K") for letter in letters]
