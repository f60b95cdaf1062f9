"""One machine, all real: ZooKeeper, Kafka, Storm, HBase and two Redis servers, by `python -m cluster up`."""
