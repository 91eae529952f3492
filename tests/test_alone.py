"""A notebook that is opened alone, as on Colab: it gets the package, and needs nothing else."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig

import alone
import links
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

NOTEBOOKS = sorted(alone.ROOT.glob("notebooks/*.ipynb"))
PROBLEM_SETS = sorted(alone.ROOT.glob("notebooks/assignments/source/*/*.ipynb"))


def setup(path):
    cells = nbformat.read(path, as_version=4).cells
    return next(cell.source for cell in cells if cell.cell_type == "code")


def files(folder):
    """Return the files of a package without bytecode, relative to its folder."""
    return {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Return a folder with the package as its wheel has it."""
    folder = tmp_path_factory.mktemp("package")
    alone.install(folder)
    return folder


def test_the_wheel_holds_the_whole_package(package):
    assert files(package / "ganlib") == files(alone.ROOT / "ganlib")


@pytest.mark.parametrize(
    ("source", "stored", "status"),
    [
        ("import os\nos.listdir()", "['page.ipynb']", 0),
        ("import ganlib\n'package' in ganlib.__file__", "True", 0),
        ("open('beside.csv').read()", "'1'", 1),
        ("1 + 1", "3", 1),
    ],
)
def test_a_notebook_runs_alone_and_is_compared(
    source, stored, status, tmp_path, package, monkeypatch
):
    monkeypatch.setattr(alone, "install", lambda folder: shutil.copytree(package, folder))
    output = new_output("execute_result", {"text/plain": stored}, execution_count=1)
    cell = new_code_cell(source, outputs=[output], execution_count=1)
    nbformat.write(new_notebook(cells=[cell]), tmp_path / "page.ipynb")
    (tmp_path / "beside.csv").write_text("1")
    assert alone.main([tmp_path / "page.ipynb"], tmp_path / "alone") == status


PIP = """
import json, pathlib, sys
folder = pathlib.Path(__file__).parent
with open(folder / "calls", "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
if any("ganlib" in argument for argument in sys.argv):
    (folder / "ganlib").mkdir()
    (folder / "ganlib" / "runtime.py").write_text("def start(**options): return 'started'")
"""


@pytest.mark.parametrize("source", sorted({setup(path) for path in NOTEBOOKS}))
def test_setup_installs_the_package_once_and_leaves_tensorflow(source, tmp_path):
    (tmp_path / "pip.py").write_text(PIP)
    (tmp_path / "setup.ipy").write_text(source)
    # Without `site` a package that is installed as a link to its checkout is not found.
    command = [sys.executable, "-S", "-m", "IPython", "setup.ipy"]
    paths = [str(tmp_path), sysconfig.get_path("purelib")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "IPYTHONDIR": str(tmp_path)}
    for _ in range(2):  # the second time in a runtime that was started again
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0 and "started" in done.stdout, done.stdout + done.stderr
    first, last = map(json.loads, (tmp_path / "calls").read_text().splitlines())
    assert first[:3] == ["install", "-q", "anywidget"] and set(first[3:]) <= {"papermill"}
    address = f"ganlib @ git+https://github.com/{links.repository()}"
    assert last == ["install", "-q", "--no-deps", address]


@pytest.mark.parametrize("path", PROBLEM_SETS, ids=[path.stem for path in PROBLEM_SETS])
def test_problem_sets_that_need_the_package_install_it_without_tensorflow(path):
    text = path.read_text(encoding="utf-8")
    installed = re.search(r'%pip install -q --no-deps \\"ganlib @ ', text)
    assert bool(installed) == ("from ganlib import" in text)
