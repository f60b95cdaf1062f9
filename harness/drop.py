"""Leaves nothing of a deployment on the cluster."""

from collections.abc import Sequence
from contextlib import ExitStack

import redis
from kafka.admin import KafkaAdminClient

from dealstream.settings import Settings
from dealstream.stores.hbase_admin import open_admin
from dealstream.stores.open import on_redis_cluster
from dealstream.stores.topics import Topics


def drop(deployments: Sequence[Settings], *, events: bool = False) -> None:
    """Destroy topics, consumer groups, Redis keys and HBase tables; one that fails does not keep the others.

    With ``events`` the topics of events stay.
    """
    with ExitStack() as steps:
        steps.callback(_drop_tables, deployments)
        for settings in deployments:
            steps.callback(_drop_keys, settings)
            steps.callback(_drop_group, settings)
            steps.callback(_drop_topics, settings, events)


def _drop_tables(deployments: Sequence[Settings]) -> None:
    with open_admin() as admin:
        for settings in deployments:
            admin.drop(settings.relevance)


def _drop_keys(settings: Settings) -> None:
    if on_redis_cluster(settings):
        return  # it was the test's own
    for server in settings.tuning.redis_servers:
        with redis.Redis.from_url(f"redis://{server}") as client:
            for key in client.scan_iter(match=f"{settings.relevance.name}:*", count=1000):
                client.unlink(key)


def _drop_group(settings: Settings) -> None:
    admin = KafkaAdminClient(bootstrap_servers=settings.tuning.kafka_brokers.split(","))
    admin.delete_groups([settings.relevance.name])  # of a group that is not there it returns an error
    admin.close()


def _drop_topics(settings: Settings, events: bool) -> None:
    topics = Topics(settings.tuning.kafka_brokers)
    topics.delete([settings.relevance.rejected_topic, *([] if events else [settings.relevance.topic])])
    topics.close()
