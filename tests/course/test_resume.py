"""Grading can be stopped at any moment and goes on where it was."""

import json
import subprocess
import time

import pytest
from submissions import command, grade, hand_in, submission

pytestmark = pytest.mark.kills


def test_goes_on_after_a_crash_and_grades_anew_what_was_changed(tmp_path):
    notebooks = {f"student{k}": submission("ps1") for k in range(3)}
    hand_in(tmp_path, "ps1", notebooks)
    results = tmp_path / "graded" / "results" / "ps1"
    process = subprocess.Popen(command(tmp_path, "ps1", "--jobs", "1"))
    while not list(results.glob("*.json")):
        assert process.poll() is None, "stopped before the first result"
        time.sleep(0.05)
    process.kill()
    process.wait()
    early = {path: path.stat().st_mtime_ns for path in results.glob("*.json")}
    assert len(early) < 3

    place = tmp_path / "submitted" / "student2" / "ps1"
    (place / "ps1_neurons.ipynb").rename(place / "ps1_neurons (1).ipynb")  # as browsers do
    # What a crash may leave behind.
    (results / "student2.json.99.unfinished").write_text('{"score": 1')
    finished = grade(tmp_path, "ps1", {}, "--jobs", "2")
    assert finished == {}
    assert {path: path.stat().st_mtime_ns for path in early} == early
    for name in notebooks:
        record = json.loads((results / f"{name}.json").read_text())
        assert sum(points for points, _ in record["cells"].values()) == 20

    better = tmp_path / "submitted" / "student0" / "ps1" / "ps1_neurons.ipynb"
    better.unlink()
    hand_in(tmp_path, "ps1", {"student0": submission("ps1", {"backward": "pass"})})
    assert sum(p for p, _ in grade(tmp_path, "ps1", notebooks)["student0"]["cells"].values()) == 16
    assert all(p.stat().st_mtime_ns == early[p] for p in early if p.stem != "student0")
