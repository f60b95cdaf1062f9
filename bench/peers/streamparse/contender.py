"""A plain streamparse topology as a contender, on the cluster's own Storm."""

from bench.cpu import CpuMeter
from bench.peers.contender import ContenderError, Counts, Job
from bench.peers.environment import Environment
from bench.peers.hashes import counts_of_hashes, done
from bench.peers.storm import ENVIRONMENT, OnStorm, Project, environment
from cluster.layout import CHECKOUT

OPTIONS = {
    # what two counters take in two ticks
    "topology.max.spout.pending": 20_000,
    "topology.component.resources.onheap.memory.mb": 256.0,
    "topology.message.timeout.secs": 120,
    # config.json says 1.0, which is for tuples that are batches
    "topology.stats.sample.rate": 0.05,
}


class PlainStreamparse:
    """One event a tuple."""

    name = "streamparse, an event a tuple"

    def __init__(self) -> None:
        self._environment = Environment("streamparse")
        self._job: Job | None = None
        self._project: Project | None = None
        self._storm = OnStorm("")
        self._meter = CpuMeter(self._storm.pids)

    def prepare(self) -> None:
        """Make the virtual environment that the components run in."""
        self._environment.make()

    def start(self, job: Job) -> None:
        """Submit it."""
        self._job = job
        self._storm = OnStorm(f"plain_{job.folder.name.rpartition('-')[2]}")
        self._meter = CpuMeter(self._storm.pids)
        own = {
            "plain.topic": job.relevance.topic,
            "plain.brokers": job.brokers,
            "plain.group": f"{job.relevance.topic}.{self._storm.name}",
            "plain.redis.port": job.redis.port,
        }
        home = self._environment.home
        virtualenv = {
            "use_virtualenv": True,
            "install_virtualenv": False,
            "virtualenv_root": str(home.parent),
            "virtualenv_name": home.name,
        }
        links = {
            "src/bench": CHECKOUT / "bench",
            "topologies/plain.py": CHECKOUT / "bench" / "peers" / "streamparse" / "topology.py",
            "virtualenvs/plain.txt": self._environment.recipe / "requirements.txt",
        }
        self._project = Project(job.folder / "project", {**environment({**OPTIONS, **own}, {}), **virtualenv}, links)
        submit = ["sparse", "submit", "--name", "plain", "--override_name", self._storm.name, "--force"]
        self._project.run(*submit, "--environment", ENVIRONMENT)

    def done(self) -> int:
        """Read what it adds to with every batch."""
        return done(self._of_job.redis)

    def cpu(self) -> float:
        """Return what worker and Pythons have taken."""
        return self._meter.seconds()

    def kill(self) -> None:
        """Kill worker and Pythons; Storm starts them again."""
        self._storm.kill_processes()

    def counts(self) -> Counts:
        """Read the hashes."""
        return counts_of_hashes(self._of_job.redis)

    def stop(self) -> None:
        """Take it off the cluster."""
        if self._project is not None:
            self._storm.take_off(self._project)
            self._project = None

    @property
    def _of_job(self) -> Job:
        if self._job is None:
            raise ContenderError(f"{self.name} has no job")
        return self._job


def streamparse() -> PlainStreamparse:
    """Return the contender."""
    return PlainStreamparse()
