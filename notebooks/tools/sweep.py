"""Run a notebook once for each combination of parameters, several runs at a time.

    python notebooks/tools/sweep.py notebooks/12_losses.ipynb -p seed 0 1 2 -p seeds 1
        -p steps 500 1000 --out outputs/sweep [--workers N] [--scheduler tcp://HOST:8786]

papermill runs the notebook in a kernel of its own each time. Dask hands the runs to worker
processes on this machine or, with `--scheduler`, to the workers of a cluster. They need what the
notebook needs, but no folder in common with this machine. The folder `--out` gets

    seed=0,seeds=1,steps=500.1f0c2d3e4b5a.ipynb   the executed copy of each run, a failed one too
    runs.csv                                      a row for each run of this command
    results.csv                                   the rows that these runs wrote to `results_file`

A run is not done again where its copy is there, of the same notebook byte for byte and the same
parameters. A change elsewhere, as in ganlib, is not seen: take another folder for it.
"""

import argparse
import ast
import dataclasses
import hashlib
import io
import itertools
import json
import os
import pathlib
import re
import sys

import nbformat
import pandas as pd
from sweep_workers import Refused, connect, describe, ended, execute

from ganlib import files

READERS = {bool: {"True": True, "False": False}.__getitem__, int: int, float: float, str: str}


@dataclasses.dataclass
class Run:
    """What papermill fills in, the file of the executed copy, and what came of it."""

    parameters: dict
    path: pathlib.Path
    record: dict = dataclasses.field(default_factory=dict)

    def __str__(self):
        return " ".join(f"{name}={value}" for name, value in self.parameters.items())

    @property
    def status(self):
        return {None: "waiting", "": "done"}.get(self.record.get("error"), "failed")


