"""Secrets come from the environment, of the operator's shell and of Storm's supervisors; never from a file.

DEALSTREAM_REDIS_PASSWORD                              the password of every Redis server
DEALSTREAM_KAFKA_USERNAME, DEALSTREAM_KAFKA_PASSWORD   SASL/SCRAM-SHA-512 over TLS; without them: plain text
"""

from collections.abc import Mapping

MECHANISM = "SCRAM-SHA-512"
_REDIS = "DEALSTREAM_REDIS_PASSWORD"
_KAFKA_USER = "DEALSTREAM_KAFKA_USERNAME"
_KAFKA_PASSWORD = "DEALSTREAM_KAFKA_PASSWORD"


def redis_password(environment: Mapping[str, str]) -> str | None:
    """Return the password of the Redis servers, if there is one."""
    return environment.get(_REDIS) or None


def kafka_python(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what kafka-python's clients need to log in."""
    if not environment.get(_KAFKA_USER):
        return {}
    return {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": MECHANISM,
        "sasl_plain_username": environment[_KAFKA_USER],
        "sasl_plain_password": environment.get(_KAFKA_PASSWORD, ""),
    }


def librdkafka(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what confluent-kafka's clients need to log in."""
    if not environment.get(_KAFKA_USER):
        return {}
    return {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": MECHANISM,
        "sasl.username": environment[_KAFKA_USER],
        "sasl.password": environment.get(_KAFKA_PASSWORD, ""),
    }
