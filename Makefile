# `make` alone tells what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?=
export PYTHON

BIN := .venv/bin
INSTALL := bash deploy/local/install.sh
WORKERS ?= 2
TESTS ?= tests
FAULT_SECONDS ?= 600
export FAULT_SECONDS FAULT_SEED FAULTS

.PHONY: help
help: ## tell what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | while IFS='|' read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done

##-- Running

.PHONY: up
up: install ## start PostgreSQL, RabbitMQ and all services here, and wait until they are ready
	@$(BIN)/python -m ustawi up

.PHONY: down
down: ## end exactly what `make up` started; data stays
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m ustawi down; fi

.PHONY: status
status: install-python ## tell how every process is doing
	@$(BIN)/python -m ustawi status

.PHONY: restart
restart: install ## restart the services, for instance after a change of code
	@$(BIN)/python -m ustawi restart

.PHONY: wipe
wipe: ## end everything and delete the local data, secrets and logs
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m ustawi wipe; fi

.PHONY: demo
demo: up ## tell a story by RPC to the running system (LOAD=n adds n constructed loans)
	@$(BIN)/python -m ustawi demo $(if $(LOAD),--load $(LOAD))

##-- Testing

.PHONY: test
test: install ## run all tests (WORKERS=2 TESTS=tests)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(TESTS)

.PHONY: faults
faults: install ## hurt a system of its own at random and judge what is left (FAULT_SECONDS=600 FAULT_SEED= FAULTS=)
	@$(BIN)/python -m pytest -q tests/reliability
	@PYTHONPATH=tests $(BIN)/python -W ignore -m reliability
	@PYTHONPATH=tests $(BIN)/python -W ignore -m reliability.overload

.PHONY: check
check: install-python ## linters, types, architecture, drift of the contracts: under a minute
	@bash deploy/local/check.sh

.PHONY: format
format: install-python ## write the code as the linter wants it
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: contracts
contracts: install-python ## write each service's public face, contracts/, from its code
	@$(BIN)/python -m chassis.contracts

.PHONY: bench
bench: install ## measure each path beside what it could be at best (LONG=1; ONLY="echo commands")
	@$(INSTALL) bench
	@$(BIN)/python tests/benchmarks $(if $(LONG),--long) $(if $(ONLY),--only $(ONLY))

.PHONY: compose-test
compose-test: install-python ## run the whole system in containers and check it (IMAGES=official pulls the images)
	@PYTHONPATH=tests $(BIN)/python -W ignore tests/compose

##-- Keeping

.PHONY: install
install: ## install what is missing: both servers, and .venv with the locked packages
	@$(INSTALL)

.PHONY: install-python
install-python:
	@$(INSTALL) python

.PHONY: lock
lock: install-python ## resolve requirements/*.in anew into the hash-locked *.txt
	@for name in runtime dev bench; do $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	    --no-header --no-annotate --no-emit-index-url --no-emit-find-links $(LOCK_OPTIONS) \
	    requirements/$$name.in -o requirements/$$name.txt; done