def defaults(notebook):
    """Return the names and default values in a notebook's parameters cell."""
    try:
        cells = nbformat.read(notebook, as_version=4).cells
    except (OSError, ValueError):
        raise Refused(f"Expected the file of a notebook. Received: {notebook}") from None
    tagged = [cell.source for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        raise Refused(f'Expected one cell tagged "parameters". Received: {len(tagged)}')
    found = {}
    try:
        for line in ast.parse(tagged[0]).body:
            target = line.target if isinstance(line, ast.AnnAssign) else line.targets[0]
            found[target.id] = ast.literal_eval(line.value)
    except (AttributeError, SyntaxError, ValueError):
        raise Refused(
            f"Expected only lines such as steps: int = 300 in the cell. Received: {tagged[0]}"
        ) from None
    return found


def value(name, text, default):
    """Return a text of the command line as a value of the default's type."""
    try:
        return READERS.get(type(default), ast.literal_eval)(text)
    except (KeyError, SyntaxError, ValueError):
        raise Refused(
            f"Expected {name} as {type(default).__name__}, like its default {default!r}. "
            f"Received: {text}"
        ) from None


def settings(options, known):
    """Return {name: values} from the lists [name, text, ...], checked against {name: default}."""
    chosen = {}
    for name, *texts in options:
        if name not in known or name == "results_file":  # which each run has of its own
            names = ", ".join(each for each in known if each != "results_file")
            raise Refused(f"Expected a parameter out of {names}. Received: {name}")
        values = [value(name, text, known[name]) for text in texts]
        if name in chosen or not values or len(set(map(repr, values))) < len(values):
            raise Refused(
                f"Expected -p {name} once, with values that differ. "
                f"Received: {' '.join(['-p', name, *texts])}"
            )
        chosen[name] = values
    return chosen


def plan(source, chosen, out):
    """Return a `Run` for each combination, the last name changing fastest.

    Args:
        source: text of the notebook.
        chosen: dict of names to lists of values.
        out: folder of the executed copies; what is done there has its record.
    """
    runs = []
    for values in itertools.product(*chosen.values()):
        run = Run(dict(zip(chosen, values, strict=True)), out)
        identity = json.dumps([source, sorted(run.parameters.items())])
        digest = hashlib.sha256(identity.encode()).hexdigest()[:12]
        readable = re.sub(r"[^\w.,=+-]+", "_", str(run).replace(" ", ","))[:80]
        run.path = out / f"{readable}.{digest}.ipynb"
        if run.path.exists():
            record = nbformat.read(run.path, as_version=4).metadata["sweep"]
            run.record = {} if record["error"] else record
        runs.append(run)
    return runs


def write_tables(runs, out):
    """Write runs.csv and, where runs have left results, results.csv."""
    rows, tables = [], []
    for run in runs:
        record = {name: run.record.get(name) for name in ("seconds", "memory_mb", "error", "cell")}
        rows.append({**run.parameters, "status": run.status, **record, "notebook": run.path.name})
        if run.status == "done" and run.record["results"]:
            table = pd.read_csv(io.StringIO(run.record["results"]), comment="#")
            # A column of the notebook's own stays: its `seeds` count on from `seed`.
            others = {name: run.parameters[name] for name in run.parameters if name not in table}
            tables.append(table.assign(**others))
    files.write(out / "runs.csv", pd.DataFrame(rows).to_csv(index=False))
    if tables:
        files.write(out / "results.csv", pd.concat(tables).to_csv(index=False))


def keep(run, future, out):
    """Keep the executed copy and the record of a run that has ended."""
    if future.status == "finished":
        text = future.result()
        run.record = nbformat.reads(text, as_version=4).metadata["sweep"]
        files.write(run.path, text)
    else:
        run.record = {"error": describe(future.exception())}


def progress(run, runs, workers):
    """Return a line on the run that ended last and on how long the others will take."""
    over = sum(each.status != "waiting" for each in runs)
    line = f"[{over}/{len(runs)}] {run}: {run.status}"
    taken = [each.record["seconds"] for each in runs if "seconds" in each.record]
    if not taken:
        return line
    left = sum(taken) / len(taken) * (len(runs) - over) / workers
    return f"{line} after {run.record.get('seconds', '?')} s, about {left / 60:.1f} min left"


def sweep(notebook, options, out, workers, scheduler=None):
    """Run what is missing, keep each run as it ends, and return all runs.

    Args:
        notebook: `pathlib.Path` of the notebook.
        options: lists [name, text, ...] of the values of each parameter.
        out: `pathlib.Path` of the folder for what comes of it, made where it is missing.
        workers: how many notebooks run at once on this machine.
        scheduler: address of a Dask scheduler whose workers run them instead, or None.

    Raises:
        Refused: a wrong name or value, or no workers.
    """
    known = defaults(notebook)
    chosen = settings(options, known)
    if workers < 1:
        raise Refused(f"Expected at least one worker. Received: {workers}")
    source = notebook.read_bytes().decode()
    runs = plan(source, chosen, out)
    missing = [run for run in runs if run.status == "waiting"]
    print(f"runs: {len(runs)}, done before: {len(runs) - len(missing)}", flush=True)
    if missing:
        with connect(min(workers, len(missing)), scheduler) as client:
            out.mkdir(parents=True, exist_ok=True)
            workers = len(client.nthreads())
            where = str(notebook.parent.resolve()), "results_file" in known

            def submit(run):
                return client.submit(execute, source, run.parameters, *where, pure=False)

            for run, future in ended(submit, missing, workers):
                keep(run, future, out)
                write_tables(runs, out)
                print(progress(run, missing, workers), flush=True)
    write_tables(runs, out)
    return runs


def report(runs):
    """Print the failed runs with their errors, and return the exit status."""
    failed = [run for run in runs if run.status == "failed"]
    for run in failed:
        print(f"failed: {run}\n  {run.record['error'].strip()}")
        if run.record.get("cell"):
            print(f"  cell {run.record['cell']}\n  {run.path}")
    if failed:
        print(f"{len(failed)} of {len(runs)} failed; the same command runs these again.")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("notebook", type=pathlib.Path)
    add("-p", dest="options", action="append", nargs="+", default=[], metavar=("NAME", "VALUE"))
    add("--out", type=pathlib.Path, required=True, help="folder for what comes of it")
    half = max(1, (os.cpu_count() or 1) // 2)
    text = "how many run at once here (default: half the cores, since each wants about two)"
    add("--workers", type=int, default=half, help=text)
    add("--scheduler", help="address of a Dask scheduler whose workers to use instead")
    try:
        sys.exit(report(sweep(**vars(parser.parse_args()))))
    except Refused as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped. What was done is kept; the same command does the rest.")


if __name__ == "__main__":
    main()
