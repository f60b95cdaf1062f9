"""A real Redis Cluster whose nodes die, freeze, are replaced by replicas, or have lost a hash slot."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from redis.crc import key_slot

from dealstream.domain.slots import Keys
from dealstream.stores.errors import StoreUnavailableError
from dealstream.stores.redis_cluster import RedisCluster
from tests.support.redis_store import RedisStore
from tests.support.waiting import until

SLOT = 3


@pytest.fixture
def fragile(own_nodes) -> Iterator[RedisStore]:
    """Return a store on a Redis Cluster of the test's own, whose nodes must answer within 300 ms."""
    store = RedisStore(own_nodes.nodes, timeout_ms=300, cluster=True)
    yield store
    store.close()


@pytest.mark.parametrize("dead", range(3))
def test_a_node_that_dies_is_completed_once_it_is_back(fragile, own_nodes, dead):
    """It comes back with what it had at offset 100 of 150."""
    fragile.counters.apply(fragile.flush((0, 100)))
    node = own_nodes.nodes[dead]
    node.dump()
    fragile.counters.apply(fragile.flush((100, 150)))
    slots = {slot for slot in range(8) if fragile.holder(slot) == node}
    node.kill()
    for ask in (
        lambda: fragile.counters.apply(fragile.flush((150, 200))),
        lambda: fragile.counters.applied([0]),
        lambda: fragile.counters.owners("deal"),
        lambda: fragile.counters.mark_gone(1, 0, 5),
    ):
        with pytest.raises(StoreUnavailableError, match=node.address):
            ask()
    node.start()
    own_nodes.wait_well()
    counted_to = {slot: ranges.watermark for (slot, _), ranges in fragile.counters.applied([0]).items()}
    assert {slot for slot, end in counted_to.items() if end == 100} == slots
    fragile.replay()
    fragile.assert_exact()


def test_a_node_that_freezes_within_a_transaction(fragile):
    """The EXEC is sent, and carried out after the client has given up."""
    node = fragile.holder(0)
    flush = fragile.flush((0, 200), meanwhile=[node.freeze])
    with pytest.raises(StoreUnavailableError, match=node.address):
        fragile.counters.apply(flush)
    node.thaw()
    until(lambda: _counts(fragile, (0, 200)))
    fragile.assert_exact()


def test_a_replica_takes_the_place_of_a_dead_node(fragile, own_nodes):
    """The others need a while to agree that it is dead; then the process finds the replica by itself."""
    fragile.counters.apply(fragile.flush((0, 100)))
    node = fragile.holder(0)
    replica = own_nodes.add_replica(node)
    node.kill()
    until(lambda: _counts(fragile, (100, 200)))
    fragile.assert_exact()
    node.start()
    fragile.servers.append(replica)
    assert fragile.holder(0) == replica
    fragile.assert_exact()


def _counts(store: RedisStore, piece: tuple[int, int]) -> bool:
    """Apply a flush as the spout does: whatever fails comes again."""
    with suppress(StoreUnavailableError):
        store.counters.apply(store.flush(piece))
        return True
    return False


def test_a_hash_slot_that_nobody_has(fragile, own_nodes):
    fragile.counters.apply(fragile.flush((0, 100)))
    node, hash_slot = fragile.holder(SLOT), key_slot(fragile.keys.applied(SLOT, 0).encode())
    own_nodes.everywhere("CLUSTER", "DELSLOTS", hash_slot)
    for counters in (fragile.counters, fragile.open()):
        with pytest.raises(StoreUnavailableError, match=f"no node of the Redis Cluster has hash slot {hash_slot}"):
            counters.apply(fragile.flush((100, 200)))
    with node.client() as client:
        client.execute_command("CLUSTER", "ADDSLOTS", hash_slot)
    own_nodes.wait_well()
    fragile.counters.apply(fragile.flush((100, 200)))
    fragile.assert_exact()


def test_servers_that_are_no_cluster(shared_redis):
    placement = RedisCluster([server.address for server in shared_redis], Keys("x", 4), 5000)
    with pytest.raises(StoreUnavailableError, match="cluster support disabled"):
        placement.groups([0])
    placement.close()
