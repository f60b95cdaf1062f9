"""Redis servers of the benchmark's own, set as the cluster's are, and the memory they use."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import mean
from threading import Event, Thread

import redis

from bench.servers import free_port
from cluster.ports import HOST
from cluster.services.redis import Redis, redis_service

SECONDS_TO_START = 30.0
SECONDS_A_SAMPLE = 0.1


class Servers:
    """Servers that run, and were empty when this was made."""

    def __init__(self, services: Sequence[Redis]) -> None:
        self._clients = [redis.Redis(HOST, service.port) for service in services]
        self.addresses = [f"{HOST}:{service.port}" for service in services]
        self.version = str(self._clients[0].info("server")["redis_version"])
        self._empty = self._used()

    def used(self) -> int:
        """Return how many bytes they use now (``used_memory``), beyond what they used when they were empty."""
        return self._used() - self._empty

    def never_dump(self) -> None:
        """Spare them their dumps: nobody goes on counting here."""
        for client in self._clients:
            client.config_set("save", "")

    @contextmanager
    def watched(self) -> Iterator["Watch"]:
        """Look at `used` all the while."""
        watch = Watch(self)
        watch.start()
        try:
            yield watch
        finally:
            watch.end()

    def _used(self) -> int:
        return sum(int(client.info("memory")["used_memory"]) for client in self._clients)


class Watch(Thread):
    """What servers used, a few times a second."""

    def __init__(self, servers: Servers) -> None:
        super().__init__(daemon=True)
        self._servers = servers
        self._ended = Event()
        self._samples = [servers.used()]

    def run(self) -> None:
        """Look until told to end."""
        while not self._ended.wait(SECONDS_A_SAMPLE):
            self._samples.append(self._servers.used())

    def end(self) -> None:
        """Look no more."""
        self._ended.set()
        self.join()

    @property
    def mean(self) -> float:
        """What they used on average."""
        return mean(self._samples)

    @property
    def most(self) -> int:
        """The most they used."""
        return max(self._samples)


@contextmanager
def running(folder: Path, number: int) -> Iterator[Servers]:
    """Run ``number`` empty servers with all they write in ``folder``, and end them without a dump."""
    with ExitStack() as stack:
        services = [redis_service(free_port(), folder / name, name) for name in map("redis-{}".format, range(number))]
        for service in services:
            stack.callback(service.stop)
            stack.callback(service.kill)
            service.start()
            service.wait_ready(SECONDS_TO_START)
        yield Servers(services)
