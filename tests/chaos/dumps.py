"""Copies of the Redis servers' dumps, taken all the time, so that a server can be set back by minutes."""

import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import redis

from cluster.ports import HOST
from cluster.services.redis import Redis

KEPT = 40
EVERY_SECONDS = 30.0
TIMEOUT = 2.0


class NoDumpError(Exception):
    """There is no copy of a dump yet."""


@dataclass(frozen=True)
class Copy:
    """A copy of a dump, and the moment at which the server wrote it, in seconds since 1970."""

    path: Path
    written: float


class Dumps:
    """Asks for dumps and keeps copies; a dump's age is that of its file, which every copy keeps."""

    def __init__(self, servers: Mapping[str, Redis], folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._servers = servers
        self._folder = folder
        self._clock = clock
        self._copies: dict[str, list[Copy]] = defaultdict(list)
        folder.mkdir(parents=True)

    def look(self) -> None:
        """Copy the dumps that are new, and ask for one where the newest is not; passes over servers that are away."""
        for name, server in self._servers.items():
            self._keep(name, dump_of(server))
            copies = self._copies[name]
            if not copies or self._clock() - copies[-1].written >= EVERY_SECONDS:
                _ask(server)

    def set_back(self, name: str, seconds: float) -> float:
        """Put the dump in place whose age comes nearest to `seconds`, and return its age; the server must not run.

        Raises:
            NoDumpError: there is none.

        """
        copy = nearest(self._copies[name], self._clock() - seconds)
        place = dump_of(self._servers[name])
        shutil.copy2(copy.path, place.with_suffix(".new"))
        place.with_suffix(".new").replace(place)
        return self._clock() - copy.written

    def _keep(self, name: str, dump: Path) -> None:
        copies = self._copies[name]
        if not dump.exists() or any(copy.written == dump.stat().st_mtime for copy in copies):
            return
        path = self._folder / f"{name}-{dump.stat().st_mtime:.3f}.rdb"
        shutil.copy2(dump, path)
        copies.append(Copy(path, path.stat().st_mtime))
        copies.sort(key=lambda copy: copy.written)
        for old in copies[:-KEPT]:
            old.path.unlink()
        del copies[:-KEPT]


def dump_of(server: Redis) -> Path:
    """Return where a server dumps."""
    return server.home.data / "dump.rdb"


def nearest(copies: Sequence[Copy], moment: float) -> Copy:
    """Return the copy that was written nearest to a moment.

    Raises:
        NoDumpError: there is none.

    """
    if not copies:
        raise NoDumpError("no dump was copied yet")
    return min(copies, key=lambda copy: abs(copy.written - moment))


def _ask(server: Redis) -> None:
    try:
        with redis.Redis(HOST, server.port, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT) as client:
            client.bgsave()
    except redis.RedisError:
        pass  # it is away, or dumps already: the next look finds out
