"""The Makefile's installation, with a stand-in for Python that installs nothing."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
# Says which version it is, makes an environment of a copy of itself, and fails with pip on request.
PYTHON = """#!/bin/sh
(IFS="|"; echo "$JUPYTER_CONFIG_PATH|$*") >> "{log}"
case "$1 $2" in
--version*) echo "Python $VERSION" ;;
-c*) exec "{real}" -c "import shutil, sys, types
shutil.disk_usage = lambda path: types.SimpleNamespace(free=float('$FREE'))
sys.version_info = tuple(map(int, '$VERSION'.split('.')))
exec(sys.argv[1])" "$2" ;;
"-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip") exit "$PIP_FAILS" ;;
esac
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make on the PATH")


class Checkout:
    """A folder with a Makefile and a Python, which `make` is called in."""

    def __init__(self, folder):
        self.folder, self.log = folder / "my project", folder / "log"
        (self.folder / "notebooks" / "book").mkdir(parents=True)
        needed = ("Makefile", "pyproject.toml", "requirements.txt")
        for name in (*needed, "notebooks/book/requirements.txt"):
            shutil.copy(ROOT / name, self.folder / name)
        self.python = folder / "python3"
        self.python.write_text(PYTHON.format(log=self.log, real=sys.executable))
        self.python.chmod(0o755)

    def make(self, *arguments, version="3.11.7", pip_fails=0, free=1e11):
        """Return what make returned and said, and what the stand-in was asked for."""
        self.log.write_text("")
        # These tests are themselves run by make, which hands its own settings down.
        outside = {name: value for name, value in os.environ.items() if "MAKE" not in name}
        done = subprocess.run(
            ["make", f"PYTHON={self.python}", *arguments],
            cwd=self.folder,
            env=outside | {"VERSION": version, "PIP_FAILS": str(pip_fails), "FREE": str(free)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.returncode, done.stdout, self.log.read_text().splitlines()

    def installs(self, **options):
        code, _, asked = self.make(".venv/installed", **options)
        return code == 0, sum(line.startswith("|-m|pip|install|") for line in asked)


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


@pytest.mark.parametrize("version", ["2.7.18", "3.9.18", "3.14.0"])
@pytest.mark.parametrize("marker", [".venv/installed", ".venv-book/installed"])
def test_refuses_a_python_that_does_not_fit(checkout, version, marker):
    code, said, _ = checkout.make(marker, version=version)
    assert code != 0
    assert f"to be Python 3.10 to 3.13. Received: Python {version}\n" in said
    assert "make PYTHON=" in said
    assert not (checkout.folder / marker).parent.exists()


@pytest.mark.parametrize("version", ["3.10.0", "3.13.9"])
def test_takes_a_python_that_fits(checkout, version):
    assert checkout.installs(version=version) == (True, 2)


def test_names_a_python_that_is_missing(checkout):
    code, said, _ = checkout.make("demo", "PYTHON=no-such-python")
    assert code != 0
    assert "Expected no-such-python to be Python 3.10 to 3.13." in said


def test_says_before_the_download_that_the_disk_is_too_small(checkout):
    code, said, asked = checkout.make(".venv/installed", free=3.26e9)
    assert code != 0
    assert "Expected 4 GB of free disk. Received: 3.3 GB.\n" in said
    assert not any(line.startswith("|-m") for line in asked)
    assert checkout.installs(free=4.1e9) == (True, 2)
    os.utime(checkout.folder / "requirements.txt", (2e9, 2e9))
    assert checkout.installs(free=1e9) == (True, 2)


def test_installs_once(checkout):
    assert checkout.installs() == (True, 2)
    assert checkout.installs() == (True, 0)


@pytest.mark.parametrize("before", ["nothing", "older requirements"])
def test_an_installation_that_broke_off_begins_anew(checkout, before):
    if before == "older requirements":
        checkout.installs()
        os.utime(checkout.folder / "requirements.txt", (2e9, 2e9))
    assert checkout.installs(pip_fails=1) == (False, 1)
    half = checkout.folder / ".venv" / "half a package"
    half.touch()
    assert checkout.installs() == (True, 2)
    assert not half.exists()


def test_a_shared_installation_is_left_to_its_owner(checkout):
    shared = checkout.folder.parent / "shared"
    shared.mkdir()
    (shared / "installed").write_text("/elsewhere\n")
    (checkout.folder / ".venv").symlink_to(shared)
    assert checkout.installs() == (True, 2)
    assert [path.name for path in shared.iterdir()] == ["installed"]
    assert (shared / "installed").read_text() == "/elsewhere\n"


def test_a_marker_that_found_no_room_does_not_count(checkout):
    checkout.installs()
    (checkout.folder / ".venv" / "installed").write_text("")
    assert checkout.installs() == (True, 2)


def test_a_folder_that_has_been_moved_is_installed_anew(checkout):
    checkout.installs()
    checkout.folder = checkout.folder.rename(checkout.folder.with_name("other project"))
    assert checkout.installs() == (True, 2)
    assert checkout.installs() == (True, 0)


def test_changed_requirements_are_installed_beside_what_is_there(checkout):
    checkout.installs()
    (checkout.folder / ".venv" / "package").touch()
    os.utime(checkout.folder / "requirements.txt", (2e9, 2e9))
    assert checkout.installs() == (True, 2)
    assert (checkout.folder / ".venv" / "package").exists()


def test_demo_writes_where_it_is_told_to(checkout):
    for arguments, folder in (((), "outputs"), (("OUT=my pictures",), "my pictures")):
        code, said, asked = checkout.make("demo", *arguments)
        assert code == 0, said
        assert asked[-1] == f"|notebooks/tools/demo.py|{folder}"


def test_lab_has_its_settings_and_takes_options(checkout):
    _, said, asked = checkout.make("lab", "ARGS=--no-browser --port=1")
    config = checkout.folder / "notebooks" / "tools" / "lab"
    assert asked[-1] == f"{config}|-m|jupyterlab|notebooks|--no-browser|--port=1", said
    for name in ("labconfig/page_config.json", "jupyter_server_config.d/nbgrader.json"):
        assert (ROOT / config.relative_to(checkout.folder) / name).exists()
