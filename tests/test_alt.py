"""The texts that the book gives to stored figures."""

import importlib.util
import pathlib

SCRIPT = pathlib.Path(__file__).parents[1] / "notebooks" / "book" / "alt.py"
SPEC = importlib.util.spec_from_file_location("alt", SCRIPT)
alt = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(alt)


def described(*sources):
    cells = [
        {"cell_type": "markdown" if source.startswith("#") else "code", "source": source}
        for source in sources
    ]
    return alt.describe(cells)


def test_it_quotes_what_the_code_writes():
    heading = "## A *valley* in $x_1$\n\nWords."
    code = '%matplotlib inline\naxis.set(title="Loss", xlabel="$x_1$", color="red")'
    assert described(heading, code) == [None, "Figure of “A valley in x_1”: Loss; x_1"]


def test_what_only_a_run_knows_is_left_out():
    code = 'axis.set_title(f"rate {rate:g}: {left} steps")\naxis.set_ylabel(name)'
    assert described("# S", code)[1] == "Figure of “S”: rate …: … steps"


def test_it_looks_into_functions_of_earlier_cells():
    define = 'def inner():\n    axis.legend(title="noise")\n\n\ndef draw(name):\n    inner()'
    use = 'draw("moved")'
    assert described("# S", define, use)[2] == "Figure of “S”: moved; noise"


def test_the_package_names_its_figures():
    use = 'plotting.write_image_grid(file, made)\nplotting.image_rows(rows, ["data", "made"])'
    assert described("# S", use)[1] == "Figure of “S”: image rows; data; made"


def test_without_words_the_section_remains():
    assert described("# S", 'axis.plot(x, color="#0072B2")')[1] == "Figure of “S”"
