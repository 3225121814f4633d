# Two commands need nothing but Python >= 3.11 and a package index: make demo, make test.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# That run tests, in `make test`.
PROCESSES ?= 4

.DEFAULT_GOAL := help
CHAOS  := chaos-kill chaos-redis chaos-black-hole chaos-restart chaos-slow-redis chaos-catch-up chaos-failover
.PHONY: help demo test hard fuzz compat chaos $(CHAOS) bench bench-growth bench-latency bench-plots bench-api check lint format golden lock clean

help:            ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

demo: $(READY)   ## Run everything on this machine and check every push
	@$(BIN)/offline-push demo

# Tests mostly wait, so there are more processes than cores. Which tests stay together: tests/distribution.py.
# They start hundreds of programs: what is compiled must be kept, whatever the environment says.
test: $(READY) check  ## Run all checks and all tests
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder

hard: $(READY)   ## Prove at full length what must hold: losses, duplicates, stalls, memory, deadlines, secrets
	@$(BIN)/pytest tests/hard --long

fuzz: $(READY)   ## Flood a worker with 1,000,000 random, mutated and hostile entries: every one is accounted for
	@$(BIN)/pytest tests/fuzz --entries 1000000

compat: $(READY) ## Put the real Web SDKs and 100,000 random requests before the API, at full length
	@$(BIN)/pytest tests/compatibility --long

chaos: $(READY)  ## Prove at full length what is lost when workers, Redis and vendors fail: about an hour
	@$(BIN)/pytest tests/chaos --long

# One of these alone.
chaos-kill:       PROOFS := kill
chaos-redis:      PROOFS := redis_kill loss_window
chaos-black-hole: PROOFS := black_hole
chaos-restart:    PROOFS := rolling_restart
chaos-slow-redis: PROOFS := slow_redis
chaos-catch-up:   PROOFS := catch_up catch_up_kill
chaos-failover:   PROOFS := worker_failover cluster_failover cluster_partitions
$(CHAOS): $(READY)
	@$(BIN)/pytest $(PROOFS:%=tests/chaos/test_%.py) --long

bench: $(READY) ## Measure what a push costs, beside other push clients and by stage (needs nginx, h2load)
	@$(BIN)/python -m tests.benchmarks.pipeline
	@$(BIN)/python -m tests.benchmarks.stages.costs

bench-growth: $(READY)  ## Measure what a push costs as users, backlog and the like grow, and what Redis keeps (needs nginx)
	@$(BIN)/python -m tests.benchmarks.growth
	@$(BIN)/python -m tests.benchmarks.memory

bench-latency: $(READY)  ## Measure how late a push is under load, and what a second process adds (needs nginx, root)
	@$(BIN)/python -m tests.benchmarks.latency
	@$(BIN)/python -m tests.benchmarks.processes

bench-plots: $(READY)  ## Draw the newest of these results, as PNG and as a table (installs matplotlib)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tests/benchmarks/constraints.txt
	@$(BIN)/python -m tests.benchmarks.plots
	@$(BIN)/python -m tests.benchmarks.markdown

bench-api: $(READY)  ## Measure the HTTP API beside a bare Starlette route (needs h2load)
	@$(BIN)/python -m tests.benchmarks.api_routes

check: $(READY)  ## Run the checks that need no test run: style, types, import arrows
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY) ## Format the code
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

PINS := --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --upgrade --quiet
lock: $(READY)   ## Pin the newest versions that fit, with hashes (needs uv)
	uv pip compile pyproject.toml --extra embedded --extra simulator --group dev --universal --python-version 3.11 \
	  $(PINS) -o constraints.txt
	uv pip compile --group bench --constraints constraints.txt --universal --python-version 3.11 \
	  $(PINS) -o tests/benchmarks/constraints.txt

clean:           ## Remove what the commands above made
	rm -rf $(VENV) .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache dist

# Made once, and again when the pins change. Versions and hashes come from constraints.txt alone.
$(READY): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "offline-push needs Python 3.11 or newer as $(PYTHON); say PYTHON=/path/to/python3 make …"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "offline-push needs Python's venv module (Debian: apt install python3-venv)"; exit 1; }
	@echo "Making $(VENV) (once) …"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt \
	  || { echo "offline-push could not install its dependencies: is the package index reachable?"; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
