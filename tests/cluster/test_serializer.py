"""Storm's half of the multilang protocol in MessagePack against pystorm's: a JVM that echoes what a component says."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from threading import RLock
from typing import Any

import pytest
from pystorm.serializers.msgpack_serializer import MsgpackSerializer

from cluster.engine import Engine
from cluster.java import compiler, java
from cluster.launch.lein import uberjar
from cluster.launch.project_clj import Project
from cluster.layout import CHECKOUT

pytestmark = pytest.mark.cluster

ECHO = CHECKOUT / "tests" / "support" / "java" / "Echo.java"
INTEGERS = [0, 1, -1, -32, -33, 127, 128, 255, 256, 2**16, -(2**15) - 1, 2**32, 2**62, 2**63 - 1, -(2**63)]
VALUES = [
    *INTEGERS,
    *(0.5, -1e300, None, True, False),
    *("", "a", "é\n€\U0001f355", "x" * 31, "x" * 300, "x" * 70_000),
    *(b"", b"\x00\xff\n", bytes(range(256)) * 300),
    *([], [1, [b"2", ["3"]]], list(range(100_000)), {}, {"a": {"b": [None]}}, {str(key): key for key in range(1000)}),
]


@pytest.fixture
def echo(cluster, tmp_path) -> Iterator[Any]:
    """Return what speaks to the echo, which has the jar that a topology has, and Storm as a worker has it."""
    jar = uberjar(replace(Project.load(CHECKOUT), target=str(tmp_path), resources=()), CHECKOUT)
    class_path = [str(tmp_path), str(jar), f"{Engine('storm').home}/lib-worker/*"]
    subprocess.run(compiler(class_path=class_path, classes=tmp_path, sources=[ECHO]), check=True)
    with subprocess.Popen(
        [java(), "-cp", ":".join(class_path), "Echo"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield MsgpackSerializer(process.stdout, process.stdin, RLock(), RLock())
        process.kill()


def test_values_of_a_tuple_come_back_as_they_were_said(echo):
    echo.send_message({"command": "emit", "id": "0:1:0", "tuple": VALUES, "need_task_ids": False})
    assert echo.read_message() == {
        "id": "0:1:0",
        "comp": "emit null INFO false",
        "stream": "default",
        "task": 0,
        "tuple": VALUES,
    }
    assert echo.read_message() == [0]


@pytest.mark.parametrize(
    ("said", "heard", "anchors"),
    [
        (
            {"command": "emit", "tuple": [], "stream": "s", "task": 7, "anchors": ["1", "2"]},
            ("emit null INFO true", "s", 7),
            2,
        ),
        ({"command": "ack", "id": "1", "anchors": "1"}, ("ack null INFO true", "default", 0), 1),
        ({"command": "log", "msg": "careful", "level": 3}, ("log careful WARN true", "default", 0), 0),
        ({"command": "log", "msg": "é"}, ("log é INFO true", "default", 0), 0),
    ],
)
def test_messages_mean_what_they_mean_in_json(echo, said, heard, anchors):
    echo.send_message(said)
    message = echo.read_message()
    assert (message["comp"], message["stream"], message["task"]) == heard
    assert echo.read_message() == [anchors]


def test_a_component_that_has_ended_has_no_output(echo):
    """Storm then starts the worker anew."""
    echo.output_stream.close()
    assert echo.read_message() == {"command": "end", "id": None}
