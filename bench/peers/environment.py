"""The virtual environments of the peers, in build/peers, and the jars of those that need some."""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.peers.contender import ContenderError
from cluster.layout import CHECKOUT
from cluster.tools import FETCH, ToolError, require

_TOLD_LINES = 8


@dataclass(frozen=True)
class Environment:
    """What bench/peers/FOLDER says with requirements.txt and, if it is there, pom.xml."""

    folder: str

    @property
    def recipe(self) -> Path:
        """The folder in the checkout."""
        return CHECKOUT / "bench" / "peers" / self.folder

    @property
    def home(self) -> Path:
        """Where it is installed."""
        return CHECKOUT / "build" / "peers" / self.folder

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.home / "bin" / "python"

    @property
    def jars(self) -> Path:
        """The folder of its jars."""
        return self.home / "lib" / "jars"

    def make(self) -> None:
        """Install unless just this is installed.

        Raises:
            ContenderError: pip or Maven failed; the message has the end of what it said.

        """
        ready, digest = self.home / "ready", self._digest()
        if ready.exists() and ready.read_text() == digest:
            return
        shutil.rmtree(self.home, ignore_errors=True)
        _run(sys.executable, "-m", "venv", self.home)
        _run(self.python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", self._requirements)
        if (pom := self.recipe / "pom.xml").exists():
            try:
                require(FETCH, print)
            except ToolError as error:
                raise ContenderError(str(error)) from None
            _run("mvn", "-B", "-q", "-f", pom, f"-Djars={self.jars}", "generate-resources")
        ready.write_text(digest)

    def _digest(self) -> str:
        digest = hashlib.sha256(sys.version.encode())
        for path in (self._requirements, CHECKOUT / "virtualenvs" / "relevance.txt", self.recipe / "pom.xml"):
            digest.update(path.read_bytes() if path.exists() else b"-")
        return digest.hexdigest()

    @property
    def _requirements(self) -> Path:
        return self.recipe / "requirements.txt"


def _run(*command: str | Path) -> None:
    done = subprocess.run(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        told = "\n".join(done.stdout.splitlines()[-_TOLD_LINES:])
        raise ContenderError(f"`{' '.join(map(str, command))}` ended with {done.returncode}:\n{told}")
