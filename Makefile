# Two commands on a fresh machine: `make run` and `make test`. Each does its own set-up.
# Needs Python 3.11 or 3.12, a C compiler and make; nothing else.

PYTHON ?= $(shell command -v python3.12 >/dev/null 2>&1 && python3.12 -c '' 2>/dev/null && echo python3.12 || echo python3)
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup run test check mutate mutate-code fuzz lint bench bench-scale bench-peers replay lock clean

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

$(VENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] < (3, 13) else "Fenrun needs Python 3.11 or 3.12; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

setup: $(VENV)/ready ## Make the virtual environment

run: setup ## Start the service on Changsha demo data and say where to look
	$(BIN)/fenrun demo

test: setup ## Run every test
	$(BIN)/python -m pytest

check: setup ## Style, types, import contracts, and our own rule sets
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/fenrun check rules
	$(BIN)/fenrun test rules templates/campaigns

mutate: setup ## Change every rule set a little, everywhere: does a case notice?
	$(BIN)/fenrun test --mutate rules templates/campaigns

mutate-code: setup ## Change the code of money, prices and commissions a little, everywhere: does a test notice?
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[mutation]'
	rm -rf mutants
	PYTHONHASHSEED=0 nice $(BIN)/mutmut run --max-children 2
	$(BIN)/python -m tests.mutation.judge

fuzz: setup ## Hostile rule sets, orders and requests for FUZZ_SECONDS (600); failures go to var/fuzz
	$(BIN)/python -m tests.fuzz.run

bench: setup ## Measure; REAL_DATA=path/to/online_retail.csv.gz adds the full replay
	$(BIN)/python -m benchmarks.run $(if $(REAL_DATA),--real-data $(REAL_DATA))

bench-scale: setup ## Measure how cost grows from ten to ten thousand rules
	$(BIN)/python -m benchmarks.scale

bench-peers: setup ## Measure matching beside other rules engines; installs them first
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python -m benchmarks.peers

lock: setup ## Pin the newest versions that pyproject.toml allows
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --upgrade --extra dev --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file requirements.lock pyproject.toml

clean: ## Remove what was made
	rm -rf $(VENV) var mutants .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
