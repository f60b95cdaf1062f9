"""Engines: the jars of a server, fetched once by Maven into the cache.

An engine's folder in the cache carries a hash of its recipe (its folder in the checkout). So a changed recipe is a new
folder, and a checkout of an older commit still finds its own.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cluster.java import compiler
from cluster.layout import PACKAGE, cache_folder

Progress = Callable[[str], None]
NAMES = ("storm", "kafka", "hbase")


class EngineError(Exception):
    """An engine cannot be fetched. The message is for a person."""


@dataclass(frozen=True)
class Engine:
    """The recipe in `cluster/engines/NAME` and what comes of it in the cache: lib/ and extlib/, which is our own."""

    name: str

    @property
    def recipe(self) -> Path:
        """Folder with pom.xml, perhaps with modules, and Java sources in java/."""
        return PACKAGE / "engines" / self.name

    @property
    def home(self) -> Path:
        """Folder in the cache. It exists once `fetch` has ended well, and is then complete."""
        digest = hashlib.sha256()
        for path in sorted(path for path in self.recipe.rglob("*") if path.is_file()):
            digest.update(path.relative_to(self.recipe).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
        return cache_folder() / f"{self.name}-{digest.hexdigest()[:12]}"

    @property
    def fetched(self) -> bool:
        """Whether the cache has it."""
        return self.home.is_dir()

    @property
    def class_path(self) -> list[str]:
        """All its jars, ours last."""
        return [f"{self.home}/lib/*", f"{self.home}/extlib/*"]

    def fetch(self, progress: Progress) -> None:
        """Download and compile unless the cache has it. Whatever interrupts this leaves no half engine behind."""
        if self.fetched:
            return
        self.home.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{self.name}-", dir=self.home.parent))
        try:
            _download(self, unfinished, progress)
            _compile(self, unfinished)
            unfinished.chmod(0o755)
            os.rename(unfinished, self.home)
        except OSError:
            if not self.fetched:  # else another process was faster, and its copy is as good
                raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


def _download(engine: Engine, target: Path, progress: Progress) -> None:
    """Run Maven and count the jars that it reports."""
    command = ["mvn", "-B", "-f", str(engine.recipe / "pom.xml"), f"-Dhome={target}", "generate-resources"]
    jars, lines = 0, list[str]()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as maven:
        assert maven.stdout is not None
        for line in maven.stdout:
            lines.append(line.rstrip())
            if "Downloaded" in line and ".jar " in line:
                jars += 1
                progress(f"{jars} jars downloaded")
    if maven.returncode:
        errors = [line for line in lines if "ERROR" in line][:5]
        raise EngineError("\n  ".join([f"Maven could not fetch {engine.name}; `up` tries again:", *errors]))


def _compile(engine: Engine, target: Path) -> None:
    """Make one jar of the engine's own Java sources and the files between them, in a folder of its own: `extlib`."""
    source, classes, jar = engine.recipe / "java", target / "classes", target / "extlib" / f"dealstream-{engine.name}"
    shutil.copytree(source, classes, ignore=shutil.ignore_patterns("*.java"))
    command = compiler(class_path=[f"{target}/lib/*"], classes=classes, sources=sorted(source.rglob("*.java")))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EngineError(f"javac could not compile {engine.name}:\n{done.stderr}")
    jar.parent.mkdir()
    Path(shutil.make_archive(str(jar), "zip", classes)).rename(jar.with_suffix(".jar"))
    shutil.rmtree(classes)
