"""The commands behind `make course`: release the problem sets, grade what was handed in.

    course.py release [psN ...]
    course.py grade [psN ...] [--submitted DIR] [--out DIR] [--jobs N] [--seconds N]

`grade` takes `submitted/STUDENT/psN/*.ipynb` and leaves in `graded/` the table grades.csv, the
pages `feedback/STUDENT/psN/*.html` and a file of results for each submission. It can be stopped
at any time: what was graded with the same bytes of submission and source is not graded again.
"""

import argparse
import concurrent.futures
import csv
import hashlib
import json
import logging
import os
import pathlib
import re
import shutil
import sys
import tempfile

import nbformat
import workers

from ganlib import files

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
CODE = sorted(HERE.glob("*.py"))
COLUMNS = ("student", "assignment", "score", "max_score", "status", "review", "walls", "seconds")


def sets():
    """Return the names of all problem sets: ps1, ps2, ..."""
    names = (path.name for path in (HERE / "source").glob("ps*"))
    return sorted(names, key=lambda name: int(name[2:]))


def notebook(version, assignment):
    """Return the path of a set's notebook, of the version "source" or "release"."""
    (path,) = (HERE / version / assignment).glob("*.ipynb")
    return path


def generate(assignment, root):
    """Make `release/` and `gradebook.db` of one set in the folder `root`, by nbgrader."""
    import grader  # starts nbgrader, which takes seconds

    shutil.copytree(HERE / "source" / assignment, root / "source" / assignment)
    grader.generate(root, assignment)
    return root / "release" / assignment


def release(assignments):
    """Make `release/psN/` anew from `source/psN/`; it is replaced when the new one is there."""
    for assignment in assignments:
        released = HERE / "release" / assignment
        with tempfile.TemporaryDirectory(prefix=".new-", dir=released.parent) as folder:
            made = generate(assignment, pathlib.Path(folder))
            shutil.rmtree(released, ignore_errors=True)
            made.rename(released)
        print(f"released {assignment}")


def find(assignment, submitted):
    """Yield (student, path of the notebook or None) for each `submitted/STUDENT/psN`."""
    name = notebook("source", assignment).name
    for folder in sorted(submitted.glob(f"*/{assignment}")):
        student = folder.parent.name
        if not re.fullmatch(r"[\w.@-]+", student):
            print(f"Expected a folder's name of letters, digits, _.@-. Received: {student!r}")
            continue
        found = [path for path in folder.glob("*.ipynb") if path.is_file()]
        # A browser may have renamed the file, and one is enough to know what is meant.
        found = [path for path in found if path.name == name] or found
        yield student, found[0] if len(found) == 1 else None


def digest(paths):
    total = hashlib.sha256()
    for path in paths:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def full_marks(assignment):
    """Return {test cell: points} of a set."""
    cells = nbformat.read(notebook("source", assignment), as_version=4).cells
    metadata = [cell.metadata.get("nbgrader", {}) for cell in cells]
    return {m["grade_id"]: float(m["points"]) for m in metadata if m.get("grade")}


def plan(assignment, submitted, out, seconds):
    """Return a job for each submission of a set, whether graded before or not."""
    nothing = {test: [0.0, points] for test, points in full_marks(assignment).items()}
    source = [path for path in sorted((HERE / "source" / assignment).rglob("*")) if path.is_file()]
    limits, jobs = {**workers.LIMITS, "seconds": seconds}, []
    for student, path in find(assignment, submitted):
        record = {"student": student, "assignment": assignment, "cells": nothing}
        record["digest"] = digest([*([path] if path else []), *source, *CODE])
        result = out / "results" / assignment / f"{student}.json"
        feedback = out / "feedback" / student / assignment
        jobs.append(
            {
                **{"assignment": assignment, "student": student, "record": record},
                **{"submission": path and str(path), "limits": limits},
                **{"result": str(result), "feedback": str(feedback)},
            }
        )
    return jobs


def finished(job):
    """Whether this submission has been graded before, against the same source."""
    try:
        result = json.loads(pathlib.Path(job["result"]).read_text())
    except FileNotFoundError:
        return False
    return result["digest"] == job["record"]["digest"] and result["status"] != "failed"


def write_table(out):
    """Make grades.csv from all files of results."""
    results = [json.loads(path.read_text()) for path in sorted(out.glob("results/*/*.json"))]
    with (
        files.whole(out / "grades.csv") as unfinished,
        open(unfinished, "w", newline="", encoding="utf-8") as file,
    ):
        table = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        table.writeheader()
        for result in results:
            score, most = map(sum, zip(*result["cells"].values(), strict=True))
            review = " ".join(result["review"])
            table.writerow({**result, "score": score, "max_score": most, "review": review})


def grade(assignments, submitted, out, jobs, seconds):
    """Grade what has not been graded yet, several at once; return whether all went well."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=workers.room(), ignore_cleanup_errors=True) as folder:
        root = pathlib.Path(folder)
        secret = [HERE / "source", submitted, out, REPOSITORY / ".git", REPOSITORY / "tests"]
        walls = workers.choose_walls([workers.room(), *secret, pathlib.Path("/dev/shm")])
        print(f"walls around each submission: {walls['name']}")
        todo = []
        for assignment in assignments:
            jobs_of_set = plan(assignment, submitted, out, seconds)
            new = [job for job in jobs_of_set if not finished(job)]
            if new:
                generate(assignment, root / assignment)
            for job in new:
                job["record"]["walls"] = walls["name"]
                todo.append({**job, "walls": walls, "course": str(root / assignment)})
        failed = False
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for result in pool.map(lambda job: workers.run(job, root, jobs), todo):
                score = sum(points for points, _ in result["cells"].values())
                print(result["assignment"], result["student"], score, result["status"], flush=True)
                failed |= result["status"] == "failed"
    write_table(out)
    print(f"{len(todo)} graded now, all grades: {out / 'grades.csv'}")
    return not failed


def main(arguments=None):
    logging.basicConfig(level=logging.ERROR)  # what nbgrader has to say about a faulty source
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("command", choices=["release", "grade"])
    parser.add_argument("sets", nargs="*", metavar="psN", help="all, if none is named")
    parser.add_argument("--submitted", type=pathlib.Path, default=HERE / "submitted")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "graded")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="submissions at once")
    parser.add_argument("--seconds", type=int, default=180, help="limit of a submission")
    options = parser.parse_args(arguments)
    chosen = options.sets or sets()
    if unknown := set(chosen) - set(sets()):
        parser.error(f"Expected sets out of {', '.join(sets())}. Received: {', '.join(unknown)}")
    folders = options.submitted.resolve(), options.out.resolve()
    try:
        if options.command == "release":
            release(chosen)
            return 0
        return not grade(chosen, *folders, options.jobs, options.seconds)
    except OSError as error:
        sys.exit(f"Expected folders with room that can be written to. Received: {error}")


if __name__ == "__main__":
    sys.exit(main())
