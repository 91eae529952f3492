"""The book: built once, all its pages parsed, and opened in a browser that has no network."""

import html.parser
import itertools
import json
import os
import pathlib
import posixpath
import re
import subprocess
import urllib.parse

import pytest

ROOT = pathlib.Path(__file__).parents[2]
TOOL = ROOT / ".venv-book" / ("Scripts" if os.name == "nt" else "bin") / "jupyter-book"
SILENT = {"pre", "code", "script", "style"}
SEEN = ["book/index", "08_dcgan", "playground", "assignments/TEACHERS"]


class Page(html.parser.HTMLParser):
    """What a page names: anchors, links, what it loads, the levels of headings, images, words."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loads, self.levels, self.images = set(), [], [], [], []
        self.text, self._inside = "", []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.add(attributes.get("id"))
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        elif tag in ("img", "script", "link", "iframe", "source"):
            self.loads += [attributes[key] for key in ("src", "href") if attributes.get(key)]
        if tag == "img":
            self.images.append(attributes)
        if re.fullmatch("h[1-6]", tag) and "article" in self._inside:  # not the title for printing
            self.levels.append(int(tag[1]))
        if tag in ("article", *SILENT):
            self._inside.append(tag)

    def handle_endtag(self, tag):
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data):
        self.text += "" if SILENT & {*self._inside} else data


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Build the book as `make book` does and return the folder of its pages."""
    if not TOOL.exists():
        pytest.skip("no Jupyter Book in .venv-book: `make book` installs it")
    out = tmp_path_factory.mktemp("book")
    command = [
        TOOL, "build", ".", "--config", "book/_config.yml", "--toc", "book/_toc.yml",
        "--path-output", out, "-W", "--keep-going", "--quiet",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT / "notebooks", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out / "_build" / "html"


@pytest.fixture(scope="module")
def pages(book):
    """Return the parsed pages by their paths without suffix."""
    found = {
        path.relative_to(book).with_suffix("").as_posix(): path for path in book.rglob("*.html")
    }
    del found["index"]  # sends the reader on to book/index
    return {name: Page(path) for name, path in found.items() if not name.startswith("_static/")}


@pytest.fixture(scope="module")
def notebooks(pages):
    """Return the notebooks that became pages, parsed, by the same paths."""
    files = {name: ROOT / "notebooks" / f"{name}.ipynb" for name in pages}
    return {name: json.loads(file.read_text()) for name, file in files.items() if file.exists()}


@pytest.fixture(scope="module")
def screen(chromium):
    """Return a function that opens a file of the book; nothing may fail or ask for the network."""
    complaints = []
    context = chromium.new_context(offline=True)
    context.on(
        "request", lambda r: r.url.startswith(("file:", "data:")) or complaints.append(r.url)
    )
    # What the next page's opening breaks off, such as the search index, has not failed.
    context.on(
        "requestfailed",
        lambda r: r.failure == "net::ERR_ABORTED" or complaints.append((r.url, r.failure)),
    )
    context.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    page = context.new_page()

    def show(path, width=1280):
        page.set_viewport_size({"width": width, "height": 850})
        page.goto(path.as_uri())
        assert complaints == []
        return page

    yield show
    context.close()
    assert complaints == []


def test_every_notebook_is_there(pages, notebooks):
    folder = ROOT / "notebooks"
    kinds = ("*.ipynb", "assignments/release/*/*.ipynb", "assignments/source/*/*.ipynb")
    files = itertools.chain(*map(folder.glob, kinds))
    assert {file.relative_to(folder).with_suffix("").as_posix() for file in files} == {*notebooks}
    assert "assignments/TEACHERS" in pages


def test_every_link_within_the_book_resolves(book, pages):
    for name, page in pages.items():
        for link in page.links + page.loads:
            scheme, host, path, _, anchor = urllib.parse.urlsplit(link)
            if scheme in ("http", "https", "mailto"):
                assert link in page.links, f"{name} loads {link}"
                continue
            target = book / f"{name}.html"
            if path:
                target = target.parent / urllib.parse.unquote(path)
            assert not host and target.exists(), f"{name}: {link}"
            if anchor and target.suffix == ".html":
                target = target.resolve().relative_to(book.resolve()).with_suffix("")
                ids = pages[target.as_posix()].ids
                assert urllib.parse.unquote(anchor) in ids, f"{name}: {link}"


def test_links_to_notebooks_lead_to_pages(pages, notebooks):
    for name, notebook in notebooks.items():
        prose = "".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] != "code")
        for link in re.findall(r"\]\(((?!https?:)[^)]*)\.ipynb\)", prose):
            target = posixpath.normpath(f"{posixpath.dirname(name)}/{link}")
            expected = "#" if target == name else f"{link}.html"
            assert expected in pages[name].links, f"{name}: {link}"


def test_each_notebook_can_be_downloaded(book, pages, notebooks):
    for name in notebooks:
        (link,) = [link for link in pages[name].links if re.fullmatch(r"[./]*_sources/.*", link)]
        file = (book / f"{name}.html").parent / link
        assert file.read_bytes() == (ROOT / "notebooks" / f"{name}.ipynb").read_bytes()


def test_headings_are_in_order(pages, notebooks):
    for name in (*notebooks, "book/index", "assignments/TEACHERS"):
        levels = pages[name].levels
        assert levels[0] == 1 and levels.count(1) == 1, name
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels)), name


def test_every_picture_has_words(pages):
    for name, page in pages.items():
        for image in page.images:
            assert len(image.get("alt") or "") > 10, f"{name}: {image}"


def test_formulas_are_set(pages, notebooks):
    for name in notebooks:
        assert "$" not in pages[name].text, name


def test_each_stored_picture_and_each_widget_is_shown(pages, notebooks):
    kinds = {"image/png", "application/vnd.jupyter.widget-view+json"}
    for name, notebook in notebooks.items():
        outputs = itertools.chain(*(cell.get("outputs", []) for cell in notebook["cells"]))
        stored = sum(not kinds.isdisjoint(output.get("data", {})) for output in outputs)
        assert len(pages[name].images) == stored, name


def test_pages_fit_a_phone(book, pages, screen):
    for name in pages:
        page = screen(book / f"{name}.html", width=390)
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name


@pytest.mark.parametrize("name", SEEN)
def test_pictures_and_formulas_are_drawn(book, pages, screen, name):
    page = screen(book / f"{name}.html")
    seen = page.evaluate(
        "[...document.images].map((image) => image.complete && image.naturalWidth)"
    )
    assert len(seen) == len(pages[name].images) and all(seen)
    heights = page.evaluate(
        "[...document.querySelectorAll('math')].map((m) => m.getBoundingClientRect().height)"
    )
    assert all(heights) and bool(heights) == (name == "08_dcgan")


def test_search_finds_a_chapter(book, screen):
    page = screen(book / "index.html")
    page.wait_for_url("**/book/index.html")
    page.get_by_role("button", name="Search").first.click()
    field = page.get_by_label("Search this book...").first
    field.fill("checkerboard")
    field.press("Enter")
    page.get_by_role("link", name="04 · Convolution").click()
    assert page.url.split("?")[0].endswith("04_convolution.html")


def test_navigation_on_a_phone(book, screen):
    page = screen(book / "08_dcgan.html", width=390)
    page.get_by_role("button", name="Toggle primary sidebar").click()
    page.get_by_role("link", name="09 Anatomy of a broken GAN").first.click()
    assert page.url.endswith("09_broken_gan.html")
