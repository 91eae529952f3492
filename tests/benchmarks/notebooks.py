"""Peak memory and wall time of each notebook, run from top to bottom in a copy of its folder.

The memory is the resident one of the kernel and all that it starts, added up ten times a second.
"""

import concurrent.futures
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import psutil

from benchmarks.report import ROOT, Row

FOLDER = ROOT / "notebooks"
SECONDS, GIGABYTES, SERIES_MINUTES = 90, 1.5, 20
SERIES = "two at a time"  # the case that runs all, as `make test` does


def cases(quick):
    names = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
    return names[:1] if quick else [*names, SERIES]


def measure(case, quick):
    if case != SERIES:
        return run(case)
    *names, _ = cases(quick)
    started = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(run, names))
    return {"seconds": time.perf_counter() - started}


def run(name):
    """Run a notebook. Returns: dict of its "seconds" and its peak memory, "gigabytes"."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "notebooks"
        shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("assignments"))
        command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute"]
        command += ["--log-level", "ERROR", "--output", "executed", f"{name}.ipynb"]
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=copy)
        peak = 0
        while process.poll() is None:
            peak = max(peak, resident(psutil.Process(process.pid)))
            time.sleep(0.1)
        seconds = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"Expected {name} to run. Received: exit code {process.returncode}")
    return {"seconds": seconds, "gigabytes": peak / 1e9}


def resident(parent):
    """Return the resident memory in bytes of all that a process has started.

    Pages that several of them share count once on Linux, which tells each one's part.
    """
    processes = parent.children(recursive=True)
    alone = len(processes) == 1  # then nothing is shared, and to ask for the parts is slow
    total = 0
    for process in processes:
        try:
            memory = process.memory_info() if alone else process.memory_full_info()
        except psutil.NoSuchProcess:
            continue
        total += getattr(memory, "pss", memory.rss)
    return total


def rows(records):
    alone = {case: record for case, record in sorted(records.items()) if case != SERIES}
    for case, record in alone.items():
        memory, seconds = record["gigabytes"], record["seconds"]
        yield Row(f"{case}: seconds", f"{seconds:.0f} s", seconds, ("<=", SECONDS))
        yield Row(f"{case}: memory", f"{memory:.2f} GB", memory, ("<=", GIGABYTES))
    series = {"one after another": sum(record["seconds"] for record in alone.values())}
    if SERIES in records:
        series[SERIES] = records[SERIES]["seconds"]
    for way, seconds in series.items():
        text = f"{seconds / 60:.1f} minutes for {len(alone)} notebooks"
        yield Row(f"the whole series, {way}: minutes", text, seconds / 60, ("<=", SERIES_MINUTES))
