"""The notebook contract, as far as a machine can read it."""

import ast
import functools
import itertools
import pathlib
import re
import statistics

import links
import nbformat
import pytest
from nbconvert import HTMLExporter
from traitlets.config.loader import PyFileConfigLoader

FOLDER = pathlib.Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
REPOSITORY = links.repository()

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def prose(path):
    return "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")


def lines(cell):
    return [line for line in cell.source.splitlines() if line.strip()]


def tagged(path, tag):
    return [cell for cell in code_cells(path) if tag in cell.metadata.get("tags", [])]


def test_size(path):
    cells = read(path).cells
    assert 40 <= len(cells) <= 70
    markdown = sum(cell.cell_type == "markdown" for cell in cells)
    assert 0.5 <= markdown / len(cells) <= 0.6
    lengths = [len(lines(cell)) for cell in code_cells(path)]
    assert max(lengths) <= 40
    assert 4 <= statistics.median(lengths) <= 8


def test_prose_is_in_proportion_to_code(path):
    text = prose(path).split("## References")[0]
    # Folded answers, formulas, addresses and tags are not read on the way.
    text = re.sub(r"(?s)<details>.*?</details>|\$\$.*?\$\$|\$.*?\$|\]\(.*?\)|<.*?>", "", text)
    words = len(re.findall(r"[A-Za-z]{2,}", text))
    code = sum(len(lines(cell)) for cell in code_cells(path))
    assert 6 <= words / code <= 9


def test_opens_with_title_badges_and_time(path):
    opening = read(path).cells[0]
    assert opening.cell_type == "markdown"
    assert opening.source.startswith(f"# {path.stem[:2]} · ")
    assert f"mybinder.org/v2/gh/{REPOSITORY}/main?urlpath=lab/tree/notebooks/{path.name}" in (
        opening.source
    )
    assert f"colab.research.google.com/github/{REPOSITORY}/blob/main/notebooks/{path.name}" in (
        opening.source
    )
    assert re.search(r"\b(seconds?|minutes?)\b", opening.source)


def test_headings_are_in_order(path):
    levels = [len(hashes) for hashes in re.findall(r"(?m)^(#+) ", prose(path))]
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_has_the_closing_sections(path):
    headings = re.findall(r"(?m)^## (.*)$", prose(path))
    closing = ["Exercises", "Common mistakes", "Check yourself", "Summary", "References"]
    assert headings[-5:] == closing
    assert prose(path).split("## Check yourself")[1].count("<details>") >= 3


def test_exercises_have_a_stub_a_check_and_a_solution(path):
    checks = [cell for cell in code_cells(path) if re.search(r"(?m)^check\(", cell.source)]
    assert len(checks) >= 4
    for cell in checks:
        assert "raise NotImplementedError" in cell.source
        assert cell.outputs[0].text.startswith("Not yet. Hint: ")
    exercises = prose(path).split("## Exercises")[1].split("## Common mistakes")[0]
    assert exercises.count("<summary>Solution</summary>") >= len(checks)


def test_has_an_interactive_figure(path):
    assert any(re.search(r"(?m)^explore\(", cell.source) for cell in code_cells(path))


def test_setup_is_short_and_installs_only_where_missing(path):
    setup = code_cells(path)[0]
    assert len(lines(setup)) <= 12
    assert 'find_spec("ganlib")' in setup.source
    assert REPOSITORY in setup.source


def test_parameters_are_annotated_literals(path):
    (cell,) = tagged(path, "parameters")
    for statement in ast.parse(cell.source).body:
        assert isinstance(statement, ast.AnnAssign), ast.unparse(statement)
        ast.literal_eval(statement.value)
    assert all("  # " in line for line in lines(cell)), "each parameter has a comment"


@functools.cache
def page(path):
    """Return the page that `make demo` makes of a notebook."""
    config = PyFileConfigLoader("page.py", path=str(FOLDER)).load_config()
    return HTMLExporter(config=config).from_filename(str(path))[0]


def test_page_shows_formulas_without_a_network(path):
    text = re.sub(r"(?s)<(pre|script|style|code|annotation)\b.*?</\1>", "", page(path))
    assert "$" not in re.sub(r"<[^>]*>", "", text)


def test_page_has_words_for_each_picture(path):
    outputs = itertools.chain(*(cell.outputs for cell in code_cells(path)))
    stored = sum("image/png" in output.get("data", {}) for output in outputs)
    words = re.findall(r'<img alt="([^"]*)" src="data:', page(path))
    assert len(words) == stored > 0
    assert all(re.match("Figure of “.|Images that", text) for text in words), words
    assert "No description has been provided" not in page(path)
