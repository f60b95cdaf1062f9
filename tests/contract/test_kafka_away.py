"""A broker of the test's own that dies, freezes and comes back: the clients say so in time, and go on by themselves."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TypeVar

import pytest

from cluster.services.kafka import Kafka, kafka_service
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.kafka_log import KafkaLog
from dealstream.stores.rejected import KafkaRejected, RejectedRecord
from dealstream.stores.topics import Topics
from tests.support.log_writers import KafkaWriter
from tests.support.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("cluster")]  # which fetches Kafka
TIMEOUT_MS = 1000
TOPIC, REJECTED = "t.events", "t.events.rejected"
Answer = TypeVar("Answer")


@pytest.fixture(scope="module")
def broker(tmp_path_factory, cluster) -> Iterator[Kafka]:
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        ports = [probe.getsockname()[1] for probe in (one, other)]
    with kafka_service(*ports, tmp_path_factory.mktemp("kafka")).running() as broker:
        topics = Topics(f"127.0.0.1:{broker.port}")
        topics.create([TOPIC, REJECTED], 1)
        topics.close()
        yield broker


@pytest.fixture
def writer(broker) -> Iterator[KafkaWriter]:
    writer = KafkaWriter(f"127.0.0.1:{broker.port}", TOPIC)
    yield writer
    writer.close()


@pytest.fixture
def open_log(broker) -> Iterator[Callable[[], KafkaLog]]:
    opened: list[KafkaLog] = []

    def open_() -> KafkaLog:
        opened.append(KafkaLog(f"127.0.0.1:{broker.port}", TOPIC, "t", TIMEOUT_MS))
        return opened[-1]

    yield open_
    for log in opened:
        log.close()


@pytest.fixture
def rejected(broker) -> Iterator[KafkaRejected]:
    rejected = KafkaRejected(f"127.0.0.1:{broker.port}", REJECTED, TIMEOUT_MS)
    yield rejected
    rejected.close()


@contextmanager
def frozen(broker: Kafka) -> Iterator[None]:
    broker.kill(signal.SIGSTOP)
    try:
        yield
    finally:
        broker.kill(signal.SIGCONT)
        broker.wait_ready(30)


@contextmanager
def dead(broker: Kafka) -> Iterator[None]:
    broker.kill(signal.SIGKILL)
    assert broker.process is None or broker.process.wait_gone(10)
    try:
        yield
    finally:
        broker.start()
        broker.wait_ready(60)


@contextmanager
def never_waiting() -> Iterator[None]:
    """`next_tuple` must not wait."""
    begun = monotonic()
    yield
    assert monotonic() - begun < 1


def answered(ask: Callable[[], Answer]) -> Answer:
    """Ask until there is an answer."""
    answers: list[Answer] = []

    def asked() -> bool:
        with suppress(StoreUnavailableError):
            answers.append(ask())
        return bool(answers)

    until(asked, 60)
    return answers[0]


@contextmanager
def in_time() -> Iterator[None]:
    """Storm gives up on a component that is silent for 30 s."""
    begun = monotonic()
    with pytest.raises(StoreUnavailableError):
        yield
    assert monotonic() - begun < 10


@pytest.mark.parametrize("away", [frozen, dead])
def test_clients_say_so_in_time_and_go_on_by_themselves(broker, writer, open_log, rejected, away):
    """A spout's reader, a dedup's reader of gaps, a publisher, and a reader that is opened while nobody is there."""
    writer.append(0, [b"before"])
    reader, gaps, late, record = open_log(), open_log(), open_log(), RejectedRecord(0, 1, "no event", b"?")
    end = reader.bounds([0])[0][1]
    reader.start({0: end - 1})
    assert [found.values for found in until(lambda: reader.poll(10))] == [[b"before"]]
    assert len(list(gaps.read(0, end - 1, end))) == 1
    rejected.publish([record])
    with away(broker):
        for _ in range(20):
            with never_waiting():
                assert (reader.poll(10), reader.position(0)) == ([], end)
        for _ in range(2):
            for ask in (
                lambda: reader.bounds([0]),
                lambda: list(gaps.read(0, end - 1, end)),
                lambda: rejected.publish([record]),
                late.partitions,
            ):
                with in_time():
                    ask()
    reader.commit({0: end})
    writer.append(0, [b"after"])
    (found,) = until(lambda: reader.poll(10), 60)
    assert (found.offsets.tolist(), found.values) == ([end], [b"after"])
    assert [batch.values for batch in answered(lambda: list(gaps.read(0, end, end + 1)))] == [[b"after"]]
    assert answered(late.partitions) == [0]
    answered(lambda: rejected.publish([record]))
