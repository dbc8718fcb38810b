# env    the virtual environment, from the hash-pinned lock     demo   both simulators, a diff, a backfill, a report
# test   every test        check   style, types, floors, locks   bench  the measurements (SHORT=1: the short ones)
# quota  an hour at the request quota, simulated: how much of it is used, and how often a server must refuse
# fuzz   hostile bodies through the readers of both sides (N=1000000 of them; SEED=7 draws others): docs/HOSTILE.md
# lock   the lock files anew, after an edit of pyproject.toml
# soak   random histories of both systems (N=10000 of them; SEED=7 plays the batch of a failure again): docs/SOAK.md
# crash-matrix   a real process killed at every step of a run, in every scenario (EACH=1: one point each; JOBS=2): docs/CRASHES.md
# perturb  random perturbations of scans (N=100000): none may delete, create or unlink anybody: docs/FAULTS.md
.PHONY: env demo test check bench soak crash-matrix quota fuzz perturb lock
.DEFAULT_GOAL := env

PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)

$(READY): requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

env: $(READY)
	@true

demo: env
	$(BIN)/connector demo

test: env
	tools/need_chromium.sh
	$(BIN)/python -m pytest -n 2 -q

crash-matrix: env
	$(BIN)/python -m tests.crash.matrix --progress --jobs $(or $(JOBS),2) $(if $(EACH),--each $(EACH))

check: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_house.py

bench: env
	BENCH=$(if $(SHORT),short,full) $(BIN)/python -m pytest tests/benchmarks -q -s

soak: env
	$(BIN)/python -m tests.soak$(if $(MUTANTS),.hunt,$(if $(SEED), --seed $(SEED), --histories $(or $(N),1000)))

quota: env
	$(BIN)/python -m tests.quota

fuzz: env
	$(BIN)/python -m tests.fuzz $(or $(N),100000) --seed $(or $(SEED),1)

perturb: env
	$(BIN)/python -m tests.perturb $(or $(N),100000) $(SEED)

lock: env
	$(COMPILE) pyproject.toml --extra postgres -o requirements.lock
	$(COMPILE) pyproject.toml --extra postgres --extra dev -c requirements.lock -o requirements-dev.lock
	echo "hatchling>=1.27" | $(COMPILE) - -c requirements-dev.lock -o requirements-build.lock
