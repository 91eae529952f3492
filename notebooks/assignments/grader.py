"""Grades one submission with nbgrader, in a process and a folder of its own.

    grader.py JOB

JOB is a JSON file, as `course.py` writes it: what to grade, with which course, within which limits
and walls, and where to leave the result, the `record` of the job with the points added.
"""

import json
import logging
import os
import pathlib
import re
import resource
import shutil
import sys
import time

import nbformat
from kernel import TEST_FOLLOWS
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from traitlets import Integer
from traitlets.config.loader import PyFileConfigLoader
from workers import write

HERE = pathlib.Path(__file__).resolve().parent
# nbgrader starts the command `alembic`, which lies beside Python in an environment not activated.
os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
# Names by which a cell could reach beyond its exercise. They are reported, not forbidden.
NOTEWORTHY = (
    "get_ipython|builtins|__builtins__|__import__|importlib|globals|eval|exec|open|os|sys|gc|"
    "inspect|ctypes|linecache|subprocess|socket|urllib|requests|threading|multiprocessing|pathlib"
)


def settings(root):
    """Return nbgrader's configuration for a course in the folder `root`."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(HERE)).load_config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.db_url = f"sqlite:///{root}/gradebook.db"
    return config


def convert(converter, config, assignment, student="."):
    config = config.copy()
    config.CourseDirectory.assignment_id = assignment
    config.CourseDirectory.student_id = student
    converter(coursedir=CourseDirectory(config=config), config=config).start()


def generate(root, assignment):
    """Make `release/` and the gradebook's entry from `source/` in the folder `root`."""
    convert(GenerateAssignment, settings(root), assignment)


def repair(submitted, release):
    """Return the release version with the submission's answers and its cells of its own.

    Tests and other locked cells come from the release, in its order, whatever became of them
    in the submission. Tags go, since one of them makes the executor skip a cell.
    """
    known = {c.metadata.nbgrader.grade_id: c for c in release.cells if "nbgrader" in c.metadata}
    last = {_grade_id(cell): i for i, cell in enumerate(submitted.cells)}
    answers, own, place = {}, {None: []}, None
    for i, cell in enumerate(submitted.cells):
        name = _grade_id(cell)
        if name not in known:
            own.setdefault(place, []).append(cell)
        elif not utils.is_solution(known[name]):
            place = name
        elif i < last[name]:  # a cell that was split in two: both parts count
            own.setdefault(place, []).append(cell)
        else:
            answers[name], place = cell.source, name
    cells = [_plain(cell) for cell in own[None]]
    for name, cell in known.items():
        clean = _plain(cell)
        clean.source = answers.get(name, cell.source)
        clean.metadata["nbgrader"] = cell.metadata.nbgrader
        cells += [clean, *map(_plain, own.get(name, []))]
    return nbformat.v4.new_notebook(cells=cells, metadata=release.metadata)


def _grade_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def _plain(cell):
    new = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    return new(cell.source)


class ExecuteWithinLimits(Execute):
    """Executes what can be executed in time, and lets a test pass only if it has run to its end.

    nbgrader itself gives no grade at all after the death of a kernel, full points to a test cell
    that left no output, and the points that an answer displays from within a test.
    """

    total = Integer(180, help="Seconds for the whole notebook.").tag(config=True)
    most = Integer(500_000, help="Characters of output that are kept of a cell.").tag(config=True)
    end = None  # why nothing more is executed
    kept = 0

    def preprocess(self, nb, resources=None, km=None):
        self.started = time.monotonic()
        self.cell_timeout = self.timeout
        return super().preprocess(nb, resources, km)

    def preprocess_cell(self, cell, resources, index):
        is_test = utils.is_grade(cell)
        self.passed, self.kept = False, 0
        left = self.total - (time.monotonic() - self.started)
        if left < 1:
            self.end = self.end or "The time for the whole notebook was over."
        if self.end is None:
            self.timeout = max(1, min(self.cell_timeout, int(left)))
            self._execute(cell, index, is_test)
        if is_test:
            self._leave_only_the_verdict(cell)
        return cell, resources

    def _execute(self, cell, index, is_test):
        try:
            if is_test:
                self.kc.execute(TEST_FOLLOWS, silent=True, store_history=False)
            # Not in the history, where the next answer could read the hidden tests.
            self.execute_cell(cell, index, store_history=not is_test)
        except DeadKernelError:
            self.end = "The kernel has died."
        except CellTimeoutError as error:
            cell.outputs = [_error(cell, str(error))]

    def on_cell_executed(self, **kwargs):
        self.passed = kwargs["execute_reply"]["content"]["status"] == "ok"
        super().on_cell_executed(**kwargs)

    def output(self, outs, msg, display_id, cell_index):
        self.kept += len(str(msg["content"]))
        return super().output(outs, msg, display_id, cell_index) if self.kept < self.most else None

    def _leave_only_the_verdict(self, cell):
        streams = [output for output in cell.outputs if output.output_type == "stream"]
        for output in streams:
            output.name = "stdout"  # a library's warning is no failure
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if not self.passed and not errors:
            errors = [_error(cell, self.end or "The test did not run to its end.")]
        cell.outputs = streams + ([] if self.passed else errors)


