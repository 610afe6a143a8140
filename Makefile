# Leadglass: `make demo` shows it, `make test` proves it, `make run` starts it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JOBS ?= 2
TESTS = $(BIN)/python -m pytest -n $(JOBS) --dist loadfile
PACKAGES = $(shell sed -n 's/^$(1): *//p' deploy/packages.txt)

.PHONY: all demo run test check fuzz bench sbom advisories format lock clean
all: check

$(STAMP): requirements/dev.txt pyproject.toml deploy/packages.txt tests/sdk/node/package-lock.json
	@deploy/install-packages run test
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' || \
	  { echo 'Leadglass needs Python 3.12 or newer; set PYTHON=/path/to/python3.12' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python tests/sdk/node/install.py
	@touch $@

demo: $(STAMP)
	@$(BIN)/python deploy/demo.py

run: $(STAMP)
	@$(BIN)/leadglass serve

test: $(STAMP)
	$(TESTS)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(TESTS)

# COUNT, MINUTES and SECONDS say how long: `make fuzz COUNT=100000 SECONDS=600`.
fuzz: $(STAMP)
	$(BIN)/python -W ignore -m tests.fuzz $(if $(COUNT),--count $(COUNT)) $(if $(MINUTES),--minutes $(MINUTES)) \
	  $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED))

bench: $(STAMP)
	@deploy/install-packages bench
	$(BIN)/python -m bench $(if $(DATA),--data $(DATA)) $(BENCH)

# What a gateway consists of, for whoever keeps an inventory (CycloneDX 1.6).
sbom: $(STAMP)
	$(BIN)/python deploy/sbom.py build/leadglass.cdx.json

# Known vulnerabilities of the locked packages. Asks a database on the internet, so it is no part of `make check`.
advisories: $(STAMP)
	$(BIN)/uv tool run pip-audit --strict --disable-pip --require-hashes --requirement requirements/run.txt

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Locks without addresses: hashes only, so that any mirror serves.
lock:
	$(BIN)/uv pip compile --quiet --python-version 3.12 --generate-hashes --no-emit-index-url --no-header \
	  --universal pyproject.toml --group dev -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --python-version 3.12 --generate-hashes --no-emit-index-url --no-header \
	  --universal pyproject.toml -o requirements/run.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build *.egg-info .state
