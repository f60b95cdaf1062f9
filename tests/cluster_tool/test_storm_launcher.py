"""The `storm` command's Java command lines; no Java is run."""

import subprocess
import sys
from pathlib import Path

import pytest

from cluster.engine import Engine
from cluster.launch.storm import java_command, version
from cluster.layout import PACKAGE

FLUX = "org.apache.storm.flux.Flux"


@pytest.fixture
def storm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("STORM_CONF_DIR", "/the/conf")
    return Engine("storm")


def test_sparse_run_becomes_a_local_cluster(storm):
    command = java_command(storm, ["jar", "t.jar", FLUX, "--local", "--no-splash", "--sleep", "7", "t.yaml"])
    assert command[-3:] == ["org.apache.storm.LocalCluster", FLUX, "t.yaml"]
    assert "-Dstorm.local.sleeptime=7" in command
    assert "-Dstorm.jar=t.jar" in command


@pytest.mark.parametrize("sleep", ["9223372036854775807", "0"])
def test_for_ever_does_not_overflow_milliseconds(storm, sleep):
    command = java_command(storm, ["jar", "t.jar", FLUX, "--local", "--sleep", sleep, "t.yaml"])
    assert f"-Dstorm.local.sleeptime={2**31 - 1}" in command


def test_a_jar_is_submitted_with_the_clusters_configuration(storm):
    command = java_command(storm, ["jar", "t.jar", FLUX, "--remote", "t.yaml"])
    assert command[-3:] == [FLUX, "--remote", "t.yaml"]
    assert command[command.index("-cp") + 1].split(":")[0] == "t.jar"
    assert command[command.index("-cp") + 1].split(":")[-1] == "/the/conf"


def test_an_operators_command(storm):
    command = java_command(storm, ["kill", "relevance", "-w", "1"])
    assert command[-4:] == ["org.apache.storm.command.KillTopology", "relevance", "-w", "1"]


@pytest.mark.parametrize("arguments", [[], ["ui"], ["jar", "t.jar"]])
def test_what_it_does_not_know(storm, arguments):
    assert java_command(storm, arguments) is None


def test_the_version_is_read_off_the_jar(storm):
    (storm.home / "lib").mkdir(parents=True)
    (storm.home / "lib" / "storm-client-2.8.3.jar").touch()
    assert version(storm) == "2.8.3"


def test_the_script_says_when_storm_is_not_there(storm):
    script = PACKAGE / "bin" / "storm"
    done = subprocess.run([sys.executable, "-S", script, "list"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cluster up" in done.stderr
