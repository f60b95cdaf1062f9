"""What a run leaves in its folder."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from harness.stage import Stage
from tests.chaos.faults import Fault
from tests.chaos.verdict import Verdict

BIG = ("events.ndjson", "dumps", "cluster", "project", "log")


def schedule(folder: Path, seed: int, rate: float, duration: float, faults: Sequence[Fault]) -> None:
    """Write what is going to be done."""
    planned = {"seed": seed, "rate": rate, "duration": duration, "faults": [asdict(fault) for fault in faults]}
    (folder / "schedule.json").write_text(json.dumps(planned, indent=1))


def logs(stage: Stage, topology: str, folder: Path) -> None:
    """Copy what the topology's workers have logged, whichever cluster they ran on."""
    for artifacts in stage.services["supervisor"].home.logs.glob(f"workers/{topology}-*"):
        shutil.copytree(artifacts, folder / "log" / artifacts.name, dirs_exist_ok=True)


def memory(folder: Path, samples: Mapping[str, Sequence[tuple[float, int]]]) -> None:
    """Write (second, resident bytes) of each component."""
    (folder / "memory.json").write_text(json.dumps(samples))


def differences(folder: Path, verdict: Verdict) -> None:
    """Write the first differences."""
    sentences = (verdict.buckets + verdict.users).differences
    (folder / "differences.txt").write_text("\n".join([*sentences, ""]))


def little(folder: Path) -> None:
    """Delete what is big: it was good."""
    for name in BIG:
        place = folder / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
