"""The schemas of a deployment that Redis holds keys of: finding them, and deleting one that is retired. Redis only.

A schema that was deleted in part must not be counted on: with its ranges and without some of its cubes it would count
too little, the other way round too much. So its ranges are first replaced by a word that no reader takes for ranges,
and deleted last.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from dealstream.domain.schemas import RETIRED, Deployment
from dealstream.stores.redis_placement import READ_AT_ONCE, Group, Placement
from dealstream.stores.redis_walk import size, walk

# how many keys of a schema are measured on each server: enough for an estimate
MEASURED = 1000


class SchemaKeys(NamedTuple):
    """How many keys of a schema; the bytes of those that were measured; what was counted by (slot, partition)."""

    number: int
    sizes: Sequence[int]
    ranges: Mapping[tuple[int, int], bytes | None]


class SchemasPiece(NamedTuple):
    """How many keys of a server were passed, and those of the deployment among them by schema."""

    passed: int
    schemas: Mapping[str, SchemaKeys]


class RedisSchemas:
    """All schemas of a deployment, on all servers that the placement of one knows. Raises as `Placement.read` does."""

    def __init__(self, placement: Placement, name: str) -> None:
        self._placement = placement
        self._deployment = Deployment(name)

    def close(self) -> None:
        """Close the connections."""
        self._placement.close()

    def servers(self) -> Sequence[Group]:
        """Return the servers, one group each."""
        return self._placement.servers()

    def size(self, server: Group) -> int:
        """Return how many keys a server has, whosever they are."""
        return size(self._placement, server)

    def pieces(self, server: Group) -> Iterator[SchemasPiece]:
        """Yield what is on a server."""
        room: dict[str, int] = defaultdict(lambda: MEASURED)
        for keys in walk(server.client, partial(self._placement.answering, server)):
            by_schema: dict[str, list[str]] = defaultdict(list)
            for key in keys:
                if (schema := self._deployment.schema_of(key)) is not None:
                    by_schema[schema].append(key)
            found = {}
            for schema, own in by_schema.items():
                found[schema] = self._look(server, own, room[schema])
                room[schema] = max(0, room[schema] - len(own))
            yield SchemasPiece(len(keys), found)

    def spoil(self, server: Group, schema: str, places: Iterable[tuple[int, int]]) -> None:
        """Make the counted ranges of a schema, by (slot, partition), unreadable: nobody may count on from here.

        Raises as `Placement.at_rest` does, too.
        """
        keys = self._deployment.keys(schema)
        self._placement.at_rest(keys)
        self._each(server, "set", [(keys.applied(*place), RETIRED) for place in places], xx=True)

    def delete(self, server: Group, schema: str) -> Iterator[int]:
        """Delete all keys of a schema on a server, its ranges last; yield how many keys of the server were passed.

        Raises as `Placement.at_rest` does, too; the ranges are there still then.
        """
        last: list[str] = []
        for keys in walk(server.client, partial(self._placement.answering, server)):
            own = [key for key in keys if self._deployment.schema_of(key) == schema]
            ranges = {key for key in own if self._deployment.applied(key)}
            last += ranges
            self._each(server, "unlink", [(key,) for key in own if key not in ranges])
            yield len(keys)
        self._placement.at_rest(self._deployment.keys(schema))
        self._each(server, "unlink", [(key,) for key in last])

    def _look(self, server: Group, keys: Sequence[str], measured: int) -> SchemaKeys:
        places = {key: place for key in keys if (place := self._deployment.applied(key))}
        sizes = self._each(server, "memory_usage", [(key,) for key in keys[:measured]])
        values = self._each(server, "get", [(key,) for key in places])
        ranges = dict(zip(places.values(), values, strict=True))
        return SchemaKeys(len(keys), [each for each in sizes if each is not None], ranges)

    def _each(self, server: Group, command: str, calls: Sequence[tuple[Any, ...]], **options: Any) -> list[Any]:  # noqa: ANN401
        """Pipeline a command, one key each, for on Redis Cluster keys of several slots can't be named at once."""
        answers = []
        for start in range(0, len(calls), READ_AT_ONCE):
            with self._placement.answering(server), server.client.pipeline(transaction=False) as pipe:
                for call in calls[start : start + READ_AT_ONCE]:
                    getattr(pipe, command)(*call, **options)
                answers += pipe.execute()
        return answers