def _error(cell, reason):
    return nbformat.v4.new_output("error", ename="NotTested", evalue=reason, traceback=[reason])


def kernel_command(job, desk):
    limits = {**job["limits"], "desk": str(desk), "hide": job["walls"]["hide"]}
    return [
        *job["walls"]["command"],
        *(sys.executable, str(HERE / "kernel.py")),
        *(json.dumps(limits), "{connection_file}"),
    ]


def prepare(job, root):
    """Lay out the course of this one submission, and the kernel's place in it."""
    desk = pathlib.Path(job["work"]) / "desk"
    spec = root / "kernels" / "python3" / "kernel.json"
    for folder in (desk, spec.parent, root / "submitted" / job["student"] / job["assignment"]):
        folder.mkdir(parents=True)
    shutil.copytree(pathlib.Path(job["course"]) / "source", root / "source")
    shutil.copy(pathlib.Path(job["course"]) / "gradebook.db", root)
    spec.write_text(
        json.dumps({"argv": kernel_command(job, desk), "display_name": "", "language": "python"})
    )
    fonts = pathlib.Path(os.environ.pop("XDG_CACHE_HOME")) / "matplotlib"
    if fonts.is_dir():  # the list of fonts, which takes matplotlib seconds to make
        shutil.copytree(fonts, desk / "matplotlib")
    os.environ.update(JUPYTER_PATH=str(root), MPLCONFIGDIR=str(desk / "matplotlib"))
    os.environ.update(HOME=str(desk), TMPDIR=str(desk))


def grade(job, submitted, name):
    """Grade the notebook of this name, repaired, and return its result as a dict."""
    started = time.monotonic()
    root = pathlib.Path(job["work"]) / "course"
    prepare(job, root)
    nbformat.write(submitted, root / "submitted" / job["student"] / job["assignment"] / name)
    config = settings(root)
    # Sockets in the kernel's own folder, beside this file, need no network.
    config.KernelManager.transport = "ipc"
    config.KernelManager.connection_file = os.path.join(job["work"], "desk", "connection.json")
    config.ExecuteWithinLimits.total = job["limits"]["seconds"]
    steps = Autograde().autograde_preprocessors
    steps = [ExecuteWithinLimits if step is Execute else step for step in steps]
    config.Autograde.autograde_preprocessors = steps
    for converter in (Autograde, GenerateFeedback):
        convert(converter, config, job["assignment"], job["student"])
    shutil.copytree(root / "feedback" / job["student"] / job["assignment"], job["feedback"])
    return {
        "cells": points(config.CourseDirectory.db_url, job),
        "status": "graded",
        "review": noteworthy(submitted),
        "seconds": round(time.monotonic() - started, 1),
    }


def noteworthy(notebook):
    own = [c.source for c in notebook.cells if c.cell_type == "code" and not utils.is_locked(c)]
    return sorted(set(re.findall(rf"\b(?:{NOTEWORTHY})\b", "\n".join(own))))


def points(db_url, job):
    """Return {test cell: [points, most points]} from the gradebook."""
    with Gradebook(db_url) as gradebook:
        submission = gradebook.find_submission(job["assignment"], job["student"])
        return {
            grade.name: [grade.score, grade.max_score]
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def main(path):
    logging.basicConfig()  # into the log of the job
    job = json.loads(pathlib.Path(path).read_text())
    resource.setrlimit(resource.RLIMIT_DATA, (job["limits"]["memory"],) * 2)
    (release,) = pathlib.Path(job["course"], "release", job["assignment"]).glob("*.ipynb")
    try:
        submitted = nbformat.read(job["submission"] or os.devnull, as_version=4)
        submitted = repair(submitted, nbformat.read(release, as_version=4))
    except Exception:  # whatever a file that is no notebook makes nbformat raise
        result = {"status": "unreadable", "review": ["file"], "seconds": 0}
    else:
        result = grade(job, submitted, release.name)
    write(pathlib.Path(job["result"]), {**job["record"], **result})


if __name__ == "__main__":
    main(sys.argv[1])
