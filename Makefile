# make demo            train on the embedded mini-SYNTHIA and print its cross-domain matrix
# make demo-imagenet   train on digits that come with packages and print their table of robustness
# make test            run the tests
# make test-quick      run those that are quick and need one process
# make test-gpu        run those that a GPU may change, on a GPU
# make docs            fill in the numbers of README.md and docs/, and build the site into build/docs
# make lint            check style, spelling and types
# make wheel           build dist/*.whl, for pip install
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PYTHONWARNINGS ?= ignore

.PHONY: demo demo-imagenet test test-quick test-gpu lint wheel docs

$(READY): setup.cfg
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet -e '.[demo,test,lint]'
	touch $@

demo: $(READY)
	$(BIN)/advbn-seg demo

demo-imagenet: $(READY)
	$(BIN)/advbn-seg demo classification

PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest
test: $(READY)
	$(PYTEST) --numprocesses auto --dist loadfile

test-quick: $(READY)
	$(PYTEST) --numprocesses auto --dist loadfile -m 'not slow and not ddp'

test-gpu: $(READY)
	$(PYTEST) -m gpu --device cuda

docs: $(READY)
	$(BIN)/pip install --quiet -e '.[docs]'
	$(BIN)/python -m docs.generate
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/codespell
	$(BIN)/mypy

wheel: $(READY)
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .
