# Thin: each target first makes .venv from requirements.txt. The README has the plain commands.
PYTHON ?= python3
BIN := .venv/bin
DEMO := outputs/08_dcgan

.PHONY: demo test bench lab book course notebooks links classifier clean

demo: .venv/installed
	@mkdir -p outputs
	$(BIN)/papermill notebooks/08_dcgan.ipynb $(DEMO).ipynb --cwd notebooks -k python3 \
		--log-output -p grid_file ../outputs/digits.png
	$(BIN)/jupyter nbconvert --to html --config notebooks/page.py --log-level ERROR $(DEMO).ipynb
	@echo "The executed notebook: $(DEMO).ipynb"
	@echo "The same as a page:    $(DEMO).html"
	@echo "What the GAN drew:     outputs/digits.png"

test: .venv/installed .venv-book/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest tests -n 2 -m "not kills" --ignore tests/browser --ignore tests/course --cov=ganlib --cov-fail-under=95
	$(BIN)/python -m pytest tests -m kills --ignore tests/browser --ignore tests/course
	$(BIN)/python -m pytest tests/course
	$(BIN)/python -m pytest tests/browser
	$(BIN)/python tests/alone.py notebooks/*.ipynb

lab: .venv/installed
	$(BIN)/jupyter lab notebooks

# The series as pages that need no network. Jupyter Book holds back packages that JupyterLab uses,
# so it has a virtual environment of its own.
book: .venv-book/installed
	rm -rf outputs/book
	cd notebooks && ../.venv-book/bin/jupyter-book build . --config book/_config.yml \
		--toc book/_toc.yml --path-output ../outputs/book -W --keep-going --quiet
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

# Write the repository's address in pyproject.toml into all badges and links.
links: .venv/installed
	$(BIN)/python notebooks/tools/links.py

# Train the digit classifier of ganlib.features anew: make classifier MNIST=mnist_t10k.npz
classifier: .venv/installed
	$(BIN)/python tests/train_classifier.py $(MNIST)

clean:
	rm -rf .venv .venv-book outputs

.venv/installed: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14) and "Expected Python 3.10 to 3.13. Received: " + sys.version.split()[0] + ". Name another with make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install $(PIP_OPTIONS) -r requirements.txt -e .
	touch .venv/installed

.venv-book/installed: notebooks/book/requirements.txt
	$(PYTHON) -m venv .venv-book
	.venv-book/bin/python -m pip install --quiet -r notebooks/book/requirements.txt
	touch .venv-book/installed
