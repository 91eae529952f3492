"""Write the repository's address, which stands in pyproject.toml, into every link to it."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = (
    "README.md",
    "CITATION.cff",
    "notebooks/*.ipynb",
    "notebooks/assignments/*.md",
    "notebooks/assignments/source/*/*.ipynb",  # course.py makes release/ from these
)
OWN = re.compile(
    r"(mybinder\.org/v2/gh/|colab\.research\.google\.com/github/|git\+https://github\.com/"
    r'|repository-code: "https://github\.com/)[\w.-]+/[\w.-]*\w'
)


def repository(root=ROOT):
    """Return the repository as `owner/name`."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    return re.search(r'Repository = "https://github\.com/([^"]+)"', text)[1]


def pages(root=ROOT):
    """Return the paths of all files with links to the repository."""
    return sorted(path for pattern in PAGES for path in root.glob(pattern))


def linked(text, name):
    """Return a page's text with every link to the repository leading to `name`."""
    return OWN.sub(lambda found: found[1] + name, text)


def main(root=ROOT):
    name = repository(root)
    for path in pages(root):
        # Bytes, since reading as text would change line ends.
        old = path.read_bytes().decode("utf-8")
        if (new := linked(old, name)) != old:
            path.write_bytes(new.encode("utf-8"))
            print(path.relative_to(root))


if __name__ == "__main__":
    main()
