"""Processes are known by more than their pid: a real child is started, stopped, and mistaken for another."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from cluster.process import Process
from tests.support.waiting import until

_SLEEPER = "import time; print(flush=True); time.sleep(60)"
_STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {_SLEEPER}"


_HEADLESS = """
import ctypes, threading, time
threading.Thread(target=time.sleep, args=[60]).start()
print(flush=True)
ctypes.CDLL(None).pthread_exit(0)
"""


@contextmanager
def running(program: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program; inside, its first line has come."""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as popen:
        assert popen.stdout is not None
        popen.stdout.readline()
        yield popen
        popen.kill()


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with running(_SLEEPER) as popen:
        yield popen


def process_of(child: subprocess.Popen[bytes]) -> Process:
    process = Process.of(child.pid)
    assert process is not None
    return process


def test_a_running_child_is_alive(child):
    process = process_of(child)
    assert process.alive()
    assert process.memory() > 2**20
    assert process.command()[0] == sys.executable
    assert process.folder() == Path.cwd()


def test_what_a_process_has_computed_grows(child):
    myself = Process.of(os.getpid())
    assert myself is not None
    before = myself.processor_seconds()
    assert before > 0
    until(lambda: sum(range(100_000)) and myself.processor_seconds() > before)
    process = process_of(child)
    child.kill()
    child.wait()
    assert process.processor_seconds() == 0


def test_what_children_have_computed_is_counted_when_they_have_ended(child):
    myself = Process.of(os.getpid())
    assert myself is not None
    subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)
    assert myself.processor_seconds(children=True) > myself.processor_seconds()


def test_a_saved_process_comes_back_the_same(child, tmp_path):
    process = process_of(child)
    process.save(tmp_path / "pid")
    assert Process.load(tmp_path / "pid") == process
    assert (tmp_path / "pid").read_text().split()[0] == str(child.pid)


@pytest.mark.parametrize("text", [None, "", "12\n", "twelve 1 boot\n"])
def test_an_unreadable_pid_file_is_no_process(tmp_path, text):
    if text is not None:
        (tmp_path / "pid").write_text(text)
    assert Process.load(tmp_path / "pid") is None


@pytest.mark.parametrize("other", [{"started": 1}, {"boot": "another"}])
def test_a_recycled_pid_is_never_killed(child, other):
    ancestor = replace(process_of(child), **other)  # same pid, other life
    assert not ancestor.alive()
    assert not ancestor.kill(signal.SIGKILL)
    ancestor.end(patience=1)
    assert child.poll() is None


def test_a_zombie_is_gone(child):
    process = process_of(child)
    assert process.kill(signal.SIGKILL)
    assert process.wait_gone(5)  # though nobody has reaped it
    assert Process.of(child.pid) is None
    assert not process.kill(signal.SIGTERM)


def test_a_process_is_not_gone_before_its_last_thread():
    with running(_HEADLESS) as headless:
        stat = Path(f"/proc/{headless.pid}/stat")
        until(lambda: " Z " in stat.read_text())
        process = process_of(headless)
        assert process.kill(signal.SIGKILL)
        assert process.wait_gone(5)


def test_whoever_ignores_sigterm_is_killed():
    with running(_STUBBORN) as stubborn:
        process_of(stubborn).end(patience=0.2)
        assert stubborn.wait(5) == -signal.SIGKILL


def test_no_such_pid():
    assert Process.of(2**22 + 1) is None
