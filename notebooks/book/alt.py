"""Alternative texts for stored figures: what the code that drew a figure writes on it."""

import ast
import itertools
import re

_WRITES = {"title", "suptitle", "xlabel", "ylabel", "label", "labels"}
_SETTERS = {"set_title", "set_xlabel", "set_ylabel", "suptitle", "text"}
_DRAWING = {"plotting", "scenes"}  # ganlib's modules, whose functions are named for what they show


def describe(cells):
    """Return one text for each code cell, None for the others.

    A text names the section and quotes the titles, axes and legends in the cell and in the
    functions that it uses. What is known only when the code runs is left out as "…".

    Args:
        cells: the notebook's cells (dicts), in order.
    """
    functions, section, texts = {}, "", []
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code":
            section = (re.findall(r"(?m)^#+ (.*)$", source) or [section])[-1]
            texts.append(None)
            continue
        tree = ast.parse(re.sub(r"(?m)^(\s*)%.*", r"\1pass", source))
        functions.update((n.name, n) for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))
        words = list(dict.fromkeys(filter(None, map(_plain, _words(tree, functions, set())))))
        texts.append(f"Figure of “{_plain(section)}”" + (": " + "; ".join(words) if words else ""))
    return texts


def _words(tree, functions, seen):
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in _WRITES:
            yield from _strings(node.value)
        elif isinstance(node, ast.Call):
            name, module = _name(node.func)
            if module in _DRAWING and not name.startswith("write_"):
                yield name.replace("_", " ")
            if module in _DRAWING or name in _SETTERS or name in functions:
                yield from itertools.chain(*map(_strings, node.args))
        elif isinstance(node, ast.Name) and node.id in functions and node.id not in seen:
            seen.add(node.id)
            yield from _words(functions[node.id], functions, seen)


def _name(function):
    if isinstance(function, ast.Attribute):
        return function.attr, getattr(function.value, "id", None)
    return getattr(function, "id", None), None


def _strings(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _strings(child)


def _plain(text):
    """Return the text without marks of Markdown and TeX; nothing where no word is left."""
    text = " ".join(re.sub(r"[$\\{}`*]", "", text).split())
    return text if re.search(r"[^\W_]", text) and not text.startswith("#") else ""
