"""What Binder builds: repo2docker finds the files of binder/, and their pins fit and suffice."""

import ast
import importlib.metadata
import os
import pathlib
import re
import subprocess
import sys

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = pathlib.Path(__file__).parents[1]
BINDER = ROOT / "binder"
PYTHON = re.fullmatch(r"python-(3\.\d+)\n", (BINDER / "runtime.txt").read_text())[1]
TOOLS = ("sweep", "sweep_workers", "many_devices", "files")
PACKAGES = {"sklearn": "scikit-learn", "PIL": "pillow"}  # where the module has another name
# The environment of Binder's image, for requirements such as `tomli; python_version < "3.11"`.
IMAGE = {
    "python_version": PYTHON,
    "python_full_version": f"{PYTHON}.0",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "platform_machine": "x86_64",
    "platform_system": "Linux",
    "sys_platform": "linux",
    "os_name": "posix",
}


def requirements(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line[:1] not in ("#", "-", "")]


def pins():
    """Return {package: version} of all that the image installs."""
    found = {}
    for requirement in requirements(BINDER / "requirements.txt"):
        (version,) = requirement.specifier
        assert version.operator == "==", requirement
        found[canonicalize_name(requirement.name)] = version.version
    return found


def in_image(name):
    """Return a package's name as the image has it."""
    name = canonicalize_name(name)
    return "tensorflow-cpu" if name == "tensorflow" else name


def imported():
    """Return the packages that the notebooks, ganlib and the tools of chapter 22 import."""
    patterns = ("ganlib/**/*.py", *(f"notebooks/tools/{tool}.py" for tool in TOOLS))
    sources = [path.read_text("utf-8") for pattern in patterns for path in ROOT.glob(pattern)]
    for path in ROOT.glob("notebooks/*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                sources.append(re.sub(r"(?m)^( *)%.*", r"\1pass", cell.source))
    modules = set()
    for node in (node for source in sources for node in ast.walk(ast.parse(source))):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module.split(".")[0])
    modules -= {"ganlib", *TOOLS} | sys.stdlib_module_names
    return {in_image(PACKAGES.get(module, module)) for module in modules}


@pytest.fixture(scope="module")
def recipe():
    """Return what repo2docker would build, for the user that Binder gives it."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug"]
    command += ["--user-id", "1000", "--user-name", "jovyan", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_repo2docker_builds_for_the_python_of_runtime_txt(recipe):
    assert f"Building conda environment for python={PYTHON}\n" in recipe
    assert f" --python-version {PYTHON} " in (BINDER / "requirements.txt").read_text()


def test_repo2docker_installs_the_pins_then_copies_the_project_then_runs_post_build(recipe):
    steps = [
        r"COPY --chown=1000:1000 src/binder/requirements\.txt ",
        r'RUN \S+/bin/pip install --no-cache-dir -r "?binder/requirements\.txt',
        r"COPY --chown=1000:1000 src/ ",
        r"RUN \./binder/postBuild\n",
    ]
    places = [[found.start() for found in re.finditer(step, recipe)] for step in steps]
    assert all(len(place) == 1 for place in places), places
    assert places == sorted(places)
    # The package comes with postBuild: pip would fetch the TensorFlow that has code for GPUs.
    assert len(re.findall(r"/pip install ", recipe)) == 1


PYTHON_WITHOUT_PIP = """#!/bin/bash
if [ "$2" = pip ]; then echo "${@:3}" >> "$HOME/pip"; else exec %s "$@"; fi
"""


def test_post_build_installs_the_package_alone_and_starts_it(tmp_path):
    python = tmp_path / "python"
    python.write_text(PYTHON_WITHOUT_PIP % sys.executable)
    python.chmod(0o755)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    environment = {"HOME": str(tmp_path), "PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [BINDER / "postBuild"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    arguments = (tmp_path / "pip").read_text().split()
    assert arguments[0] == "install" and arguments[-2:] == ["--editable", "."]
    assert {"--no-deps", "--no-build-isolation"} <= set(arguments)
    assert list(tmp_path.glob(".cache/matplotlib/fontlist-*")), "matplotlib has no list of fonts"


def test_pins_lie_in_the_ranges_of_the_project():
    pinned, ranges = pins(), requirements(ROOT / "requirements.txt")
    checked = 0
    for requirement in ranges:
        if version := pinned.get(in_image(requirement.name)):
            assert requirement.specifier.contains(version), f"{requirement}: {version}"
            checked += 1
    assert checked >= 12


def test_all_that_is_imported_is_pinned():
    assert {"tensorflow-cpu", "scikit-learn", "pillow", "anywidget", "dask"} <= imported()
    assert imported() <= set(pins()), imported() - set(pins())


def test_what_the_pinned_packages_need_is_pinned():
    pinned, compared = pins(), 0
    installed = {
        in_image(distribution.name): distribution
        for distribution in importlib.metadata.distributions()
    }
    for name, version in pinned.items():
        if name not in installed or installed[name].version != version:
            continue  # another version may need other packages
        compared += 1
        for requirement in map(Requirement, installed[name].requires or []):
            if requirement.marker is None or requirement.marker.evaluate({**IMAGE, "extra": ""}):
                received = pinned.get(in_image(requirement.name))
                assert received, f"{name} needs {requirement}, which is not pinned"
                assert requirement.specifier.contains(received), f"{name}: {requirement}"
    if not compared:
        pytest.skip("No package is installed here in the version that Binder gets.")


@pytest.mark.parametrize("folder", ["ganlib", "notebooks"])
def test_nothing_asks_for_tensorflow_by_the_name_that_it_lacks_in_the_image(folder):
    paths = [path for kind in ("py", "ipynb") for path in ROOT.glob(f"{folder}/**/*.{kind}")]
    assert paths
    for path in paths:
        assert not re.search(r"importlib[._]metadata", path.read_text("utf-8")), path.name
