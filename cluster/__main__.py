"""`python -m cluster`: the commands, their arguments, and what a person sees when one fails."""

import signal
import sys
from contextlib import AbstractContextManager
from typing import Annotated

import typer
from rich.console import Console

from cluster.catalogue import http, replicas, services
from cluster.commands import clean, control, down, logs, promote, status, up
from cluster.engine import EngineError
from cluster.layout import CLUSTER_HOME
from cluster.lock import exclusive
from cluster.service import Service
from cluster.services.redis import RedisReplica
from cluster.state import ServiceError, State
from cluster.tools import ToolError

app = typer.Typer(
    help="One machine, all real, on 127.0.0.1: ZooKeeper, Kafka, Storm, HBase and two Redis servers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(highlight=False)


def _every() -> dict[str, Service]:
    """Return the cluster's services and what is started on request only."""
    return {**services(), **_on_request()}


def _on_request() -> dict[str, Service]:
    return {**replicas(services()), "http": http()}


def _wanted() -> dict[str, Service]:
    """Return the cluster's services and what else was started."""
    started = {name: service for name, service in _on_request().items() if service.state is not State.STOPPED}
    return {**services(), **started}


def _one(name: str) -> Service:
    every = _every()
    if name not in every:
        raise typer.BadParameter(f"there is no {name!r}; there are {', '.join(every)}")
    return every[name]


def _replica_of(name: str) -> RedisReplica:
    found = {replica.primary.name: replica for replica in replicas(services()).values()}
    if name not in found:
        raise typer.BadParameter(f"{name!r} has no replica; there are replicas of {', '.join(found)}")
    return found[name]


def _signal(name: str) -> signal.Signals:
    try:
        return signal.Signals[f"SIG{name.upper().removeprefix('SIG')}"]
    except KeyError:
        raise typer.BadParameter(f"there is no signal {name!r}") from None


One = Annotated[Service, typer.Argument(parser=_one, metavar="SERVICE")]


def _alone() -> AbstractContextManager[None]:
    """Hold the lock of commands that change something."""
    return exclusive(CLUSTER_HOME, lambda: console.print("another cluster command is running; waiting for it ..."))


@app.command("up")
def _up(
    with_replicas: Annotated[bool, typer.Option("--replicas", help="A replica of each Redis server too.")] = False,
) -> None:
    """Fetch and start whatever does not run; return when all services serve."""
    with _alone():
        raise typer.Exit(up.up({**services(), **(replicas(services()) if with_replicas else {})}, console))


@app.command("down")
def _down() -> None:
    """Stop everything, Storm's workers too; the data stays."""
    with _alone():
        raise typer.Exit(down.down(_every(), console))


@app.command("status")
def _status(json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show what runs; the exit code is 0 when all services are up."""
    raise typer.Exit(status.status(_wanted(), console, as_json=json))


@app.command("logs")
def _logs(
    service: One,
    lines: Annotated[int, typer.Option("-n", "--lines", help="How many.")] = 40,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until interrupted.")] = False,
) -> None:
    """Show the end of a service's log."""
    logs.logs(service, lines=lines, follow=follow)


@app.command("clean")
def _clean(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Destroy all data of the cluster, after asking."""
    with _alone():
        raise typer.Exit(clean.clean(_every(), console, consent=yes))


@app.command("start")
def _start(service: One) -> None:
    """Start one service, such as redis-1-replica, and return when it serves."""
    with _alone():
        raise typer.Exit(control.start(service, console))


@app.command("promote")
def _promote(
    name: Annotated[str, typer.Argument(metavar="REDIS", help="Such as redis-1, whose redis-1-replica runs.")],
) -> None:
    """Let the replica of a Redis server take the server's place; the server is stopped if it runs."""
    replica = _replica_of(name)
    with _alone():
        raise typer.Exit(promote.promote(replica, console))


@app.command("stop")
def _stop(service: One) -> None:
    """Stop one service."""
    with _alone():
        raise typer.Exit(control.stop(service, console))


@app.command("restart")
def _restart(service: One) -> None:
    """Stop one service and start it again."""
    with _alone():
        raise typer.Exit(control.restart(service, console))


@app.command("kill")
def _kill(
    service: One,
    name: Annotated[str, typer.Option("--signal", metavar="NAME", help="Such as TERM or STOP.")] = "KILL",
) -> None:
    """Send a signal to one service, SIGKILL unless told, as an accident would."""
    raise typer.Exit(control.kill(service, _signal(name), console))


def main() -> None:
    """Run one command; what is wrong with the machine is told in a few lines, without a traceback."""
    try:
        app(prog_name="python -m cluster")
    except (EngineError, ServiceError, ToolError) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
