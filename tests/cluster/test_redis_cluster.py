"""The real topology counts into a real Redis Cluster, and hash slots move meanwhile."""

import json
from collections.abc import Iterator

import pytest
from redis.crc import key_slot

from tests.cluster.conftest import Deploy
from tests.support.cluster_deployment import Deployment
from tests.support.redis_nodes import RedisNodes, running_nodes
from tests.support.redis_servers import Servers

pytestmark = pytest.mark.cluster


@pytest.fixture
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisNodes]:
    """Run a Redis Cluster."""
    yield from running_nodes(tmp_path_factory.mktemp("redis-cluster"))


@pytest.fixture
def deployment(deploy: Deploy, nodes: RedisNodes) -> Iterator[Deployment]:
    """Return a deployment whose topology counts into the Redis Cluster, and ends before it does."""
    deployment = deploy("clustered", Servers(nodes.nodes, cluster=True))
    deployment.submit()
    yield deployment
    deployment.kill()
    deployment.wait_ended()


def test_slots_move_while_events_stream(deployment: Deployment, nodes: RedisNodes):
    """The second node gives its first hash slots to the first one, two of the deployment's slots among them."""
    source, target = nodes.nodes[1], nodes.nodes[0]
    keys = deployment.settings.relevance.keys
    first = min(nodes.own(source))
    hash_slots = sorted(key_slot(keys.applied(slot, 0).encode()) for slot in range(keys.slots))
    move = [hash_slot for hash_slot in hash_slots if hash_slot >= first][:2]
    deployment.produce(deployment.generate(500, seed=1))
    deployment.until(lambda: deployment.counted() == 500, "the topology to be at work")
    file = deployment.generate(6000, seed=2)
    deployment.files.append(file)

    with deployment.project.started("dealstream", "produce", "--rate", "1000", str(file)) as producing:
        deployment.until(lambda: deployment.counted() > 500, "the first events to be counted")
        deployment.run(
            *("redis-cli", "--cluster", "reshard", source.address, "--cluster-yes", "--cluster-slots"),
            *(str(move[-1] - first + 1), "--cluster-from", nodes.id(source), "--cluster-to", nodes.id(target)),
        )
        assert producing.code is None, "the events were to flow while slots moved"
        deployment.until(lambda: producing.code is not None, "all events to be sent")

    assert producing.code == 0, producing.output
    assert {nodes.holder(hash_slot) for hash_slot in move} == {target}
    assert all(nodes.keys(target, hash_slot) for hash_slot in move)
    assert deployment.settle().startswith("exact: ")
    lag = deployment.lag()
    assert {each["behind"] for each in lag["partitions"]} == {0}
    memory = json.loads(deployment.run("dealstream", "memory", "--json"))
    assert {server["server"] for server in memory["servers"]} == set(nodes.addresses)
