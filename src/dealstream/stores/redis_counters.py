"""The bucket counters in Redis: one server or several, sharded by slot in the client.

A flush is one optimistic transaction per server: WATCH the applied ranges of all its slots, read them, leave out what
they have, MULTI, the APPENDs and the new ranges, EXEC. EXEC answers each cube's new length; a cube that crossed a
power of two is folded in a second transaction, which may be lost at any point without changing a count.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from dealstream.domain import cube
from dealstream.domain.flush import Flush, Plan
from dealstream.domain.ranges import Applied, Ranges, lose
from dealstream.domain.slots import Keys
from dealstream.stores import secrets
from dealstream.stores.errors import StoreUnavailableError

# with two tasks flushing once a second a conflict is rare; a dozen in a row is a sick server
MAX_CONFLICTS = 12
READ_AT_ONCE = 1000

Answer = TypeVar("Answer")


class RedisCounters:
    """The counters of one deployment on a list of ``host:port`` servers; slot s lives on server s mod len."""

    def __init__(self, servers: Sequence[str], keys: Keys, timeout_ms: int) -> None:
        self._keys = keys
        self._clients = [_client(server, timeout_ms) for server in servers]
        self._names = list(servers)

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients:
            client.close()

    def apply(self, flush: Flush) -> None:
        """Count what of the flush is not counted yet, server by server; see `Counters.apply`."""
        for server in range(len(self._clients)):
            with self._answering(server):
                self._fold(server, self._apply(server, flush))

    def applied(self, partitions: Iterable[int]) -> Applied:
        """Return the ranges counted, by (slot, partition)."""
        places = [(slot, partition) for partition in partitions for slot in range(self._keys.slots)]
        texts = self._get([(slot, self._keys.applied(slot, partition)) for slot, partition in places])
        return {place: Ranges.parse(text) for place, text in zip(places, texts, strict=True)}

    def mark_gone(self, partition: int, start: int, end: int) -> None:
        """Note that ``[start, end)`` can't be read any more."""
        for server in range(len(self._clients)):
            with self._answering(server):
                self._optimistic(server, partial(self._mark_gone, server, partition, Ranges.of([(start, end)])))

    def gone(self, partitions: Iterable[int]) -> Mapping[int, Ranges]:
        """Return the offsets of each partition that are marked as gone in some slot."""
        slots = range(self._keys.slots)
        return {
            partition: Ranges.union_of(
                Ranges.parse(text) for text in self._get([(slot, self._keys.gone(slot, partition)) for slot in slots])
            )
            for partition in partitions
        }

    def cubes(self, dimension: str, owners: Sequence[str]) -> Mapping[str, cube.Cube]:
        """Return the cubes of these owners."""
        places = [(self._keys.slot(dimension, owner), self._keys.cube(dimension, owner)) for owner in owners]
        found = {owner: data for owner, data in zip(owners, self._get(places), strict=True) if data is not None}
        return dict(zip(found, cube.read_all([*found.values()]), strict=True))

    def owners(self, dimension: str) -> list[str]:
        """Return all owners of a dimension, sorted; walks the key space with SCAN."""
        names = []
        for server, client in enumerate(self._clients):
            with self._answering(server):
                for key in client.scan_iter(match=self._keys.cubes_of(dimension), count=READ_AT_ONCE):
                    names.append(self._keys.owner(dimension, key.decode()))
        return sorted({name for name in names if name is not None})

    def _transaction(self, server: int) -> Any:  # noqa: ANN401 -- redis-py's pipeline is half typed
        return self._clients[server].pipeline(transaction=True)

    def _slots(self, server: int) -> range:
        return range(server, self._keys.slots, len(self._clients))

    @contextmanager
    def _answering(self, server: int) -> Iterator[None]:
        try:
            yield
        except redis.RedisError as error:
            raise StoreUnavailableError(f"Redis at {self._names[server]}: {error}") from error

    def _apply(self, server: int, flush: Flush) -> list[tuple[str, int, int]]:
        """Run the transaction of one server; return (key, length before, length after) of each cube that grew."""
        places = [(slot, partition) for slot in self._slots(server) for partition in flush.partitions]
        names = [self._keys.applied(slot, partition) for slot, partition in places]

        def count(pipe: Any) -> list[tuple[str, int, int]]:  # noqa: ANN401
            if not names:
                return []  # fewer slots than servers
            pipe.watch(*names)
            have = {place: Ranges.parse(text) for place, text in zip(places, pipe.mget(names), strict=True)}
            plan = flush.plan(self._slots(server), have)
            return _grown(plan, self._write(pipe, plan)) if plan.applied else []

        return self._optimistic(server, count)

    def _optimistic(self, server: int, work: Callable[[Any], Answer]) -> Answer:
        """Run a transaction until nobody has changed what it watches in between."""
        for _ in range(MAX_CONFLICTS):
            with self._transaction(server) as pipe:
                try:
                    return work(pipe)
                except redis.WatchError:
                    continue
        raise StoreUnavailableError(f"Redis at {self._names[server]}: {MAX_CONFLICTS} conflicts in a row")

    def _mark_gone(self, server: int, partition: int, lost: Ranges, pipe: Any) -> None:  # noqa: ANN401
        applied = {slot: self._keys.applied(slot, partition) for slot in self._slots(server)}
        marks = {slot: self._keys.gone(slot, partition) for slot in self._slots(server)}
        if not applied:
            return
        pipe.watch(*applied.values(), *marks.values())
        have = [Ranges.parse(text) for text in pipe.mget(list(applied.values()))]
        marked = [Ranges.parse(text) for text in pipe.mget(list(marks.values()))]
        changed: dict[str, bytes] = {}
        for slot, counted, gone in zip(applied, have, marked, strict=True):
            if (after := lose(lost, counted, gone)) is not None:
                changed[applied[slot]], changed[marks[slot]] = (ranges.dump() for ranges in after)
        pipe.multi()
        if changed:
            pipe.mset(changed)
        pipe.execute()

    def _write(self, pipe: Any, plan: Plan) -> list[Any]:  # noqa: ANN401
        pipe.multi()
        for key, entries in plan.appends:
            pipe.append(key, entries)
        pipe.mset({self._keys.applied(*place): ranges.dump() for place, ranges in plan.applied.items()})
        answers: list[Any] = pipe.execute()
        return answers

    def _fold(self, server: int, grown: Iterable[tuple[str, int, int]]) -> None:
        keys = sorted({key for key, before, after in grown if cube.crossed(before, after)})
        for start in range(0, len(keys), READ_AT_ONCE):
            some = keys[start : start + READ_AT_ONCE]
            with self._transaction(server) as pipe:
                pipe.watch(*some)
                data = zip(some, pipe.mget(some), strict=True)
                worthy = {key: value for key, value in data if value and cube.worth_folding(value)}
                if not worthy:
                    continue
                pipe.multi()
                # one MSET is far cheaper than as many SETs; it would drop an expiry, but cubes have none
                pipe.mset(dict(zip(worthy, cube.fold_all([*worthy.values()]), strict=True)))
                try:
                    pipe.execute()
                except redis.WatchError:
                    continue  # it grew meanwhile; the next power of two folds it

    def _get(self, places: Sequence[tuple[int, str]]) -> list[bytes | None]:
        """Read keys by (slot, key), one pipelined round trip a server."""
        values: list[bytes | None] = [None] * len(places)
        for server, client in enumerate(self._clients):
            here = [row for row, (slot, _) in enumerate(places) if slot % len(self._clients) == server]
            with self._answering(server), client.pipeline(transaction=False) as pipe:
                for start in range(0, len(here), READ_AT_ONCE):
                    pipe.mget([places[row][1] for row in here[start : start + READ_AT_ONCE]])
                answers = [value for answer in pipe.execute() for value in answer]
            for row, value in zip(here, answers, strict=True):
                values[row] = value
        return values


def _client(server: str, timeout_ms: int) -> redis.Redis:
    host, _, port = server.rpartition(":")
    return redis.Redis(
        host=host,
        port=int(port),
        password=secrets.redis_password(os.environ),
        socket_timeout=timeout_ms / 1000,
        socket_connect_timeout=timeout_ms / 1000,
        socket_keepalive=True,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
    )


def _grown(plan: Plan, answers: Sequence[int]) -> list[tuple[str, int, int]]:
    appended = zip(plan.appends, answers, strict=False)
    return [(key, after - len(entries), after) for (key, entries), after in appended]
