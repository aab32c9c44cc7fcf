# make run: a working platform on this machine.  make test: every check.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
DIST := src/madoguchi/web/static/dist
ASSETS := $(shell find web_assets -type f 2>/dev/null) package.json package-lock.json
CATALOGUES := $(shell find src/madoguchi/web -name 'django.po')
SECONDS_OF_FUZZING ?= 600
CHECKS := src tests benchmarks tools

.DEFAULT_GOAL := help
.PHONY: help run setup test test-setup check format fuzz lock messages clean

help:
	@echo "make run    set up what is missing, start everything, print 'ready http://127.0.0.1:8000'"
	@echo "make setup  only set up; afterwards $(BIN)/madoguchi is there to use"
	@echo "make test   install what tests need and run every check"
	@echo "make fuzz   ten minutes of coverage-guided fuzzing of the JPQR codec"
	@echo "make format, make messages, make lock: tidy code, collect texts to translate, lock dependencies"

run: setup
	@$(BIN)/madoguchi serve --demo

setup: $(STAMPS)/base $(DIST)/built $(STAMPS)/catalogues

$(STAMPS)/venv:
	@sh tools/debian.sh venv "$(PYTHON)"
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/base: requirements/base.txt pyproject.toml | $(STAMPS)/venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/test: requirements/test.txt $(STAMPS)/base
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

node_modules/.package-lock.json: package-lock.json
	@sh tools/debian.sh node
	npm ci --no-audit --no-fund --loglevel=error

$(DIST)/built: node_modules/.package-lock.json $(ASSETS)
	npm run --silent build
	@touch $@

$(STAMPS)/catalogues: $(CATALOGUES) | $(STAMPS)/base
	@for room in src/madoguchi/web src/madoguchi/web/*/; do \
		[ ! -f $$room/locale/ja/LC_MESSAGES/django.po ] || $(BIN)/pybabel --quiet compile -D django -d $$room/locale; done
	@touch $@

test-setup: setup $(STAMPS)/test
	@sh tools/debian.sh test

test: test-setup
	@bash tools/check.sh

check: test

format: $(STAMPS)/test
	$(BIN)/ruff format $(CHECKS)
	$(BIN)/ruff check --fix $(CHECKS)

fuzz: test-setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	$(BIN)/python tools/fuzz_jpqr.py --seconds $(SECONDS_OF_FUZZING)

messages: test-setup
	@for room in src/madoguchi/web src/madoguchi/web/*/; do [ ! -d $$room/locale ] || \
		(cd $$room && $(CURDIR)/$(BIN)/django-admin makemessages -l ja --no-location --no-wrap --ignore 'static/*'); done

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url requirements/base.in -o requirements/base.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url requirements/test.in -o requirements/test.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url requirements/fuzz.in -o requirements/fuzz.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url requirements/spark.in -o requirements/spark.txt

clean:
	rm -rf $(VENV) node_modules $(DIST)
