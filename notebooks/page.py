"""nbconvert's configuration for HTML pages: formulas become MathML, which needs no network, and
figures have words for those who do not see them."""

import html
import pathlib
import re
import sys

from latex2mathml.converter import convert
from nbconvert.preprocessors import Preprocessor

sys.path.append(str(pathlib.Path(__file__).parent / "book"))
from alt import describe

FORMULA = re.compile(r"\$\$(?P<block>.+?)\$\$|\$(?P<inline>[^$\n]+(?:\n[^$\n]+)?)\$", re.DOTALL)


class Words(Preprocessor):
    def preprocess(self, notebook, resources):
        for cell, text in zip(notebook.cells, describe(notebook.cells), strict=True):
            for output in cell.get("outputs", []):
                if png := output.get("data", {}).get("image/png"):
                    words = html.escape(output.metadata.get("image/png", {}).get("alt", text))
                    # As HTML, because nbconvert's template has no place for the words.
                    source = f'src="data:image/png;base64,{png}" style="max-width: 100%"'
                    output.data["text/html"] = f'<img alt="{words}" {source}>'
        return notebook, resources


class Formulas(Preprocessor):
    def preprocess_cell(self, cell, resources, index):
        if cell.cell_type == "markdown":
            cell.source = FORMULA.sub(self.as_mathml, cell.source)
        return cell, resources

    def as_mathml(self, found):
        if found["block"]:
            return convert(found["block"].strip(), display="block")
        return convert(found["inline"])


c = get_config()  # noqa: F821 (given by Jupyter)
c.HTMLExporter.preprocessors = [Words(enabled=True), Formulas(enabled=True)]
# A widget that leaves a still picture is shown by it: a page has no kernel.
c.NbConvertBase.display_data_priority = [
    "text/html",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "text/markdown",
    "application/vnd.jupyter.widget-view+json",
    "text/plain",
]
