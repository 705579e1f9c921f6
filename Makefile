PYTHON ?= python3
VENV := $(abspath .venv)
BIN := $(VENV)/bin
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
ATHERIS := $(VENV)/.atheris
AUDIT := $(VENV)/.audit
FUZZ_SECONDS ?= 600
PIP := PIP_CONSTRAINT=$(abspath constraints.txt) $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: help demo test coverage quick check format judges docs site golden fuzz versions cost bench audit clean

demo: $(RUN)  ## Compose and dry-run the sample newsletter in demo/
	@if [ -e demo ]; then echo "demo/ exists and may contain edits; remove it to start over"; \
	else $(BIN)/newsletter -q init --demo demo; fi
	@cd demo && for command in "compose --week" "send --dry-run"; do \
		echo "$$ newsletter $$command"; $(BIN)/newsletter $$command || exit; done
	@issue=$$(ls -d demo/issues/*/ | tail -n 1) && echo && \
	echo "look at   $${issue}preview.html in a browser," && \
	echo "          $${issue}email.eml in a mail program," && \
	echo "          $${issue}dry-run/ for the requests to SendGrid" && \
	echo "edit      $${issue}issue.toml and demo/newsletter.toml" && \
	echo "again     cd demo && ../.venv/bin/newsletter compose --week"

test: $(DEV)  ## Run all tests
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

coverage: $(DEV)  ## Run all tests and show the branch coverage, that of the program's processes included
	@$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term $(ARGS)

quick: $(DEV)  ## Run the fast tests: no browser, no external judges, nothing slow, no coverage
	@$(BIN)/python -m pytest -q -n auto --dist worksteal -m "not slow and not browser and not judge" $(ARGS)

check: $(DEV)  ## Run the linters and the type checker
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(DEV)  ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

judges:  ## Install the external email judges that some tests use, if the machine allows it
	@scripts/judges.sh .judges

golden: $(DEV)  ## Accept the issues as composed now as the expected ones
	@$(BIN)/python -m pytest tests/composer/test_golden.py --update-golden

site: $(DEV)  ## Build the documentation as a site in build/site; a broken link is an error
	@$(BIN)/mkdocs build --strict

docs: $(DEV)  ## Generate the reference pages of the documentation
	@$(BIN)/python scripts/reference.py

fuzz: $(DEV) $(ATHERIS)  ## Search for inputs that crash the program, for FUZZ_SECONDS (600)
	@$(BIN)/python -m fuzz --seconds $(FUZZ_SECONDS) $(ARGS)

versions:  ## Run the central tests with each later Python that is installed
	@scripts/versions.sh

cost: $(DEV)  ## Measure every hostile article of the tests, of which `make test` measures a fourth
	@COST=all $(BIN)/python -m pytest -n auto tests/test_cost.py $(ARGS)

bench: $(DEV)  ## Measure every figure of docs/benchmarks.md and write that page; peers are installed where npm allows it
	@$(BIN)/python -m compileall -q newsletter
	@npm install --silent --ignore-scripts --no-audit --no-fund --prefix $(VENV)/bench mjml 2>/dev/null || echo "MJML cannot be installed here: left out"
	@$(BIN)/python -m benchmarks.bench --mjml $(VENV)/bench/node_modules/.bin/mjml --write docs/benchmarks.md $(ARGS)

audit: $(AUDIT)  ## Compare the pinned versions with known vulnerabilities, if those are available
	@$(PYTHON) scripts/audit.py $(VENV)/audit/bin/pip-audit

clean:  ## Remove what the other targets created
	@rm -rf .venv .venv-3.* demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV)

$(RUN): $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "installing the program into .venv ..."
	@$(PIP) install -e .
	@$(BIN)/python -m compileall -q newsletter
	@touch $@

$(DEV): $(RUN)
	@echo "installing the test dependencies into .venv ..."
	@$(PIP) install -e '.[dev]'
	@touch $@

$(ATHERIS): $(DEV)
	@$(PIP) install atheris 2>/dev/null || echo "atheris cannot be installed here: make fuzz uses random inputs"
	@touch $@

$(AUDIT): $(VENV)/bin/python
	@$(PYTHON) -m venv $(VENV)/audit
	@$(VENV)/audit/bin/python -m pip --disable-pip-version-check -q install pip-audit 2>/dev/null || echo "pip-audit cannot be installed here"
	@touch $@
