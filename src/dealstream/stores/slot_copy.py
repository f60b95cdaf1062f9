"""All keys of a slot on one server: listed, read, written elsewhere, compared, removed. Needs Redis 7.

A slot arrives and goes as a whole, in one transaction: were a server set back to a dump of half a slot, its ranges
would say more, or less, than its cubes have.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import redis

from dealstream.domain.slots import Keys
from dealstream.stores.redis_placement import READ_AT_ONCE

# SCAN looks at so many keys of a server at once: some milliseconds' work
SCAN_AT_ONCE = 10_000

# by key: the value as DUMP gives it, and when it expires, in ms since 1970; -1 is never
Contents = dict[bytes, tuple[bytes, int]]


def keys_of(client: redis.Redis, keys: Keys, slot: int) -> set[bytes]:
    """Return all keys of a slot, but not its mark, which belongs to the server."""
    return set(client.scan_iter(match=f"{keys.of_slot(slot)}*", count=SCAN_AT_ONCE)) - {keys.mark(slot).encode()}


def read(client: redis.Redis, names: Iterable[bytes]) -> Contents:
    """Return what these keys hold; those that are not there any more are left out."""
    contents: Contents = {}
    for some in _some(names):
        with _pipeline(client, transaction=False) as pipe:
            for name in some:
                pipe.dump(name)
                pipe.pexpiretime(name)
            answers = iter(pipe.execute())
        found = zip(some, answers, answers, strict=True)
        contents |= {name: (data, expires) for name, data, expires in found if data is not None}
    return contents


def read_again(client: redis.Redis, contents: Contents, changed: Collection[bytes]) -> Contents:
    """Return contents that were read before, with what these keys hold now."""
    kept = {name: value for name, value in contents.items() if name not in changed}
    return kept | read(client, changed)


def replace(client: redis.Redis, names: Collection[bytes], contents: Contents) -> None:
    """Remove these keys and make those of ``contents``, all at once."""
    with _pipeline(client, transaction=True) as pipe:
        if names:
            pipe.unlink(*names)
        for name, (data, expires) in contents.items():
            pipe.restore(name, max(expires, 0), data, absttl=expires >= 0)
        pipe.execute()


def remove(client: redis.Redis, names: Collection[bytes]) -> None:
    """Remove these keys, all at once; a full server takes no transaction, but this."""
    client.unlink(*names)


def alike(source: redis.Redis, copied: Contents, target: redis.Redis, found: Contents) -> bool:
    """Tell whether ``found`` on the target is what was ``copied`` from the source, which has not changed since.

    A key may have expired meanwhile, on both sides; a hash may lie in another order.
    """
    different = [name for name in copied.keys() | found.keys() if copied.get(name) != found.get(name)]
    before, after = ([_value(client, name) for name in different] for client in (source, target))
    return before == after


def _value(client: Any, name: bytes) -> tuple[Any, Any]:  # noqa: ANN401 -- redis-py wants names of keys as str
    """Return a key's value in a form that can be compared, and when it expires."""
    value = client.hgetall(name) if client.type(name) == b"hash" else client.dump(name)
    return value, client.pexpiretime(name)


def _pipeline(client: redis.Redis, transaction: bool) -> Any:  # noqa: ANN401 -- and its pipeline is half typed
    return client.pipeline(transaction=transaction)


def _some(names: Iterable[bytes]) -> Iterator[Sequence[bytes]]:
    remaining = iter(names)
    while some := list(islice(remaining, READ_AT_ONCE)):
        yield some
