"""The tables of full runs that lie beside the notebooks: made by a command that still exists."""

import ast
import pathlib
import shlex

import nbformat
import pytest

from ganlib import results

FOLDER = pathlib.Path(__file__).parents[1] / "notebooks"
TABLES = sorted(FOLDER.glob("results/*.csv"))


def parameters(notebook):
    """Return the names in a notebook's parameters cell."""
    (cell,) = [
        cell
        for cell in nbformat.read(FOLDER / notebook, as_version=4).cells
        if "parameters" in cell.metadata.get("tags", [])
    ]
    return {statement.target.id for statement in ast.parse(cell.source).body}


@pytest.mark.parametrize("path", TABLES, ids=[path.stem for path in TABLES])
def test_the_command_names_a_notebook_and_its_parameters(path):
    marker, program, notebook, _, *options = shlex.split(path.read_text().splitlines()[0])
    assert (marker, program) == ("#", "papermill")
    assert path.stem == pathlib.Path(notebook).stem
    names = [name for flag, name in zip(options[::3], options[1::3], strict=True) if flag == "-p"]
    assert len(options) == 3 * len(names)
    assert set(names) <= parameters(notebook)
    assert options[-2:] == ["results_file", f"results/{path.name}"]


@pytest.mark.parametrize("path", TABLES, ids=[path.stem for path in TABLES])
def test_every_table_has_three_seeds_and_stays_small(path):
    table = results.read(path, otherwise=None)
    assert table.seed.nunique() >= 3
    assert table.notna().all(axis=None)
    assert path.stat().st_size <= 50_000


def test_every_table_is_shown_in_its_notebook():
    for path in TABLES:
        (notebook,) = FOLDER.glob(f"{path.stem}.ipynb")
        assert f"results/{path.name}" in notebook.read_text()
