"""Deployments on the real cluster."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

from dealstream.settings import Settings
from harness.drop import drop
from tests.support.cluster_deployment import Deployment
from tests.support.redis_server import RedisServer
from tests.support.redis_servers import Servers

Deploy = Callable[..., Deployment]


@pytest.fixture(scope="session")
def more_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[RedisServer]]:
    """Run three Redis servers beside those of the cluster."""
    folder = tmp_path_factory.mktemp("redis")
    with ExitStack() as ending:
        servers = [RedisServer(folder / name) for name in ("one", "two", "three")]
        for server in servers:
            ending.callback(server.kill)
            server.start()
        yield servers


@pytest.fixture(scope="session")
def deploy(
    cluster: Settings, more_redis: list[RedisServer], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deploy]:
    """Return a maker of deployments that have topics and tables and no topology yet; nothing of them is left."""
    made: list[Deployment] = []

    with ExitStack() as ending:  # from the bottom to the top: all are killed, all have ended, all are dropped
        ending.callback(lambda: drop([deployment.settings for deployment in made]))
        ended = ending.enter_context(ExitStack())
        killed = ending.enter_context(ExitStack())

        def make(kind: str, redis: Servers | None = None) -> Deployment:
            deployment = Deployment(f"{kind}_{uuid4().hex[:8]}", tmp_path_factory.mktemp(kind), redis)
            made.append(deployment)
            ended.callback(deployment.wait_ended)
            killed.callback(deployment.kill)
            deployment.run("dealstream", "create")
            return deployment

        yield make


@pytest.fixture(scope="session")
def pizza(deploy: Deploy, neighbour: Deployment) -> Deployment:  # which runs beside it all the time
    """Return a deployment whose topology runs on the cluster."""
    deployment = deploy("pizza")
    deployment.submit()
    return deployment


@pytest.fixture(scope="session")
def neighbour(deploy: Deploy) -> Deployment:
    """Return a deployment that counts the same things under another name."""
    deployment = deploy("neighbour")
    deployment.submit()
    return deployment
