# Everything a fresh Debian 12 machine needs, in two commands: `make demo` and `make test`.
# Both are safe to repeat; the second time they only check that nothing changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PYTEST_WORKERS ?= 2
DEMO_PORT ?= 8080
SOAK_MINUTES ?= 10

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench features reference screenshots soak requirements debian-python debian-test clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## Set everything up and run the service with its sandbox HIS and hospital
	$(BIN)/zorgtegel demo --port $(DEMO_PORT)

test: debian-test lint ## Set everything up, then lint, types, import contracts and all tests
	$(BIN)/pytest -n $(PYTEST_WORKERS) --dist loadfile

lint: $(VENV)/.test ## Style, types and the walls between folders
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports --no-logo

bench: debian-test $(VENV)/.test ## Print the performance ratios of docs/performance.md, measured side by side
	$(BIN)/python -m bench

features: $(VENV)/.test ## Print every row of the mission with the tests that prove it; fails when one has none
	$(BIN)/python -m tests.features

reference: $(VENV)/.runtime ## Write docs/display-settings.md anew from the keys of hospital files
	$(BIN)/python -m app.display_reference

screenshots: debian-test $(VENV)/.test ## Photograph and print every page of every hospital of the demo into var/screenshots
	$(BIN)/python -m tests.screenshots

soak: $(VENV)/.test ## Fuzz the readers of tokens for SOAK_MINUTES (10), with atheris where it is installed
	$(BIN)/python -m tests.fuzz $(SOAK_MINUTES)

requirements: $(VENV)/.runtime ## Pin and hash requirements/*.txt anew from requirements/*.in
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-annotate --python-version 3.11 \
	    --custom-compile-command "make requirements" requirements/runtime.in -o requirements/runtime.txt
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-annotate --python-version 3.11 \
	    --custom-compile-command "make requirements" requirements/test.in -o requirements/test.txt

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build

# Two steps, so that not one package comes in without its hash: the pinned list, then ourselves.
$(VENV)/.runtime: requirements/runtime.txt setup.cfg | debian-python
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.runtime
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	touch $@

debian-python:
	@$(PYTHON) -c 'import ensurepip, sys; assert sys.version_info >= (3, 11)' 2>/dev/null \
	    || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends \
	         python3 python3-venv; }

# The browser, database and web server that the tests drive, from Debian; only what is missing.
debian-test:
	@missing=""; \
	[ -x /usr/bin/chromium ] || missing="$$missing chromium"; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing="$$missing nginx-light"; \
	command -v xmlsec1 >/dev/null || missing="$$missing xmlsec1"; \
	command -v setpriv >/dev/null || missing="$$missing util-linux"; \
	if [ -n "$$missing" ]; then \
	    $(SUDO) apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing; \
	fi
