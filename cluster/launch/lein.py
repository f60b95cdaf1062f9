"""A stand-in for Leiningen: the three calls that streamparse makes, and no more.

streamparse packs a topology with `lein`, though nothing of ours is Clojure. The real one needs a JVM, a repository and
ten seconds for what is one class and one zip file. `project.clj` is a real project file all the same: the real `lein`
works as well.
"""

import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from cluster.engine import Engine
from cluster.java import compiler
from cluster.launch.project_clj import Project

USAGE = "lein: this is dealstream's stand-in, which knows `clean`, `jar`, `uberjar` and `deps :tree` only"


class PackError(Exception):
    """A jar cannot be made. The message is for a person."""


def main(arguments: list[str], folder: Path) -> str | int:
    """Run one call for the project in `folder`; returns an exit code, or a message for a failure."""
    try:
        project = Project.load(folder)
        match arguments:
            case ["clean"]:
                shutil.rmtree(folder / project.target, ignore_errors=True)
            case ["deps", ":tree"]:
                print(f' [org.apache.storm/storm-core "{project.storm}"]')
            case ["jar"]:
                print(f"Created {_pack(project, folder, f'{project.name}-{project.version}.jar')}")
            case ["uberjar"]:
                print(f"Created {uberjar(project, folder)}")
            case _:
                return USAGE
    except (OSError, ValueError, PackError) as error:
        return f"lein: {error}"
    return 0


def uberjar(project: Project, folder: Path) -> Path:
    """Make the jar of the project in `folder` that brings along what it depends on, but for Storm.

    Raises:
        PackError: the sources cannot be compiled, or what they depend on is not there.

    """
    return _pack(project, folder, f"{project.name}-{project.version}-standalone.jar", _libraries(project))


def _pack(project: Project, folder: Path, name: str, libraries: Sequence[Path] = ()) -> Path:
    """Zip the resources, the classes and those of the libraries into a jar of this name in the target folder."""
    jar = folder / project.target / name
    jar.parent.mkdir(parents=True, exist_ok=True)
    contents = [folder / resources for resources in project.resources]
    if project.sources:
        contents.append(_compiled(project, folder))
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n")
        for content in contents:
            for path in _files(content):
                archive.write(path, path.relative_to(content))
        for library in libraries:
            with zipfile.ZipFile(library) as other:
                for entry in filter(lambda name: name.endswith(".class"), other.namelist()):
                    archive.writestr(entry, other.read(entry))
    return jar.resolve()


def _libraries(project: Project) -> list[Path]:
    """Return the jars that the project depends on, of those that come with Storm's engine."""
    jars = [Engine("storm").home / "lib-topology" / library for library in project.libraries]
    for jar in jars:
        if not jar.exists():
            raise PackError(
                f"there is no {jar.name}: `python -m cluster down` and `up` fetch it, if Storm's engine has it"
            )
    return jars


def _files(folder: Path) -> Iterator[Path]:
    return (p for p in sorted(folder.rglob("*")) if p.is_file() and "__pycache__" not in p.parts)


def _compiled(project: Project, folder: Path) -> Path:
    """Return the folder of the classes."""
    classes, home = folder / project.target / "classes", Engine("storm").home
    files = [path for source in project.sources for path in sorted((folder / source).rglob("*.java"))]
    command = compiler(class_path=[f"{home}/lib/*", f"{home}/lib-topology/*"], classes=classes, sources=files)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackError(f"javac could not compile the topology's sources:\n{done.stderr}")
    return classes
