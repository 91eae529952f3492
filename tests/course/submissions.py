"""Builds submissions from the problem sets and has them graded as `make course` does."""

import contextlib
import fcntl
import json
import pathlib
import re
import subprocess
import sys

import nbformat

ASSIGNMENTS = pathlib.Path(__file__).parents[2] / "notebooks" / "assignments"
COURSE = str(ASSIGNMENTS / "course.py")
SETS = sorted((p.name for p in (ASSIGNMENTS / "source").glob("ps*")), key=lambda n: int(n[2:]))


def path(version, assignment):
    (notebook,) = (ASSIGNMENTS / version / assignment).glob("*.ipynb")
    return notebook


def read(version, assignment):
    return nbformat.read(path(version, assignment), as_version=4)


def grade_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def kind(cell):
    """Return "solution", "test", "locked" or, for a cell that nbgrader does not know, None."""
    metadata = cell.metadata.get("nbgrader", {})
    names = {"solution": "solution", "grade": "test", "locked": "locked"}
    return next((name for key, name in names.items() if metadata.get(key)), None)


def full_marks(assignment):
    cells = read("source", assignment).cells
    return {grade_id(c): float(c.metadata.nbgrader.points) for c in cells if kind(c) == "test"}


def answers_of(assignment):
    """Return {grade_id of a solution cell: right code}, without the marks around it."""
    cells = [cell for cell in read("source", assignment).cells if kind(cell) == "solution"]
    return {grade_id(c): re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", c.source) for c in cells}


def submission(assignment, answers=()):
    """Return the handed-out notebook with the answers of the source, some replaced.

    Args:
        answers: {grade_id of a solution cell: code}.
    """
    right = answers_of(assignment)
    unknown = set(answers) - set(right)
    assert not unknown, f"Expected names of solution cells. Received: {unknown}"
    notebook = read("release", assignment)
    for cell in notebook.cells:
        if kind(cell) == "solution":
            cell.source = dict(answers).get(grade_id(cell), right[grade_id(cell)])
    return notebook


def hand_in(folder, assignment, notebooks):
    """Write {student: notebook} where `course.py` looks for it, unless it lies there."""
    for student, notebook in notebooks.items():
        place = folder / "submitted" / student / assignment / path("source", assignment).name
        place.parent.mkdir(parents=True, exist_ok=True)
        text = notebook if isinstance(notebook, str) else nbformat.writes(notebook)
        if not place.exists():
            place.write_text(text)


def command(folder, *options):
    folders = ["--submitted", str(folder / "submitted"), "--out", str(folder / "graded")]
    return [sys.executable, COURSE, "grade", *options, *folders]


@contextlib.contextmanager
def alone_in(folder):
    """Let one test process after the other work in a folder; the second finds the work done."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def grade(folder, assignment, notebooks, *options):
    """Grade {student: notebook}; return {student: result}."""
    with alone_in(folder):
        hand_in(folder, assignment, notebooks)
        run = subprocess.run(command(folder, assignment, *options), capture_output=True, text=True)
    results = folder / "graded" / "results" / assignment
    logs = [log.read_text() for log in results.glob("*.log")]
    assert run.returncode == 0, "\n".join([run.stdout, run.stderr, *logs])
    return {name: json.loads((results / f"{name}.json").read_text()) for name in notebooks}


def scores(result):
    return {test: points for test, (points, _) in result["cells"].items()}
