"""A topology on the cluster, by its name: whether it is there, and its end."""

import time

from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.nimbus import open_nimbus
from harness.project import COMMAND_SECONDS, CommandError, Project
from harness.stage import ENVIRONMENT

_TIMEOUT_MS = 5000


class Topology:
    """A topology that is submitted from a project's folder to the Nimbus at ``host:port``."""

    def __init__(self, project: Project, name: str, nimbus: str) -> None:
        self.project = project
        self.name = name
        self._nimbus = nimbus

    def kill(self) -> None:
        """Take it off the cluster; return when Nimbus has forgotten it."""
        self.insist("sparse", "kill", "--environment", ENVIRONMENT, "--name", self.name, "--wait", "0")
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
        """Ask Nimbus for it; one that is being killed is known. While Nimbus does not answer, it is."""
        try:
            with open_nimbus(self._nimbus, _TIMEOUT_MS) as nimbus:
                return nimbus.find(self.name) is not None
        except StoreUnavailableError:
            return True
