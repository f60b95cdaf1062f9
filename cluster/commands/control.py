"""`start`, `stop`, `restart` and `kill`: one service."""

import signal

from rich.console import Console

from cluster.commands.up import START_SECONDS
from cluster.service import Service


def start(service: Service, console: Console) -> int:
    """Start a service unless it runs, and return when it serves."""
    with console.status(f"starting {service.name} ..."):
        started = service.start()
        service.wait_ready(START_SECONDS)
    console.print(f"{service.name} is up, pid {service.pid}" + ("" if started else "; it was running"))
    return 0


def stop(service: Service, console: Console) -> int:
    """Stop a service if it runs."""
    stopped = service.stop()
    console.print(f"{service.name} is stopped" if stopped else f"{service.name} does not run")
    return 0


def restart(service: Service, console: Console) -> int:
    """Stop a service if it runs, start it again, and return when it serves."""
    with console.status(f"restarting {service.name} ..."):
        service.stop()
        service.start()
        service.wait_ready(START_SECONDS)
    console.print(f"{service.name} is up, pid {service.pid}")
    return 0


def kill(service: Service, number: signal.Signals, console: Console) -> int:
    """Send a signal to a service, as an accident would: nothing is tidied up."""
    pid = service.pid
    if not service.kill(number):
        console.print(f"{service.name} does not run")
        return 1
    console.print(f"sent {number.name} to {service.name}, pid {pid}")
    return 0
