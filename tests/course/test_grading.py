"""Each problem set: what is handed out, and which points answers get, from nbgrader itself."""

import ast
import importlib.util
import pathlib
import re
import subprocess
import sys

import nbformat
import pytest
from submissions import (
    ASSIGNMENTS,
    SETS,
    alone_in,
    full_marks,
    grade,
    grade_id,
    kind,
    path,
    read,
    scores,
    submission,
)

HIDDEN = "### BEGIN HIDDEN TESTS"


def wrong_answers(assignment):
    """Return the bank of (name, {solution cell: code}, {test cell: points})."""
    file = pathlib.Path(__file__).parent / "wrong" / f"{assignment}.py"
    spec = importlib.util.spec_from_file_location(f"wrong_{assignment}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.WRONG


def combined(assignment):
    """Put wrong answers to different exercises into one submission, to start fewer kernels.

    Returns: list of (titles, {solution cell: code}, {test cell: points}).
    """
    submissions = []
    for title, answers, points in wrong_answers(assignment):
        free = [s for s in submissions if not (set(answers) & set(s[1]) or set(points) & set(s[2]))]
        if not free:
            free = [([], {}, {})]
            submissions += free
        titles, code, expected = free[0]
        titles.append(title)
        code |= answers
        expected |= points
    return submissions


@pytest.fixture(scope="session", params=SETS)
def graded(request, shared):
    """The set's name and the results of its source, its release and its wrong answers."""
    name = request.param
    notebooks = {"source": read("source", name), "release": read("release", name)}
    for k, (_, answers, _) in enumerate(combined(name)):
        notebooks[f"wrong{k}"] = submission(name, answers)
    return name, grade(shared / "sets", name, notebooks, "--jobs", "2")


def test_source_scores_everything(graded):
    name, results = graded
    assert scores(results["source"]) == full_marks(name)
    assert results["source"]["seconds"] <= 90


def test_release_scores_nothing_without_a_crash(graded):
    name, results = graded
    assert results["release"]["status"] == "graded"
    assert scores(results["release"]) == dict.fromkeys(full_marks(name), 0)


def test_wrong_answers_score_what_they_should(graded):
    name, results = graded
    for k, (titles, _, expected) in enumerate(combined(name)):
        assert scores(results[f"wrong{k}"]) == full_marks(name) | expected, titles


def test_every_submission_has_a_feedback_page(graded, shared):
    name, results = graded
    for student in results:
        folder = shared / "sets" / "graded" / "feedback" / student / name
        assert (folder / f"{path('source', name).stem}.html").stat().st_size > 10_000


@pytest.fixture(scope="session")
def generated(shared):
    """A folder with the releases made anew, in a process of its own for nbgrader's warnings."""
    code = (
        "import pathlib, sys, course\n"
        "root = pathlib.Path(sys.argv[1])\n"
        "[course.generate(name, root / name) for name in sys.argv[2:] if not (root/name).exists()]"
    )
    folder = shared / "generated"
    command = [sys.executable, "-c", code, str(folder), *SETS]
    with alone_in(folder):
        subprocess.run(command, cwd=ASSIGNMENTS, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", SETS)
def test_release_is_made_from_the_source(name, generated):
    (made,) = (generated / name / "release" / name).glob("*.ipynb")
    stale = f"{path('release', name)} is stale: run course.py release {name}"
    assert nbformat.read(made, as_version=4) == read("release", name), stale


@pytest.mark.parametrize("name", SETS)
class TestForm:
    def test_release_holds_neither_solutions_nor_hidden_tests(self, name):
        for cell in read("release", name).cells:
            assert "BEGIN SOLUTION" not in cell.source
            assert "BEGIN HIDDEN" not in cell.source
            if kind(cell) == "solution":
                assert "raise NotImplementedError" in cell.source

    def test_has_enough_exercises(self, name):
        cells = read("source", name).cells
        assert sum(kind(cell) == "solution" for cell in cells) >= 6
        assert not any(cell.get("outputs") for cell in cells)

    def test_points_come_from_locked_cells_of_code(self, name):
        for cell in read("source", name).cells:
            metadata = cell.metadata.get("nbgrader", {})
            if metadata.get("points"):
                assert cell.cell_type == "code"
                assert metadata.locked and metadata.grade and not metadata.solution

    def test_each_exercise_has_a_visible_test_and_a_hidden_one(self, name):
        tests = {}
        for cell in read("source", name).cells:
            if kind(cell) == "solution":
                tests[grade_id(cell)] = []
            elif kind(cell) == "test":
                tests[list(tests)[-1]].append(cell.source)
        for exercise, sources in tests.items():
            visible = [s.split(HIDDEN)[0] for s in sources]
            assert any("assert" in source for source in visible), exercise
            assert any(HIDDEN in source for source in sources), exercise

    def test_its_chapters_link_to_it_and_to_the_solutions(self, name):
        chapters = re.findall(r"\.\./\.\./\.\./(\w+\.ipynb)", read("source", name).cells[0].source)
        assert chapters
        for chapter in chapters:
            cells = nbformat.read(ASSIGNMENTS.parent / chapter, as_version=4).cells
            prose = "".join(cell.source for cell in cells if cell.cell_type == "markdown")
            for version in ("release", "source"):
                place = path(version, name).relative_to(ASSIGNMENTS.parent)
                assert f"({place.as_posix()})" in prose, chapter

    def test_every_assertion_explains_itself(self, name):
        for cell in read("source", name).cells:
            if kind(cell) == "test":
                for node in ast.walk(ast.parse(cell.source)):
                    assert not isinstance(node, ast.Assert) or node.msg, ast.unparse(node)

    def test_bank_holds_five_answers_that_lose_points(self, name):
        bank, marks = wrong_answers(name), full_marks(name)
        assert len({title for title, _, _ in bank}) == len(bank) >= 5
        for title, _, points in bank:
            assert any(points[test] < marks[test] for test in points), title
