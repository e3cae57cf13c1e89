# Two commands do everything: `make demo` and `make test`. Both build what they need in .venv.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
RUN_STAMP := $(VENV)/.run-installed
DEV_STAMP := $(VENV)/.dev-installed
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --no-input

.PHONY: browser demo test conformance bench bench-quality lint lint-corpus types imports docs docs-check long solvers versions lock catalogue clean help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

$(PY):
	@$(PYTHON) scripts/check_python.py
	@$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): requirements/run.txt requirements/build.txt pyproject.toml | $(PY)
	@$(PIP_INSTALL) --require-hashes -r requirements/build.txt
	@$(PIP_INSTALL) --require-hashes -r requirements/run.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): requirements/dev.txt $(RUN_STAMP)
	@$(PIP_INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(RUN_STAMP) ## the main job on bundled real logs
	@$(VENV)/bin/leastwise demo

test: $(DEV_STAMP) ## the tests
	@$(PY) -m pytest -m "not slow and not browser" -n auto

browser: $(DEV_STAMP) ## the pages in a real browser; installs Debian's Chromium where there is none
	@scripts/install_browser.sh
	@$(PY) -m pytest -m browser tests/browser

long: $(DEV_STAMP) ## crash, fuzz and agreement runs that take minutes; EXAMPLES=N for each property
	@$(PY) -m pytest -m slow -n auto
	@EXAMPLES=$(or $(EXAMPLES),400) $(PY) -m pytest tests/props tests/language -m "not slow and not browser" -n auto

solvers: $(DEV_STAMP) ## agreement with z3 and cvc5
	@$(PIP_INSTALL) --require-hashes -r requirements/solvers.txt
	@$(PY) -m pytest tests/solvers

conformance: $(DEV_STAMP) ## the case tables, or CASES=DIR [OUT=FILE] for a folder of others
	@$(PY) -m conformance.run $(if $(CASES),--cases $(CASES)) $(if $(OUT),--out $(OUT))

bench: $(DEV_STAMP) ## speed as ratios against named limits and peers, in one run
	@$(PY) bench/run.py $(BENCH)

bench-quality: $(DEV_STAMP) ## how good proposals are, on fresh seeds: [QUALITY="PART… --seeds N…"]
	@$(PIP_INSTALL) --require-hashes -r requirements/bench.txt -r requirements/exact.txt
	@$(PY) bench/quality/run.py $(QUALITY)

versions: $(DEV_STAMP) ## compare a history of policy versions: HISTORY=FILE [WITHIN=NAME]
	@$(PY) scripts/compare_versions.py $(HISTORY) $(if $(WITHIN),--within $(WITHIN))

lint-corpus: $(DEV_STAMP) ## lint every policy of a collection: POLICIES=FILE
	@$(PY) scripts/lint_corpus.py $(POLICIES)

lint: $(DEV_STAMP) ## style
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .

types: $(DEV_STAMP) ## static types
	@$(VENV)/bin/mypy

imports: $(DEV_STAMP) ## the floors: imports go down only
	@$(VENV)/bin/lint-imports --no-cache

docs: $(DEV_STAMP) ## write the reference pages anew from the code
	@$(PY) scripts/build_docs.py

docs-check: $(DEV_STAMP) ## fail when a reference page is stale or an example is broken
	@$(PY) scripts/build_docs.py --check

catalogue: $(DEV_STAMP) ## build the shipped service data anew from its pinned sources
	@$(PIP_INSTALL) --require-hashes -r requirements/catalogue.txt
	@$(PY) scripts/build_catalogue.py

lock: $(DEV_STAMP) ## pin requirements/*.in anew, with hashes
	@$(PIP_INSTALL) uv
	@for f in run build dev catalogue solvers bench exact; do $(VENV)/bin/uv pip compile --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --quiet requirements/$$f.in -o requirements/$$f.txt; done

clean: ## remove what the targets made
	@rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .hypothesis bench/data
