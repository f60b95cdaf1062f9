"""Opens the real stores of a deployment. Called in a component's ``initialize``, never at import."""

from dealstream.domain.bloom import PROBING
from dealstream.domain.relevance import Relevance, Storage
from dealstream.settings import Settings, SettingsError
from dealstream.stores.catalogue import HBaseCatalogue
from dealstream.stores.cube_strings import CubeStrings
from dealstream.stores.erasures import HBaseErasures
from dealstream.stores.hbase import Connected, HBase, HBasePool
from dealstream.stores.kafka_log import KafkaLog
from dealstream.stores.packed_hashes import PackedHashes
from dealstream.stores.redis_changes import RedisCubeChanges
from dealstream.stores.redis_cluster import RedisCluster
from dealstream.stores.redis_counters import RedisCounters
from dealstream.stores.redis_layout import CounterLayout
from dealstream.stores.redis_memory import RedisMemory
from dealstream.stores.redis_placement import Placement
from dealstream.stores.redis_schemas import RedisSchemas
from dealstream.stores.redis_servers import RedisServers
from dealstream.stores.rejected import KafkaRejected
from dealstream.stores.resharder import Resharder
from dealstream.stores.slot_replacer import SlotReplacer
from dealstream.stores.slot_servers import SlotServers
from dealstream.stores.snapshots import HBaseSnapshots
from dealstream.stores.user_events import HBaseUserEvents
from dealstream.stores.vocabulary import HBaseVocabulary


def open_log(settings: Settings) -> KafkaLog:
    """Open the topic of events; the consumer group is named like the deployment."""
    tuning = settings.tuning
    return KafkaLog(tuning.kafka_brokers, settings.relevance.topic, settings.relevance.name, tuning.socket_timeout_ms)


def open_rejected(settings: Settings) -> KafkaRejected:
    """Open the topic of rejected records."""
    tuning = settings.tuning
    return KafkaRejected(tuning.kafka_brokers, settings.relevance.rejected_topic, tuning.socket_timeout_ms)


def open_counters(settings: Settings) -> RedisCounters:
    """Open the bucket counters."""
    relevance = settings.relevance
    return RedisCounters(open_placement(settings), relevance.keys, counter_layout(relevance))


def counter_layout(relevance: Relevance) -> CounterLayout:
    """Return how a deployment's counts lie in Redis."""
    return PackedHashes(relevance) if relevance.counters is Storage.HASH else CubeStrings(relevance.keys)


def open_cube_changes(settings: Settings) -> RedisCubeChanges:
    """Open what tells of the cubes which have changed."""
    keys = settings.relevance.keys
    return RedisCubeChanges(open_placement(settings), keys, settings.tuning.socket_timeout_ms)


def open_memory(settings: Settings) -> RedisMemory:
    """Open what tells of the memory that the counters take."""
    relevance = settings.relevance
    return RedisMemory(open_placement(settings), relevance.keys, counter_layout(relevance))


def open_schemas(settings: Settings) -> RedisSchemas:
    """Open what lists and deletes the schemas of the deployment."""
    return RedisSchemas(open_placement(settings), settings.relevance.name)


def open_placement(settings: Settings) -> Placement:
    """Open what tells where the slots of the counters are."""
    tuning = settings.tuning
    kind = RedisCluster if on_redis_cluster(settings) else RedisServers
    return kind(tuning.redis_servers, settings.relevance.keys, tuning.socket_timeout_ms)


def on_redis_cluster(settings: Settings) -> bool:
    """Tell whether the counters are on a Redis Cluster, which has its own ways to move slots."""
    return settings.tuning.redis_cluster


def _refuse_redis_cluster(settings: Settings) -> None:
    """Raise SettingsError if the slots are not ours to move."""
    if on_redis_cluster(settings):
        raise SettingsError(
            "dealstream.redis.cluster: the nodes of a Redis Cluster know where slots are, and how to move them:"
            " `redis-cli --cluster check` and `redis-cli --cluster reshard`"
        )


def open_resharder(settings: Settings) -> Resharder:
    """Open what spreads the slots of the counters over the servers."""
    _refuse_redis_cluster(settings)
    return Resharder(settings.tuning.redis_servers, settings.relevance.keys, settings.tuning.socket_timeout_ms)


def open_replacer(settings: Settings) -> SlotReplacer:
    """Open what gives the slots of one server to another."""
    _refuse_redis_cluster(settings)
    return SlotReplacer(settings.tuning.redis_servers, settings.relevance.keys, settings.tuning.socket_timeout_ms)


def open_slot_servers(settings: Settings) -> SlotServers:
    """Open what tells of the servers that the slots are on."""
    _refuse_redis_cluster(settings)
    return SlotServers(settings.tuning.redis_servers, settings.relevance.keys, settings.tuning.socket_timeout_ms)


def open_hbase(settings: Settings) -> HBase:
    """Open a connection to HBase."""
    tuning = settings.tuning
    return HBase(tuning.hbase_thrift, tuning.socket_timeout_ms, tuning.hbase_transport)


def open_hbase_pool(settings: Settings) -> HBasePool:
    """Open connections to HBase for many threads."""
    return HBasePool(lambda: open_hbase(settings))


def open_user_events(settings: Settings, hbase: Connected | None = None) -> HBaseUserEvents:
    """Open the users' events."""
    return HBaseUserEvents(hbase or open_hbase(settings), settings.relevance.user_events_table)


def open_erasures(settings: Settings, hbase: Connected | None = None) -> HBaseErasures:
    """Open the tombstones of users."""
    return HBaseErasures(hbase or open_hbase(settings), settings.relevance.erasures_table)


def open_catalogue(settings: Settings, hbase: Connected | None = None) -> HBaseCatalogue:
    """Open what is known of deals."""
    return HBaseCatalogue(hbase or open_hbase(settings), settings.relevance.catalogue_table)


def open_profiles(settings: Settings, hbase: Connected | None = None) -> HBaseCatalogue:
    """Open what is known of users."""
    return HBaseCatalogue(hbase or open_hbase(settings), settings.relevance.profiles_table)


def open_snapshots(settings: Settings) -> HBaseSnapshots:
    """Open the snapshots of the dedup window."""
    tuning, relevance = settings.tuning, settings.relevance
    bounds = f"{relevance.max_age_ms}:{relevance.max_ahead_ms}"
    kind = f"{PROBING}:{relevance.schema}:{bounds}:{tuning.dedup_slice_offsets}:{tuning.dedup_error_rate}"
    return HBaseSnapshots(open_hbase(settings), relevance.dedup_table, kind)


def open_vocabulary(settings: Settings, hbase: Connected | None = None) -> HBaseVocabulary:
    """Open the codes of open dimensions."""
    return HBaseVocabulary(hbase or open_hbase(settings), settings.relevance.vocabulary_table)
