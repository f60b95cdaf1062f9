"""Deployments of their own on the real cluster, for the tests and the benchmarks: made, watched, and dropped."""
