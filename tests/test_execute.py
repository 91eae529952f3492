"""`make notebooks`: which runs count as another one, and what happens to the files."""

import asyncio
import base64
import io
import pathlib

import execute
import nbformat
import numpy as np
import PIL.Image
import pytest
from pictures import small

PNG = base64.b64encode(b"\x89PNG one").decode()
OTHER_PNG = base64.b64encode(b"\x89PNG two").decode()


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def shown(**data):
    return nbformat.v4.new_output(
        "display_data", {kind.replace("_", "/"): value for kind, value in data.items()}
    )


def widget(number):
    data = {execute.WIDGET: {"model_id": number}, "text/plain": f"Image(value=b'{number}')"}
    return nbformat.v4.new_output("display_data", data)


def notebook(*outputs, loose=False, source="1"):
    tags = {"tags": ["nbval-ignore-output"]} if loose else {}
    cell = nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata=tags, id="one")
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("text", id="two"), cell])


def says_the_same(old, new, loose=False):
    runs = [notebook(*outputs, loose=loose) for outputs in (old, new)]
    return not execute.differing(*runs, execute.said)


@pytest.mark.parametrize("loose", [False, True])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([stream("a\nb\n")], [stream("a\n"), stream("b\n")]),
        ([shown(image_png=PNG)], [shown(image_png=OTHER_PNG)]),
        ([widget("7f")], [widget("a0")]),
    ],
    ids=["pieces of a stream", "bytes of a picture", "state of a widget"],
)
def test_runs_that_say_the_same(old, new, loose):
    assert says_the_same(old, new, loose)


@pytest.mark.parametrize("loose", [False, True])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([stream("same: True")], [stream("same: False")]),
        ([stream("a")], [stream("a", name="stderr")]),
        ([stream("a")], []),
        ([shown(image_png=PNG)], [shown(image_png=PNG), shown(image_png=PNG)]),
        ([shown(image_png=PNG)], [shown(image_jpeg=PNG)]),
        ([shown(text_html="<b>a</b>")], [shown(text_html="<i>a</i>")]),
        ([shown(text_plain="1")], [nbformat.v4.new_output("error", ename="E", evalue="1")]),
    ],
    ids=["word", "stream", "nothing", "one more picture", "format", "HTML", "error"],
)
def test_runs_that_say_something_else(old, new, loose):
    assert not says_the_same(old, new, loose)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("7,700 steps in 24 s", "7,700 steps in 8.5 s"),
        ("error 3e-08, then -0.5", "error 1.25e-7, then 0.4"),
        ("a   9.31\nb  12.07", "a  10.2\nb   2.07"),
        ("x  y \\\n1  2\n\nz\n3", "x   y   z\n10  20  30"),
        ("<object at 0x7f3a>", "<object at 0x1b>"),
    ],
)
def test_numbers_count_only_where_machines_agree(old, new):
    same = says_the_same([stream(old)], [stream(new)], loose=True)
    assert same == ("z" not in old)  # a table that breaks has its words in another order
    assert not says_the_same([stream(old)], [stream(new)])


def test_cells_that_differ_are_counted_with_the_text_between():
    old, new = notebook(shown(image_png=PNG)), notebook(shown(image_png=OTHER_PNG))
    assert execute.differing(old, new, execute.said) == []
    assert execute.differing(old, new, execute.pictures) == [1]


def plane(side):
    """Return a smooth surface of more colours than a palette has, and its PNG file."""
    x, y = np.meshgrid(*2 * [np.linspace(0, 255, side)])
    pixels = np.stack([x, y, 127 + 60 * np.sin(x * y)], axis=-1).astype("uint8")
    file = io.BytesIO()
    PIL.Image.fromarray(pixels).save(file, "PNG")
    return pixels, file.getvalue()


def test_a_large_picture_is_stored_with_fewer_colours():
    (_, light), (pixels, heavy) = plane(50), plane(300)
    assert len(light) < 100_000 < len(heavy)
    cell = notebook(*(shown(image_png=base64.b64encode(png).decode()) for png in (light, heavy)))
    cell = cell.cells[1]
    execute.lighten(cell)
    kept, smaller = (base64.b64decode(png) for png in execute.pictures(cell))
    assert kept == light
    assert len(smaller) <= 100_000
    assert small(smaller) == smaller
    error = np.array(PIL.Image.open(io.BytesIO(smaller)).convert("RGB")) - pixels.astype(float)
    assert np.sqrt(np.mean(error**2)) < 25


@pytest.mark.parametrize("always", [False, True])
def test_file_changes_only_with_the_text_or_on_request(tmp_path, always):
    path = tmp_path / "a.ipynb"
    execute.store(notebook(stream("1"), shown(image_png=PNG)), path)
    before = path.read_bytes()
    verdict = execute.settle(path, notebook(stream("1"), shown(image_png=OTHER_PNG)), always)
    assert "pictures in cells [1]" in verdict
    assert (path.read_bytes() != before) == always
    verdict = execute.settle(path, notebook(stream("2"), shown(image_png=PNG)), always)
    assert "text in cells [1]" in verdict
    assert nbformat.read(path, as_version=4).cells[1].outputs[0].text == "2"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_stays_whole_when_the_disk_is_full(tmp_path, monkeypatch):
    path = tmp_path / "a.ipynb"
    execute.store(notebook(stream("1")), path)
    before = path.read_bytes()

    def full(part, text, **options):
        part.write_bytes(b"{")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pathlib.Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        execute.store(notebook(stream("2")), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_executes_side_by_side_and_names_what_failed(tmp_path, capsys):
    kept = notebook(stream("2\n"), source="print(1 + 1)")
    stale = notebook(stream("2\n"), source="print(1 + 2)")
    broken = notebook(stream("2\n"), source="print(1 / 0)")
    paths = {name: tmp_path / f"{name}.ipynb" for name in ("kept", "stale", "broken")}
    for name, content in (("kept", kept), ("stale", stale), ("broken", broken)):
        content.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
        execute.store(content, paths[name])
    before = {name: path.read_bytes() for name, path in paths.items()}
    failed = asyncio.run(execute.refresh(list(paths.values()), jobs=3))
    assert failed == [paths["broken"]]
    assert [paths[name].read_bytes() == before[name] for name in paths] == [True, False, True]
    stored = nbformat.read(paths["stale"], as_version=4).cells[1]
    assert stored.outputs[0].text == "3\n"
    assert stored.execution_count == 1
    report = capsys.readouterr().out
    assert "ZeroDivisionError" in report
    assert "3/3" in report
