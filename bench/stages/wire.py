"""The transport: a tuple from one Python into Storm's JVM, and out of it into another, as MessagePack through pipes."""

import io
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import RLock, Thread
from typing import Any

from pystorm.serializers.msgpack_serializer import MsgpackSerializer

from bench.stages import java
from bench.stages.costs import Costs
from cluster.engine import Engine
from cluster.launch.lein import uberjar
from cluster.launch.project_clj import Project
from cluster.layout import CHECKOUT
from dealstream.domain.intake import Message


def hop(messages: Sequence[Message], sender: str, receiver: str, costs: Costs) -> None:
    """Send tuples through a pipe; a thread at either end does what pystorm does there."""
    source, sink = os.pipe()
    with os.fdopen(source, "rb") as readable, os.fdopen(sink, "wb") as writable:
        reader, writer = _serializer(readable, io.BytesIO()), _serializer(io.BytesIO(), writable)

        def take() -> None:
            for _ in messages:
                with costs.clock(receiver, "take from the pipe", time.thread_time):
                    reader.read_message()

        taking = Thread(target=take)
        taking.start()
        for number, values in enumerate(messages):
            with costs.clock(sender, "emit into the pipe", time.thread_time):
                writer.send_message(_emitted(number, values))
        taking.join()


def storm(hops: Mapping[str, Sequence[Message]], folder: Path, costs: Costs) -> None:
    """Let Storm's side read what a Python emits and write what another takes: tuples by what they hold."""
    serialize = _serializer(io.BytesIO(), io.BytesIO()).serialize_dict
    jar = uberjar(replace(Project.load(CHECKOUT), target=str(folder)), CHECKOUT)
    class_path = [str(jar), *Engine("storm").class_path]
    emitted = folder / "emitted"
    for what, messages in hops.items():
        emitted.write_bytes(b"".join(serialize(_emitted(number, values)) for number, values in enumerate(messages)))
        with java.running("Hop", class_path, [emitted, len(messages)], folder) as program:
            program.begin()
            costs.of("worker", f"read and write, one hop of {what}").seconds += program.end()


def _serializer(source: Any, sink: Any) -> Any:  # noqa: ANN401 -- pystorm is untyped
    return MsgpackSerializer(source, sink, RLock(), RLock())


def _emitted(number: int, values: Message) -> dict[str, Any]:
    return {"command": "emit", "tuple": values, "id": f"0:{number}:0", "need_task_ids": False}
