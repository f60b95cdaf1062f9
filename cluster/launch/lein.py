"""A stand-in for Leiningen: the three calls that streamparse makes, and no more.

streamparse packs a topology with `lein`, though nothing of ours is Clojure. The real one needs a JVM, a repository and
six seconds for what is one zip file. `project.clj` is a real project file all the same: the real `lein` works as well.
"""

import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

USAGE = "lein: this is dealstream's stand-in, which knows `clean`, `jar`, `uberjar` and `deps :tree` only"


@dataclass(frozen=True)
class Project:
    """What matters of a project.clj."""

    name: str
    version: str
    storm: str
    target: str
    resources: tuple[str, ...]

    @classmethod
    def load(cls, folder: Path) -> "Project":
        """Read the project.clj in this folder; a ValueError says what is missing in it."""
        text = (folder / "project.clj").read_text()
        head = re.search(r'\(defproject\s+(\S+)\s+"([^"]+)"', text)
        storm = re.search(r'\[org\.apache\.storm/storm-core\s+"([^"]+)"', text)
        if head is None or storm is None:
            raise ValueError(
                'project.clj has no (defproject NAME "VERSION" or no [org.apache.storm/storm-core "VERSION"'
            )
        target = re.search(r':target-path\s+"([^"]+)"', text)
        paths = re.search(r":resource-paths\s+\[([^\]]*)\]", text)
        resources = tuple(re.findall(r'"([^"]+)"', paths[1])) if paths else ("_resources",)
        return cls(head[1], head[2], storm[1], target[1] if target else "_build", resources)


def main(arguments: list[str], folder: Path) -> str | int:
    """Run one call for the project in `folder`; returns an exit code, or a message for a failure."""
    try:
        project = Project.load(folder)
    except (OSError, ValueError) as error:
        return f"lein: {error}"
    match arguments:
        case ["clean"]:
            shutil.rmtree(folder / project.target, ignore_errors=True)
        case ["deps", ":tree"]:
            print(f' [org.apache.storm/storm-core "{project.storm}"]')
        case ["jar"]:
            print(f"Created {pack(project, folder, f'{project.name}-{project.version}.jar')}")
        case ["uberjar"]:
            print(f"Created {pack(project, folder, f'{project.name}-{project.version}-standalone.jar')}")
        case _:
            return USAGE
    return 0


def pack(project: Project, folder: Path, name: str) -> Path:
    """Zip the resource folders into a jar of this name in the target folder."""
    jar = folder / project.target / name
    jar.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n")
        for resources in project.resources:
            for path in _files(folder / resources):
                archive.write(path, path.relative_to(folder / resources))
    return jar.resolve()


def _files(folder: Path) -> Iterator[Path]:
    return (p for p in sorted(folder.rglob("*")) if p.is_file() and "__pycache__" not in p.parts)
