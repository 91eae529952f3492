"""The versions that the project allows stand in four places, which must agree."""

import pathlib
import re

import ganlib

ROOT = pathlib.Path(__file__).parents[1]


def bounds(text, operator):
    """Return {package: version} for one comparison out of lines such as `numpy>=2.0,<3`."""
    return dict(re.findall(rf'(?m)^ *"?([\w-]+){operator}([\d.]+)', text))


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_package_needs_what_the_notebooks_need():
    needs = re.search(r"(?s)\ndependencies = \[(.*?)\]", read("pyproject.toml"))[1]
    lines = re.findall(r'"(.*?)"', needs)
    assert lines
    assert set(lines) <= set(read("requirements.txt").splitlines())


def test_the_oldest_versions_are_the_lower_bounds():
    lowest = bounds(read("requirements.txt"), ">=")
    oldest = bounds(read("tests/oldest.txt"), "==")
    assert len(lowest) == len(read("requirements.txt").splitlines())
    padded = {name: f"{version}.0.0".split(".")[:3] for name, version in lowest.items()}
    assert {name: version.split(".") for name, version in oldest.items()} == padded


def test_the_package_and_the_citation_have_one_version():
    version = re.search(r'\nversion = "(.*)"', read("pyproject.toml"))[1]
    assert ganlib.__version__ == version
    assert re.search(r'(?m)^version: "?([^"\n]+)', read("CITATION.cff"))[1] == version
    assert f"## {version}" in read("CHANGELOG.md")
