"""The package's modules import only from lower levels, and TensorFlow only where allowed."""

import ast
import itertools
import pathlib
import subprocess
import sys

import pytest

PACKAGE = pathlib.Path(__file__).parents[1] / "ganlib"
LEVELS = {
    "runtime": 0,
    "data": 0,
    "losses": 0,
    "layers": 0,
    "metrics": 0,
    "dynamics": 0,
    "distributed": 0,
    "shuffle": 0,
    "exercises": 0,
    "saving": 0,
    "files": 0,
    "scenes": 0,
    "latent": 0,
    "plotting": 1,
    "results": 1,
    "regularizers": 1,
    "augment": 1,
    "features": 1,
    "networks": 2,
    "held": 2,
    "gan": 3,
    "vae": 3,
    "callbacks": 4,
    "game": 4,
    "widgets": 5,
}
TENSORFLOW = {"distributed", "gan", "held", "vae", "regularizers", "runtime"}
NUMPY_ONLY = {"metrics", "dynamics", "plotting", "results", "scenes", "latent"}
MODULES = sorted(path.stem for path in PACKAGE.iterdir() if path.suffix in ("", ".py"))
MODULES = [module for module in MODULES if not module.startswith("__")]


def imports(module):
    """Return the full dotted names that a module imports, wherever in it."""
    names = set()
    files = [*PACKAGE.glob(f"{module}.py"), *PACKAGE.glob(f"{module}/*.py")]
    trees = [ast.walk(ast.parse(file.read_text())) for file in files]
    for node in itertools.chain(*trees):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_module_has_a_level():
    assert set(MODULES) <= set(LEVELS)


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module):
    own = {name.split(".")[1] for name in imports(module) if name.startswith("ganlib.")}
    if (PACKAGE / module).is_dir():
        own -= {module}  # its files may use each other
    assert {name for name in own if LEVELS[name] >= LEVELS[module]} == set()


@pytest.mark.parametrize("module", MODULES)
def test_tensorflow_only_where_allowed(module):
    roots = {name.split(".")[0] for name in imports(module)}
    if module not in TENSORFLOW:
        assert "tensorflow" not in roots
    if module in NUMPY_ONLY:
        assert "keras" not in roots


def test_numpy_modules_load_without_tensorflow():
    wanted = ", ".join(sorted(NUMPY_ONLY & set(MODULES)))
    code = f"import sys; from ganlib import {wanted}; print('tensorflow' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
