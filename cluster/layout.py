"""Where things lie: the checkout, the folder of each service in it, and the cache of downloaded engines."""

import os
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent
HOME_VARIABLE = "DEALSTREAM_CLUSTER_HOME"
CLUSTER_HOME = Path(os.environ.get(HOME_VARIABLE) or CHECKOUT / ".cluster").absolute()
"""The checkout's own cluster, unless the environment names the folder of another; that one needs other ports too."""
WORKER_VIRTUALENV = CHECKOUT / "build" / "virtualenvs" / "relevance"


def cache_folder() -> Path:
    """Return the folder of downloaded engines, which all checkouts of this user share."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dealstream"


@dataclass(frozen=True)
class ServiceHome:
    """The folder of one service. `data` outlives a restart; `conf` is written anew at every start."""

    root: Path

    @property
    def conf(self) -> Path:
        """Rendered configuration."""
        return self.root / "conf"

    @property
    def data(self) -> Path:
        """What the service stores."""
        return self.root / "data"

    @property
    def logs(self) -> Path:
        """What the service writes about itself."""
        return self.root / "log"

    @property
    def pid_file(self) -> Path:
        """The process that was started last: see `process.Process`."""
        return self.root / "pid"

    def create(self) -> None:
        """Make the folders that are missing."""
        for folder in (self.conf, self.data, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
