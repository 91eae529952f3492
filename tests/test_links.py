"""Links: the repository's own lead to one address, those to papers have one form."""

import collections
import re

import links
import nbformat
import pytest

PAGES = sorted({*links.pages(), *links.ROOT.glob("*.md")})
CHAPTERS = sorted(links.ROOT.glob("notebooks/[0-9][0-9]_*.ipynb"))
BADGE = "https://mybinder.org/v2/gh/{0}/main?urlpath=lab/tree/notebooks/08.ipynb"
COLAB = "https://colab.research.google.com/github/{0}/blob/main/notebooks/08.ipynb"
INSTALL = '%pip install "ganlib @ git+https://github.com/{0}"'
CITATION = 'repository-code: "https://github.com/{0}"'

each_page = pytest.mark.parametrize("path", PAGES, ids=[path.name for path in PAGES])


def prose(path):
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


@each_page
def test_own_links_lead_to_the_address_in_pyproject(path):
    text = path.read_text(encoding="utf-8")
    assert links.linked(text, links.repository()) == text, "run make links"


@each_page
def test_own_links_lead_to_files_that_exist(path):
    for name in re.findall(r"(?:lab/tree|blob/main)/([^\s)`#]+)", prose(path)):
        assert (links.ROOT / name).exists(), name


def test_the_first_chapter_leads_to_all_others():
    first, *others = CHAPTERS
    linked = set(re.findall(r"\]\(([^)#/]+\.ipynb)\)", prose(first)))
    assert linked == {"playground.ipynb", *(path.name for path in others)}


@each_page
def test_every_link_is_encrypted(path):
    assert "http://" not in prose(path)


@pytest.mark.parametrize("link", [BADGE, COLAB, INSTALL, CITATION])
@pytest.mark.parametrize("old", ["a/b", "some-one/gan.notebooks", "A_b/c-1"])
def test_links_of_every_kind_are_rewritten(link, old):
    page = f"({link.format(old)}) and https://github.com/poloclub/ganlab stays."
    assert links.linked(page, "new/name") == page.replace(old, "new/name")


def test_a_new_address_is_written_into_all_pages(tmp_path):
    (tmp_path / "pyproject.toml").write_text('Repository = "https://github.com/new/name"\n')
    (tmp_path / "notebooks").mkdir()
    cells = [nbformat.v4.new_markdown_cell(BADGE.format("a/b"))]
    cells += [nbformat.v4.new_code_cell(INSTALL.format("a/b"))]
    notebook = tmp_path / "notebooks" / "08.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
    readme = tmp_path / "README.md"
    readme.write_bytes(COLAB.format("c/d").encode() + b"\r\n")
    links.main(tmp_path)
    assert readme.read_bytes() == COLAB.format("new/name").encode() + b"\r\n"
    sources = [cell.source for cell in nbformat.read(notebook, as_version=4).cells]
    assert sources == [BADGE.format("new/name"), INSTALL.format("new/name")]


def references(path):
    """Return the entries under a chapter's References, each as one line."""
    entries = prose(path).split("## References")[1].split("\n- ")[1:]
    return [" ".join(entry.split()) for entry in entries]


@pytest.mark.parametrize("path", CHAPTERS, ids=[path.stem for path in CHAPTERS])
class TestReferences:
    def test_have_a_title_a_year_and_a_link(self, path):
        entries = references(path)
        assert entries
        for entry in entries:
            assert re.search(r"\*[^*]+\*.*\b(19|20)\d\d\b.*<https://[^>]+>", entry), entry

    def test_papers_are_linked_by_their_identifier(self, path):
        for link in re.findall(r"https://[^\s>)]+", prose(path)):
            if "arxiv.org" in link:  # the page, of no version: neither PDF nor v2
                number = r"(\d{4}\.\d{4,5}|[a-z-]+/\d{7})"
                assert re.fullmatch(rf"https://arxiv\.org/abs/{number}", link), link
            if "doi.org" in link:
                assert re.fullmatch(r"https://doi\.org/10\.\d{4,9}/\S+", link), link

    def test_name_a_paper_once(self, path):
        entries = references(path)
        for part in (r"<(https://[^>]+)>", r"\*([^*]+)\*"):
            counts = collections.Counter(re.search(part, entry)[1].lower() for entry in entries)
            assert set(counts.values()) == {1}, counts.most_common(1)


def test_chapters_agree_about_a_paper():
    said = {}
    for path in CHAPTERS:
        for entry in references(path):
            title, year = re.search(r"\*([^*]+)\*.*?\b((?:19|20)\d\d)\b", entry).groups()
            link = re.search(r"<([^>]+)>", entry)[1]
            first = said.setdefault(link, (title, year, path.stem))
            assert (title, year) == first[:2], f"{link} in {first[2]} and {path.stem}"
