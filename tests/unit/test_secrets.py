"""Secrets: from the environment, or none."""

from dealstream.stores import secrets

KAFKA = {"DEALSTREAM_KAFKA_USERNAME": "storm", "DEALSTREAM_KAFKA_PASSWORD": "s3cret"}


def test_without_secrets_everything_is_plain():
    assert secrets.redis_password({}) is None
    assert secrets.redis_password({"DEALSTREAM_REDIS_PASSWORD": ""}) is None
    assert secrets.kafka_python({}) == secrets.librdkafka({}) == {}


def test_both_kafka_clients_log_in_with_the_same_user_over_tls():
    python, native = secrets.kafka_python(KAFKA), secrets.librdkafka(KAFKA)
    assert (python["sasl_plain_username"], python["sasl_plain_password"]) == ("storm", "s3cret")
    assert (native["sasl.username"], native["sasl.password"]) == ("storm", "s3cret")
    assert python["security_protocol"] == native["security.protocol"] == "SASL_SSL"
    assert python["sasl_mechanism"] == native["sasl.mechanism"]


def test_redis_password():
    assert secrets.redis_password({"DEALSTREAM_REDIS_PASSWORD": "pw"}) == "pw"
