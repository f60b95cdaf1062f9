# make help lists the commands. Everything runs on this machine, on 127.0.0.1.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run serve test test-fast lint up down status logs clean submit chaos bench bench-stages bench-peers bench-memory bench-reshard bench-rank bench-curve bench-serve

export PATH := $(CURDIR)/cluster/bin:$(CURDIR)/.venv/bin:$(PATH)
export PYTHONWARNINGS := ignore
export LEIN_ROOT := 1

EVENTS ?= 100000
CONFIG ?= relevance.toml
DATA ?= build/complete-journey-$(EVENTS).ndjson
SERVICE ?= hbase
FAULTS ?= 20
DURATION ?= 180
SEED ?= 1
PORT ?= 18080
RATE ?= 5000
BENCH_EVENTS ?= 12000000
BENCH_MARKET ?= market
PEERS_EVENTS ?= 1000000
COUNTERS ?= 10000000
DEALS ?= 20000
USERS ?= 1000000
export DEALSTREAM_CONFIG := $(CONFIG)

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: up $(DATA)  ## events through the whole cluster, then every count checked: EVENTS=100000|all, or DATA= and CONFIG=
	dealstream create
	dealstream submit
	dealstream produce $(DATA)
	dealstream wait
	dealstream report
	dealstream verify $(DATA)
	python -m cluster restart http
	@echo "http://127.0.0.1:18080 serves this deployment, to this machine only unless there are API keys; \`make down\` ends it"

serve: up  ## the HTTP service in the foreground, until Ctrl-C: CONFIG= PORT=18080
	dealstream create
	python -m cluster stop http
	dealstream serve --port $(PORT)

build/complete-journey-%.ndjson: | .venv/ready
	@mkdir -p build
	dealstream dataset complete-journey --events $* --output $@.part
	@mv $@.part $@

test: lint up  ## everything: lint, types, unit, model, contract, wire, topology, and the real cluster
	pytest

test-fast: lint  ## what needs no services, in seconds
	pytest -m 'not cluster'

chaos: .venv/ready build/virtualenvs/relevance/ready  ## everything fails on a cluster of its own, and the counts stay exact: FAULTS=100 DURATION=900 SEED=1 RATE=5000
	@python -m tests.chaos --faults $(FAULTS) --duration $(DURATION) --seed $(SEED) --rate $(RATE)

bench: up  ## throughput and latency of counters, HBase and both, counts compared: BENCH_EVENTS=1000000 BENCH_MARKET=worst
	@python -m bench --events $(BENCH_EVENTS) --market $(BENCH_MARKET)

bench-stages: up  ## what each stage of the pipeline costs alone, beside the least it could: BENCH_MARKET=worst
	@python -m bench.stages --market $(BENCH_MARKET)

bench-peers: up  ## the same counting by dealstream, Bytewax, Quix Streams, Flink, Faust and plain streamparse: PEERS_EVENTS=1000000
	@python -m bench.peers --events $(PEERS_EVENTS)

bench-memory: .venv/ready  ## bytes per counter under load, beside a key each and packed hashes: COUNTERS=10000000 DEALS=20000 USERS=1000000
	@python -m bench.memory --counters $(COUNTERS) --deals $(DEALS) --users $(USERS) --seed $(SEED)

bench-rank: .venv/ready  ## what ranking 2,000 candidates by 1 million buckets costs, and finding them among 400,000 deals
	@python -m bench.rank

bench-curve: up  ## what an event costs to count with 1,000 to 1,000,000 deals, as a table and as docs/bench/deals.png
	@python -m bench.curve

bench-serve: .venv/ready  ## POST /rank at 50 requests a second: 2,000 candidates, and by area among 400,000 deals
	@python -m bench.rank.load

bench-reshard: up  ## a third Redis server while events come at 10,000 a second: pauses, and counts compared
	@python -m bench.reshard

lint: .venv/ready  ## ruff and mypy
	ruff check .
	ruff format --check .
	mypy

up: .venv/ready build/virtualenvs/relevance/ready  ## start what is not running of the cluster
	python -m cluster up

down: .venv/ready  ## stop the cluster; its data stays
	python -m cluster down

status: .venv/ready  ## what runs: service, port, pid, memory
	python -m cluster status

logs: .venv/ready  ## the log of one service: SERVICE=kafka
	python -m cluster logs $(SERVICE)

clean: .venv/ready  ## stop the cluster and destroy its data (asks first)
	python -m cluster clean

submit: up  ## put the topology on the cluster
	dealstream create
	dealstream submit

# --- the two virtual environments: the operator's, and the one the Storm workers run in -----------------------------

.venv/ready: pyproject.toml virtualenvs/relevance.txt
	@cluster/bin/need-python
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --editable '.[operator,service,dev]'
	@touch $@

build/virtualenvs/%/ready: virtualenvs/%.txt | .venv/ready
	python3 -m venv build/virtualenvs/$*
	build/virtualenvs/$*/bin/pip install --quiet --disable-pip-version-check --requirement virtualenvs/$*.txt
	@touch $@
