# The two commands of README, `make demo` and `make test`, do all their own set-up. `make` alone lists the others.
# Stamp files in .venv say what has been done, so nothing is done twice.

PORT ?= 8000
JOBS ?= auto
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	$(ARGS)
UV ?= build/uv/bin/uv

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo nights test nightly campaigns lint format openapi pages picture lock wheel verifier clean

help: ## List these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(VENV)/.run frontend/vendor/MANIFEST.json ## Serve a demo partnership on http://127.0.0.1:8000 (PORT=8080 for another port)
	@exec $(BIN)/pbvote demo --port $(PORT)

nights: $(VENV)/.run frontend/vendor/MANIFEST.json ## Make a county's 25 Decision Nights, and serve them on http://127.0.0.1:8000
	@exec $(BIN)/pbvote demo --story county --folder .nights --port $(PORT)

test: $(VENV)/.dev frontend/vendor/MANIFEST.json frontend/node_modules/.package-lock.json ## Run the whole test suite (ARGS="-k word" for a part)
	@.ci/need-for-tests
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

nightly: $(VENV)/.dev ## Compare tally and second count on 20,000 elections, mutate both, walk all pages at two widths
	@.ci/need-for-tests
	@PBVOTE_HYPOTHESIS=nightly $(BIN)/python -m pytest -n $(JOBS) tests/recount tests/verify tests/browser $(ARGS)
	@$(BIN)/python bench/mutations.py

campaigns: $(VENV)/.dev frontend/vendor/MANIFEST.json ## Run the long campaigns of docs/campaigns.md, for hours, and print their table (ARGS="-k kill" for some)
	@.ci/need-for-tests
	@$(BIN)/python -m pytest -m campaign tests/campaigns $(ARGS); status=$$?; $(BIN)/python -m tests.campaigns.rows; exit $$status

lint: $(VENV)/.dev ## Check style, format, types, who imports whom, and JavaScript's syntax
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	@for file in $$(find frontend/js -name '*.js'); do $(BIN)/node --check $$file || exit 1; done
	@echo "JavaScript: every module parses"

format: $(VENV)/.dev ## Format the Python files
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

openapi: $(VENV)/.dev ## Write docs/openapi.json anew
	$(BIN)/python -m tests.openapi docs/openapi.json

wheel: $(VENV)/.run ## Build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

verifier: $(VENV)/.run ## Write dist/pbvote-verify.pyz: pbvote verify as a program of one file
	@$(BIN)/python -m pbvote.verify.single_file dist/pbvote-verify.pyz

lock: $(UV) ## Lock the dependencies of pyproject.toml anew, with hashes (ARGS=--upgrade for newer versions)
	$(COMPILE) pyproject.toml --output-file requirements/run.txt >/dev/null
	$(COMPILE) pyproject.toml --group dev --constraint requirements/run.txt --output-file requirements/dev.txt >/dev/null
	$(COMPILE) --group build --constraint requirements/dev.txt --output-file requirements/build.txt >/dev/null

clean: ## Remove everything that these commands made, the demo's data too
	rm -rf $(VENV) .demo .nights build dist frontend/vendor frontend/node_modules \
		.pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made: .ci/make-venv
	@.ci/make-venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements/run.txt requirements/build.txt pyproject.toml
	@echo "Installing what pbvote needs; the first time this takes about a minute."
	@$(PIP) install --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@echo "Installing what the tests and checks need."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

frontend/vendor/MANIFEST.json: frontend/package-lock.json hatch_build.py | $(VENV)/.run
	@$(BIN)/python hatch_build.py
	@touch $@

frontend/node_modules/.package-lock.json: frontend/package-lock.json | $(VENV)/.dev
	@$(BIN)/python hatch_build.py --tests
	@touch $@

build/uv/bin/uv:
	@.ci/make-venv build/uv
	@build/uv/bin/python -m pip install --quiet "uv>=0.9"

pages: $(VENV)/.dev ## Take the pictures of every page in docs/pages anew
	PBVOTE_TEST_SHOTS=docs/pages $(BIN)/python -m pytest -q tests/browser/test_every_page.py -k in_order

picture: $(VENV)/.dev ## Take README's picture anew
	PBVOTE_PICTURE=1 $(BIN)/python -m pytest -q tests/browser/test_picture.py
