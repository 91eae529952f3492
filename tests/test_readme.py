"""The README's pictures and times, and the commands that it and CONTRIBUTING name."""

import re

import links
import nbformat
import pytest

README = (links.ROOT / "README.md").read_text(encoding="utf-8")
PICTURES = re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", README)


def test_shows_what_the_gan_drew_the_playground_the_race_and_how_a_step_grows():
    paths = ["notebooks/digits.png", "notebooks/playground.png"]
    paths += ["tests/benchmarks/race.png", "tests/benchmarks/growth.png"]
    assert [path for _, path in PICTURES] == paths


@pytest.mark.parametrize(("words", "path"), PICTURES, ids=[path for _, path in PICTURES])
def test_pictures_are_there_small_and_have_words(words, path):
    file = links.ROOT / path
    assert file.read_bytes().startswith(b"\x89PNG")
    assert file.stat().st_size <= 100_000
    assert len(words) >= 40


# What a chapter says of its time in its first cell, and the README in its table.
TIMES = {
    "about ten seconds": "10 s",
    "about half a minute": "½ min",
    "less than a minute": "< 1 min",
    "about a minute": "1 min",
    "a little more than a minute": "1 min",
    "about 70 seconds": "70 s",
}


@pytest.mark.parametrize("path", sorted(links.ROOT.glob("notebooks/*.ipynb")), ids=lambda p: p.stem)
def test_the_table_repeats_the_time_that_a_chapter_states(path):
    first = " ".join(nbformat.read(path, as_version=4).cells[0].source.split())
    (said,) = re.findall(
        r"(?:takes|runs in) ((?:about|less|a little)[^.]*?(?:minute|seconds))", first
    )
    (row,) = re.findall(rf"(?m)^\| \[[^]]*\]\(notebooks/{path.stem}\.ipynb\).*$", README)
    assert row.split(" | ")[2] == TIMES[said]


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "notebooks/assignments/TEACHERS.md"]
)
def test_every_make_command_has_a_target(page):
    makefile = (links.ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.search(r"(?m)^\.PHONY: (demo .*)$", makefile)[1].split())
    text = (links.ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"(?m)(?:^|`)make ([a-z]+)", text))
    assert named
    assert named <= targets
    assert all(re.search(rf"(?m)^{target}:", makefile) for target in targets)
