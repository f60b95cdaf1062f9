"""One partition on its way from the log into the topology: records in, batches out, acks and failures back."""

from typing import Any

from dealstream.domain.batch import Batch
from dealstream.domain.cutter import Cutter, Limits
from dealstream.domain.offsets import InFlight
from dealstream.domain.records import Records

# the values of a tuple, in the order of batch.FIELDS
Message = list[Any]


class Intake:
    """Cuts the records of one partition into batches and keeps track of them until they are acked.

    A tuple's id is ``partition:first:epoch``. Going back starts a new epoch, so that an ack of a batch from before
    is not taken for one of the batch that starts at the same offset now.
    """

    def __init__(self, partition: int, position: int, limits: Limits) -> None:
        self.partition = partition
        self._limits = limits
        self._epoch = -1
        self.go_back(position)

    def __len__(self) -> int:
        return len(self._cutter)

    @property
    def committable(self) -> int:
        """Every batch below this offset is acked."""
        return self._flight.committable

    def go_back(self, position: int) -> None:
        """Forget everything buffered and in flight; the next record is that at ``position`` or the first after it."""
        self._epoch += 1
        self._cutter = Cutter(self.partition, position, self._limits)
        self._flight = InFlight[Message](position)

    def add(self, records: Records, now_ms: float) -> None:
        """Take records of the partition that came at ``now_ms``."""
        self._cutter.add(records, now_ms)

    def tuples(self, read_to: int, now_ms: float) -> list[tuple[str, Message]]:
        """Return the tuples to emit, each with its id: failed ones that are due, and batches that are full or due.

        ``read_to`` is the log's position: what it holds below, and was not added, are no records.
        """
        again = [(self._id(first), message) for first, message in self._flight.due(now_ms)]
        batches = self._cutter.cut(now_ms)
        if (rest := self._cutter.skip(read_to)) is not None:
            batches.append(rest)
        return again + [self._message(batch) for batch in batches]

    def acked(self, tuple_id: str) -> None:
        """Note that both sinks have a batch."""
        if (first := self._first(tuple_id)) is not None:
            self._flight.acked(first)

    def failed(self, tuple_id: str, now_ms: float) -> None:
        """Note that a batch failed at ``now_ms`` and has to be emitted again, as it was, a while later."""
        if (first := self._first(tuple_id)) is not None:
            self._flight.failed(first, now_ms)

    def _message(self, batch: Batch) -> tuple[str, Message]:
        message: Message = [batch.partition, batch.first, batch.next, len(batch), batch.pack()]
        self._flight.emitted(batch.first, batch.next, message)
        return self._id(batch.first), message

    def _id(self, first: int) -> str:
        return f"{self.partition}:{first}:{self._epoch}"

    def _first(self, tuple_id: str) -> int | None:
        """Return where the batch of an id starts; None if it is of an earlier epoch."""
        _, first, epoch = map(int, tuple_id.split(":"))
        return first if epoch == self._epoch else None


def partition_of(tuple_id: str) -> int:
    """Return the partition of a tuple id."""
    return int(tuple_id.split(":")[0])
