"""`promote`: the replica of a Redis server takes the server's place, as after a machine was lost."""

import time
from contextlib import suppress

from rich.console import Console

from cluster.process import Process
from cluster.services.redis import RedisReplica
from cluster.state import ServiceError

PORT_SECONDS = 5


def promote(replica: RedisReplica, console: Console) -> int:
    """Stop the primary if it still runs, and let the replica have its port, its folder and its name.

    Clients connect again and find the same address. What the primary had not yet passed on is gone.
    """
    primary = replica.primary
    process = replica.process
    if process is None:
        raise ServiceError(
            f"{replica.name} does not run, so {primary.name} has no successor; start one in time by: "
            f"python -m cluster start {replica.name}"
        )
    stopped = primary.stop()
    take_over(replica, process)
    was = "was stopped" if stopped else "did not run"
    console.print(f"{primary.name} {was}; {replica.name}, pid {process.pid}, is {primary.name} now")
    return 0


def take_over(replica: RedisReplica, process: Process) -> None:
    """Make the replica, running as `process`, the primary. The primary must not run."""
    primary = replica.primary
    replica.tell("REPLICAOF", "NO", "ONE")
    replica.tell("CONFIG", "SET", "dir", primary.home.data)
    _listen(replica, primary.port)
    process.save(primary.home.pid_file)  # this first: a process is in some pid file at any time
    replica.home.pid_file.unlink()
    with suppress(ServiceError):  # it may be dumping just now; then its schedule sees to it
        primary.tell("BGSAVE")


def _listen(replica: RedisReplica, port: int) -> None:
    """Let the replica listen on `port`, which the kernel may hold for a moment after its holder was killed."""
    deadline = time.monotonic() + PORT_SECONDS
    while True:
        try:
            replica.tell("CONFIG", "SET", "port", port)
        except ServiceError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
