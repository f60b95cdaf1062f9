"""``dealstream produce``: NDJSON events into Kafka, judged line by line before they go."""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from dealstream.cli.failure import Failure
from dealstream.cli.options import DEFAULT_ENV, Config, Env

if TYPE_CHECKING:
    from rich.progress import Progress

    from dealstream.ndjson import Block, LineJudge
    from dealstream.pace import Pace
    from dealstream.stores.event_producer import EventProducer

_LISTED = 20


@dataclass
class Sending:
    """Judges lines, sends those that are events, and knows how many there were of either kind."""

    judge: "LineJudge"
    producer: "EventProducer"
    pace: "Pace"
    sent: int = 0
    bad: int = 0

    def send(self, block: "Block") -> None:
        """Send the events of a block, print its first bad lines, and wait until more are due."""
        now_ms = time.time_ns() // 1_000_000
        events = self.judge.judge(block, now_ms)
        for line in events.bad[: max(0, _LISTED - self.bad)]:
            print(line, file=sys.stderr)
        self.bad += len(events.bad)
        self.producer.send(events.users, events.lines, now_ms)
        self.sent += len(events.lines)
        self.pace.did(len(events.lines))


def produce(
    file: Annotated[str, typer.Argument(help="NDJSON, one event a line; - is standard input.")],
    env: Env = DEFAULT_ENV,
    config: Config = None,
    rate: Annotated[float | None, typer.Option(help="Send at most so many events a second.", min=0.001)] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Send FILE over and over until Ctrl-C; same ids.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Lines that are no events are no failure.")] = False,
) -> None:
    """Send events to the deployment's Kafka topic, keyed by user. Lines that are no events are listed and not sent."""
    from dealstream.ndjson import LineJudge
    from dealstream.pace import Pace
    from dealstream.settings import load
    from dealstream.stores.event_producer import EventProducer, ProducerError

    if loop and file == "-":
        raise Failure("--loop needs a file: standard input can be read only once", exit_code=2)
    settings = load(env, config)
    topic = settings.relevance.topic
    with _opened(file) as source:
        try:
            sending = Sending(
                LineJudge(settings.relevance), EventProducer(settings.tuning.kafka_brokers, topic), Pace(rate)
            )
            seconds = _send_all(_passes(source, file, loop), None if loop else _size(source), sending)
        except ProducerError as error:
            raise Failure(str(error)) from None
    print(f"{sending.sent:,} events to {topic} in {seconds:.1f} s, {sending.sent / seconds:,.0f} events/s")
    if sending.bad:
        print(f"{sending.bad:,} lines are no events and were not sent", file=sys.stderr)
        if not skip_bad:
            raise typer.Exit(1)


def _opened(file: str) -> BinaryIO:
    if file == "-":
        return sys.stdin.buffer
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise Failure(f"{file}: {error.strerror}", exit_code=2) from None


def _passes(source: BinaryIO, name: str, loop: bool) -> Iterator["Block"]:
    """Yield the blocks of the file, once or for ever; an empty file ends either way."""
    from dealstream.ndjson import blocks

    while True:
        empty = True
        for block in blocks(source, name):
            empty = False
            yield block
        if empty or not loop:
            return
        source.seek(0)


def _send_all(blocks: Iterator["Block"], total: int | None, sending: Sending) -> float:
    """Send blocks of ``total`` bytes and return the seconds it took until all of them were delivered.

    Ctrl-C ends the sending, not the delivery of what was handed over.
    """
    start = time.monotonic()
    with _progress() as progress:
        task = progress.add_task("", total=total, events=0)
        try:
            for block in blocks:
                for portion in block.portions(sending.pace.portion):
                    sending.send(portion)
                    progress.update(task, advance=portion.size, events=sending.sent)
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)
        sending.producer.finish()
    return time.monotonic() - start


def _progress() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[events]:,} events"), TimeRemainingColumn())
    console = Console(stderr=True)
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _size(source: BinaryIO) -> int | None:
    return os.fstat(source.fileno()).st_size if source.seekable() else None
