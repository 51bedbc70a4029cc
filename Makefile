# Boltzmann at the Movies: every command of the project. Bare `make` explains them.

# The interpreter that makes the environment (3.11, 3.12 or 3.13).
PYTHON ?= python3
# planted (embedded), ml-100k, ml-1m, ml-10m, ml-20m, ml-25m, ml-32m, ml-latest-small, or a path to a table of ratings.
DATASET ?= planted
# As it was typed: a path may hold $ and other signs that make and the shell would take for their own.
export DATASET_AS_TYPED := $(value DATASET)
# quick: the defaults written in each notebook. full: notebooks/params/full/*.yaml.
PROFILE ?= quick
# How many notebooks run at the same time. In the full profile, whose results hold measured times, they run one by one, and
# each trains so many machines at the same time. RBM_CLUSTER=tcp://head:8786 trains them on the workers of a Dask scheduler.
JOBS ?= 2

# How many processes share the tests. For a debugger run one file: .venv/bin/python -m pytest tests/splits --pdb
TEST_JOBS ?= 2

# Passed on to JupyterLab, as in `make lab LAB_ARGS="--no-browser --port=9000"`.
LAB_ARGS ?=

# Passed on to the benchmark; `make bench BENCH_ARGS=--help` lists what there is.
BENCH_ARGS ?=

BIN := .venv/bin
STAMP := .venv/installed
# No start-up messages, and the same matrix kernels on every processor.
export TF_CPP_MIN_LOG_LEVEL := 1
export TF_ENABLE_ONEDNN_OPTS := 0
export PYTHONHASHSEED := 0

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup lab reports docs bench bench-gpu readme test lint loops unit notebooks lock clean distclean

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  make reports DATASET=ml-1m PROFILE=full    the real thing (RBM_DATA_DIR names a folder that holds ml-1m/)"

setup: $(STAMP) ## Make .venv from the lock (every other command does this when needed)

$(STAMP): requirements.lock pyproject.toml scripts/setup-environment.sh
	@PYTHON="$(PYTHON)" sh scripts/setup-environment.sh
	@touch $@

FIRST = $(notdir $(firstword $(sort $(wildcard notebooks/*.ipynb))))
lab: $(STAMP) ## Open JupyterLab with the notebooks, on the first
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/$(FIRST) $(LAB_ARGS) notebooks

reports: $(STAMP) ## Render every notebook (DATASET=planted PROFILE=quick); refreshes the API reference that the index links to
	@$(BIN)/python -m rbm_lib.collection.reference --quiet
	@$(BIN)/python -m rbm_lib.collection.reports --dataset "$$DATASET_AS_TYPED" --profile "$(PROFILE)" --jobs "$(JOBS)"

docs: $(STAMP) ## Write the API reference, offline, from the docstrings into reports/docs
	@$(BIN)/python -m rbm_lib.collection.reference

bench: $(STAMP) ## Measure what an epoch costs (BENCH_ARGS="--no-large" leaves out 32 million ratings); writes reports/bench
	@$(BIN)/python -m rbm_lib.collection.bench $(BENCH_ARGS)

bench-gpu: $(STAMP) ## The dense engine on a GPU beside the processor: draws, results, epochs; writes reports/bench-gpu
	@$(BIN)/python -m rbm_lib.collection.bench.gpu

readme: $(STAMP) ## Refresh the generated blocks of README.md from reports/ml-1m/results
	@$(BIN)/python -m rbm_lib.collection.reports.readme

test: $(STAMP) ## Lint, unit tests, notebook tests, report tests
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint loops
	@$(MAKE) --no-print-directory unit notebooks

loops: $(STAMP)
	@echo "compiling the loops, once for all test processes"
	@PYTHONPATH=tests $(BIN)/python tests/support/compile_loops.py

lint: $(STAMP) ## ruff on code and notebooks, one-way imports, types; notebook sources carry no outputs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	$(BIN)/nbstripout --verify --keep-id notebooks/*.ipynb

unit: $(STAMP) ## Unit tests and report tests
	$(BIN)/python -m pytest tests -n "$(TEST_JOBS)" --dist worksteal

# The kernels work in notebooks/: a relative folder of ratings has to be made absolute.
ifneq ($(RBM_DATA_DIR),)
notebooks: export RBM_DATA_DIR := $(abspath $(RBM_DATA_DIR))
endif
# No notebook waits for another, but for those that read whatever the others have left: they come last, one by one.
SURVEYS = $(shell grep -l 'results/\*\.json' notebooks/*.ipynb)
NBVAL = $(BIN)/python -m pytest --nbval-lax --nbval-current-env --nbval-cell-timeout=600 -p no:cacheprovider
notebooks: $(STAMP) ## Run the notebooks as tests (nbval), writing to a temporary folder
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	export RBM_REPORTS_DIR="$$folder" TF_CPP_MIN_LOG_LEVEL=3 TQDM_DISABLE=1 && \
	export PYTHONSTARTUP="$(CURDIR)/tests/support/kernel_startup.py" && \
	$(NBVAL) -n "$(TEST_JOBS)" --dist loadfile $(filter-out $(SURVEYS),$(wildcard notebooks/*.ipynb)) \
	$(if $(SURVEYS),&& $(NBVAL) $(SURVEYS))

lock: $(STAMP) ## Refresh requirements.lock from pyproject.toml
	$(BIN)/uv lock --upgrade --quiet
	$(BIN)/uv export --frozen --quiet --format requirements.txt --no-header --no-annotate --no-emit-project \
		--extra cpu --all-groups --output-file requirements.lock

clean: ## Remove pages, caches and build products; data, results, figures, models and the committed pages stay
	rm -rf build .pytest_cache .ruff_cache .hypothesis *.egg-info
	[ ! -d reports ] || find reports -name '*.html' -not -path 'reports/ml-1m/*' -delete
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean ## clean, and the environment too
	rm -rf .venv
