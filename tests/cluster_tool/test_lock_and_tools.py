"""One command at a time; and programs that are missing are installed or named."""

import subprocess
import sys
from threading import Event, Thread

import pytest

from cluster import tools
from cluster.layout import CHECKOUT
from cluster.lock import exclusive
from cluster.tools import Tool, ToolError

_HOLDER = """
import sys
from pathlib import Path
from cluster.lock import exclusive
with exclusive(Path(sys.argv[1]), lambda: None):
    print("held", flush=True)
    sys.stdin.read()
"""
MISSING = Tool("teleport", "teleport-bin", lambda: False)


def test_a_second_command_waits_for_the_first(tmp_path):
    waiting, entered = Event(), Event()

    def second() -> None:
        with exclusive(tmp_path, waiting.set):
            entered.set()

    command = [sys.executable, "-c", _HOLDER, str(tmp_path)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        first.stdout.readline()
        thread = Thread(target=second)
        thread.start()
        assert waiting.wait(5)
        assert not entered.is_set()
        first.kill()  # the kernel frees the lock of whoever dies with it
        thread.join(5)
    assert entered.is_set()


def test_what_is_there_is_not_installed():
    tools.require([Tool("python", "python3", lambda: True)], pytest.fail)


def test_without_the_right_to_install_the_command_is_told(monkeypatch):
    monkeypatch.setattr(tools, "_privilege", lambda: None)
    with pytest.raises(ToolError, match=r"missing: teleport.*sudo apt-get install teleport-bin"):
        tools.require([MISSING], pytest.fail)


def test_with_the_right_apt_is_asked_and_its_failure_told(monkeypatch, tmp_path):
    (tmp_path / "apt-get").write_text(f'#!/bin/sh\necho "$RUNLEVEL $@" >> {tmp_path}/calls\nexit 100\n')
    (tmp_path / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(tools, "_privilege", lambda: [])
    with pytest.raises(ToolError, match="sudo apt-get install teleport-bin"):
        tools.require([MISSING], lambda news: None)
    assert (tmp_path / "calls").read_text() == "1 update -q\n1 install -y -q teleport-bin\n"
