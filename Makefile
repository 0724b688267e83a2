# A newcomer needs three of these: `make demo`, `make serve` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READERS := .venv-readers
SAMPLE ?= samples/squat_side_heels_rise.mp4

.PHONY: demo serve test lint types docs site benchmark clean

demo: $(VENV)/.installed
	@$(BIN)/movement-lab models pull
	@$(BIN)/movement-lab assess $(SAMPLE) --out out/demo

serve: $(VENV)/.installed
	@$(BIN)/movement-lab models pull lite heavy
	@$(BIN)/movement-lab serve

test: $(VENV)/.installed-dev $(READERS)/.installed
	@$(BIN)/movement-lab models pull lite heavy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

docs: $(VENV)/.installed
	$(BIN)/python -m movement_lab.evidence

site: $(VENV)/.installed-dev
	$(BIN)/python tools/build_site.py
	@echo "The site is in out/site: open out/site/index.html"

benchmark: $(VENV)/.installed
	@$(BIN)/movement-lab models pull
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/outline.py

clean:
	rm -rf $(VENV) $(READERS) out build dist .pytest_cache .mypy_cache .ruff_cache

$(VENV)/.installed: pyproject.toml
	@PYTHON=$(PYTHON) tools/system-packages
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

# Readers that would overwrite our OpenCV (movement) or are large (opensim) live apart; tests call them there.
$(READERS)/.installed: tools/readers.txt
	@test -x $(READERS)/bin/python || $(PYTHON) -m venv $(READERS)
	@$(READERS)/bin/python -m pip install --quiet --requirement $<
	@touch $@
