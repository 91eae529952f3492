"""`course.py release` leaves a set whole or as it was."""

import errno

import pytest
from submissions import ASSIGNMENTS


@pytest.fixture
def course(monkeypatch, tmp_path):
    """course.py in a folder of its own, with ps1's release from last year in it."""
    monkeypatch.syspath_prepend(str(ASSIGNMENTS))
    import course

    monkeypatch.setattr(course, "HERE", tmp_path)
    monkeypatch.setattr(course, "sets", lambda: ["ps1"])
    (tmp_path / "release" / "ps1").mkdir(parents=True)
    (tmp_path / "release" / "ps1" / "last_year.ipynb").write_text("last year's")
    return course


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_new_release_takes_the_old_ones_place(course, monkeypatch, tmp_path):
    def generate(assignment, root):
        made = root / "release" / assignment
        made.mkdir(parents=True)
        (made / "this_year.ipynb").write_text("this year's")
        return made

    monkeypatch.setattr(course, "generate", generate)
    assert course.main(["release"]) == 0
    assert files(tmp_path) == {"release/ps1/this_year.ipynb"}


def test_a_full_disk_is_named_and_leaves_the_old_release(course, monkeypatch, tmp_path):
    def generate(assignment, root):
        (root / "half").write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(course, "generate", generate)
    with pytest.raises(SystemExit, match=r"Expected folders with room .*No space left"):
        course.main(["release"])
    assert files(tmp_path) == {"release/ps1/last_year.ipynb"}
