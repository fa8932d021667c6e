# Python 3.11+ and make are enough: everything else is installed into .venv.

BIN := .venv/bin
STAMP := .venv/stamp
# What mypy reads; a folder that is not there yet is left out.
TYPED := $(wildcard incident cli.py migrations tests tools bench)
BENCHES := $(sort $(filter-out bench/_%,$(wildcard bench/*.py)))

# The first interpreter that is new enough; `make PYTHON=/path/to/python` overrules.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)

# PYTHONDONTWRITEBYTECODE may be set here: without this every command would compile us anew.
COMPILE := $(BIN)/python -m compileall -q incident migrations playbooks

.DEFAULT_GOAL := help
.PHONY: help demo test lint types format screenshots bench sweep fuzz clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(STAMP) ## see it work on this machine
	@$(COMPILE)
	@$(BIN)/python tools/demo.py

# Without bytecode each worker would read all tests anew and put words into their asserts.
test: lint ## everything the build checks
	$(COMPILE)
	@$(BIN)/python tests/web/browser.py
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --cov --cov-report=json
	$(BIN)/python tools/coverage_gate.py coverage.json

lint: $(STAMP) types ## format, rules, types, imports; changes nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(STAMP)
	$(BIN)/mypy $(TYPED)

format: $(STAMP) ## put the source into its form and mend what can be mended
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

screenshots: $(STAMP) ## take the pictures of the console anew
	@$(BIN)/python tools/screenshots.py

bench: $(STAMP) ## measure, each figure against a limit of the same run
	@$(COMPILE)
	@set -e; for script in $(BENCHES); do $(BIN)/python "$$script"; done

sweep: $(STAMP) ## the long search for faults, too slow for every build
	@$(COMPILE)
	$(BIN)/python tools/sweep.py $(MINUTES)
	$(BIN)/python tools/sweep_clock.py
	$(BIN)/python tools/sweep_crash.py --write
	$(BIN)/python tools/sweep_tamper.py --write
	INCIDENT_SCHEMA_EXAMPLES=300 $(BIN)/python -m pytest -n 0 tests/web/api/test_schema.py

fuzz: $(STAMP) ## feed whatever reads foreign files with garbage, MINUTES=10 in all
	@$(COMPILE)
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/pip install --quiet --editable '.[fuzz]'
	$(BIN)/python tools/fuzz.py $(MINUTES)

clean: ## remove what the tools left behind; .venv stays
	rm -rf build dist *.egg-info .coverage .coverage.* coverage.json htmlcov .hypothesis \
		.import_linter_cache .mypy_cache .pytest_cache .ruff_cache .fuzz
	find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# First without a network: where .venv already holds everything this is a matter of seconds.
$(STAMP): setup.cfg pyproject.toml
	@test -n "$(PYTHON)" || { echo "incident needs Python 3.11 or newer: expected python3 (or python3.11 to" \
		"python3.14) on PATH, found $$(python3 --version 2>/dev/null || echo none)." \
		"Install one, or say where it is: make PYTHON=/path/to/python" >&2; exit 1; }
	@test -x $(BIN)/pip || "$(PYTHON)" -m venv .venv
	@echo "installing incident and its tools into .venv"
	@$(BIN)/pip install --quiet --no-index --no-build-isolation --editable '.[test]' 2>/dev/null \
		|| $(BIN)/pip install --quiet --editable '.[test]'
	@touch $@
