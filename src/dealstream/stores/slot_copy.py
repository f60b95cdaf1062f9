"""All keys of a slot on one server: listed, read, written elsewhere, compared, removed. Needs Redis 7.

A slot arrives and goes as a whole, by one command: were a server set back to a dump of half a slot, its ranges
would say more, or less, than its cubes have.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, cast

import redis

from dealstream.domain.slots import Keys
from dealstream.stores.redis_placement import READ_AT_ONCE

# SCAN looks at so many keys of a server at once: some milliseconds' work
SCAN_AT_ONCE = 10_000

# scripts, for a command each would cost this process ten times what it costs the server, while nobody may write
_READ = """#!lua flags=no-writes
local found = {}
for _, key in ipairs(KEYS) do
    found[#found + 1] = redis.call('DUMP', key)
    found[#found + 1] = redis.call('PEXPIRETIME', key)
end
return found"""
_REPLACE = """#!lua
local gone = tonumber(ARGV[1])
for place = 1, gone do redis.call('UNLINK', KEYS[place]) end
for place = 1, #KEYS - gone do
    local data, expires = ARGV[2 * place], ARGV[2 * place + 1]
    if expires == '-1' then redis.call('RESTORE', KEYS[gone + place], 0, data)
    else redis.call('RESTORE', KEYS[gone + place], expires, data, 'ABSTTL') end
end"""

# by key: the value as DUMP gives it, and when it expires, in ms since 1970; -1 is never
Contents = dict[bytes, tuple[bytes, int]]


def keys_of(client: redis.Redis, keys: Keys, slot: int) -> set[bytes]:
    """Return all keys of a slot, but not its mark, which belongs to the server."""
    return set(client.scan_iter(match=f"{keys.of_slot(slot)}*", count=SCAN_AT_ONCE)) - {keys.mark(slot).encode()}


def read(client: redis.Redis, names: Iterable[bytes]) -> Contents:
    """Return what these keys hold; those that are not there any more are left out."""
    contents: Contents = {}
    for some in _some(names):
        answers = iter(cast("list[Any]", client.eval(_READ, len(some), *some)))
        found = zip(some, answers, answers, strict=True)
        contents |= {name: (data, expires) for name, data, expires in found if data is not None}
    return contents


def read_again(client: redis.Redis, contents: Contents, changed: Collection[bytes]) -> Contents:
    """Return contents that were read before, with what these keys hold now."""
    kept = {name: value for name, value in contents.items() if name not in changed}
    return kept | read(client, changed)


def replace(client: redis.Redis, names: Collection[bytes], contents: Contents) -> None:
    """Remove these keys and make those of ``contents``, all at once."""
    values = [part for value in contents.values() for part in value]
    client.eval(_REPLACE, len(names) + len(contents), *names, *contents, len(names), *values)


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


def _some(names: Iterable[bytes]) -> Iterator[Sequence[bytes]]:
    remaining = iter(names)
    while some := list(islice(remaining, READ_AT_ONCE)):
        yield some
