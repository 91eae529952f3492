# Thin: each target first makes .venv from requirements.txt. The README has the plain commands.
PYTHON ?= python3
BIN := .venv/bin
OUT = outputs

.PHONY: demo test bench lab book course notebooks pictures links classifier clean

# Each marker file holds the folder that it was made in. Where that is another one, or the file is
# missing, the installation begins anew: what is there points to that folder, or pip broke off, and
# takes a package for installed whose commands it has not written.
OUTDATED := $(foreach marker,.venv/installed .venv-book/installed,\
	$(shell test "$$(cat $(marker) 2>/dev/null)" = "$$(pwd -P)" || echo $(marker)))
.PHONY: $(OUTDATED)

define CHECK_PYTHON
@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' || { \
	echo "Expected $(PYTHON) to be Python 3.10 to 3.13. Received: $$($(PYTHON) --version 2>&1 | head -n 1)"; \
	echo "Name another with: make PYTHON=python3.12 ..."; exit 1; }
endef

# Run a command that says nothing unless it fails; Ctrl-C would end it with a traceback.
quietly = @said=$$($(1) 2>&1) || { echo "$$said"; exit 1; }

CHECK_ROOM = @$(PYTHON) -c 'import shutil, sys; free = shutil.disk_usage(".").free / 1e9; \
	sys.exit(free < $(1) and f"Expected $(1) GB of free disk. Received: {free:.1f} GB.")'

# Make an empty virtual environment for so many gigabytes, or keep one to be brought up to date.
define VENV
$(CHECK_PYTHON)
$(if $(filter $@,$(OUTDATED)),@rm -rf $(@D),@rm $@)
$(if $(filter $@,$(OUTDATED)),$(call CHECK_ROOM,$(1)))
$(call quietly,$(PYTHON) -m venv $(@D))
endef

demo: .venv/installed
	$(BIN)/python notebooks/tools/demo.py "$(OUT)"

test: .venv/installed .venv-book/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest tests -n 2 -m "not kills" --ignore tests/browser --ignore tests/course --cov=ganlib --cov-fail-under=95
	$(BIN)/python -m pytest tests -m kills --ignore tests/browser --ignore tests/course
	$(BIN)/python -m pytest tests/course
	$(BIN)/python -m pytest tests/browser
	$(BIN)/python tests/alone.py notebooks/*.ipynb

# Without nbgrader's menu and panels, which are for teachers. On another machine: make lab ARGS=--no-browser
lab: .venv/installed
	JUPYTER_CONFIG_PATH="$$PWD/notebooks/tools/lab" $(BIN)/python -m jupyterlab notebooks $(ARGS)

# The series as pages that need no network. Jupyter Book holds back packages that JupyterLab uses,
# so it has a virtual environment of its own.
book: .venv-book/installed
	rm -rf outputs/.book
	cd notebooks && ../.venv-book/bin/python ../.venv-book/bin/jupyter-book build . --config book/_config.yml \
		--toc book/_toc.yml --path-output ../outputs/.book -W --keep-going --quiet
	rm -rf outputs/book
	mv outputs/.book outputs/book
	@echo "The book: outputs/book/_build/html/index.html"

# Speed, memory and quality, in hours: make bench PARTS="overhead floor" for some of it, QUICK=1 for
# a short look, README=1 to put the table into the README.
bench: .venv/installed
	PYTHONPATH=tests $(BIN)/python -m benchmarks $(PARTS) $(if $(QUICK),--quick) $(if $(README),--readme)

# Release the problem sets and grade notebooks/assignments/submitted/STUDENT/psN/*.ipynb.
course: .venv/installed
	$(BIN)/python notebooks/assignments/course.py release
	$(BIN)/python notebooks/assignments/course.py grade

# Execute all chapters anew, and store those whose outputs changed: make notebooks ARGS="08 --store"
notebooks: .venv/installed
	$(BIN)/python notebooks/tools/execute.py $(ARGS)

# Make the README's pictures anew.
pictures: demo
	$(BIN)/python notebooks/tools/screenshot.py "$(OUT)/playground.png"
	mv "$(OUT)/digits.png" "$(OUT)/playground.png" notebooks

# Write the repository's address in pyproject.toml into all badges and links.
links: .venv/installed
	$(BIN)/python notebooks/tools/links.py

# Train the digit classifier of ganlib.features anew: make classifier MNIST=mnist_t10k.npz
classifier: .venv/installed
	$(BIN)/python tests/train_classifier.py $(MNIST)

clean:
	rm -rf .venv .venv-book outputs

.venv/installed: requirements.txt pyproject.toml
	$(call VENV,4)
	@echo "Installing into .venv: 0.9 GB to download, 3 GB on disk."
	$(call quietly,$(BIN)/python -m pip install --quiet --upgrade pip)
	$(BIN)/python -m pip install $(PIP_OPTIONS) -r requirements.txt -e .
	pwd -P > .venv/installed

.venv-book/installed: notebooks/book/requirements.txt
	$(call VENV,0.5)
	@echo "Installing Jupyter Book into .venv-book: 0.3 GB on disk."
	.venv-book/bin/python -m pip install --quiet -r notebooks/book/requirements.txt
	pwd -P > .venv-book/installed
