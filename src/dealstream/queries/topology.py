"""A deployment's topology as Nimbus knows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dealstream.settings import Settings
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.nimbus import Component, Running, open_nimbus


@dataclass(frozen=True)
class TopologyState:
    """A running topology, its components, and the newest error of each that reported one."""

    running: Running
    components: Sequence[Component]
    errors: Mapping[str, str]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The figures of each component."""
        names = ("name", "executors", "emitted", "acked", "failed", "latency_ms")
        return [{name: getattr(component, name) for name in names} for component in self.components]


def topology_state(settings: Settings) -> TopologyState | None:
    """Return the state of the deployment's topology; None if it does not run.

    Raises:
        StoreUnavailableError: Nimbus does not answer, or the settings name none.

    """
    if not settings.nimbus:
        raise StoreUnavailableError("config.json names no Nimbus for this environment")
    with open_nimbus(settings.nimbus, settings.tuning.socket_timeout_ms) as nimbus:
        running = nimbus.find(settings.relevance.name)
        if running is None:
            return None
        return TopologyState(running, nimbus.components(running), nimbus.errors(running))
