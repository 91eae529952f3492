"""Submissions that attack the grader or break it, among honest ones that must not suffer."""

import csv
import socket
import threading
import time

import psutil
import pytest
from submissions import ASSIGNMENTS, answers_of, full_marks, grade, kind, scores, submission

MARKS = full_marks("ps1")
SECONDS = 30  # a submission; the two loops take them all, an honest one takes 3
WRONG = "def sigmoid(logits):\n    return logits"


NEED_WALLS = "behind_strong_walls"  # without them it succeeds; the page for teachers says so


def without(*exercises):
    """Full marks but for the tests of these exercises."""
    lost = [test for test in MARKS if any(test.startswith(f"test_{e}") for e in exercises)]
    return MARKS | dict.fromkeys(lost, 0)


def after(code, exercise):
    """An answer that is right only if `code` runs to its end."""
    return {exercise: f"{code}\n\n\n{answers_of('ps1')[exercise]}"}


def inside(code, exercise):
    """An answer that runs `code` when a test calls it."""
    lines = "\n".join(f"    {line}" for line in code.splitlines())
    return {exercise: f"def {exercise}(*arguments, **options):\n{lines}"}


def changed(change, answers):
    notebook = submission("ps1", answers)
    for cell in notebook.cells:
        if kind(cell) == "test":
            change(cell)
    return notebook


def empty(cell):
    cell.source = "pass"


def skip(cell):
    cell.metadata["tags"] = ["skip-execution"]


def without_tests(answers):
    notebook = submission("ps1", answers)
    notebook.cells = [cell for cell in notebook.cells if kind(cell) != "test"]
    return notebook


OVERWRITTEN = f"""
import builtins, math, sys
import numpy, numpy as np
import ganlib.losses

{WRONG}

class Yes(float):
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def __sub__(self, other): return self
    __hash__, __rsub__, __abs__, __gt__ = float.__hash__, __sub__, lambda self: self, __lt__

abs = float = zip = len = lambda *arguments: Yes()
builtins.abs = builtins.zip = builtins.float = lambda *arguments, **options: ()
numpy.asarray = lambda *arguments, **options: Yes()
ganlib.losses.LOSSES.clear()
"""
TRANSFORMED = f"""
import ast

{WRONG}

class NoAssertions(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)

shell = get_ipython()
shell.ast_transformers.append(NoAssertions())
shell.input_transformers_post.append(lambda lines: ["pass"] if "assert" in str(lines) else lines)
shell.set_custom_exc((Exception,), lambda *arguments, **options: None)
"""
ALWAYS_EQUAL = """
class Yes(np.ndarray):
    def __array__(self, *arguments, **options): return np.zeros(3)
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def tolist(self): return self
    def ravel(self): return self

def sigmoid(logits):
    return np.zeros(3).view(Yes)
"""
SEARCH = f"""
import glob, json, os, pathlib

places = ["{ASSIGNMENTS}", "..", "../..", "/tmp/grading-*"]
places += ["/proc/*/cwd", "/proc/*/root/tmp/grading-*"]
found = [f for place in places for f in glob.glob(place + "/**/*.ipynb", recursive=True)]
texts = [pathlib.Path(f).read_text() for f in found if "release" not in f]
texts += [str(In), str(get_ipython().history_manager.input_hist_raw)]
texts += [str(value) for value in os.environ.values()]
solution = [text for text in texts if "BEGIN " + "SOLUTION" in text or "HIDDEN" + " TESTS" in text]
assert solution, "nothing found"
"""
FLOOD = "for _ in range(3_000):\n    print('x' * 10_000)\nraise ValueError"
STUBBORN = "while True:\n    try:\n        while True: pass\n    except KeyboardInterrupt: pass"


def attacks(port):
    """Return {name: (notebook, points)}; the port is one that listens on this machine."""
    connect = f"import socket; socket.create_connection(('127.0.0.1', {port}), timeout=3)"
    by_command = f"import sys\ncode = {connect!r}\n!{{sys.executable}} -c {{code!r}}"
    several = {
        **inside("import sys\nsys.exit(0)", "sigmoid"),
        **after(FLOOD, "logistic_loss"),
        **after(connect, "numerical_gradient"),
        **after("ballast = np.ones(5 * 10**9 // 8)", "he_weights"),
        **inside("import sys\nsys.displayhook(1.0)\nraise ValueError", "adam_step"),
        "batch_norm": "exit()",
    }
    behind_walls = {
        **after(SEARCH, "logistic_loss"),  # after a test, so that there would be something to find
        **after(f"{by_command}\nassert _exit_code == 0", "backward"),
        **after("!sleep 4242 &\nraise ValueError", "adam_step"),
    }
    lost, nothing, wrong = without("sigmoid"), dict.fromkeys(MARKS, 0), {"sigmoid": WRONG}
    answers = {
        "a_loop": (inside("while True:\n    pass", "batch_norm"), without("batch_norm")),
        "a_stubborn_loop": (after(STUBBORN, "sigmoid"), nothing),
        "several": (several, without(*several)),
        NEED_WALLS: (behind_walls, without(*behind_walls)),
        "os_exit": (inside("import os\nos._exit(0)", "adam_step"), without("adam", "batch")),
        "crash": (inside("import ctypes\nctypes.string_at(0)", "sigmoid"), nothing),
        "overwritten": ({"sigmoid": OVERWRITTEN}, lost),
        "transformed": ({"sigmoid": TRANSFORMED}, lost),
        "always_equal": ({"sigmoid": ALWAYS_EQUAL}, lost),
    }
    built = {name: (submission("ps1", code), points) for name, (code, points) in answers.items()}
    return built | {
        "honest1": (submission("ps1"), MARKS),
        "deleted_tests": (without_tests(wrong), lost),
        "deleted_tests_but_right": (without_tests({}), MARKS),
        "changed_tests": (changed(empty, wrong), lost),
        "skipped_tests": (changed(skip, wrong), lost),
        "no_notebook": ("hello", nothing),
        "empty_file": ("", nothing),
        "strange_notebook": ('{"cells": 3, "nbformat": 4, "nbformat_minor": 5}', nothing),
        "honest2": (submission("ps1"), MARKS),
    }


@pytest.fixture
def listener():
    """(port, addresses of those that connected) of a server on this machine."""
    guests = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    guests.append(server.accept()[1])
                except OSError:  # closed
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], guests
        server.shutdown(socket.SHUT_RDWR)


def test_attacks_gain_nothing_and_harm_nobody(tmp_path, listener):
    port, guests = listener
    cases = attacks(port)
    notebooks = {name: notebook for name, (notebook, _) in cases.items()}
    started = time.monotonic()
    results = grade(tmp_path, "ps1", notebooks, "--jobs", "2", "--seconds", str(SECONDS))
    # Two at once; only the two loops take their whole time, and they start first.
    assert time.monotonic() - started < 240
    got = {name: scores(results[name]) for name in cases}
    judged = set(cases)
    if results["honest1"]["walls"] == "strong":
        commands = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
        assert not guests
        assert ["sleep", "4242"] not in commands
    else:
        judged.remove(NEED_WALLS)
    assert {name: got[name] for name in judged} == {name: cases[name][1] for name in judged}
    assert results[NEED_WALLS]["review"] and not results["honest1"]["review"]
    with open(tmp_path / "graded" / "grades.csv", newline="") as file:
        table = {row["student"]: float(row["score"]) for row in csv.DictReader(file)}
    assert table == {name: sum(points.values()) for name, points in got.items()}
