"""Starts a server of the cluster, again if it ends itself meanwhile: HBase does when its ZooKeeper is slow."""

from collections.abc import Callable

from cluster.service import Service
from cluster.state import ServiceError

READY_SECONDS = 300.0
STARTS = 3


def bring_up(service: Service, tell: Callable[[str], None]) -> None:
    """Return when a server serves; ``tell`` hears of each time it ended itself.

    Raises:
        ServiceError: it runs, but does not answer, or it ends itself each time.

    """
    for start in range(1, STARTS + 1):
        service.start()
        try:
            service.wait_ready(READY_SECONDS)
            return
        except ServiceError:
            if service.process or start == STARTS:
                raise
            tell("ended itself while starting")
