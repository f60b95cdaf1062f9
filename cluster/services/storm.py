"""Storm: Nimbus hands out topologies, the Supervisor runs their workers."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from cluster.engine import Engine
from cluster.java import server
from cluster.layout import WORKER_VIRTUALENV
from cluster.probes import accepts, nimbus_leads, zookeeper_session_nodes
from cluster.process import Process
from cluster.processor import numpy_environment
from cluster.service import Service
from cluster.templates import render


class StormDaemon(Service):
    """What Nimbus and Supervisor have in common."""

    engine = "storm"
    needs = ("zookeeper",)
    main: str
    heap: int

    def __init__(self, name: str, home: Path, ports: Mapping[str, int], storm: Mapping[str, object]) -> None:
        """`storm`: the values of the whole Storm cluster's storm.yaml, the same for both daemons."""
        super().__init__(name, home, ports)
        self.storm = storm

    def configure(self) -> None:
        """Write storm.yaml and the logging of daemons and workers."""
        folders = {"data": self.home.data, "log": self.home.logs, "conf": self.home.conf}
        render("storm", self.home.conf, {**self.storm, **folders})

    def command(self) -> list[str]:
        """Start the daemon as Storm's own launcher would."""
        home = Engine("storm").home
        return server(
            heap=self.heap,
            class_path=[*Engine("storm").class_path, str(self.home.conf)],
            options=[
                f"-Ddaemon.name={self.name}",
                f"-Dstorm.home={home}",
                f"-Dstorm.conf.dir={self.home.conf}",
                f"-Dlog4j2.configurationFile={self.home.conf}/cluster.xml",
            ],
            main=[self.main],
        )

    def environment(self) -> Mapping[str, str]:
        """Say where a supervisor's workers look for storm.yaml."""
        return {"STORM_CONF_DIR": str(self.home.conf)}


class Nimbus(StormDaemon):
    """Storm's master."""

    main = "org.apache.storm.daemon.nimbus.Nimbus"
    heap = 256

    def answers(self) -> bool:
        """Ask whether it is elected: before that it refuses topologies.

        After a kill its predecessor, at the same address, passes for the leader as long as its session lives: until
        then two stand for election.
        """
        standing = zookeeper_session_nodes(int(str(self.storm["zookeeper"]))).count("/storm/leader-lock/")
        return nimbus_leads(self.port) and standing == 1


class Supervisor(StormDaemon):
    """Storm's runner of workers, which outlive it."""

    main = "org.apache.storm.daemon.supervisor.Supervisor"
    heap = 192
    patience = 10.0

    def answers(self) -> bool:
        """Connect to its Thrift port, which opens last, and look for it in ZooKeeper."""
        return accepts(self.port) and "/storm/supervisors/" in zookeeper_session_nodes(
            int(str(self.storm["zookeeper"]))
        )

    def configure(self) -> None:
        """Forget the last heartbeats of earlier workers if none of them lives.

        A supervisor starts such workers again, and tells Nimbus those heartbeats, which are as old as the cluster was
        down: Nimbus then puts the topology elsewhere, and a worker that has not told its pid by then is never killed,
        and holds its port against whoever comes next. Without them, Nimbus waits for the workers' new ones.
        """
        super().configure()
        if not self.helpers():
            for state in ("workers", "workers-users"):
                shutil.rmtree(self.home.data / state, ignore_errors=True)

    def environment(self) -> Mapping[str, str]:
        """Put the workers' Python first on the PATH: they start `streamparse_run` by its name. They inherit this."""
        path = f"{WORKER_VIRTUALENV}/bin:{os.environ.get('PATH', '')}"
        return {**super().environment(), **numpy_environment(), "PATH": path}

    def helpers(self) -> list[Process]:
        """Find the workers and their Pythons by the pids that they leave in the supervisor's folder."""
        return sorted(self._workers(), key=lambda process: process.started)

    def _workers(self) -> Iterator[Process]:
        for folder in self.home.data.glob("workers/*/pids"):
            for name in _names(folder):
                process = Process.of(int(name)) if name.isdigit() else None
                if process and self._is_ours(process):
                    yield process

    def _is_ours(self, process: Process) -> bool:
        """Know a worker by our folder on its command line, and a Python component by running in it."""
        data, folder = self.home.data, process.folder()
        return str(data) in " ".join(process.command()) or (folder is not None and folder.is_relative_to(data))


def _names(folder: Path) -> list[str]:
    """Return what is in a folder; nothing if the supervisor has deleted it meanwhile."""
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []
