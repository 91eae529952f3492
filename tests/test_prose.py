"""The spelling of what is read: no slips anywhere, and British in the prose."""

import importlib.resources
import pathlib
import re
import subprocess
import sys

import nbformat
import pytest

ROOT = pathlib.Path(__file__).parents[1]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("notebooks/*.ipynb")),
    *sorted(ROOT.glob("notebooks/assignments/*.md")),
    *sorted(ROOT.glob("notebooks/assignments/source/*/*.ipynb")),
]
CODE = [path for name in ("ganlib", "notebooks", "tests") for path in ROOT.glob(f"{name}/**/*.py")]
NAMES = "ba,bae,fro"  # two authors, a norm
# Words that are American in one meaning and British in another.
SHARED = {"biased", "focused", "math", "practice", "program", "programs", "story"}


def cells(path, kinds=("markdown", "code")):
    """Return a page's text, of a notebook's cells only those of the given kinds."""
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    notebook = nbformat.read(path, as_version=4)
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type in kinds)


def prose(path):
    """Return a page's sentences: no code, formulas, addresses, tags or titles."""
    text = cells(path, ("markdown",))
    text = re.sub(r"(?s)```.*?```|<[^>]*>|\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|\]\([^)]*\)", " ", text)
    return re.sub(r"\*[^*\n]+(\n[^*\n]+)?\*", " ", text)


def american():
    """Return a dictionary of American words and their British spelling."""
    data = importlib.resources.files("codespell_lib") / "data"
    lines = (data / "dictionary_en-GB_to_en-US.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.lower().split("->") for line in lines if "->" in line)
    words = {us.strip(): gb for gb, several in pairs for us in several.split(",") if us.strip()}
    return {us: gb for us, gb in words.items() if us not in SHARED}


def test_nothing_is_misspelt(tmp_path):
    texts = []
    for path in PAGES:
        texts.append(tmp_path / f"{path.stem}.md")
        texts[-1].write_text(cells(path), encoding="utf-8")
    command = [sys.executable, "-m", "codespell_lib", "-L", NAMES, *map(str, [*texts, *CODE])]
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("path", PAGES, ids=[path.name for path in PAGES])
def test_prose_is_british(path):
    spelling = american()
    words = re.findall(r"[a-z]+", prose(path).lower())
    assert not {word: spelling[word] for word in words if word in spelling}


def test_the_list_of_american_words_is_not_empty():
    spelling = american()
    assert spelling["color"] == "colour"
    assert spelling["regularization"] == "regularisation"
    assert spelling["optimizer"] == "optimiser"
