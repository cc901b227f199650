# One command each. On a fresh machine with Python 3.11+, make and git, `make demo` and `make test` need nothing else.

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
RUN := $(UV) run --frozen --no-sync
PYTHON_CODE := src tests benchmarks config web hatch_build.py
APT := apt-get -qq -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120
CHROMIUM := chromium fonts-liberation fonts-noto-color-emoji
NPM := $(BIN)/python web/npm.py
IN_WEB := test "$$ROUTER_SKIP_WEB" = 1 || $(NPM)
LOG ?= config/demo/visits.log
PORT ?= 8080
SEEDS ?= 200
FIRST ?= 0

.DEFAULT_GOAL := help
.PHONY: help demo test programs web worlds check protocol bench faults load format

help:                 ## what can be done here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

.venv/installed: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; choose one with PYTHON=python3.12"; exit 1; }
	@test -x $(UV) || { $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'; } \
	  || { echo "Could not make a virtual environment: on Debian and Ubuntu, apt-get install python3-venv"; exit 1; }
	ROUTER_SKIP_WEB=1 $(UV) sync --frozen --quiet --inexact
	@touch $@

demo: .venv/installed web ## a shop and an agent's desk to try, with replayed visitors and scripted agents (LOG=access.log PORT=8080)
	$(RUN) router serve --demo --port $(PORT) --replay $(LOG)

# Browsers go apart: they stay on one loop for all their tests, and the others take a fresh one for each. Browsers work,
# the others mostly wait.
test: .venv/installed web programs ## every test (ARGS=--no-skips: whatever cannot be run is a failure)
	$(IN_WEB) run test --workspaces --if-present
	$(RUN) pytest -n 3 --ignore tests/browser $(ARGS)
	$(RUN) pytest -n 2 tests/browser $(ARGS)

# What some tests run beside the server. Where it can be installed without a question it is; else those tests are skipped.
programs:
	@command -v nginx >/dev/null && command -v caddy >/dev/null && command -v chromium >/dev/null \
	  || test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null \
	  || ($(APT) update && $(APT) install -y --no-install-recommends nginx-light caddy $(CHROMIUM)) >/dev/null 2>&1 || true

# With ROUTER_SKIP_WEB=1 they are left out, for work on Python alone.
web: .venv/installed ## build widget and console, where they changed
	$(BIN)/python web/bundle.py

worlds: .venv/installed ## simulated clusters, each from a seed: the first that goes wrong, with what happened (SEEDS=200 FIRST=0)
	$(RUN) python -m tests.worlds --seeds $(SEEDS) --first $(FIRST)

check: .venv/installed web ## lint, types, import contracts
	$(RUN) ruff check $(PYTHON_CODE)
	$(RUN) ruff format --check $(PYTHON_CODE)
	$(RUN) mypy
	$(RUN) lint-imports
	$(IN_WEB) run check --workspaces --include-workspace-root --if-present

protocol: .venv/installed ## the TypeScript types, made again from the Python structs
	$(NPM) run --silent generate --workspace=protocol

format: .venv/installed ## format and mend what can be mended
	$(RUN) ruff check --fix-only --quiet $(PYTHON_CODE)
	$(RUN) ruff format $(PYTHON_CODE)
	$(IN_WEB) run --silent format

bench: .venv/installed web programs ## the figures, results kept in benchmarks/results
	$(RUN) python benchmarks/run.py

faults: .venv/installed ## what breaks, and what it costs: an hour (ROWS="resume herd": some of it), results kept
	$(RUN) python -m benchmarks.faults $(ROWS)

load: .venv/installed ## visitors and agents by locust, on a demo server (or HOST=https://… USERS=100 DURATION=30 SCENARIOS="Browse Chat Desk")
	$(UV) sync --frozen --quiet --inexact --group load
	$(RUN) python benchmarks/run_load.py --host "$(HOST)" --users $(or $(USERS),100) --seconds $(or $(DURATION),30) $(SCENARIOS)
