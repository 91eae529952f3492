"""The README's pictures, and the commands that it and CONTRIBUTING name."""

import re

import links
import pytest

README = (links.ROOT / "README.md").read_text(encoding="utf-8")
PICTURES = re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", README)


def test_shows_what_the_gan_drew_and_the_playground():
    assert [path for _, path in PICTURES] == ["notebooks/digits.png", "notebooks/playground.png"]


@pytest.mark.parametrize(("words", "path"), PICTURES, ids=[path for _, path in PICTURES])
def test_pictures_are_there_small_and_have_words(words, path):
    file = links.ROOT / path
    assert file.read_bytes().startswith(b"\x89PNG")
    assert file.stat().st_size <= 100_000
    assert len(words) >= 40


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
