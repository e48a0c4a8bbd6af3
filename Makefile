# make demo and make test set up everything they need; see README.md.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint lock clean

demo: $(READY)
	$(BIN)/cx run

test: $(READY)
	$(BIN)/pytest --numprocesses 2 --dist loadfile --cov --cov-report=term-missing:skip-covered --cov-fail-under=90

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/dbt --warn-error-options '{"error": ["Deprecations"]}' parse --no-partial-parse
	$(BIN)/sqlfluff lint models tests/data
	$(BIN)/dbt-bouncer run --config-file dbt-bouncer.yml

# The environment exactly as locked; --no-deps because the lock leaves out one package that dbt names but
# does not need (docs/decisions/001-dependencies.md).
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $(READY)

lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --override requirements.overrides -o requirements.lock

clean:
	rm -rf target logs warehouse
