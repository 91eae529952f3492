"""Execute notebooks anew, two at a time, and store those whose outputs have changed.

    execute.py [CHAPTER ...] [--jobs N] [--store]

CHAPTER is how a notebook's name begins, such as 08 or playground; without any, all are executed.
A notebook keeps its file while the new outputs say the same: pictures may differ in their bytes,
and a cell tagged nbval-ignore-output, which is another one on each machine, in its numbers.
`--store` stores all that was executed; use it where only a picture's code was edited.
"""

import argparse
import asyncio
import base64
import pathlib
import re
import sys
import tempfile
import time

import nbformat
from pictures import small

from ganlib import files

FOLDER = pathlib.Path(__file__).resolve().parents[1]
WIDGET = "application/vnd.jupyter.widget-view+json"
NUMBER = re.compile(r"0x[0-9a-f]+|[-+]?\d[\d,]*\.?\d*(e[-+]?\d+)?")


def said(cell):
    """Return what a cell's outputs say: pairs of a kind and a text, empty for pictures."""
    pairs = []
    for output in cell.outputs:
        if output.output_type == "stream":
            if pairs and pairs[-1][0] == output.name:  # cut into pieces by the clock alone
                pairs[-1] = (output.name, pairs[-1][1] + output.text)
            else:
                pairs.append((output.name, output.text))
        elif output.output_type == "error":
            pairs.append(("error", output.evalue))
        elif WIDGET in output.data:  # its text holds the bytes of its pictures
            pairs.append((WIDGET, ""))
        else:
            texts = {kind: text for kind, text in output.data.items() if kind.startswith("text/")}
            pairs += [(kind, texts.get(kind, "")) for kind in sorted(output.data)]
    if "nbval-ignore-output" in cell.metadata.get("tags", []):
        # Columns are as wide as their numbers, and long tables are broken with a backslash.
        return [(kind, re.sub(r"[\s\\]+", " ", NUMBER.sub("#", text))) for kind, text in pairs]
    return pairs


def pictures(cell):
    return [
        output.data["image/png"] for output in cell.outputs if "image/png" in output.get("data", {})
    ]


def differing(old, new, view):
    """Return the numbers of the code cells of two runs of a notebook that differ in `view`."""
    cells = zip(old.cells, new.cells, strict=True)
    return [k for k, (a, b) in enumerate(cells) if a.cell_type == "code" and view(a) != view(b)]


def store(notebook, path):
    files.write(path, nbformat.writes(notebook) + "\n")


async def execute(path):
    """Return a notebook with new outputs, or the error that ended it as a text."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", str(path)]
        command += ["--output-dir", folder, "--log-level", "ERROR"]
        command += ["--ExecutePreprocessor.record_timing=False"]
        process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        try:
            _, errors = await process.communicate()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
        if process.returncode:
            return "\n".join(errors.decode(errors="replace").splitlines()[-25:])
        notebook = nbformat.read(pathlib.Path(folder) / path.name, as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        lighten(cell)
    return notebook


def lighten(cell):
    """Replace a cell's pictures by what is stored of them."""
    for output in cell.get("outputs", []):
        if "image/png" in output.get("data", {}):
            png = small(base64.b64decode(output.data["image/png"]))
            output.data["image/png"] = base64.b64encode(png).decode()


def settle(path, new, always):
    """Store a new run where it differs from the stored one; return what to say about it."""
    old = nbformat.read(path, as_version=4)
    texts, images = differing(old, new, said), differing(old, new, pictures)
    what = [
        f"{name} in cells {cells}"
        for name, cells in (("text", texts), ("pictures", images))
        if cells
    ]
    if texts or always:
        store(new, path)
        return "stored: " + (", ".join(what) or "the same")
    return "kept" + (f": only {what[0]}" if what else "")


async def refresh(paths, jobs, always=False):
    """Execute notebooks, at most `jobs` at once. Returns: the paths of those that failed."""
    gate, began, failed, done = asyncio.Semaphore(jobs), time.monotonic(), [], 0

    async def one(path):
        nonlocal done
        async with gate:
            result = await execute(path)
        done += 1
        if isinstance(result, str):
            failed.append(path)
            verdict = f"FAILED, and kept as it was\n{result}"
        else:
            verdict = settle(path, result, always)
        left = (time.monotonic() - began) / done * (len(paths) - done) / 60
        print(f"{done}/{len(paths)}, {left:.0f} min left  {path.stem:<26}{verdict}", flush=True)

    await asyncio.gather(*map(one, paths))
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="at once (default 2)")
    parser.add_argument("--store", action="store_true", help="store all that was executed")
    arguments = parser.parse_args()
    paths = sorted(FOLDER.glob("*.ipynb"))
    if arguments.chapters:
        paths = [path for path in paths if path.name.startswith(tuple(arguments.chapters))]
    if not paths:
        parser.error(f"Expected the beginning of a notebook's name. Received: {arguments.chapters}")
    try:
        failed = asyncio.run(refresh(paths, arguments.jobs, arguments.store))
    except KeyboardInterrupt:
        sys.exit("Stopped. What is listed above is done, the rest is as it was.")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
