"""`python -m cluster`: the commands, their arguments, and what a person sees when one fails."""

import argparse
import signal
import sys
from collections.abc import Callable

from rich.console import Console

from cluster.catalogue import services
from cluster.commands.clean import clean
from cluster.commands.control import kill, restart
from cluster.commands.down import down
from cluster.commands.logs import logs
from cluster.commands.status import status
from cluster.commands.up import up
from cluster.engine import EngineError
from cluster.layout import CLUSTER_HOME
from cluster.lock import exclusive
from cluster.service import ServiceError
from cluster.tools import ToolError


def main() -> int:
    """Run one command; its exit code."""
    arguments = _parser().parse_args()
    console = Console(highlight=False)
    try:
        return _dispatch(arguments, console)
    except (EngineError, ServiceError, ToolError) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return 130


def _dispatch(arguments: argparse.Namespace, console: Console) -> int:
    every = services()
    one = every[arguments.service] if "service" in arguments else None
    alone: dict[str, Callable[[], int]] = {
        "up": lambda: up(every, console),
        "down": lambda: down(every, console),
        "clean": lambda: clean(every, console, consent=arguments.yes),
    }
    if one is None and arguments.command == "status":
        return status(every, console, as_json=arguments.json)
    if one and arguments.command == "logs":
        return logs(one, lines=arguments.lines, follow=arguments.follow)
    if one and arguments.command == "kill":
        return kill(one, arguments.signal, console)
    command = (lambda: restart(one, console)) if one else alone[arguments.command]
    with exclusive(CLUSTER_HOME, lambda: console.print("another cluster command is running; waiting for it ...")):
        return command()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cluster", description="One machine, all real, on 127.0.0.1.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="fetch and start whatever does not run; returns when all services serve")
    commands.add_parser("down", help="stop everything; data stays")
    table = commands.add_parser("status", help="what runs; exit code 0 when all services are up")
    table.add_argument("--json", action="store_true", help="for programs")
    tail = commands.add_parser("logs", help="the end of a service's log")
    tail.add_argument("-n", "--lines", type=int, default=40, metavar="N", help="how many lines (40)")
    tail.add_argument("-f", "--follow", action="store_true", help="go on until interrupted")
    wipe = commands.add_parser("clean", help="destroy all data of the cluster, after asking")
    wipe.add_argument("--yes", action="store_true", help="do not ask")
    again = commands.add_parser("restart", help="stop and start one service")
    accident = commands.add_parser("kill", help="send a signal to one service")
    accident.add_argument("--signal", type=_signal, default=signal.SIGKILL, metavar="NAME", help="KILL unless told")
    for command in (tail, again, accident):
        command.add_argument("service", choices=list(services()))
    return parser


def _signal(name: str) -> signal.Signals:
    try:
        return signal.Signals[f"SIG{name.upper().removeprefix('SIG')}"]
    except KeyError:
        raise argparse.ArgumentTypeError(f"no signal {name!r}") from None


if __name__ == "__main__":
    sys.exit(main())
