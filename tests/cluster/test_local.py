"""`sparse run`: the topology in a Storm inside one process, which the cluster's Nimbus never hears of."""

import pytest

from tests.cluster.conftest import Deploy

pytestmark = pytest.mark.cluster

AT_MOST = "100"


def test_sparse_run_counts_without_the_cluster(deploy: Deploy):
    local = deploy("local")
    topologies = {running.id for running in local.all_running()}
    local.produce(local.generate(1000, seed=0))

    run = ("sparse", "run", "--name", "relevance", "--environment", "local", "--time", AT_MOST)
    with local.project.started(*run) as running:
        exact = local.settle()
        assert running.code is None, running.output
        assert {running.id for running in local.all_running()} == topologies

    assert exact.startswith("exact: ")
