"""The HTTP service of the deployment that the environment names: `dealstream serve`, in the background."""

import sys
from pathlib import Path

from cluster.layout import CHECKOUT
from cluster.probes import ask
from cluster.service import Service


class Http(Service):
    """What `make run` starts in the end. It connects to the stores when it is first asked, so it needs none to start.

    It takes its deployment and its API keys from the environment of whoever starts it: `restart` it with another.
    """

    def configure(self) -> None:
        """Do nothing: config.json and relevance.toml are the project's."""

    def command(self) -> list[str]:
        """Start the command of this Python's environment, in the project's folder."""
        dealstream = Path(sys.executable).parent / "dealstream"
        return ["env", f"--chdir={CHECKOUT}", str(dealstream), "serve", "--port", str(self.port)]

    def answers(self) -> bool:
        """Ask whether it lives."""
        return ask(self.port, b"GET /health HTTP/1.0\r\n\r\n", 15)[8:15] == b" 200 OK"
