"""The events of a comparison: made once, in a file and on a topic, with what must be counted of them."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bench import market
from bench.market import BLOCK, START_MS, Kind, Market
from cluster.layout import CHECKOUT
from dealstream.domain.relevance import Relevance
from dealstream.settings import load_relevance
from dealstream.stores.event_producer import EventProducer
from dealstream.stores.kafka_log import KafkaLog
from dealstream.stores.topics import Topics
from dealstream.truth.truth import Truth
from harness.project import renamed

CONFIGURATION = CHECKOUT / "bench" / "relevance.toml"
FOLDER = CHECKOUT / "build" / "bench-peers"
_TIMEOUT_MS = 10_000

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Stream:
    """A number of events of a seed; a deployment of dealstream that counts them is called ``name``."""

    events: int
    seed: int
    brokers: str

    @property
    def name(self) -> str:
        """The deployment, after which the topic is called; another one when other events are made or counted."""
        recipe = sha256(Path(str(market.__file__)).read_bytes() + CONFIGURATION.read_bytes())
        return f"peers_{self.seed}_{self.events}_{recipe.hexdigest()[:6]}"

    @property
    def configuration(self) -> Path:
        """The deployment's own relevance.toml."""
        return FOLDER / f"{self.name}.toml"

    @property
    def file(self) -> Path:
        """The events as NDJSON."""
        return FOLDER / f"{self.name}.ndjson"

    @property
    def relevance(self) -> Relevance:
        """What is counted."""
        return load_relevance(self.configuration)

    def make(self, progress: Progress) -> None:
        """Write what is missing of the configuration, the file and the topic; ``progress`` is told of events sent."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.configuration.write_text(renamed(CONFIGURATION, self.name))
        topic = self.relevance.topic
        if self.file.exists() and self._on_topic() == self.events:
            progress(self.events)
            return
        topics = Topics(self.brokers)
        topics.delete([topic])
        topics.create([topic])
        topics.close()
        self._send(topic, progress)

    def truth(self) -> Truth:
        """Compute what must be counted, from the file."""
        return Truth.of_files([self.file], self.relevance)

    def _on_topic(self) -> int:
        topics = Topics(self.brokers)
        topics.create([self.relevance.topic])
        topics.close()
        log = KafkaLog(self.brokers, self.relevance.topic, self.name, _TIMEOUT_MS)
        bounds = log.bounds(log.partitions())
        log.close()
        return sum(end - first for first, end in bounds.values())

    def _send(self, topic: str, progress: Progress) -> None:
        producer, part = EventProducer(self.brokers, topic), self.file.with_suffix(".part")
        blocks = Market(Kind.MARKET, self.seed)
        with part.open("wb") as file:
            for number in range(-(-self.events // BLOCK)):
                block, wanted = blocks.block(number), min(BLOCK, self.events - number * BLOCK)
                lines = block.lines[:wanted]
                file.writelines(line + b"\n" for line in lines)
                producer.send([f"user-{user:07}" for user in block.users[:wanted].tolist()], lines, START_MS)
                progress(wanted)
        producer.finish()
        part.rename(self.file)
