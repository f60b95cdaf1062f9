"""Which keys are told when they expire, in the presence of a server that forgets."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain import expiry
from dealstream.domain.expiry import Expiries
from dealstream.domain.flush import Append, Plan, Visitors
from dealstream.domain.ranges import Ranges

ENTRY = b"12345678"
PLACE = (0, 0)


def plan_of(cubes: Iterable[str] = (), users: Iterable[str] = (), end: int = 0, place: tuple[int, int] = PLACE) -> Plan:
    """Return a plan that writes these keys and counts up to ``end``; a key in capitals never expires."""
    ends = {key: None if key.isupper() else 1000 + len(key) for key in (*cubes, *users)}
    return Plan(
        [Append(key, ENTRY, ends[key]) for key in cubes],
        [Visitors(key, ["u1"], ends[key]) for key in users],
        {place: Ranges.of([(0, end)])},
    )


def keys(told: Iterable[tuple[str, int]]) -> list[str]:
    return [key for key, _ in told]


class Server:
    """A Redis that tells each key when it expires as `RedisCounters` does, and may be set back."""

    def __init__(self) -> None:
        self.lengths: dict[str, int] = {}
        self.ends: dict[str, int] = {}
        self.ranges: dict[tuple[int, int], Ranges] = {}

    def copy(self) -> tuple[dict, dict, dict]:
        return dict(self.lengths), dict(self.ends), dict(self.ranges)

    def set_back(self, dump: tuple[dict, dict, dict]) -> None:
        self.lengths, self.ends, self.ranges = (dict(part) for part in dump)

    def write(self, expiries: Expiries, plan: Plan) -> int:
        """Carry a plan out; return how often a key was told."""
        expiries.seen({place: self.ranges.get(place, Ranges()) for place in plan.applied})
        untold = expiries.untold(plan)
        for key, entries, _ in plan.appends:
            self.lengths[key] = self.lengths.get(key, 0) + len(entries)
        for key, _, _ in plan.visitors:
            self.lengths[key] = self.lengths.get(key, 0) + 1
        self.ends |= dict(untold)
        for place, ranges in plan.applied.items():
            self.ranges[place] = self.ranges.get(place, Ranges()).union(ranges)
        expiries.told(untold, Plan(plan.appends, plan.visitors, {place: self.ranges[place] for place in plan.applied}))
        again = expiries.made_again(plan, untold, [self.lengths[append.key] for append in plan.appends])
        self.ends |= dict(again)
        return len(untold) + len(again)

    def endless(self) -> set[str]:
        return {key for key in self.lengths if not key.isupper() and key not in self.ends}


def test_a_key_is_told_once_with_its_own_end():
    expiries = Expiries()
    plan = plan_of(["cube"], ["users"])
    assert expiries.untold(plan) == [("cube", 1004), ("users", 1005)]
    assert expiries.untold(plan) == [("cube", 1004), ("users", 1005)], "it was not done yet"
    expiries.told([("cube", 1004)], plan)
    assert expiries.untold(plan) == [("users", 1005)]


def test_what_never_expires_is_never_told():
    expiries = Expiries()
    plan = plan_of(["EVER"], ["USERS"])
    assert expiries.untold(plan) == []
    assert expiries.made_again(plan, [], [len(ENTRY)]) == []


@pytest.mark.parametrize(
    ("have", "forgotten"),
    [
        ([(0, 60)], False), ([(0, 90)], False), ([(0, 60), (70, 80)], False), ([(0, 59)], True), ([], True),
        ([(1, 60)], True), ([(0, 30), (31, 90)], True),
    ],
)  # fmt: skip
def test_a_slot_that_has_less_than_before_was_set_back(have, forgotten):
    expiries = Expiries()
    plan = plan_of(["cube"], end=60)
    expiries.told(expiries.untold(plan), plan)
    expiries.seen({(1, 0): Ranges(), (0, 1): Ranges(), PLACE: Ranges.of(have)})
    assert keys(expiries.untold(plan)) == (["cube"] if forgotten else [])


@pytest.mark.parametrize(("have", "forgotten"), [([(10, 20), (30, 40)], False), ([(10, 20)], True), ([(0, 40)], False)])
def test_islands_are_seen_too(have, forgotten):
    expiries = Expiries()
    expiries.seen({PLACE: Ranges.of([(10, 20), (30, 40)])})
    plan = Plan([Append("cube", ENTRY, 5)], [], {})
    expiries.told([("cube", 5)], plan)
    expiries.seen({PLACE: Ranges.of(have)})
    assert keys(expiries.untold(plan)) == (["cube"] if forgotten else [])


@pytest.mark.parametrize(
    ("length", "again"),
    [(len(ENTRY), ["old", "users"]), (2 * len(ENTRY), [])],
    ids=["made again", "grown"],
)
def test_a_cube_that_is_new_though_it_was_told_has_all_told_again(length, again):
    expiries = Expiries()
    plan = plan_of(["old", "new"], ["users"])
    expiries.told([("old", 1003), ("users", 1005)], plan)
    fresh = expiries.untold(plan)
    expiries.told(fresh, plan)
    assert keys(expiries.made_again(plan, fresh, [length, len(ENTRY)])) == again
    assert keys(expiries.untold(plan_of(["old"]))) == (["old"] if again else [])


def test_it_remembers_only_so_many(monkeypatch):
    monkeypatch.setattr(expiry, "REMEMBERED", 10)
    expiries, server = Expiries(), Server()
    times = sum(server.write(expiries, plan_of([f"cube-{number % 30}"])) for number in range(300))
    assert len(expiries._told) <= 11
    assert times == 300, "each was forgotten before it came again"
    assert sum(server.write(expiries, plan_of(["cube-29"])) for _ in range(20)) == 0
    assert server.endless() == set()


NAMES = st.sets(st.sampled_from(["a", "b", "c", "EVER"]))
STEPS = st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=12)


@given(STEPS)
def test_each_key_is_told_once_while_nothing_is_forgotten(steps):
    expiries, server, times = Expiries(), Server(), 0
    for number, (cubes, users) in enumerate(steps):
        times += server.write(expiries, plan_of(cubes, {f"{key}s" for key in users - {"EVER"}}, number + 1))
    assert times == len(server.ends)
    assert server.endless() == set()


@given(STEPS, st.data())
def test_after_a_server_was_set_back_every_key_is_told_again(steps, data):
    """What was counted after the dump comes again, as it was or cut anew."""
    expiries, server = Expiries(), Server()
    dumped = data.draw(st.integers(0, len(steps)))
    plans = [plan_of(cubes, {f"{key}s" for key in users}, number + 1) for number, (cubes, users) in enumerate(steps)]
    dump = server.copy()
    for number, plan in enumerate(plans):
        if number == dumped:
            dump = server.copy()
        server.write(expiries, plan)
    server.set_back(dump if dumped < len(plans) else server.copy())
    together = data.draw(st.integers(0, len(plans)))
    rest = plans[dumped:]
    if rest[:together]:
        server.write(expiries, _merged(rest[:together]))
    for plan in rest[together:]:
        server.write(expiries, plan)
    assert server.endless() == set()


def _merged(plans: list[Plan]) -> Plan:
    appends = {append.key: append for plan in plans for append in plan.appends}
    visitors = {each.key: each for plan in plans for each in plan.visitors}
    return Plan(list(appends.values()), list(visitors.values()), plans[-1].applied)
