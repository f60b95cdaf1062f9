"""What contenders on Storm share: a project folder to submit from, and the processes of a topology."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.peers.contender import ContenderError
from cluster.catalogue import services
from cluster.layout import CHECKOUT
from cluster.ports import HOST, Ports
from cluster.process import Process
from cluster.services.storm import Supervisor
from dealstream.stores.nimbus import open_nimbus

ENVIRONMENT = "dev"
_COMMAND_SECONDS = 180.0
_TIMEOUT_MS = 10_000
_TOLD_LINES = 15


def environment(options: Mapping[str, Any], parallelism: Mapping[str, int]) -> dict[str, Any]:
    """Return config.json's environment `dev` at this cluster's ports, with these ``options`` and ``parallelism``."""
    ports = Ports.here()
    found: dict[str, Any] = json.loads((CHECKOUT / "config.json").read_text())["envs"][ENVIRONMENT]
    stores = {
        "dealstream.kafka.brokers": f"{HOST}:{ports.kafka}",
        "dealstream.hbase.thrift": f"{HOST}:{ports.hbase_thrift}",
    }
    own = {**found["options"], **stores, **options}
    return {**found, "nimbus": f"{HOST}:{ports.nimbus}", "parallelism": dict(parallelism), "options": own}


class Project:
    """A folder with config.json and links, where commands work as in a checkout."""

    def __init__(self, folder: Path, environment: Mapping[str, Any], links: Mapping[str, Path]) -> None:
        """``links`` are what else is in it: where in the folder, and what."""
        self._folder = folder
        folder.mkdir(parents=True)
        directories = {"topology_specs": "topologies/", "virtualenv_specs": "virtualenvs/"}
        (folder / "config.json").write_text(json.dumps({**directories, "envs": {ENVIRONMENT: environment}}, indent=2))
        for name, target in {"project.clj": CHECKOUT / "project.clj", **links}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to(target)

    @property
    def config(self) -> Path:
        """Its config.json."""
        return self._folder / "config.json"

    def run(self, *command: str) -> str:
        """Return what a command prints.

        Raises:
            ContenderError: it failed, or took too long.

        """
        path = os.pathsep.join(
            [str(Path(sys.executable).parent), str(CHECKOUT / "cluster" / "bin"), os.environ["PATH"]]
        )
        variables = {"PATH": path, "DEALSTREAM_CONFIG": "relevance.toml", "PYTHONWARNINGS": "ignore", "LEIN_ROOT": "1"}
        try:
            done = subprocess.run(
                command,
                cwd=self._folder,
                env={**os.environ, **variables},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=_COMMAND_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ContenderError(f"`{' '.join(command)}` takes too long") from None
        if done.returncode:
            told = "\n".join(done.stdout.splitlines()[-_TOLD_LINES:])
            raise ContenderError(f"`{' '.join(command)}` ended with {done.returncode}:\n{told}")
        return done.stdout


class OnStorm:
    """A topology by its name: its processes, and its end."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._mine = re.compile(rf"{re.escape(name)}-\d+-\d+")

    def pids(self) -> list[int]:
        """Return the pids of its worker and its Pythons."""
        return [process.pid for process in self._processes()]

    def kill_processes(self) -> None:
        """Kill worker and Pythons with SIGKILL; Storm starts them again."""
        for process in self._processes():
            process.kill(signal.SIGKILL)

    def take_off(self, project: Project) -> None:
        """Take it off the cluster if it is there; return when nothing of it runs.

        Raises:
            ContenderError: it does not go.

        """
        if self._is_known():
            project.run("sparse", "kill", "--environment", ENVIRONMENT, "--name", self.name, "--wait", "0")
        deadline = time.monotonic() + _COMMAND_SECONDS
        while self._is_known() or self.pids():
            if time.monotonic() > deadline:
                raise ContenderError(f"Storm does not let go of {self.name}")
            time.sleep(0.5)

    def _is_known(self) -> bool:
        with open_nimbus(f"{HOST}:{Ports.here().nimbus}", _TIMEOUT_MS) as nimbus:
            return nimbus.find(self.name) is not None

    def _processes(self) -> list[Process]:
        supervisor = services()["supervisor"]
        assert isinstance(supervisor, Supervisor)
        return [
            process
            for process in supervisor.helpers()
            if self._mine.search(f"{' '.join(process.command())} {process.folder()}")
        ]
