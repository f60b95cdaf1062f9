"""Storm's side of the multilang protocol: drives one component over the real wire, message by message."""

import io
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgpack

from dealstream.bolts.dedup import CODED, JUDGED
from dealstream.domain.batch import FIELDS, JUDGED_FIELDS, Batch
from dealstream.domain.coded import CODED_FIELDS
from dealstream.domain.coder import Coder
from dealstream.domain.kept_events import KeptDecoder
from dealstream.domain.verdicts import kept
from tests.support.events import RELEVANCE, TABLE

TASKS = {
    "1": "__acker",
    "2": "event_spout",
    "3": "event_spout",
    "4": "dedup",
    "5": "hbase_writer",
    "6": "bucket_counter",
}
SOURCES: dict[str, dict[str, dict[str, Sequence[str]]]] = {
    "event_spout": {},
    "dedup": {"event_spout": {"default": FIELDS}},
    "hbase_writer": {"dedup": {JUDGED: JUDGED_FIELDS}},
    "bucket_counter": {"dedup": {CODED: CODED_FIELDS}},
}
CONF = {
    "topology.name": "test",
    "dealstream.relevance": TABLE,
    "dealstream.kafka.brokers": "nowhere:1",
    "dealstream.hbase.thrift": "nowhere:1",
    "dealstream.redis.servers": ["nowhere:1"],
}


def handshake(
    task: int, pid_dir: Path, conf: Mapping[str, Any], streams: Sequence[str] = (JUDGED, CODED)
) -> dict[str, Any]:
    """Return the first message a component gets: what Storm knows about task ``task``."""
    component = TASKS[str(task)]
    context = {
        "taskid": task,
        "componentid": component,
        "task->component": TASKS,
        "source->stream->fields": SOURCES[component],
        "stream->target->grouping": {stream: {"sink": {"type": "LOCAL_OR_SHUFFLE"}} for stream in streams},
    }
    return {"pidDir": str(pid_dir), "conf": {**CONF, **conf}, "context": context}


def frame(message: Mapping[str, Any]) -> bytes:
    """Return a message as it goes over the wire."""
    packed: bytes = msgpack.packb(message)
    return packed


def messages(written: bytes) -> list[dict[str, Any]]:
    """Return the messages in what a component wrote, which must hold nothing else."""
    unpacker = msgpack.Unpacker()
    unpacker.feed(written)
    found = list(unpacker)
    assert unpacker.tell() == len(written)
    return found


def judged(batch: Batch, letters: str) -> list[Any]:
    """Return the values of a tuple as dedup emits it for the writer."""
    return [*arriving(batch), letters.encode()]


def coded(batch: Batch, letters: str) -> list[Any]:
    """Return the values of a tuple as dedup emits it for the counter."""
    judged_, coder = letters.encode(), Coder(RELEVANCE)
    columns = KeptDecoder(RELEVANCE, coder.fields).columns(batch, judged_, kept(judged_))
    return [batch.partition, batch.first, batch.next, len(batch), coder.code(batch, judged_, columns).pack()]


def arriving(batch: Batch) -> list[Any]:
    """Return the values of a tuple as the spout emits it."""
    return [batch.partition, batch.first, batch.next, len(batch), batch.pack()]


class Emit(NamedTuple):
    """An emitted tuple."""

    values: list[Any]
    id: str | None
    anchors: list[str]
    stream: str = "default"


Said = Emit | tuple[str, ...]


class _Inbox(io.BytesIO):
    """What Storm has written and the component not yet read."""

    def feed(self, data: bytes) -> None:
        at = self.tell()
        self.seek(0, io.SEEK_END)
        self.write(data)
        self.seek(at)


class Wire:
    """One component after its handshake. It says `Emit`, ``("ack", id)``, ``("fail", id)`` and ``("sync",)``."""

    def __init__(
        self, component: type, task: int, pid_dir: Path, streams: Sequence[str] = (JUDGED, CODED), **conf: Any
    ) -> None:
        """Start it; ``streams`` are those of its own that somebody takes."""
        self.logs: list[str] = []
        self._inbox, self._outbox, self._read = _Inbox(), io.BytesIO(), 0
        self._handlers, self._stdout = list(logging.getLogger().handlers), sys.stdout
        self.component = component(
            input_stream=self._inbox, output_stream=self._outbox, rdb_signal=None, serializer="msgpack"
        )
        named = {f"dealstream.{name.replace('_', '.')}": value for name, value in conf.items()}
        self._inbox.feed(frame(handshake(task, pid_dir, named, streams)))
        found_conf, found_context = self.component.read_handshake()
        self.component._setup_component(found_conf, found_context)
        self.component.initialize(found_conf, found_context)
        (pid,) = self._answers()
        assert set(pid) == {"pid"}

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it as far as a process can that goes on."""
        logging.getLogger().handlers[:] = self._handlers  # pystorm's would go on writing into our boxes
        sys.stdout = self._stdout

    def send(self, **message: Any) -> list[Said]:
        """Let the component work off one message; return what it says to it, its logs left out."""
        self._inbox.feed(frame(message))
        self.component._run()
        return [_said(answer) for answer in self._answers()]

    def tuple(self, id_: str, values: Sequence[Any], source: str, stream: str = "default") -> list[Said]:
        """Send a tuple."""
        return self.send(id=id_, comp=source, stream=stream, task=9, tuple=values)

    def tick(self) -> list[Said]:
        """Send a tick."""
        return self.send(id="tick", comp="__system", stream="__tick", task=-1, tuple=[1])

    def heartbeat(self) -> list[Said]:
        """Send a heartbeat."""
        return self.send(id="beat", comp="__system", stream="__heartbeat", task=-1, tuple=[])

    def written(self) -> bytes:
        """Return all that the component has written so far."""
        return self._outbox.getvalue()

    def _answers(self) -> list[dict[str, Any]]:
        fresh, self._read = messages(self.written()[self._read :]), len(self.written())
        self.logs += [message["msg"] for message in fresh if message.get("command") == "log"]
        return [message for message in fresh if message.get("command") != "log"]


def _said(message: dict[str, Any]) -> Said:
    match message:
        case {"command": "emit", "tuple": values, "need_task_ids": False}:
            return Emit(values, message.get("id"), message.get("anchors", []), message.get("stream", "default"))
        case {"command": "ack" | "fail" as command, "id": id_}:
            return (command, id_)
        case {"command": "sync"}:
            return ("sync",)
    raise AssertionError(f"unexpected: {message}")
