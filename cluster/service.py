"""One server process: started, watched, stopped. Each kind of server is a subclass in `cluster.services`."""

import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Self

from cluster.holders import Holder, holders
from cluster.layout import ServiceHome
from cluster.process import Process
from cluster.spawn import spawn
from cluster.state import ServiceError, State

_POLL_SECONDS = 0.1


class Service(ABC):
    """A server with its folder and its ports. Two with different folders and ports do not know of each other.

    Nothing is kept in memory: what runs is read from the pid file, so any number of these objects, in any process, may
    stand for the same server. Commands that change something must not run at the same time (see `lock`).
    """

    needs: tuple[str, ...] = ()
    engine: str | None = None
    patience = 20.0

    def __init__(self, name: str, home: Path, ports: Mapping[str, int]) -> None:
        """Stand for the server `name` in the folder `home`; the first of `ports` (purpose -> port) is for clients."""
        self.name = name
        self.home = ServiceHome(home)
        self.ports = dict(ports)

    @abstractmethod
    def configure(self) -> None:
        """Write the configuration. Called before every start, when the folders exist."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command line of the server."""

    @abstractmethod
    def answers(self) -> bool:
        """Ask the server itself whether it serves. Takes two seconds at most."""

    def environment(self) -> Mapping[str, str]:
        """Return what the server has in its environment on top of ours."""
        return {}

    def helpers(self) -> list[Process]:
        """Return the processes that the server started and that may outlive it."""
        return []

    @property
    def port(self) -> int:
        """The port for clients."""
        return next(iter(self.ports.values()))

    @property
    def log(self) -> Path:
        """What the process prints, and for most servers all that they log."""
        return self.home.logs / f"{self.name}.log"

    @property
    def process(self) -> Process | None:
        """The running server; None if there is none."""
        process = Process.load(self.home.pid_file)
        return process if process and process.alive() else None

    @property
    def pid(self) -> int | None:
        """Its pid; None if it does not run."""
        process = self.process
        return process.pid if process else None

    @property
    def state(self) -> State:
        """Looks at the process and asks the server."""
        if self.process:
            return State.UP if self.answers() else State.STARTING
        return State.DEAD if self.home.pid_file.exists() else State.STOPPED

    def ready(self) -> bool:
        """Tell whether our process runs and serves: somebody else's answer on the same port does not count."""
        return self.process is not None and self.answers()

    def start(self) -> bool:
        """Start the server unless it runs; True if it was started. It is not ready yet: see `wait_ready`."""
        if self.process:
            return False
        self._refuse_strangers()
        self.home.create()
        self.configure()
        process = spawn(self.command(), self.log, self.environment(), self.home.root)
        if process is None:
            raise ServiceError(self._epitaph())
        process.save(self.home.pid_file)
        return True

    def wait_ready(self, seconds: float, interrupted: Event | None = None) -> None:
        """Return when the server serves; a ServiceError if it dies, takes longer than that, or we are interrupted."""
        deadline, interrupted = time.monotonic() + seconds, interrupted or Event()
        while not self.ready():
            if not self.process:
                raise ServiceError(self._epitaph())
            if time.monotonic() > deadline:
                raise ServiceError(
                    f"{self.name}, pid {self.pid}, does not answer after {seconds:.0f} s; log: {self.log}"
                )
            if interrupted.wait(_POLL_SECONDS):
                raise ServiceError(f"{self.name}, pid {self.pid}, goes on starting by itself")

    def stop(self) -> bool:
        """End the server and its helpers; returns when they are gone. True if there was anything to end."""
        ended = [p for p in (self.process, *self.helpers()) if p]
        if process := self.process:
            process.end(self.patience)
        for helper in self.helpers():
            helper.kill(signal.SIGTERM)
        for helper in self.helpers():
            helper.end(self.patience)
        self.home.pid_file.unlink(missing_ok=True)
        return bool(ended)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> bool:
        """Send a signal to the server alone, as an accident would; False if it does not run."""
        process = self.process
        return process is not None and process.kill(number)

    @contextmanager
    def running(self, seconds: float = 60.0) -> Iterator[Self]:
        """For tests: started and ready inside, stopped after."""
        self.start()
        try:
            self.wait_ready(seconds)
            yield self
        finally:
            self.stop()

    def strangers(self) -> list[Holder]:
        """Find whoever listens on one of our ports and is neither the server nor a helper of it."""
        own = {self.process, *self.helpers()}
        return [holder for holder in holders(self.ports.values()).values() if holder.process not in own]

    def tail(self, lines: int) -> list[str]:
        """Return the last lines of the log."""
        try:
            return self.log.read_text(errors="replace").splitlines()[-lines:]
        except FileNotFoundError:
            return []

    def _refuse_strangers(self) -> None:
        for holder in self.strangers():
            purpose = next(purpose for purpose, port in self.ports.items() if port == holder.port)
            raise ServiceError(
                f"port {holder.port}, which {self.name} wants ({purpose}), is held by {holder.describe()}: "
                f"stop it, then try again"
            )

    def _epitaph(self) -> str:
        told = [line for line in self.tail(200) if not line.lstrip().startswith("at ")]  # less Java's stack frames
        return "\n  ".join([f"{self.name} died at its start; the end of its log, {self.log}:", *told[-12:]])
