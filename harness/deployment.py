"""A deployment of a run's own: its name, its settings, its topology, and the operator's commands."""

import shutil
from pathlib import Path

from cluster.layout import CHECKOUT
from dealstream.settings import Settings, load
from harness.project import Project
from harness.stage import ENVIRONMENT, Stage
from harness.topology import Topology

COPIED = ("java", "src", "topologies", "virtualenvs")


class Deployment(Topology):
    """A deployment in a folder of its own, with a copy of the code: what others edit meanwhile changes nothing."""

    def __init__(self, name: str, folder: Path, stage: Stage, relevance: Path) -> None:
        """Take what is counted from `relevance`, all but the name."""
        project = Project.of_checkout(folder, name, relevance)
        for copied in COPIED:
            (folder / copied).unlink()
            shutil.copytree(CHECKOUT / copied, folder / copied, ignore=shutil.ignore_patterns("__pycache__"))
        project.configure(stage.config)
        self.settings: Settings = load(ENVIRONMENT, project.relevance, project.config)
        super().__init__(project, name, self.settings.nimbus)

    def create(self) -> None:
        """Make topics and tables."""
        self.project.run("dealstream", "create")

    def submit(self) -> None:
        """Put the topology on the cluster."""
        self.insist("dealstream", "submit")
