# `make run` and `make test` need only Python 3.11+ and make. `make help` lists the rest.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run check unit test bench bench-planner bench-web bench-feeds bench-digests bench-waits proof-ratings proof-feeds \
	proof-clock proof-deliveries screenshots lock installed

export PYTHONPATH := src
unexport PYTHONDONTWRITEBYTECODE # without its cache Python takes seconds to start
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest -n 3 --dist worksteal
COVERAGE := --cov --cov-report=
LOCK := .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --output-file

help:  ## List what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name what; do printf '  make %-16s %s\n' "$$name" "$$what"; done

run:  ## Install, migrate, load the catalog and serve on http://127.0.0.1:8000 (PORT= changes the port)
	@requirements/install.sh run
	@$(if $(PORT),STUDYPLAN_LISTEN=127.0.0.1:$(PORT)) exec $(PYTHON) -m studyplan serve

check: installed  ## Lint, types, import contracts, dependencies
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports --no-logo
	$(PYTHON) -m deptry src

unit: installed  ## The unit tests, which alone cover the domain
	COVERAGE_FILE=.coverage.unit $(PYTEST) tests/unit $(COVERAGE)
	$(PYTHON) -m coverage report --data-file=.coverage.unit --include='src/studyplan/domain/*' --fail-under=100

test: installed  ## Everything: lint, types, unit, integration on SQLite and PostgreSQL, browser, packaging
	$(MAKE) --jobs=2 check unit
	$(PYTHON) tests/provision.py
	COVERAGE_FILE=.coverage.rest $(PYTEST) --ignore=tests/unit $(COVERAGE)
	$(PYTHON) -m coverage combine --quiet --keep .coverage.unit .coverage.rest
	$(PYTHON) -m coverage report --fail-under=95

bench: bench-web  ## What pages cost beside a bare hello, and how long planning takes
	$(PYTHON) bench/planner_speed.py

bench-planner: installed  ## What the planner reaches against its rivals, simulated: long (LEARNERS= in a cell)
	$(PYTHON) bench/planner.py $(if $(LEARNERS),--learners $(LEARNERS))

bench-web: installed  ## What pages, ratings and polls cost beside a bare hello
	PYTHONPATH=src:tests $(PYTHON) bench/web.py

bench-feeds: installed  ## What polls of feeds cost beside a bare hello, up to 100,000 learners
	$(PYTHON) bench/feeds.py

bench-digests: installed  ## What sending costs beside raw smtplib, and a tick beside scheduler jobs
	PYTHONPATH=src:tests $(PYTHON) bench/digests.py

bench-waits: installed  ## How long ratings wait while others sign up, plan and send
	PYTHONPATH=src:tests $(PYTHON) bench/rating_waits.py

proof-clock: installed  ## Every zone and weekly slot for two years against a brute force: long
	PYTHONPATH=src:tests $(PYTHON) bench/proof_clock.py

proof-deliveries: installed  ## Rival clocks and kills amid digests: none lost, none doubled
	PYTHONPATH=src:tests $(PYTHON) bench/proof_deliveries.py

proof-ratings: installed  ## Kill the server amid ratings: all acknowledged ones are kept, none twice
	PYTHONPATH=src:tests $(PYTHON) bench/proof_ratings.py

proof-feeds: installed  ## A year with a feed in real readers: each entry once
	PYTHONPATH=src:tests $(PYTHON) bench/proof_feeds.py

screenshots: installed  ## Take the pictures in docs/screenshots/ anew
	PYTHONPATH=src:tests $(PYTHON) tests/browser/screenshots.py

lock: installed  ## Write requirements/*.txt anew from pyproject.toml
	echo 'setuptools>=80' | $(LOCK) requirements/build.txt -
	$(LOCK) requirements/run.txt pyproject.toml
	$(LOCK) requirements/test.txt --extra postgres --group dev --constraint requirements/run.txt pyproject.toml
	$(LOCK) requirements/postgres.txt --extra postgres --constraint requirements/test.txt pyproject.toml

installed:
	@requirements/install.sh test
