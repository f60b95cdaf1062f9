"""The stream on its way to Kafka, in a thread of its own, at a steady rate; keeps a file of what must be counted."""

from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from dealstream.pace import Pace
from tests.chaos.events import Portion, stream
from tests.chaos.producer import StubbornProducer


@dataclass
class Sent:
    """How many lines were sent so far, by what they are."""

    lines: int = 0
    events: int = 0
    repeats: int = 0
    malformed: int = 0
    again: int = 0  # lines that Kafka did not take in time


class Sending:
    """Sends the stream of a seed until `finish`."""

    def __init__(self, seed: int, rate: float, producer: StubbornProducer, file: Path) -> None:
        self.sent = Sent()
        self._seed = seed
        self._pace = Pace(rate)
        self._producer = producer
        self._path = file
        self._stopped = Event()
        self._error: Exception | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def finish(self) -> Sent:
        """Stop, wait until everything is on the log, and return what was sent."""
        self._stopped.set()
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self.sent

    @property
    def failed(self) -> bool:
        """Whether it has died."""
        return self._error is not None

    def _run(self) -> None:
        try:
            with self._path.open("wb") as file:
                for portion in stream(self._seed):
                    if self._stopped.is_set():
                        break
                    file.write(b"\n".join([*portion.fresh, b""]))
                    self._send(portion)
            self._producer.finish()
            self.sent.again = self._producer.sent_again
        except Exception as error:  # noqa: BLE001 -- handed over by `finish`
            self._error = error

    def _send(self, portion: Portion) -> None:
        """Send a portion piece by piece, so that the flow is even."""
        step = self._pace.portion or len(portion.lines)
        for start in range(0, len(portion.lines), step):
            users, lines = portion.users[start : start + step], portion.lines[start : start + step]
            self._producer.send(users, lines, portion.timestamp_ms)
            self._pace.did(len(lines))
        self.sent.lines += len(portion.lines)
        self.sent.events += len(portion.fresh)
        self.sent.repeats += portion.repeats
        self.sent.malformed += portion.malformed
