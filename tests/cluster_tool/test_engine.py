"""Engines come whole or not at all. Maven is a script here."""

import os
from pathlib import Path

import pytest

from cluster import engine as module
from cluster.engine import Engine, EngineError

_MAVEN = """#!/bin/sh
for word; do case $word in -Dhome=*) home=${word#-Dhome=};; esac; done
mkdir -p "$home/lib" && touch "$home/lib/a.jar"
echo "[INFO] Downloaded from central: here/a.jar (1 kB)"
echo "[INFO] Downloaded from central: here/a.pom (1 kB)"
exit $MAVEN_ENDS_WITH
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Return an engine whose recipe is in a package folder of its own, with that Maven and a Java compiler."""
    recipe, programs = tmp_path / "package" / "engines" / "toy", tmp_path / "bin"
    (recipe / "java").mkdir(parents=True)
    (recipe / "pom.xml").write_text("<project/>")
    (recipe / "java" / "Toy.java").write_text("class Toy {}")
    programs.mkdir()
    for name, text in {"mvn": _MAVEN, "javac": "#!/bin/sh\n"}.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setattr(module, "PACKAGE", tmp_path / "package")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    monkeypatch.setenv("MAVEN_ENDS_WITH", "0")
    return Engine("toy")


def test_a_fetched_engine_is_whole(toy):
    news: list[str] = []
    toy.fetch(news.append)
    assert toy.fetched
    assert news == ["1 jars downloaded"]
    assert {path.name for path in toy.home.rglob("*.jar")} == {"a.jar", "dealstream-toy.jar"}


def test_it_is_fetched_once(toy, monkeypatch):
    toy.fetch(lambda news: None)
    monkeypatch.setenv("MAVEN_ENDS_WITH", "1")
    toy.fetch(lambda news: None)


def test_a_failure_leaves_nothing_and_the_next_try_mends_it(toy, monkeypatch):
    monkeypatch.setenv("MAVEN_ENDS_WITH", "1")
    with pytest.raises(EngineError, match="toy"):
        toy.fetch(lambda news: None)
    assert not toy.fetched
    assert list(toy.home.parent.iterdir()) == []
    monkeypatch.setenv("MAVEN_ENDS_WITH", "0")
    toy.fetch(lambda news: None)
    assert toy.fetched


def test_another_recipe_is_another_folder(toy):
    before = toy.home
    (toy.recipe / "java" / "Toy.java").write_text("final class Toy {}")
    assert toy.home != before
