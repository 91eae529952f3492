"""Run notebooks as on Colab, each alone in an empty folder, and compare with the stored outputs.

    alone.py NOTEBOOK ...

`ganlib` comes from its wheel. A file that the wheel lacks is found out here, and one that a
notebook expects to lie beside it.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]


def install(folder):
    """Build the wheel of ganlib and install it, and nothing else, in a folder."""
    with tempfile.TemporaryDirectory() as source:
        # A copy: in the checkout, setuptools would leave a folder, and use its old files next time.
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, source)
        hidden = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "ganlib", pathlib.Path(source, "ganlib"), ignore=hidden)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        command += ["--no-build-isolation", "--target", str(folder), source]
        subprocess.run(command, check=True)


def separate(paths, folder):
    """Copy each notebook into a folder of its own. Returns: the copies."""
    copies = [folder / path.stem / path.name for path in map(pathlib.Path, paths)]
    for path, copy in zip(paths, copies, strict=True):
        copy.parent.mkdir(parents=True)
        shutil.copy(path, copy)
    return copies


def main(paths, folder=ROOT / "outputs" / "alone"):
    """Run notebooks, each alone in a new folder. Returns: pytest's exit status."""
    shutil.rmtree(folder, ignore_errors=True)
    package = folder / "package"
    install(package)
    copies = separate(paths, folder / "notebooks")
    alone = {**os.environ, "PYTHONPATH": str(package)}  # before the checkout, if that is installed
    command = [sys.executable, "-c", "import ganlib; print(ganlib.__file__)"]
    found = subprocess.run(
        command, cwd=folder, env=alone, check=True, stdout=subprocess.PIPE, text=True
    )
    if not pathlib.Path(found.stdout.strip()).is_relative_to(package):
        raise RuntimeError(f"Expected ganlib in {package}. Received: {found.stdout}")
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadscope"]  # two at a time
    command += ["--nbval", "--nbval-current-env", *map(str, copies)]
    return subprocess.run(command, cwd=ROOT, env=alone).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
