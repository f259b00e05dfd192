# Everything starts here; `make help` lists the targets. Needs python3 (3.11 or newer), pip and make.
PYTHON ?= python3
PORT ?= 8000
V := .venv/bin
RUN_STAMP := .venv/.run-ready
DEV_STAMP := .venv/.dev-ready
CATALOGUE := lms/translations/en/LC_MESSAGES/messages.mo
CONTENT_STAMP := var/content/.ready
AUTHORED := $(shell find content question_bank lms/courses -type f -not -name '*.pyc')
export PORT

.DEFAULT_GOAL := help
.PHONY: help run setup test test-all check bench clean content translations messages test-tools format

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: setup ## the demo at http://127.0.0.1:$(PORT)/
	@$(V)/lms serve

setup: $(RUN_STAMP) translations content ## the environment alone: .venv, translations, course content

translations: $(CATALOGUE)

$(CATALOGUE): $(CATALOGUE:.mo=.po) $(RUN_STAMP)
	@$(V)/pybabel -q compile -d lms/translations 2>/dev/null

messages: $(DEV_STAMP) ## extract new sentences into the English catalogue
	@mkdir -p var
	@$(V)/pybabel -q extract -F lms/translations/babel.cfg -k _l -k lazy_gettext --add-location=file --sort-by-file --omit-header -o var/messages.pot .
	@$(V)/pybabel -q update -i var/messages.pot -d lms/translations --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -w 120

content: $(CONTENT_STAMP)

$(CONTENT_STAMP): $(RUN_STAMP) $(AUTHORED)
	@echo "building the lessons' videos (a minute or two the first time) ..."
	@$(V)/lms content build
	@touch $@

test: $(DEV_STAMP) translations content test-tools ## all tests: SQLite, PostgreSQL, browser (15 minutes at most)
	$(V)/pytest -n 2 --dist loadfile -m "not browser and not slow"
	$(V)/pytest -n 2 --dist loadfile -m "not browser and not slow" --db=postgres
	$(V)/pytest -n 2 --dist loadfile -m "browser and not slow"

test-all: test ## the long ones too
	$(V)/pytest -m slow

check: $(DEV_STAMP) translations ## format, lint, types, import contracts, content, fast tests
	$(V)/ruff format --check .
	$(V)/ruff check .
	$(V)/mypy
	$(V)/lint-imports --no-cache | tail -n 12
	$(V)/lms content check
	$(V)/lms questions check
	$(V)/pytest -n 2 --dist loadfile -m "not browser and not slow" tests/core tests/test_architecture.py tests/test_docs.py $(wildcard tests/*/test_rules.py)

bench: $(DEV_STAMP) translations ## measure, print ratios, write var/bench.json
	$(V)/python -m tests.bench

format: $(DEV_STAMP) ## put the sources into their one form
	$(V)/ruff format .
	$(V)/ruff check --fix .

test-tools: $(DEV_STAMP)
	@sh tests/install_tools.sh

clean: ## remove what runs and builds wrote (the environment stays)
	rm -rf var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(V)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "make: Python 3.11 or newer is needed; name one with PYTHON=")'
	$(PYTHON) -m venv .venv
	$(V)/python -m pip install -q --disable-pip-version-check uv==0.13.9

$(RUN_STAMP): requirements.txt | $(V)/uv
	$(V)/uv pip install -q --python $(V)/python --require-hashes -r requirements.txt
	@printf '#!/bin/sh\nexport PYTHONPATH="$(CURDIR)" PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX="$(CURDIR)/.venv/bytecode"\nexec "$(CURDIR)/$(V)/python" -m lms.cli "$$@"\n' > $(V)/lms && chmod +x $(V)/lms
	@touch $@

$(DEV_STAMP): requirements-dev.txt $(RUN_STAMP)
	$(V)/uv pip install -q --python $(V)/python --require-hashes -r requirements-dev.txt
	@touch $@
