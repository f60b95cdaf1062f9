"""``dealstream create``: make the topics and tables of a deployment."""

from dealstream.cli.options import DEFAULT_ENV, Config, Env


def create(env: Env = DEFAULT_ENV, config: Config = None) -> None:
    """Make what is missing of the deployment's Kafka topics and HBase tables; run it as often as you like."""
    from dealstream import settings
    from dealstream.stores.hbase_admin import open_admin
    from dealstream.stores.topics import Topics

    loaded = settings.load(env, config)
    relevance = loaded.relevance
    topics = Topics(loaded.tuning.kafka_brokers)
    made = topics.create([relevance.topic, relevance.rejected_topic])
    topics.close()
    with open_admin() as admin:
        made += admin.create(relevance)
    print("made " + ", ".join(made) if made else f"all topics and tables of {relevance.name} are there")
