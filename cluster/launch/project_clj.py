"""What our stand-in for Leiningen reads of a project.clj, by regular expressions: it is no Clojure."""

import re
from dataclasses import dataclass
from pathlib import Path

FILE = "project.clj"
_STORM = "org.apache.storm"


@dataclass(frozen=True)
class Project:
    """What matters of a project.clj; ``libraries`` are the names of the jars that it depends on beside Storm's."""

    name: str
    version: str
    storm: str
    target: str
    resources: tuple[str, ...]
    sources: tuple[str, ...]
    libraries: tuple[str, ...]

    @classmethod
    def load(cls, folder: Path) -> "Project":
        """Read the project.clj in this folder; a ValueError says what is missing in it."""
        text = (folder / FILE).read_text()
        head = re.search(r'\(defproject\s+(\S+)\s+"([^"]+)"', text)
        dependencies = re.findall(r'\[([\w.-]+)/([\w.-]+)\s+"([^"]+)"\]', text)
        storm = [version for *name, version in dependencies if name == [_STORM, "storm-core"]]
        if head is None or not storm:
            raise ValueError(f'{FILE} has no (defproject NAME "VERSION" or no [{_STORM}/storm-core "VERSION"]')
        target = re.search(r':target-path\s+"([^"]+)"', text)
        return cls(
            name=head[1],
            version=head[2],
            storm=storm[0],
            target=target[1] if target else "_build",
            resources=_paths(text, "resource-paths") or ("_resources",),
            sources=_paths(text, "java-source-paths"),
            libraries=tuple(
                f"{artifact}-{version}.jar" for group, artifact, version in dependencies if group != _STORM
            ),
        )


def _paths(text: str, key: str) -> tuple[str, ...]:
    found = re.search(rf":{key}\s+\[([^\]]*)\]", text)
    return tuple(re.findall(r'"([^"]+)"', found[1])) if found else ()
