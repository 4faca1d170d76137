# Two commands are all one needs: `make run` and `make test`. Everything behind them is
# bin/setup.py, which needs nothing but a Python and says plainly what else is missing.

ifneq ($(origin PYTHON),undefined)
export PYTHON
endif
# The script runs on any Python there is; which one the desk gets, it finds out (or is told).
FOUND := $(shell for p in python3 python3.13 python3.12 python3.11 python "$(PYTHON)"; do \
	command -v "$$p" >/dev/null 2>&1 && { echo "$$p"; break; }; done)
SETUP = @$(if $(FOUND),exec $(FOUND) bin/setup.py,echo "Vorgang needs Python 3.11, 3.12 or 3.13, and \
this machine has no Python at all. On Debian or Ubuntu: apt-get install -y python3 python3-venv \
python3-dev build-essential git" >&2; exit 1; \#)

HOST ?= 127.0.0.1
PORT ?= 6543
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test test-long bench lint format ready check clean

help: ## this list
	@echo "Vorgang, a service desk. Commands:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'
	@echo "Settings: HOST=0.0.0.0 PORT=7000 PYTHON=/path/to/python3.12 ARGS='for the command behind'"

run: ## a running desk with sample data on http://localhost:6543; Ctrl-C stops everything
	$(SETUP) run --host "$(HOST)" --port "$(PORT)" -- $(ARGS)

test: ## install what the tests need, then run all tests (SQLite, PostgreSQL, Chromium)
	$(SETUP) test -- $(ARGS)

test-long: ## the tests that take minutes: kill -9, soak, large inputs
	$(SETUP) test-long -- $(ARGS)

bench: ## the benchmarks of bench/
	$(SETUP) bench -- $(ARGS)

lint: ## style, types, floors of the house, templates
	$(SETUP) lint

format: ## let ruff put the code in order
	$(SETUP) format

ready: ## only install, start nothing
	$(SETUP) ready

check: ## say what this machine lacks, change nothing
	$(SETUP) check

clean: ## remove what was installed here (never data in var/)
	rm -rf .venv node_modules build webapp/static/vendor
