# make demo            train on the embedded mini-SYNTHIA and print its cross-domain matrix
# make demo-imagenet   train on digits that come with packages and print their table of robustness
# make test            run the tests
# make lint            check style and spelling
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PYTHONWARNINGS ?= ignore

.PHONY: demo demo-imagenet test lint

$(READY): setup.cfg
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet -e '.[demo,test,lint]'
	touch $@

demo: $(READY)
	$(BIN)/python tools/make_mini_synthia.py data/mini_synthia
	$(BIN)/python tools/run_experiments.py mini_synthia --seeds 0 --methods baseline finetune advbn --out work_dirs/demo

DIGITS := data/digits/mnist
demo-imagenet: $(READY)
	$(BIN)/python tools/make_digits.py data/digits
	$(BIN)/python tools/make_imagenet_c.py $(DIGITS)/val $(DIGITS)_c --crop 0 --limit 25
	$(BIN)/python tools/make_imagenet_instagram.py $(DIGITS)/val $(DIGITS)_instagram --limit 25
	$(BIN)/python tools/run_experiments.py digits --seeds 0 --methods baseline finetune advbn --out work_dirs/demo_imagenet

test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist loadfile

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/codespell
