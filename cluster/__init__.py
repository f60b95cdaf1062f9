"""One machine, all real: ZooKeeper, Kafka, Storm, HBase and two Redis servers on 127.0.0.1, by `python -m cluster up`."""
