"""Every stored notebook: valid, from one clean run, light, and without a trace of a machine."""

import itertools
import re

import links
import nbformat
import pytest

FOLDER = links.ROOT / "notebooks"
NOTEBOOKS = sorted([*FOLDER.glob("*.ipynb"), *FOLDER.glob("assignments/[rs]*/*/*.ipynb")])
LOG = r"(?m)^[IWEF]\d{4} \d\d:|WARNING|oneDNN|cuInit|cuda_|ptxas|absl::|\bDEBUG\b"

pytestmark = pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=[str(path.relative_to(FOLDER)) for path in NOTEBOOKS]
)


def code_cells(path):
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]


def outputs(path):
    return list(itertools.chain.from_iterable(cell.outputs for cell in code_cells(path)))


def test_valid_and_for_the_kernel_python3(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"


def test_at_most_a_megabyte(path):
    assert path.stat().st_size <= 1_000_000


def test_stored_outputs_are_one_clean_run(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    handed_out = "assignments" in path.parts  # without outputs
    assert counts == [None if handed_out else k for k in range(1, len(counts) + 1)]
    for output in outputs(path):
        assert output.output_type != "error"
        assert output.get("name") != "stderr", output.text


def test_stored_outputs_hold_no_log(path):
    for output in outputs(path):
        texts = [output.get("text", ""), *map(str, output.get("data", {}).values())]
        assert not any(re.search(LOG, text) for text in texts), texts


def test_names_no_machine(path):
    text = re.sub(r'"image/png": "[^"]*"', "", path.read_text(encoding="utf-8"))
    assert not re.search(r"/home/|/root/|/tmp/|/Users/|site-packages|C:\\\\", text)


def test_pictures_are_small(path):
    pictures = [output.get("data", {}).get("image/png", "") for output in outputs(path)]
    for state in nbformat.read(path, as_version=4).metadata.get("widgets", {}).values():
        for model in state["state"].values():  # stills that widgets show
            pictures += [buffer["data"] for buffer in model.get("buffers", [])]
    assert max(map(len, pictures), default=0) * 3 / 4 <= 100_000
