"""dealstream itself as a contender: the real topology on Storm, exactly once, and the same without HBase's sink."""

from bench.mode import Mode
from bench.peers.contender import Contender, Counts, Job
from bench.peers.cubes import Cubes
from bench.peers.on_storm import OnStorm


class Dealstream(OnStorm):
    """A deployment on the cluster of `make up`, with a Redis server of the job's."""

    def __init__(self, name: str, mode: Mode) -> None:
        self.name = name
        self._mode = mode
        self._cubes: Cubes | None = None

    def prepare(self) -> None:
        """Do nothing: what it needs is what the cluster needs."""

    def start(self, job: Job) -> None:
        """Create and submit it."""
        # one counter holds as much as the peers' two processes together
        cubes = Cubes(self._mode, job, {"dealstream.counter.flush.events": 2 * job.flush_events})
        self._cubes = cubes
        self.watch(cubes.components)
        cubes.create()
        cubes.submit()

    def done(self) -> int:
        """Read what became of the records."""
        return self._there.done()

    def counts(self) -> Counts:
        """Read cubes."""
        return self._there.counts()

    def stop(self) -> None:
        """Take it off the cluster, and leave nothing but the events."""
        if self._cubes is not None:
            there, self._cubes = self._cubes, None
            there.leave()

    @property
    def _there(self) -> Cubes:
        assert self._cubes is not None
        return self._cubes


def ours() -> list[Contender]:
    """Return the real topology, and the one that does no more than the peers."""
    return [Dealstream("dealstream", Mode.BOTH), Dealstream("dealstream, counts only", Mode.COUNTERS)]
