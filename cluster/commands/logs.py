"""`logs`: the end of a service's log, and what follows."""

import time

from cluster.service import Service

_POLL_SECONDS = 0.2


def logs(service: Service, *, lines: int, follow: bool) -> int:
    """Print the last lines; with `follow`, go on until interrupted."""
    for line in service.tail(lines):
        print(line)
    if follow:
        _follow(service)
    return 0


def _follow(service: Service) -> None:
    service.home.logs.mkdir(parents=True, exist_ok=True)
    service.log.touch()
    with service.log.open(errors="replace") as file:
        file.seek(0, 2)
        while True:
            if piece := file.read():
                print(piece, end="", flush=True)
            else:
                time.sleep(_POLL_SECONDS)
