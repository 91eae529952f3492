"""Measure, print the table, and keep the results: `cd tests && python -m benchmarks --help`.

Each case is written to outputs/bench.json when it is done, so that a run which is cut short
keeps what it has, and parts measured on different days add up to one table.
"""

import argparse
import contextlib
import importlib
import json
import os
import pathlib
import platform
import time

import psutil

from ganlib import files, runtime

PARTS = (
    "overhead",
    "passes",
    "floor",
    "growth",
    "precision",
    "devices",
    "imports",
    "notebooks",
    "race",
    "quality",
)


def main(arguments=None):
    options = parse(arguments)
    machine = f"{processor()}: {runtime.start(0)}"  # before a part imports Keras
    from benchmarks import report

    parts = {name: importlib.import_module(f"benchmarks.{name}") for name in PARTS}
    for name, case in chosen(parts, options.what, options.quick):
        print(f"{name}/{case}", flush=True)
        with disturbance() as seen:
            record = parts[name].measure(case, options.quick)
        about = {"machine": machine, "date": time.strftime("%Y-%m-%d"), "quick": options.quick}
        record |= about | seen
        report.add(name, case, record)
    results = report.load()
    table = report.table(parts, results)
    print(table)
    files.write(report.RESULTS.with_suffix(".md"), table)
    folders = [report.RESULTS.parent]
    if options.readme:
        folded = report.table(parts, results, folded=True)
        page = report.put_between_markers(folded, report.README.read_text(encoding="utf-8"))
        files.write(report.README, page)
        files.write(report.SHOWN, json.dumps(results, indent=1) + "\n")
        folders.append(report.SHOWN.parent)
    for name, module in parts.items():
        if name in results and hasattr(module, "draw"):
            for folder in folders:
                module.draw(results[name]).savefig(folder / f"{name}.png")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument(
        "what",
        nargs="*",
        metavar="PART[/CASE]",
        help=f"what to measure, by how its name begins; parts: {', '.join(PARTS)}. "
        "Nothing: all of them. 'none': only print what was measured before.",
    )
    parser.add_argument("--quick", action="store_true", help="few rounds, one seed, small budgets")
    parser.add_argument("--readme", action="store_true", help="put the table into the README")
    return parser.parse_args(arguments)


def chosen(parts, names, quick):
    """Return the (part, case) pairs whose "part/case" begins with one of the names.

    Raises:
        ValueError: a name that nothing begins with.
    """
    pairs = [(part, case) for part, module in parts.items() for case in module.cases(quick)]
    if not names:
        return pairs
    fits = {
        name: [pair for pair in pairs if f"{pair[0]}/{pair[1]}/".startswith(name + "/")]
        for name in names
        if name != "none"
    }
    unknown = [name for name, found in fits.items() if not found]
    if unknown:
        raise ValueError(f"Expected a PART or PART/CASE out of {list(parts)}. Received: {unknown}")
    return [pair for pair in pairs if any(pair in found for found in fits.values())]


@contextlib.contextmanager
def disturbance():
    """Find out what share of the cores other processes took: {"others": share} once it ends."""
    seen, started = {}, time.perf_counter()
    before = busy(), own()
    yield seen
    used = busy() - before[0] - (own() - before[1])
    cores = psutil.cpu_count() * (time.perf_counter() - started)
    seen["others"] = max(0.0, used / cores)


def busy():
    """Return the CPU seconds that the machine has spent on all processes."""
    times = psutil.cpu_times()
    return times.user + times.system + getattr(times, "nice", 0.0)


def own():
    """Return the CPU seconds of this process and of those it started that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def processor():
    """Return the processor's name."""
    path, name = pathlib.Path("/proc/cpuinfo"), platform.processor()
    if path.exists():
        lines = path.read_text().splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        name = (names or [name])[0]
    return name


if __name__ == "__main__":
    main()
