"""The stand-in for Leiningen answers streamparse's three calls."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cluster.launch.lein import main
from cluster.layout import PACKAGE

_PROJECT = """
(defproject wc "0.0.1-SNAPSHOT"
  :resource-paths ["_resources"]
  :target-path "_build"
  :dependencies [[org.apache.storm/storm-core "2.8.3"]])
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
