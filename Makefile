# Everything a person or a CI machine does with this project. Try: make demo
.DEFAULT_GOAL := help
.PHONY: help demo test test-aws test-lowest canary release-check lab check bench bench-full incidents games interventions clean lock notebooks settings coverage-aws site pictures

BIN := .venv/bin
LAB := $(BIN)/tracing-lab
VERSION_CHECK := import sys; sys.exit(sys.version_info < (3, 11))
# The first of these that runs and is new enough; override with: make PYTHON=/path/to/python
PYTHON ?= $(shell for name in python3 python python3.14 python3.13 python3.12 python3.11; do \
	if $$name -c "$(VERSION_CHECK)" 2>/dev/null; then echo $$name; break; fi; done)
AS_ROOT := $(shell if [ "$$(id -u 2>/dev/null)" = 0 ]; then echo --allow-root; fi)
# Two for each processor: the longest tests mostly wait.
WORKERS ?= $(shell $(BIN)/python -c "import os; print(2 * (os.cpu_count() or 1))" 2>/dev/null)
INSTALL := $(BIN)/python .ci/install.py -c constraints.txt

help:
	@echo "make demo     the whole system on the embedded AWS; results in output/"
	@echo "make test     run the tests"
	@echo "make lab      copy the notebooks to workshop/ and open them in JupyterLab"
	@echo "make check    lint, types, import contracts, spelling, notebooks up to date, links"
	@echo "make site     the documentation, with the notebooks' outputs, in site/"
	@echo "make bench    measure and print ratios, in ten minutes; make bench-full measures all"
	@echo "make test-lowest, make canary, make release-check: see docs/releasing.md"
	@echo "make clean    remove results and the environment"

.venv/core: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer found: install one, or say make PYTHON=/path/to/python"; exit 1; }
	@test -x $(BIN)/python || { echo "Making .venv with $(PYTHON)"; $(PYTHON) -m venv .venv; }
	@echo "Installing packages, once; one to two minutes, a line every ten seconds"
	@$(INSTALL) -e .
	@touch $@

.venv/dev: .venv/core
	@echo "Installing JupyterLab and what tests need, once; one to two minutes more"
	@$(INSTALL) -e '.[lab,dev]'
	@touch $@

.venv/docs: .venv/dev
	@$(INSTALL) -e '.[docs]'
	@touch $@

demo: .venv/core
	@$(LAB) apply --auto-approve
	@$(LAB) fire --orders 200 --rate 20 --seed 1 --out output/requests.csv
	@$(LAB) fetch --log output/requests.csv --out output/traces.json
	@$(LAB) report --traces output/traces.json --out output
	@echo "Open output/report.html; stop the embedded AWS with: $(LAB) embedded stop"

test: .venv/dev
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
		--durations 30 --durations-min 5

# The oldest packages that pyproject.toml allows, best with the oldest Python, too:
# make test-lowest PYTHON=python3.11. Old packages may use what newer ones have deprecated.
LOWEST := build/lowest
LOWEST_TESTS := $(addprefix tests/,aws check config cost export filters graph infrastructure plot \
	spans stack stats summaries xray test_repo.py) \
	$(addprefix tests/embedded/,iam moto protocol storage test_lifecycle.py)
test-lowest:
	@rm -rf $(LOWEST) && $(PYTHON) -m venv $(LOWEST)
	@$(PYTHON) .ci/lowest.py > $(LOWEST)/constraints.txt
	@$(LOWEST)/bin/python .ci/install.py -c $(LOWEST)/constraints.txt -e '.[lab]' \
		cfn-lint hypothesis pytest PyYAML
	@$(LOWEST)/bin/python -m pytest -W ignore::DeprecationWarning $(LOWEST_TESTS)

# The newest moto, or a given one: make canary MOTO=5.2.6
canary: .venv/dev
	@$(BIN)/python .ci/canary.py $(MOTO)

# What this project assumes about X-Ray without confirmation, checked on the account of your settings,
# which costs some cents: TRACING_LAB_TEST_AWS=1 TRACING_LAB_TARGET=aws make test-aws
test-aws: .venv/dev
	@$(BIN)/python tests/aws_account/check_account.py

# What docs/releasing.md says to run before a release.
release-check: .venv/dev
	@$(BIN)/python .ci/release.py

# A folder of the learner's own, where answers stay; the next time only what is missing is copied.
# Options of JupyterLab: make lab OPTIONS="--no-browser --port 9000"
lab: .venv/dev
	@$(LAB) workshop workshop --keep
	@$(BIN)/python -m jupyterlab $(AS_ROOT) $(OPTIONS) workshop

check: .venv/docs
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/codespell
	@$(BIN)/python notebooks/build.py --check
	@$(BIN)/python docs/build_site.py --check

notebooks: .venv/dev
	@$(BIN)/python notebooks/build.py

# Writes docs/coverage-aws.md from the table of what the embedded AWS does not simulate.
coverage-aws: .venv/dev
	@$(BIN)/python -m tracing_lab.embedded.unsimulated > docs/coverage-aws.md

# Writes docs/settings.md from the settings' declarations.
settings: .venv/dev
	@$(BIN)/python docs/build_site.py --settings

# Runs each notebook that has changed, or whose library has; the first time takes some minutes.
site: .venv/docs
	@$(BIN)/python docs/build_site.py
	@echo "Open site/index.html"

# Draws the pictures of the README and the glossary anew, from a run of the shop.
pictures: .venv/dev
	@$(BIN)/python docs/draw_pictures.py

# Some ten minutes; some parts, perhaps with a size: make bench ONLY="xray kills=100"
bench: .venv/dev
	@$(BIN)/python tests/bench/run.py $(ONLY)

# All parts in full size: half an hour.
bench-full: .venv/dev
	@$(BIN)/python tests/bench/run.py --full $(ONLY)

# Records what tests/data/incidents lacks; delete files there to record them again.
incidents: .venv/dev
	@PYTHONPATH=tests/support $(BIN)/python tests/bench/record_incidents.py

# The same for tests/data/games, which the bench of the game day plays.
games: .venv/dev
	@PYTHONPATH=tests/support $(BIN)/python tests/bench/record_games.py

# Records what tests/data/interventions lacks; delete files there to record them again.
interventions: .venv/dev
	@PYTHONPATH=tests/support $(BIN)/python tests/bench/record_interventions.py

# Rewrites constraints.txt from what a fresh environment resolves to.
lock:
	@rm -rf .venv/lock && $(PYTHON) -m venv .venv/lock
	@.venv/lock/bin/python -m pip install --quiet --disable-pip-version-check -e '.[lab,docs,otel,scale,dev]'
	@.venv/lock/bin/python -m pip freeze --all --exclude-editable --exclude setuptools --exclude wheel \
		> constraints.txt
	@rm -rf .venv/lock

clean:
	@if [ -x $(BIN)/tracing-lab ]; then $(BIN)/tracing-lab embedded stop; fi
	@rm -rf .venv output build site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
