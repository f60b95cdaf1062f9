"""Which keys are told when they expire, where servers forget, clocks differ, and answers get lost."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealstream.domain import expiry
from dealstream.domain.expiry import CLOSE_S, Expiries, Expiring
from dealstream.domain.slots import Keys

KEYS = Keys("t:", 2)
END = 1_000_000


def cubes(names: Iterable[str], at: int = END) -> list[Expiring]:
    return [Expiring(KEYS.cube("2026-11-25", "deal", name), at) for name in names]


class Server:
    """A Redis with its own clock: it tells keys as `RedisCounters` does, and may be set back."""

    def __init__(self) -> None:
        self.ends: dict[str, int | None] = {}
        self.witnesses: dict[str, bytes] = {}
        self.told = 0

    def copy(self) -> tuple[dict, dict]:
        return dict(self.ends), dict(self.witnesses)

    def set_back(self, dump: tuple[dict, dict]) -> None:
        self.ends, self.witnesses = (dict(part) for part in dump)

    def write(self, expiries: Expiries, written: list[Expiring], now: float = 0, answers: bool = True) -> None:
        """Carry out a transaction that writes these keys; its answer may get lost."""
        asked = [key for slot in range(KEYS.slots) for key in expiries.witness(slot)]
        expiries.seen({key: self.witnesses.get(key) for key in asked})
        telling = expiries.telling(written, now)
        for key, _ in written:
            self.ends.setdefault(key, None)
        self.ends |= dict(telling.keys)
        self.witnesses |= telling.witnesses
        self.told += len(telling.keys)
        if answers:
            expiries.told(telling)

    def expire(self, now: float) -> None:
        for key in [key for key, at in self.ends.items() if at is not None and at <= now]:
            del self.ends[key]

    def endless(self) -> set[str]:
        return {key for key, at in self.ends.items() if at is None}


def test_a_key_is_told_once_with_its_own_end():
    expiries = Expiries(KEYS, "me")
    telling = expiries.telling([*cubes("a", 3 * CLOSE_S), *cubes("b", 4 * CLOSE_S)], 0)
    assert [at for _, at in telling.keys] == [3 * CLOSE_S, 4 * CLOSE_S]
    assert len(expiries.telling(cubes("ab"), 0).keys) == 2, "it was not done yet"
    expiries.told(telling)
    assert expiries.telling(cubes("abc"), 0).keys == cubes("c")


def test_every_telling_leaves_new_witnesses_in_the_slots_of_the_keys():
    expiries = Expiries(KEYS, "me")
    slots = {name: KEYS.slot("deal", name) for name in "abcdefgh"}
    assert [expiries.witness(slot) for slot in (0, 1)] == [[], []]
    values = set()
    for name, slot in slots.items():
        telling = expiries.telling(cubes(name), 0)
        assert list(telling.witnesses) == [KEYS.witness(slot, "me")]
        values |= set(telling.witnesses.values())
        expiries.told(telling)
    assert len(values) == len(slots)
    assert [expiries.witness(slot) for slot in (0, 1)] == [[KEYS.witness(slot, "me")] for slot in (0, 1)]
    assert expiries.telling(cubes(slots), 0).witnesses == {}


@pytest.mark.parametrize("found", [None, b"0", b"2"])
def test_a_witness_that_is_not_as_it_was_left_says_that_all_may_be_forgotten(found):
    expiries = Expiries(KEYS, "me")
    telling = expiries.telling(cubes("a"), 0)
    expiries.told(telling)
    (witness,) = telling.witnesses
    expiries.seen({witness: telling.witnesses[witness], "t:{0}:applied:0": b"0-5"})
    assert expiries.telling(cubes("a"), 0).keys == []
    expiries.seen({witness: found})
    assert expiries.telling(cubes("a"), 0).keys == cubes("a")
    assert [expiries.witness(slot) for slot in (0, 1)] == [[], []]


@pytest.mark.parametrize(("seconds_left", "again"), [(CLOSE_S + 1, False), (CLOSE_S - 1, True), (1, True)])
def test_a_key_close_to_its_end_is_told_each_time(seconds_left, again):
    expiries = Expiries(KEYS, "me")
    expiries.told(expiries.telling(cubes("a"), 0))
    assert bool(expiries.telling(cubes("a"), END - seconds_left).keys) is again


def test_it_remembers_only_so_many(monkeypatch):
    monkeypatch.setattr(expiry, "REMEMBERED", 10)
    expiries, server = Expiries(KEYS, "me"), Server()
    for number in range(300):
        server.write(expiries, cubes([f"cube-{number % 30}"]))
    assert len(expiries._told) <= 11
    assert server.told == 300, "each was forgotten before it came again"
    for _ in range(20):
        server.write(expiries, cubes(["cube-29"]))
    assert server.told == 300
    assert server.endless() == set()


NAMES = st.sets(st.sampled_from("abcd"), min_size=1)


@given(st.lists(NAMES, max_size=12))
def test_each_key_is_told_once_while_nothing_is_forgotten(steps):
    expiries, server = Expiries(KEYS, "me"), Server()
    for names in steps:
        server.write(expiries, cubes(names))
    assert server.told == len(server.ends)
    assert server.endless() == set()


WRITE = st.tuples(st.integers(0, 1), NAMES, st.booleans())
SET_BACK = st.integers(0, 9)
HISTORY = st.lists(st.one_of(WRITE, SET_BACK, st.sampled_from(["dump", "restart"])), max_size=30)


@given(HISTORY)
def test_no_key_is_without_an_end_whatever_is_forgotten(history):
    """Two processes write; answers get lost, processes die, and the server comes back with any of its dumps."""
    server, born = Server(), 2
    dumps, processes = [server.copy()], [Expiries(KEYS, "p0"), Expiries(KEYS, "p1")]
    for step in history:
        if step == "dump":
            dumps.append(server.copy())
        elif step == "restart":
            processes[born % 2] = Expiries(KEYS, f"p{born}")
            born += 1
        elif isinstance(step, int):
            server.set_back(dumps[step % len(dumps)])
        else:
            process, names, answers = step
            server.write(processes[process], cubes(names), answers=answers)
        assert server.endless() == set()


@given(
    st.integers(-CLOSE_S + 1, CLOSE_S - 1),
    st.lists(st.tuples(st.integers(1, 5000), NAMES), max_size=12),
)
def test_a_server_whose_clock_differs_drops_no_key_that_comes_back_without_an_end(ahead, steps):
    expiries, server, now = Expiries(KEYS, "me"), Server(), END - 20_000
    for seconds, names in steps:
        now += seconds
        server.expire(now + ahead)
        server.write(expiries, [each for each in cubes(names) if each.at > now], now)
        assert server.endless() == set()
