"""nbconvert's configuration for HTML pages: formulas become MathML, which needs no network."""

import re

from latex2mathml.converter import convert
from nbconvert.preprocessors import Preprocessor

FORMULA = re.compile(r"\$\$(?P<block>.+?)\$\$|\$(?P<inline>[^$\n]+(?:\n[^$\n]+)?)\$", re.DOTALL)


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
c.HTMLExporter.preprocessors = [Formulas(enabled=True)]
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
