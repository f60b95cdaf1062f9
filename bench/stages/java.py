"""Java programs that show what a stage costs at least: run once to warm up, and once to be measured."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cluster.java import compiler, java
from cluster.services.hbase import OPENS

SOURCES = Path(__file__).parent / "java"
_HEAP = "-Xmx1g"


class ProgramError(Exception):
    """A program ended before it said what it was asked for; the message holds what it printed."""


class Program:
    """A program that prints ``begin`` when it is warm and ``end SECONDS``, its processor time since then."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self._process = process
        self._log = log

    def begin(self) -> None:
        """Wait until it is warm."""
        self._line("begin")

    def end(self) -> float:
        """Wait until it is done; return its processor seconds."""
        return float(self._line("end").split()[1])

    def _line(self, start: str) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(start):
                return line
        raise ProgramError(f"no line {start!r}:\n{self._log.read_text(errors='replace')[-3000:]}")


@contextmanager
def running(name: str, class_path: Sequence[str], arguments: Sequence[object], folder: Path) -> Iterator[Program]:
    """Run ``java/NAME.java`` with `Measured` beside it; its log is in ``folder``. Returns when it has ended."""
    classes, log = folder / f"classes-{name}", folder / f"{name}.log"
    sources = [SOURCES / f"{each}.java" for each in (name, "Measured")]
    paths = [str(classes), *class_path]
    with log.open("w") as errors:
        subprocess.run(compiler(class_path=paths, classes=classes, sources=sources), check=True, stderr=errors)
        command = [java(), _HEAP, "-XX:+UseSerialGC", *OPENS, "-cp", ":".join(paths), name, *map(str, arguments)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
            try:
                yield Program(process, log)
            finally:
                process.kill()
