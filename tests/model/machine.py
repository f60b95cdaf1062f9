"""Everything that can go wrong between the log and the stores, in any order: a hypothesis state machine.

One partition, two lanes of dedup tasks that may swap it, two lanes of sinks, three slots on two servers. Tuples and
acks get lost, come twice and in any order; processes die, also in the middle of a flush; servers are set back to older
copies; snapshots vanish; batches are cut at other boundaries after each restart. In the end, once faults cease and the
spout has looked at the watermarks, every bucket and every cell equals what the log says.
"""

import json
from collections import Counter
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dealstream.domain.dedup import PartitionDedup
from dealstream.domain.offsets import MAX_RETRY_MS
from dealstream.domain.tile import EVER, Grain, Tile
from tests.model.parts import KEYS, PARTITION, RELEVANCE, SERVERS, WINDOW, DedupLane, SinkLane, Spout, Stores, Tuple

DAY_MS = 86_400_000
TILES = [EVER, Tile(Grain.DAY, 0), Tile(Grain.DAY, 1)]
LANES = st.integers(0, 1)
SERVER = st.integers(0, len(SERVERS) - 1)
# so that what failed is due again at once
LONG_AGO_MS = -MAX_RETRY_MS


class Pipeline(RuleBasedStateMachine):
    """The pipeline and its faults. Subclasses build in bugs."""

    dedup_of = PartitionDedup
    stores_of = Stores

    def __init__(self) -> None:
        super().__init__()
        self.stores = self.stores_of()
        self.copies: list[list[tuple[dict[str, bytes], dict[str, set[str]]]]] = [[({}, {})] for _ in SERVERS]
        self.to_dedup: list[Tuple] = []
        self.to_sinks: list[tuple[Tuple, bytes]] = []
        self.acks: list[str] = []
        self.dedups = [DedupLane(self.stores, self.dedup_of) for _ in range(2)]
        self.sinks = [SinkLane(self.stores) for _ in range(2)]

    @initialize(events_per_batch=st.integers(1, 5))
    def begin(self, events_per_batch: int) -> None:
        self.spout = Spout(self.stores, events_per_batch)

    # --- the stream ---------------------------------------------------------------------------------------------

    @rule(
        ids=st.lists(st.integers(0, 9), min_size=1, max_size=6),
        deal=st.sampled_from("AB"),
        city=st.sampled_from(["x", "y", None]),
    )
    def produce(self, ids: list[int], deal: str, city: str | None) -> None:
        for id_ in ids:
            event: dict[str, Any] = {
                "id": f"e{id_}",
                "time": id_ % 2 * DAY_MS,
                "type": "shown",
                "user": f"u{id_ % 3}",
                "deal": deal,
            }
            event["city"] = city
            self.stores.log.append(PARTITION, json.dumps(event).encode() if id_ else b"no event")

    @rule()
    def emit(self) -> None:
        self.to_dedup += self.spout.next_tuple()

    @precondition(lambda self: self.to_dedup)
    @rule(lane=LANES, data=st.data(), stays=st.booleans())
    def judge(self, lane: int, data: st.DataObject, stays: bool) -> None:
        """Let a lane judge any tuple under way; it may be under way a second time (a timeout's replay)."""
        tuple_ = self._take(self.to_dedup, data, stays)
        self.to_sinks.append((tuple_, self.dedups[lane].judge(tuple_.batch)))

    @precondition(lambda self: self.to_sinks)
    @rule(lane=LANES, data=st.data(), stays=st.booleans())
    def collect(self, lane: int, data: st.DataObject, stays: bool) -> None:
        tuple_, letters = self._take(self.to_sinks, data, stays)
        self.sinks[lane].collect(tuple_.id, tuple_.batch, letters)

    @rule(lane=LANES)
    def flush(self, lane: int) -> None:
        self.acks += self.sinks[lane].flush()

    @precondition(lambda self: self.acks)
    @rule(data=st.data(), lost=st.booleans())
    def ack(self, data: st.DataObject, lost: bool) -> None:
        tuple_id = self._take(self.acks, data, stays=False)
        if lost:
            self.spout.intake.failed(tuple_id, LONG_AGO_MS)
        else:
            self.spout.intake.acked(tuple_id)

    @rule()
    def commit(self) -> None:
        self.spout.commit()

    # --- the faults ---------------------------------------------------------------------------------------------

    @precondition(lambda self: self.to_dedup)
    @rule(data=st.data())
    def lose_a_tuple(self, data: st.DataObject) -> None:
        self.spout.intake.failed(self._take(self.to_dedup, data, stays=False).id, LONG_AGO_MS)

    @rule(events_per_batch=st.integers(1, 5))
    def spout_dies(self, events_per_batch: int) -> None:
        self.spout = Spout(self.stores, events_per_batch)

    @rule(lane=LANES)
    def dedup_dies(self, lane: int) -> None:
        self.dedups[lane] = DedupLane(self.stores, self.dedup_of)

    @rule(lane=LANES, servers=st.sets(SERVER))
    def sink_dies_in_a_flush(self, lane: int, servers: set[int]) -> None:
        """Its transactions went through on some servers; its tuples time out."""
        for tuple_id in self.sinks[lane].flush(sorted(servers)):
            self.spout.intake.failed(tuple_id, LONG_AGO_MS)

    @rule(server=SERVER)
    def copy_a_server(self, server: int) -> None:
        store = self.stores.servers[server]
        visitors = {key: set(users) for key, users in store.visitors.items()}
        self.copies[server].append((dict(store.strings), visitors))

    @rule(server=SERVER, data=st.data())
    def set_a_server_back(self, server: int, data: st.DataObject) -> None:
        strings, visitors = data.draw(st.sampled_from(self.copies[server]))
        self.stores.servers[server].strings = dict(strings)
        self.stores.servers[server].visitors = {key: set(users) for key, users in visitors.items()}

    @rule()
    def lose_a_snapshot(self) -> None:
        if self.stores.snapshots.slices:
            self.stores.snapshots.slices.popitem()

    @rule()
    def check(self) -> None:
        self.spout.check(self.stores.applied())

    # --- the truth ----------------------------------------------------------------------------------------------

    @invariant()
    def ranges_stay_small(self) -> None:
        assert all(len(ranges.starts) <= 1 + self.stores.end for ranges in self.stores.applied())

    def teardown(self) -> None:
        """Let faults cease, and compare everything."""
        if not hasattr(self, "spout"):
            return
        for tuple_id in [tuple_.id for tuple_ in self.to_dedup] + self.acks:
            self.spout.intake.failed(tuple_id, LONG_AGO_MS)
        for tuple_, letters in self.to_sinks:
            self.sinks[0].collect(tuple_.id, tuple_.batch, letters)
        self.to_dedup, self.to_sinks, self.acks = [], [], []
        for _ in range(4):
            self._one_quiet_round()
        assert self.spout.intake.committable == self.stores.end
        assert {ranges.watermark for ranges in self.stores.applied()} == {self.stores.end}
        assert self._counted() == self._truth()
        visits = {(tile, event["deal"], event["user"]) for event in self._kept() for tile in _tiles(event)}
        assert self._visitors() == visits
        assert dict(self.stores.user_events.cells()) == self._cells()

    def _one_quiet_round(self) -> None:
        self.spout.check(self.stores.applied())
        for tuple_ in self.spout.next_tuple():
            self.sinks[0].collect(tuple_.id, tuple_.batch, self.dedups[0].judge(tuple_.batch))
        for sink in self.sinks:
            for tuple_id in sink.flush():
                self.spout.intake.acked(tuple_id)

    def _kept(self) -> list[dict[str, Any]]:
        """Return the events that are no duplicates: one pass over the log, with exact sets."""
        kept, seen = [], []
        records = self.stores.log.records[PARTITION]
        for offset, value in zip(records.offsets.tolist(), records.values, strict=True):
            if value != b"no event":
                event = json.loads(value or b"")
                if not any(id_ == event["id"] and at >= WINDOW.start(offset) for at, id_ in seen):
                    kept.append(event)
                seen.append((offset, event["id"]))
        return kept

    def _truth(self) -> Counter[tuple[str, ...]]:
        buckets: Counter[tuple[str, ...]] = Counter()
        for event in self._kept():
            deal, city = event["deal"], event["city"] or "unknown"
            buckets.update(("deal", tile, deal) for tile in _tiles(event))
            buckets.update([("deal,city", "ever", deal, city), ("city", _tiles(event)[1], city)])
        return buckets

    def _cells(self) -> dict[str, int]:
        cells = {(event["user"], event["id"], event["deal"], event["time"]) for event in self._kept()}
        return dict(Counter(user for user, *_ in cells))

    def _counted(self) -> Counter[tuple[str, ...]]:
        counted: Counter[tuple[str, ...]] = Counter()
        labels = {0: "unknown", **self.stores.vocabulary.labels("city")}
        for cuboid, tile in [(cuboid, tile) for cuboid in RELEVANCE.layout.cuboids for tile in TILES]:
            for server in self.stores.servers:
                owners = server.owners(cuboid.owner, [tile])
                for owner, found in server.cubes(cuboid.owner, owners, [tile]).items():
                    held = cuboid.holds(found.ids)
                    codes, _ = cuboid.split(found.ids[held])
                    names = [[labels[code] for code in column.tolist()] for column in codes]
                    for row, count in enumerate(found.counts[held].tolist()):
                        counted[(cuboid.name, tile.name, owner, *(column[row] for column in names))] += count
        return counted

    def _visitors(self) -> set[tuple[str, ...]]:
        """Return tile, deal and user of all that a server knows of."""
        return {
            (tile.name, deal, user)
            for server in self.stores.servers
            for tile in TILES
            for deal in "AB"
            for user in server.visitors.get(KEYS.users(tile.name, "deal", deal, 0), ())
        }

    def _take(self, items: list, data: st.DataObject, stays: bool):  # type: ignore[no-untyped-def, type-arg]
        at = data.draw(st.integers(0, len(items) - 1))
        return items[at] if stays else items.pop(at)


def _tiles(event: dict[str, Any]) -> tuple[str, str]:
    """Return the names of the tiles an event lies in: that of all time, and that of its day."""
    return "ever", f"1970-01-0{1 + event['time'] // DAY_MS}"
