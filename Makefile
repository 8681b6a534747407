# Everything this project is asked to do. `make` alone explains itself; CI runs only what stands here.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.complete
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
PACKAGES := schemas ledger projections badges api

.DEFAULT_GOAL := help
.PHONY: help setup check format catalogue test faults screenshots demo stop run bench growth lock clean

help:
	@echo 'Guildbook. Needs Python 3.11 and make; every target sets up what it needs.'
	@echo
	@echo '  make demo     one year of a community, played in; then the pages, in your browser'
	@echo '  make stop     the server that a demo left running'
	@echo '  make run      the server, with your own settings (GUILDBOOK_..., see docs/reference.md)'
	@echo
	@echo '  make setup    .venv with what requirements.lock names, checked by hash'
	@echo '  make check    ruff (lint and format) and mypy, strict'
	@echo '  make format   put the format right'
	@echo '  make test     every test; PYTEST="-k words" picks some'
	@echo '  make catalogue  every text of the pages into api/locale/guildbook.pot, for translators'
	@echo '  make faults   kills, cuts and freezes, for long; writes bench/faults.json; FAULTS="words" picks some'
	@echo '  make screenshots  every page as each role sees it, wide and narrow, light and dark; PAGES="words" picks some'
	@echo '  make bench    ours beside its floor, in alternating slices; writes bench/latest.json'
	@echo '  make growth   what a fact costs as the ledger grows to a million (minutes); writes bench/growth.json'
	@echo '  make lock     resolve pyproject.toml anew into requirements.lock'
	@echo '  make clean    remove what these targets made, data of the demo included'

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'wanted Python 3.11 or newer, got $(PYTHON); make PYTHON=... names another'; exit 1; }
	@echo 'setting up $(VENV) (about a minute, the first time)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

check: setup
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

format: setup
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

catalogue: setup
	@$(BIN)/python -m tests.catalogue

# A worker for each core, each taking a file of tests after the other, in order: see tests/conftest.py. The tests start
# hundreds of processes of ours, so what was compiled is kept, whatever the environment says.
test: setup
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n logical --maxprocesses 8 --dist loadfile --no-loadscope-reorder $(PYTEST)

faults: setup
	@$(BIN)/python -m tests.faults $(FAULTS)

screenshots: setup
	@$(BIN)/python -m tests.pages $(PAGES)

demo: setup
	@$(BIN)/guildbook demo

stop: setup
	@$(BIN)/guildbook demo --stop

run: setup
	@$(BIN)/guildbook serve

bench: setup
	@$(BIN)/python -m bench

growth: setup
	@$(BIN)/python -m bench growth

# pip-tools lives in a folder of its own, so that nothing but this target depends on it. Neither the index
# asked nor any address is written: where packages come from is the business of whoever installs.
lock:
	@rm -rf build/lock && $(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip --disable-pip-version-check --quiet install 'pip-tools==7.6.2'
	@CUSTOM_COMPILE_COMMAND='make lock' build/lock/bin/pip-compile --quiet --generate-hashes --allow-unsafe \
		--strip-extras --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		--extra test --extra dev --output-file requirements.lock pyproject.toml
	@rm -rf build/lock

clean:
	@test ! -f demo-data/server.pid || $(BIN)/guildbook demo --stop
	@rm -rf $(VENV) build dist demo-data bench/latest.json bench/growth.json bench/hostile.json bench/faults.json .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find $(PACKAGES) tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
