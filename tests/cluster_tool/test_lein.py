"""The stand-in for Leiningen answers streamparse's three calls."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cluster.engine import Engine
from cluster.launch.lein import main
from cluster.launch.project_clj import Project
from cluster.layout import PACKAGE

_PROJECT = """
(defproject wc "0.0.1-SNAPSHOT"
  :resource-paths ["_resources"]
  :target-path "_build"
  :dependencies [[org.apache.storm/storm-core "2.8.3"]])
"""

_JAVAC = """#!/bin/sh
while [ "$1" != -d ]; do shift; done
grep -q class "$3" || { echo "$3:1: error"; exit 1; } >&2
mkdir -p "$2/wc" && touch "$2/wc/Count.class"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project.clj").write_text(_PROJECT)
    package = tmp_path / "_resources" / "resources" / "bolts"
    (package / "__pycache__").mkdir(parents=True)
    (package / "dedup.py").write_text("print()")
    (package / "__pycache__" / "dedup.pyc").touch()
    return tmp_path


@pytest.mark.parametrize(("call", "suffix"), [("jar", ""), ("uberjar", "-standalone")])
def test_jars_hold_the_resources(project, capsys, call, suffix):
    assert main([call], project) == 0
    jar = project / "_build" / f"wc-0.0.1-SNAPSHOT{suffix}.jar"
    assert capsys.readouterr().out == f"Created {jar}\n"  # streamparse reads the path off this line
    with zipfile.ZipFile(jar) as archive:
        assert archive.namelist() == ["META-INF/MANIFEST.MF", "resources/bolts/dedup.py"]


@pytest.fixture
def java_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with a class of its own and a dependency, which is fetched; its compiler is a script."""
    text = (project / "project.clj").read_text()
    own = '[org.apache.storm/storm-core "2.8.3"] [org.msgpack/msgpack-core "0.9.8"]'
    text = text.replace('[org.apache.storm/storm-core "2.8.3"]', own).replace(
        ":target", ':java-source-paths ["java"] :target'
    )
    (project / "project.clj").write_text(text)
    (project / "java" / "wc").mkdir(parents=True)
    (project / "java" / "wc" / "Count.java").write_text("package wc; class Count {}")
    compiler = project / "bin" / "javac"
    compiler.parent.mkdir()
    compiler.write_text(_JAVAC)
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", str(compiler.parent), prepend=os.pathsep)
    monkeypatch.setenv("XDG_CACHE_HOME", str(project / "cache"))
    library = Engine("storm").home / "lib-topology" / "msgpack-core-0.9.8.jar"
    library.parent.mkdir(parents=True)
    with zipfile.ZipFile(library, "w") as jar:
        for name in ("META-INF/MANIFEST.MF", "org/msgpack/Pack.class"):
            jar.writestr(name, b"")
    return project


@pytest.mark.parametrize(("call", "libraries"), [("jar", []), ("uberjar", ["org/msgpack/Pack.class"])])
def test_jars_hold_the_classes_and_an_uberjar_what_they_depend_on_but_for_storm(java_project, call, libraries):
    assert main([call], java_project) == 0
    (jar,) = (java_project / "_build").glob("*.jar")
    own = ["META-INF/MANIFEST.MF", "resources/bolts/dedup.py", "wc/Count.class"]
    with zipfile.ZipFile(jar) as archive:
        assert archive.namelist() == [*own, *libraries]


def test_what_does_not_compile_is_told(java_project):
    (java_project / "java" / "wc" / "Count.java").write_text("wrong")
    assert "Count.java:1: error" in str(main(["uberjar"], java_project))


def test_a_dependency_that_was_not_fetched_is_told(java_project):
    text = (java_project / "project.clj").read_text()
    (java_project / "project.clj").write_text(text.replace("0.9.8", "0.9.9"))
    assert "msgpack-core-0.9.9.jar" in str(main(["uberjar"], java_project))


def test_the_storm_engine_fetches_what_our_own_project_depends_on():
    """Both say which version: the real Leiningen knows nothing of engines."""
    pom = (PACKAGE / "engines" / "storm" / "topology" / "pom.xml").read_text()
    fetched = re.findall(r"<artifactId>([^<]+)</artifactId>\s*<version>([^<]+)</version>\s*</dependency>", pom)
    assert [f"{name}-{version}.jar" for name, version in fetched] == [*Project.load(PACKAGE.parent).libraries]


def test_deps_tree_names_storm(project, capsys):
    assert main(["deps", ":tree"], project) == 0
    assert capsys.readouterr().out == ' [org.apache.storm/storm-core "2.8.3"]\n'


def test_clean_removes_the_target(project):
    main(["jar"], project)
    assert main(["clean"], project) == 0
    assert not (project / "_build").exists()


def test_it_says_what_it_is(project):
    assert "stand-in" in str(main(["repl"], project))


def test_a_folder_without_a_project_is_told(tmp_path):
    assert "project.clj" in str(main(["jar"], tmp_path))


def test_a_project_without_storm_is_told(tmp_path):
    (tmp_path / "project.clj").write_text('(defproject wc "1")')
    assert "storm-core" in str(main(["jar"], tmp_path))


def test_the_script_runs_anywhere_with_nothing_installed(project):
    script = PACKAGE / "bin" / "lein"
    assert os.access(script, os.X_OK)
    done = subprocess.run([sys.executable, "-S", script, "deps", ":tree"], cwd=project, capture_output=True, check=True)
    assert b"storm-core" in done.stdout
