"""The run's own deployment: its name, its settings, its topology, and the operator's commands."""

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

from cluster.layout import CHECKOUT
from dealstream.settings import Settings, load
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.nimbus import open_nimbus
from tests.chaos.stage import Stage
from tests.support.cluster_project import Project

RELEVANCE = Path(__file__).parent / "relevance.toml"
COPIED = ("src", "topologies", "virtualenvs")
COMMAND_SECONDS = 180.0


class CommandError(Exception):
    """A command of the operator has failed; the message holds what it printed."""


class Deployment:
    """A deployment in a folder of its own, with a copy of the code: what others edit meanwhile changes nothing."""

    def __init__(self, name: str, folder: Path, stage: Stage, relevance: Path = RELEVANCE) -> None:
        """Take what is counted from `relevance`, all but the name."""
        self.name = name
        folder.mkdir(parents=True)
        self.project = Project(folder, re.sub('^name = ".*"', f'name = "{name}"', relevance.read_text(), flags=re.M))
        for copied in COPIED:
            (folder / copied).unlink()
            shutil.copytree(CHECKOUT / copied, folder / copied, ignore=shutil.ignore_patterns("__pycache__"))
        config = folder / "config.json"
        config.unlink()
        config.write_text(json.dumps(stage.config, indent=2))
        self.settings: Settings = load("dev", self.project.relevance, config)

    def create(self) -> None:
        """Make topics and tables."""
        self.run("dealstream", "create")

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
                self.run(*command)
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

    def run(self, *command: str) -> str:
        """Return what a command prints.

        Raises:
            CommandError: it failed, or took too long.

        """
        with self.project.started(*command) as started:
            try:
                code = started.process.wait(COMMAND_SECONDS)
            except subprocess.TimeoutExpired:
                raise CommandError(f"`{' '.join(command)}` takes too long:\n{started.output}") from None
            if code:
                raise CommandError(f"`{' '.join(command)}` ended with {code}:\n{started.output}")
            return started.output
