# Boltzmann at the Movies: every command of the project. Bare `make` explains them.

# The interpreter that makes the environment (3.11, 3.12 or 3.13).
PYTHON ?= python3
# planted (embedded), ml-100k, ml-1m, ml-10m, ml-20m, ml-25m, ml-32m, ml-latest-small, or a path to a CSV or Parquet file.
DATASET ?= planted
# quick: the defaults written in each notebook. full: notebooks/params/full/*.yaml.
PROFILE ?= quick
# How many notebooks run at the same time.
JOBS ?= 1

BIN := .venv/bin
STAMP := .venv/installed
export TF_CPP_MIN_LOG_LEVEL := 1
export PYTHONHASHSEED := 0

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup lab reports readme test lint unit notebooks lock clean distclean

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  make reports DATASET=ml-1m PROFILE=full    the real thing (RBM_DATA_DIR names a folder that holds ml-1m/)"

setup: $(STAMP) ## Make .venv from the lock (every other command does this when needed)

$(STAMP): requirements.lock pyproject.toml scripts/setup-environment.sh
	@PYTHON="$(PYTHON)" sh scripts/setup-environment.sh
	@touch $@

lab: $(STAMP) ## Open JupyterLab with the notebooks
	$(BIN)/jupyter lab notebooks

reports: $(STAMP) ## Render every notebook (DATASET=planted PROFILE=quick JOBS=1)
	@$(BIN)/python -m rbm_lib.reports --dataset "$(DATASET)" --profile "$(PROFILE)" --jobs "$(JOBS)"

readme: $(STAMP) ## Refresh the generated blocks of README.md from reports/ml-1m/results
	@$(BIN)/python -m rbm_lib.readme

test: lint unit notebooks ## Lint, unit tests, notebook tests, report tests

lint: $(STAMP) ## ruff on code and notebooks; notebook sources carry no outputs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --verify --keep-id notebooks/*.ipynb

unit: $(STAMP) ## Unit tests and report tests
	$(BIN)/python -m pytest tests

notebooks: $(STAMP) ## Run the notebooks as tests (nbval), writing to a temporary folder
	@$(BIN)/python -m pytest -q tests/notebooks --nbval-notebooks

lock: $(STAMP) ## Refresh requirements.lock from pyproject.toml
	$(BIN)/uv lock --upgrade --quiet
	$(BIN)/uv export --frozen --quiet --format requirements.txt --no-header --no-annotate --no-emit-project \
		--extra cpu --all-groups --output-file requirements.lock

clean: ## Remove rendered pages, caches and build products; data and results stay
	rm -rf build .pytest_cache .ruff_cache .hypothesis *.egg-info reports/quick reports/*/pages
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean ## clean, and the environment too
	rm -rf .venv
