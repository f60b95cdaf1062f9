"""A plain streamparse topology as a contender, on the cluster's own Storm."""

from pathlib import Path
from typing import Any

from bench.peers.contender import ContenderError, Counts, Job
from bench.peers.entries import counts_of_hashes, done
from bench.peers.environment import Environment
from bench.peers.on_storm import OnStorm
from cluster.catalogue import services
from cluster.layout import CHECKOUT
from cluster.ports import Ports
from harness.components import Components
from harness.project import Project
from harness.stage import ENVIRONMENT, Stage, config_of
from harness.topology import Topology

OPTIONS = {
    # what two counters take in two ticks
    "topology.max.spout.pending": 20_000,
    "topology.component.resources.onheap.memory.mb": 256.0,
    "topology.message.timeout.secs": 120,
    # config.json says 1.0, which is for tuples that are batches
    "topology.stats.sample.rate": 0.05,
}


class PlainStreamparse(OnStorm):
    """One event a tuple."""

    name = "streamparse, an event a tuple"

    def __init__(self) -> None:
        self._environment = Environment("streamparse")
        self._job: Job | None = None
        self._topology: Topology | None = None

    def prepare(self) -> None:
        """Make the virtual environment that the components run in."""
        self._environment.make()

    def start(self, job: Job) -> None:
        """Submit it."""
        self._job = job
        name = f"plain_{job.folder.name.rpartition('-')[2]}"
        own = {
            "plain.topic": job.relevance.topic,
            "plain.brokers": job.brokers,
            "plain.group": f"{job.relevance.topic}.{name}",
            "plain.redis.port": job.redis.port,
        }
        stage = Stage(services(), config_of(Ports.here(), [], {"options": {**OPTIONS, **own}, **self._virtualenv()}))
        project = Project(job.folder / "project", self._links(), {})
        project.configure(stage.config)
        self._topology = Topology(project, name, stage.config["envs"][ENVIRONMENT]["nimbus"])
        self.watch(Components(stage, name))
        submit = ["sparse", "submit", "--name", "plain", "--override_name", name, "--force"]
        project.run(*submit, "--environment", ENVIRONMENT)

    def done(self) -> int:
        """Read what it adds to with every batch."""
        return done(self._of_job.redis)

    def counts(self) -> Counts:
        """Read the hashes."""
        return counts_of_hashes(self._of_job.redis)

    def stop(self) -> None:
        """Take it off the cluster."""
        if self._topology is not None:
            if self._topology.is_known():
                self._topology.kill()
            self._components.await_ended()
            self._topology = None

    @property
    def _of_job(self) -> Job:
        if self._job is None:
            raise ContenderError(f"{self.name} has no job")
        return self._job

    def _links(self) -> dict[str, Path]:
        return {
            "project.clj": CHECKOUT / "project.clj",
            "src/bench": CHECKOUT / "bench",
            "topologies/plain.py": CHECKOUT / "bench" / "peers" / "streamparse" / "topology.py",
            "virtualenvs/plain.txt": self._environment.recipe / "requirements.txt",
        }

    def _virtualenv(self) -> dict[str, Any]:
        home = self._environment.home
        return {
            "parallelism": {},
            "use_virtualenv": True,
            "install_virtualenv": False,
            "virtualenv_root": str(home.parent),
            "virtualenv_name": home.name,
        }


def streamparse() -> PlainStreamparse:
    """Return the contender."""
    return PlainStreamparse()
