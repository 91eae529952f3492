"""What the book changes in a notebook before it becomes a page: nothing of it needs a network."""

import json
import re

from alt import describe

_WIDGET = "application/vnd.jupyter.widget-{}+json"
_BADGE = re.compile(r"\[!\[(Open in \w+)\]\([^)]*\)\](\([^)]*\))(\n(?=\[!\[))?")


def prepare(app, docname, source):
    """Sphinx's event `source-read`: replace the text of a notebook."""
    if not str(app.env.doc2path(docname)).endswith(".ipynb"):
        return
    notebook = json.loads(source[0])
    models = notebook["metadata"].pop("widgets", {}).get(_WIDGET.format("state"), {}).get("state")
    for cell, text in zip(notebook["cells"], describe(notebook["cells"]), strict=True):
        if cell["cell_type"] == "markdown":
            cell["source"] = _BADGE.sub(_link, "".join(cell["source"]))
            continue
        cell["metadata"]["mystnb"] = {"image": {"alt": text}}
        for output in cell["outputs"]:
            view = output.get("data", {}).pop(_WIDGET.format("view"), None)
            if view and "image/png" not in output["data"]:
                output["data"]["image/png"] = _still(models, view["model_id"])
    if docname.startswith("assignments/source/"):
        title = notebook["cells"][0]
        title["source"] = re.sub(r"^(# .*)", r"\1, solved", title["source"])
    source[0] = json.dumps(notebook)


def _link(badge):
    """Return the badge as a link in words: its picture lies on a server."""
    return f"[{badge[1]}]{badge[2]}" + (" · " if badge[3] else "")


def _still(models, name):
    """Return the picture that a stored widget, or one of its children, shows, as base64."""
    model = models[name]
    if model.get("buffers"):
        return model["buffers"][0]["data"]
    children = (child.removeprefix("IPY_MODEL_") for child in model["state"].get("children", []))
    return next(filter(None, (_still(models, child) for child in children)), None)


def setup(app):
    app.connect("source-read", prepare)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
