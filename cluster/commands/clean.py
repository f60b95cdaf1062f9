"""`clean`: the cluster's data is destroyed, on consent. The downloaded engines stay in the cache."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.filesize import decimal

from cluster.commands.down import down
from cluster.service import Service


def clean(services: Mapping[str, Service], console: Console, *, consent: bool) -> int:
    """Say what goes, ask, stop what runs, delete; 0 if it is gone or nothing was there."""
    present = [service for service in services.values() if service.home.root.exists()]
    if not present:
        console.print("there is nothing to clean")
        return 0
    console.print("this destroys, for good, the data of:")
    for service in present:
        running = ", which runs and is stopped first" if service.process else ""
        console.print(f"  {service.name:<12} {decimal(_size(service.home.data)):>10}{running}", highlight=False)
    if not consent and not _asked(console):
        return 1
    if code := down(services, console):
        return code
    for service in present:
        shutil.rmtree(service.home.root)
    console.print("clean")
    return 0


def _asked(console: Console) -> bool:
    if not sys.stdin.isatty():
        console.print("[red]refused[/]: nobody to ask here; say `clean --yes` if you mean it")
        return False
    return console.input("go on? [y/N] ").strip().lower() in {"y", "yes"}


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
