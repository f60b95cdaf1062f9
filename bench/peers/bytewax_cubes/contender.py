"""Bytewax with dealstream's way to count, as a contender."""

from collections.abc import Mapping

from bench.mode import Mode
from bench.peers.bytewax.contender import PROCESSES, Bytewax
from bench.peers.contender import Counts, Job
from bench.peers.cubes import Cubes
from cluster.layout import CHECKOUT


class BytewaxCubes(Bytewax):
    """It keeps codes in HBase as dealstream does, and its cubes are read by dealstream's reader."""

    _cubes: Cubes | None = None

    def start(self, job: Job) -> None:
        """Make the tables, then start."""
        self._cubes = Cubes(Mode.COUNTERS, job)
        self._cubes.create()
        super().start(job)

    def written(self) -> int:
        """Read what became of the records."""
        return self._there.done()

    def counts(self) -> Counts:
        """Read cubes."""
        return self._there.counts()

    def stop(self) -> None:
        """Kill all processes, and leave nothing but the events."""
        super().stop()
        if self._cubes is not None:
            there, self._cubes = self._cubes, None
            there.leave()

    def variables(self, number: int) -> Mapping[str, str]:
        """Say where the code and the settings of dealstream are."""
        own = {"RELEVANCE": str(self.job.configuration), "CONFIG": str(self._there.project.config)}
        return {**super().variables(number), **own, "PYTHONPATH": f"{CHECKOUT / 'src'}:{CHECKOUT}"}

    @property
    def _there(self) -> Cubes:
        assert self._cubes is not None
        return self._cubes


def bytewax_cubes() -> BytewaxCubes:
    """Return the contender."""
    return BytewaxCubes("bytewax, our combining and APPEND", "bytewax_cubes", "dataflow", PROCESSES)
