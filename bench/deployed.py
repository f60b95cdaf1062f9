"""A deployment of the benchmark's own, on the checkout's cluster, with the topology of a mode."""

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import tuning
from bench.mode import Mode
from cluster.catalogue import services
from harness.components import Components
from harness.deployment import Deployment
from harness.drop import drop
from harness.stage import Stage

RELEVANCE = Path(__file__).parent / "relevance.toml"


class Deployed(Deployment):
    """Within `there` its topics and tables exist; `submit` puts its topology on the cluster."""

    def __init__(self, mode: Mode, name: str, folder: Path, relevance: Path, over: Mapping[str, Any]) -> None:
        """Write everything into ``folder``; options in ``over`` win over `bench.tuning`."""
        stage = Stage(services(), tuning.config(mode, over))
        super().__init__(name, folder, stage, relevance)
        shutil.copy(mode.topology, folder / "topologies" / "relevance.py")
        self.mode = mode
        self.components = Components(stage, name)

    @staticmethod
    def fresh(mode: Mode, folder: Path, over: Mapping[str, Any] | None = None) -> "Deployed":
        """Return one of a name that was never there, in a folder of that name in ``folder``."""
        name = f"bench_{mode}_{int(time.time())}"
        return Deployed(mode, name, folder / name, RELEVANCE, over or {})

    @contextmanager
    def there(self) -> Iterator[None]:
        """Make topics and tables; leave nothing in the end."""
        self.create()
        try:
            yield
        finally:
            self.leave()
            shutil.rmtree(self.project.folder)

    def leave(self, *, events: bool = False) -> None:
        """Take it off the cluster and leave nothing of it, or nothing but the topic of its events."""
        if self.is_known():
            self.kill()
        self.components.await_ended()
        drop([self.settings], events=events)
