"""A deployment of a run's own: its name, its settings, its topology, and the operator's commands."""

import shutil
import time
from pathlib import Path

from cluster.layout import CHECKOUT
from dealstream.settings import Settings, load
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.nimbus import open_nimbus
from harness.project import COMMAND_SECONDS, CommandError, Project
from harness.stage import Stage

COPIED = ("src", "topologies", "virtualenvs")


class Deployment:
    """A deployment in a folder of its own, with a copy of the code: what others edit meanwhile changes nothing."""

    def __init__(self, name: str, folder: Path, stage: Stage, relevance: Path) -> None:
        """Take what is counted from `relevance`, all but the name."""
        self.name = name
        self.project = Project.of_checkout(folder, name, relevance)
        for copied in COPIED:
            (folder / copied).unlink()
            shutil.copytree(CHECKOUT / copied, folder / copied, ignore=shutil.ignore_patterns("__pycache__"))
        self.project.configure(stage.config)
        self.settings: Settings = load("dev", self.project.relevance, self.project.config)

    def create(self) -> None:
        """Make topics and tables."""
        self.project.run("dealstream", "create")

    def submit(self) -> None:
        """Put the topology on the cluster."""
        self.insist("dealstream", "submit")

    def kill(self) -> None:
        """Take the topology off the cluster; return when Nimbus has forgotten it."""
        self.insist("sparse", "kill", "--environment", "dev", "--name", self.name, "--wait", "0")
        deadline = time.monotonic() + COMMAND_SECONDS
        while self.is_known():
            if time.monotonic() > deadline:
                raise CommandError(f"Nimbus does not forget {self.name}")
            time.sleep(0.2)

    def insist(self, *command: str) -> None:
        """Run a command again and again until it succeeds: a Nimbus that was killed leads again after 20 seconds."""
        deadline = time.monotonic() + COMMAND_SECONDS
        while True:
            try:
                self.project.run(*command)
                return
            except CommandError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(1)

    def is_known(self) -> bool:
        """Ask Nimbus for the topology; one that is being killed is known. While Nimbus does not answer, it is."""
        try:
            with open_nimbus(self.settings.nimbus, self.settings.tuning.socket_timeout_ms) as nimbus:
                return nimbus.find(self.name) is not None
        except StoreUnavailableError:
            return True
