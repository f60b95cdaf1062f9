"""Nimbus over Thrift: which topologies run and how they do. Needs no Storm UI."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from streamparse.thrift import storm_thrift
from thriftpy2.protocol import TBinaryProtocolFactory
from thriftpy2.rpc import make_client
from thriftpy2.thrift import TException
from thriftpy2.transport import TFramedTransportFactory

from dealstream.stores.errors import StoreUnavailableError

ALL_TIME = ":all-time"


@dataclass(frozen=True)
class Component:
    """What one component of a topology has done since its workers started.

    ``settled_ms`` is the sum of the milliseconds that each acked tuple took: of a spout's until the stores had it.
    """

    name: str
    executors: int
    emitted: int
    acked: int
    failed: int
    settled_ms: float

    @property
    def latency_ms(self) -> float:
        """How long a tuple took on average."""
        return self.settled_ms / self.acked if self.acked else 0.0


@dataclass(frozen=True)
class Running:
    """A topology that Nimbus knows."""

    id: str
    name: str
    status: str
    uptime_s: int
    workers: int


class Nimbus:
    """A connection to Nimbus; use it as made by `open_nimbus`."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 -- thriftpy2 makes it at run time
        self._client = client

    def topologies(self) -> list[Running]:
        """Return every topology."""
        return [
            Running(found.id, found.name, found.status, found.uptime_secs, found.num_workers)
            for found in self._client.getClusterInfo().topologies
        ]

    def find(self, name: str) -> Running | None:
        """Return the topology of this name; None if there is none."""
        return next((running for running in self.topologies() if running.name == name), None)

    def conf(self, running: Running) -> Mapping[str, Any]:
        """Return the configuration a topology was submitted with."""
        conf: Mapping[str, Any] = json.loads(self._client.getTopologyConf(running.id))
        return conf

    def components(self, running: Running) -> list[Component]:
        """Return the figures of each component, spouts first, then bolts."""
        executors: dict[str, list[Any]] = {}
        for executor in self._client.getTopologyInfo(running.id).executors:
            if not executor.component_id.startswith("__"):
                executors.setdefault(executor.component_id, []).append(executor)
        found = [(_is_spout(members), _component(name, members)) for name, members in executors.items()]
        return [component for _, component in sorted(found, key=lambda entry: (not entry[0], entry[1].name))]

    def errors(self, running: Running) -> dict[str, str]:
        """Return the newest error of each component that reported one, first line only."""
        reported = self._client.getTopologyInfo(running.id).errors
        newest = {name: max(errors, key=lambda e: e.error_time_secs) for name, errors in reported.items() if errors}
        return {name: str(error.error).splitlines()[0] for name, error in newest.items()}


@contextmanager
def open_nimbus(address: str, timeout_ms: int) -> Iterator[Nimbus]:
    """Connect to Nimbus at ``host:port``.

    Raises:
        StoreUnavailableError: it does not answer.

    """
    host, _, port = address.rpartition(":")
    try:
        client = make_client(
            storm_thrift.Nimbus,
            host=host,
            port=int(port),
            proto_factory=TBinaryProtocolFactory(),  # type: ignore[no-untyped-call]
            trans_factory=TFramedTransportFactory(),
            timeout=timeout_ms,
        )
        try:
            yield Nimbus(client)
        finally:
            client.close()
    except (TException, OSError) as error:
        raise StoreUnavailableError(f"Nimbus at {address}: {error!r}") from error


def _is_spout(executors: list[Any]) -> bool:
    return any(executor.stats is not None and executor.stats.specific.spout is not None for executor in executors)


def _component(name: str, executors: list[Any]) -> Component:
    stats = [executor.stats for executor in executors if executor.stats is not None]
    specific = [found.specific.spout or found.specific.bolt for found in stats]
    return Component(
        name,
        executors=len(executors),
        emitted=sum(sum(_all_time(found.emitted).values()) for found in stats),
        acked=sum(sum(_all_time(found.acked).values()) for found in specific),
        failed=sum(sum(_all_time(found.failed).values()) for found in specific),
        settled_ms=sum(map(_settled_ms, specific)),
    )


def _settled_ms(stats: Any) -> float:  # noqa: ANN401
    """Return the sum of the times that an executor's acked tuples took: Storm tells averages by stream."""
    averages = _all_time(stats.complete_ms_avg if hasattr(stats, "complete_ms_avg") else stats.process_ms_avg)
    return float(sum(averages.get(stream, 0) * acked for stream, acked in _all_time(stats.acked).items()))


def _all_time(by_window: Mapping[str, Mapping[Any, Any]]) -> dict[Any, Any]:
    """Return the values of user streams; system streams (ticks, metrics, acks) begin with two underscores."""
    streams = by_window.get(ALL_TIME, {})
    return {
        stream: value
        for stream, value in streams.items()
        if not str(getattr(stream, "streamId", stream)).startswith("__")
    }
