"""How fast it is: throughput and latency on the real cluster, and what each stage costs alone."""
