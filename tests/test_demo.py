"""`make demo`: what it leaves behind, above all when something comes between."""

import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import time

import demo
import nbformat
import pytest

# Tests that run in the background may ignore Ctrl-C, and what they start would inherit that.
CALL = """
import demo, pathlib, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
demo.CHAPTER = pathlib.Path(sys.argv.pop())
demo.main()
"""
DRAW = 'open(grid_file, "w").write("drawn")\nprint("trained")'
UNTOLD = 'print("Not yet. Hint: think")\nobject()'
WAIT = 'import time\nprint("training", flush=True)\ntime.sleep(60)'


@pytest.fixture
def chapter(tmp_path):
    """Return a function of cells' code that writes a notebook with it and returns its path."""

    def write(*code):
        parameters = nbformat.v4.new_code_cell('grid_file = ""', metadata={"tags": ["parameters"]})
        cells = [parameters, *map(nbformat.v4.new_code_cell, code)]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        nbformat.write(notebook, tmp_path / "short.ipynb")
        return tmp_path / "short.ipynb"

    return write


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a space in its name and what an earlier demo left there."""
    folder = tmp_path / "my outputs"
    folder.mkdir()
    (folder / "short.ipynb").write_text("earlier")
    return folder


def start(chapter, folder, **options):
    tools = pathlib.Path(demo.__file__).parent
    return subprocess.Popen(
        [sys.executable, "-c", CALL, folder, chapter], text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | {"PYTHONPATH": tools},
        **options,
    )  # fmt: skip


def left_in(folder):
    return {path.name: path.is_file() and path.read_text() for path in folder.iterdir()}


def test_leaves_the_picture_the_notebook_and_the_page(chapter, folder):
    process = start(chapter(DRAW, UNTOLD), folder)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    files = left_in(folder)
    assert files.keys() == {"digits.png", "short.ipynb", "short.html"}
    assert files["digits.png"] == "drawn"
    assert json.loads(files["short.ipynb"])["cells"][-2]["outputs"][0]["text"] == ["trained\n"]
    assert "trained" in files["short.html"]
    first, *lines = said.splitlines()
    assert first.startswith("Executing chapter 08")
    assert lines[0] == "trained"
    assert [line.split(": ")[1].strip() for line in lines[1:]] == [
        str(folder / name) for name in ("digits.png", "short.ipynb", "short.html")
    ]


@pytest.mark.parametrize("when", ["before the kernel", "in training"])
def test_interrupted_it_says_one_sentence_and_leaves_nothing_new(chapter, folder, when):
    process = start(chapter(WAIT), folder)
    if when == "in training":
        while "training" not in process.stdout.readline():
            assert process.poll() is None
    else:
        while len(left_in(folder)) == 1:  # until its own folder is there, and the imports begin
            assert process.poll() is None
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in said
    assert said.rstrip().endswith("Stopped. The same command begins anew.")
    assert left_in(folder) == {"short.ipynb": "earlier"}


def test_a_full_disk_is_named_and_leaves_nothing_new(chapter, folder):
    def no_large_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    process = start(chapter('print("x" * 60_000)'), folder, preexec_fn=no_large_files)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Traceback" not in said
    assert "Expected a folder with room for 10 MB" in said
    assert "File too large" in said
    assert left_in(folder) == {"short.ipynb": "earlier"}


def test_an_error_in_the_chapter_is_shown(chapter, folder):
    process = start(chapter("1 / 0"), folder)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "ZeroDivisionError" in said
    assert "papermill" not in said  # no traceback of the tools around it
    assert left_in(folder) == {"short.ipynb": "earlier"}


def test_a_kernel_that_is_killed(chapter, folder):
    process = start(chapter("import os\nos.kill(os.getpid(), 9)"), folder)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Traceback" not in said
    assert "The kernel died" in said
    assert left_in(folder) == {"short.ipynb": "earlier"}


def test_a_place_that_cannot_be_written_to(chapter, tmp_path):
    (tmp_path / "file").write_text("")
    process = start(chapter(DRAW), tmp_path / "file" / "outputs")
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Traceback" not in said
    assert "Not a directory" in said
    assert "make demo OUT=FOLDER" in said
