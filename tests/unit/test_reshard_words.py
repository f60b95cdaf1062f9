"""What `dealstream reshard` and `dealstream slots` say, of servers made by hand."""

from collections import Counter

import pytest

from dealstream.cli.reshard import summary, ways
from dealstream.cli.slot_count import leftovers
from dealstream.domain.rebalance import Move
from dealstream.queries.slots import CountedServer, places, plan
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.slot_mover import Moved
from dealstream.stores.slot_servers import ServerSlots

A = CountedServer(ServerSlots("a:1", True, [0, 1, 2], [2]), Counter({0: 10, 1: 20, 2: 1000}), 5000, 9000)
B = CountedServer(ServerSlots("b:1", False, [3]), Counter({3: 40, 0: 5, 4: 6}), 700)
C = CountedServer(ServerSlots("c:1", True))
AWAY = CountedServer(ServerSlots("d:1", True, [4], problem=StoreUnavailableError("it is away")))
MOVES = [Move(1, "a:1", "c:1"), Move(2, "a:1", "c:1"), Move(3, "b:1", "c:1")]


def test_servers_are_shown_with_what_they_hold_and_what_is_elsewhere():
    unknown = {"keys": None, "moving": [], "left_behind": None}
    assert places([A, B, C, AWAY]) == [
        {"server": "a:1", "state": "configured", "slots": [0, 1, 2], "keys": 1030, "moving": [2], "left_behind": []},
        {"server": "b:1", "state": "not configured", "slots": [3], "keys": 40, "moving": [], "left_behind": [0, 4]},
        {"server": "c:1", "state": "configured", "slots": [], "keys": 0, "moving": [], "left_behind": []},
        {"server": "d:1", "state": "does not answer", "slots": [4], **unknown},
    ]


def test_the_plan_tells_slots_and_keys_before_and_after():
    assert plan([A, B, C], MOVES).rows() == [
        ("a:1", 3, 1, 1030, 10, 5000, 9000),
        ("b:1", 1, 0, 40, 0, 700, None),
        ("c:1", 0, 3, 0, 1060, 0, None),
    ]
    assert [row[1:5] for row in plan([A, C], []).rows()] == [(3, 3, 1030, 1030), (0, 0, 0, 0)]


def test_which_slots_go_where():
    assert ways([A, B, C], MOVES) == ["  a:1 -> c:1: slots 1-2 (1,020 keys)", "  b:1 -> c:1: slots 3 (40 keys)"]
    assert ways([A, B, C], []) == []


def test_what_was_left_behind():
    assert leftovers([A, B, C, AWAY]) == [
        "left behind on b:1: 11 keys of slots 0, 4; `dealstream reshard` removes them"
    ]


@pytest.mark.parametrize(
    ("moved", "removed", "said"),
    [
        ([], 7, "moved no slot; 7 keys were removed from where they were"),
        ([], None, "moved no slot; not done yet, run it again"),
        (
            [Moved(move, 1000, 2_000_000, pause) for move, pause in zip(MOVES, (0.01, 1.5, 0.0204), strict=True)],
            3000,
            "moved 3 slots, 3,000 keys, 6.0 MB; a slot paused for 0.020 s (median), 1.500 s at most;"
            " 3,000 keys were removed from where they were",
        ),
    ],
)
def test_what_was_done(moved, removed, said):
    assert summary(moved, removed) == said
