# make demo   train on the embedded mini-SYNTHIA and print its cross-domain matrix
# make test   run the tests
# make lint   check style and spelling
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PYTHONWARNINGS ?= ignore

.PHONY: demo test lint

$(READY): setup.cfg
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet -e '.[demo,test,lint]'
	touch $@

demo: $(READY)
	$(BIN)/python tools/make_mini_synthia.py data/mini_synthia
	$(BIN)/python tools/run_experiments.py mini_synthia --seeds 0 --methods baseline finetune advbn --out work_dirs/demo

test: $(READY)
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/codespell
